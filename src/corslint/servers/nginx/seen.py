"""One block of nginx, put to the questions that a policy answers: what do a request and a preflight get here?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corslint.origins import Entry, Undecided, UndecidedError
from corslint.resolve.nginx_blocks import Block, Configuration, Line
from corslint.resolve.nginx_run import Answer, Walk, sent_lines
from corslint.resolve.nginx_state import Asked, State, opaque, plain
from corslint.servers.nginx.answer import TOO_MANY_CONDITIONS, Place
from corslint.servers.nginx.entries import ALLOW_ORIGIN, Delivery, deliveries, entries
from corslint.source import Span
from corslint.values import Known, Unknown

_METHODS = ("GET", "POST")
"""The requests that say who is let in; what the others get is a matter of preflights."""


_MAX_DELIVERIES = 32
"""Ways of sending Allow-Origin whose other headers are looked at."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a block sends under one name, its lines joined as a browser joins them."""

    value: Known[str] | Unknown
    line: Line

    @property
    def span(self) -> Span:
        """The directive of the first line."""
        return self.line.directive.head


@dataclass(frozen=True, slots=True)
class Seen:
    """What becomes of requests to one block."""

    place: Place
    walk: Walk
    answers: tuple[Answer, ...]
    """To GET and POST, from any origin."""
    delivered: tuple[Delivery, ...]
    """The ways in which those carry Allow-Origin; where none does, those of answers to OPTIONS."""
    entries: tuple[Entry, ...]
    """The origins let in."""
    option: Answer | None
    """The answer to a preflight of an origin that is let in."""
    undecided: str = ""
    """Why nothing could be followed, if so."""

    @property
    def block(self) -> Block:
        """The block."""
        return self.place.block

    def lines(self, name: str) -> Iterator[Line]:
        """The lines under a lower-case header name, those sent with preflights first."""
        blocks = [self.option.block] if self.option else []
        blocks += [delivery.answer.block for delivery in self.delivered]
        given: set[int] = set()
        for block in (*blocks, self.block):
            for line in sent_lines(block, 200):
                if line.key == name and id(line) not in given:
                    given.add(id(line))
                    yield line

    def on_preflight(self, name: str) -> Header | None:
        """A header of the answer to OPTIONS, or where that has none, of the other answers."""
        if self.option is not None:
            states = [one.state for one in deliveries(self.walk, [self.option])] or [self.option.state]
            if found := self._header(name, self.option.block, states[0]):
                return found
        return self.on_answer(name)

    def on_answer(self, name: str, delivery: Delivery | None = None) -> Header | None:
        """A header of the answers that carry Allow-Origin."""
        for one in (delivery,) if delivery else self.delivered[:_MAX_DELIVERIES]:
            if found := self._header(name, one.answer.block, one.state):
                return found
        if self.delivered:
            return None
        return next((found for one in self.answers if (found := self._header(name, one.block, one.state))), None)

    def _header(self, name: str, block: Block, state: State) -> Header | None:
        lines = [line for line in sent_lines(block, 200) if line.key == name]
        texts: list[tuple[Line, str]] = []
        for line in lines:
            values = [text for _, text in self.walk.variables.fill(line.text, state, templated=line.word.templated)]
            for text in values:
                if part := opaque(text):
                    return Header(Unknown(part.reason, line.span), line)
            known = list(dict.fromkeys(plain(text) or "" for text in values))
            if len(known) > 1:
                return Header(Unknown(f"`{line.text}` has several values", line.span), line)
            if known and known[0]:
                texts.append((line, known[0]))
        if not texts:
            return None
        return Header(Known(", ".join(text for _, text in texts), texts[0][0].span), texts[0][0])

    def open_deliveries(self) -> tuple[Delivery, ...]:
        """The deliveries to the widest circle: to origins that passed no test, if there are such; the first few."""
        return (tuple(one for one in self.delivered if one.is_open) or self.delivered)[:_MAX_DELIVERIES]


def look(configuration: Configuration, place: Place) -> Seen:
    """Put the questions to one block."""
    walk = Walk(configuration, place.server, 200)
    path = place.block.example
    answers: list[Answer] = []
    try:
        for method in _METHODS:
            answers += walk.answers(Asked(method, path=path), place.block)
        options = walk.answers(Asked("OPTIONS", path=path), place.block)
        usual = [one for one in answers if one.status < 400 or one.by != "return"] or answers
        delivered = tuple(deliveries(walk, usual)) or tuple(deliveries(walk, options))
        let_in = entries(delivered)
        if walk.gave_up:
            let_in = (*let_in, Undecided(TOO_MANY_CONDITIONS, place.block.head))
        return Seen(place, walk, tuple(answers), delivered, let_in, _usual(walk, options))
    except UndecidedError as error:
        return Seen(place, walk, (), (), (), None, str(error))


def _usual(walk: Walk, options: Sequence[Answer]) -> Answer | None:
    """The answer that an origin that is let in gets to a preflight, without anything unusual about it."""

    def strangeness(answer: Answer) -> tuple[bool, bool, int]:
        guessed = any(guess.holds for guess in answer.state.guesses)
        is_told = any(True for _ in deliveries(walk, [answer]))
        return guessed, not is_told, len(answer.state.tests) - len(answer.state.passed)

    return min(options, key=strangeness, default=None)


def carries_origin(block: Block) -> bool:
    """Whether a block has an Allow-Origin line that is ever sent."""
    return any(line.key == ALLOW_ORIGIN for line in sent_lines(block, 200))
