"""How nginx comes to an answer: rewrite code, choice of a location, access, content, error pages.

The phases are those of https://nginx.org/en/docs/dev/development_guide.html#http_phases; only the headers of the block
a request ends in are sent. Three things no file says are settled here for everyone who asks:

- a client that is not sending a preflight is let in by `auth_basic`, `auth_request` and address lists (users are logged
  in; preflights never carry credentials);
- an `if` that depends on something neither the files nor the request tell is followed both ways, see `Guess`;
- 502 and 504 of an upstream are nginx's own, said of one that does not answer, so `error_page` applies to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from corslint.resolve.nginx_blocks import CODE, UPSTREAMS, Block, Configuration, If, Line, Step
from corslint.resolve.nginx_if import decide
from corslint.resolve.nginx_route import find, named
from corslint.resolve.nginx_state import (
    Asked,
    Guess,
    State,
    Text,
    captured,
    captured_of_path,
    not_captured,
    plain,
    search,
)
from corslint.resolve.nginx_variables import Variables
from corslint.source import Span
from corslint.syntax.nginx import Directive, Word

MAX_WAYS = 256
"""Ways through the rewrite code that are followed; past this, an open `if` is taken not to hold."""
MAX_HOPS = 10
"""Internal redirects; nginx itself gives up after ten."""

SAFE_STATUSES = frozenset({200, 201, 204, 206, 301, 302, 303, 304, 307, 308})
"""The statuses that `add_header` without `always` goes with.

https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_headers_filter_module.c `ngx_http_headers_filter`
"""

By: TypeAlias = Literal["return", "upstream", "code", "static", "access", "redirect"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which a request can be answered."""

    status: int
    block: Block
    """Whose headers are sent."""
    state: State
    by: By
    """`upstream`: another program; `code`: Lua and the like; `static`: nginx's own files; `access`: turned away."""
    span: Span | None
    """What gives the answer, where something written does."""
    hops: tuple[Span, ...] = ()
    """The `error_page`, `try_files` and `rewrite` that led elsewhere, in order."""
    text: bool = False
    """Whether a `return` brings a text of its own, to which no `error_page` applies."""


@dataclass(frozen=True, slots=True)
class _Journey:
    """A request under way."""

    state: State
    hops: tuple[Span, ...] = ()
    status: int | None = None
    """What `error_page` made of the status."""
    redirected: bool = False
    """Whether an error page was used already."""
    exists: bool = False
    """Whether the file asked for now is one that the configuration falls back on."""


@dataclass(frozen=True, slots=True)
class _Left:
    """How the rewrite code of a block was left."""

    state: State
    block: Block
    """The block, or the last `if` in it that was taken."""
    how: Literal["end", "return", "redirect", "moved"]
    directive: Directive | None = None


class Walk:
    """Follows requests through one server."""

    def __init__(self, configuration: Configuration, server: Block, status: int) -> None:
        """`status` is what a program behind nginx answers, or nginx for a file: 200, or 404 where there is none."""
        self.variables = Variables(configuration)
        self.server = server
        self.status = status
        self.ways = MAX_WAYS
        self.gave_up = False
        """Whether there were more ways than that."""

    def answers(self, asked: Asked, start: Block | None = None) -> list[Answer]:
        """The ways in which a request can be answered; `start` is the location it is in, where the path does not say.

        Raises UndecidedError where a pattern cannot be read or tested.
        """
        self.ways = MAX_WAYS
        return list(self.from_server(_Journey(State(asked)), start))

    def headers(self, answer: Answer, line: Line) -> Iterator[tuple[State, Text]]:
        """The texts a header line of the answer's block can have; the state has the tests that lead to each."""
        return self.variables.fill(line.text, answer.state, templated=line.word.templated)

    # Phases

    def from_server(self, journey: _Journey, start: Block | None) -> Iterator[Answer]:
        for left in self.code(self.server, journey.state):
            now = replace(journey, state=left.state)
            if left.how in ("return", "redirect"):
                yield from self.returned(left, now)
                continue
            moved = left.state.asked.path != journey.state.asked.path
            path = left.state.asked.path
            if start is not None and not moved:
                block = start
            else:
                block = self.server if path is None else find(self.server, path)
            yield from self.in_location(block, now)

    def in_location(self, block: Block, journey: _Journey) -> Iterator[Answer]:
        if len(journey.hops) > MAX_HOPS:
            yield Answer(500, block, journey.state, "static", None, journey.hops)
            return
        if block.modifier in ("~", "~*"):
            state = captured_of_path(journey.state, block.path, ignore_case=block.modifier == "~*")
            journey = replace(journey, state=state)
        method = journey.state.asked.method
        limit = block.limit_except
        if limit is not None and method not in limit.methods and not (method == "HEAD" and "GET" in limit.methods):
            yield from self.content(limit, journey)
            return
        # The code of the server itself has run before, it does not run a second time.
        lefts = iter((_Left(journey.state, block, "end"),)) if block is self.server else self.code(block, journey.state)
        for left in lefts:
            now = replace(journey, state=left.state)
            if left.how in ("return", "redirect"):
                yield from self.returned(left, now)
            elif left.how == "moved" and left.directive is not None and left.state.asked.path is not None:
                now = replace(now, hops=(*now.hops, left.directive.head), exists=False)
                yield from self.in_location(find(self.server, left.state.asked.path), now)
            else:
                yield from self.content(left.block, now)

    def content(self, block: Block, journey: _Journey) -> Iterator[Answer]:
        state, method = journey.state, journey.state.asked.method
        refusal = self.refusal(block, state)
        if refusal is not None:
            status, span = refusal
            yield from self.finished(Answer(status, block, state, "access", span, journey.hops), journey)
            return
        handler = block.handler
        if block.opaque_code is not None and (handler is None or method == "OPTIONS"):
            yield Answer(self.status, block, state, "code", block.opaque_code.head, journey.hops)
        elif handler is not None and handler.name.value in UPSTREAMS:
            yield from self.finished(Answer(self.status, block, state, "upstream", handler.head, journey.hops), journey)
        elif handler is not None and handler.name.value in CODE:
            yield Answer(self.status, block, state, "code", handler.head, journey.hops)
        elif block.try_files is not None:
            yield from self.files(block, block.try_files, journey)
        else:
            found = 200 if journey.exists and self.status == 404 else self.status
            status = _of_file(method, found)
            yield from self.finished(Answer(status, block, state, "static", block.head, journey.hops), journey)

    def files(self, block: Block, try_files: Directive, journey: _Journey) -> Iterator[Answer]:
        """`try_files`: the file is there, or the last argument takes over."""
        state, method = journey.state, journey.state.asked.method
        last = try_files.args[-1] if try_files.args else None
        there = _of_file(method, self.status)
        if journey.exists or (
            last and last.value == state.asked.path
        ):  # the configuration falls back on this very file
            status = 200 if self.status == 404 else self.status
            answer = Answer(_of_file(method, status), block, state, "static", block.head, journey.hops)
            yield from self.finished(answer, journey)
            return
        if last is None or last.value.startswith("="):
            code = last.value[1:] if last else ""
            status = int(code) if self.status == 404 and code.isdecimal() else there
            yield from self.finished(Answer(status, block, state, "static", block.head, journey.hops), journey)
            return
        subject = f"the file is there, and `{try_files.head.text}` serves it"
        missing = replace(
            journey,
            state=state.guessed(Guess(subject, False, try_files.head)),
            hops=(*journey.hops, last.span),
        )
        if self.status != 404:
            found = state.guessed(Guess(subject, True, try_files.head))
            answer = Answer(there, block, found, "static", block.head, journey.hops)
            yield from self.finished(answer, replace(journey, state=found))
        if last.value.startswith("@"):
            target = named(self.server, last.value)
            if target is not None:
                yield from self.in_location(target, missing)
        else:
            yield from self.internal(last.value, missing)

    def internal(self, target: str, journey: _Journey) -> Iterator[Answer]:
        """An internal redirect to another path."""
        for state, text in self.variables.fill(target, journey.state):
            path = plain(text)
            if path is None and isinstance(text[0], str) and text[0].partition("?")[0] != text[0]:
                path = text[0]  # only the query is open
            if path is None:
                continue
            asked = replace(state.asked, path=path.partition("?")[0])
            exists = journey.exists or asked.path != state.asked.path
            yield from self.from_server(replace(journey, state=replace(state, asked=asked), exists=exists), None)

    def returned(self, left: _Left, journey: _Journey) -> Iterator[Answer]:
        directive = left.directive
        if directive is None:
            return
        words = directive.values
        if left.how == "redirect":
            status = 301 if words[-1] == "permanent" else 302
            yield Answer(status, left.block, left.state, "redirect", directive.head, journey.hops)
            return
        status = int(words[0]) if words and words[0].isdecimal() else 302
        answer = Answer(
            status,
            left.block,
            left.state,
            "return",
            directive.head,
            journey.hops,
            text=len(words) > 1 and words[1] != "",
        )
        yield from self.finished(answer, journey)

    def finished(self, answer: Answer, journey: _Journey) -> Iterator[Answer]:
        """The answer, or what an `error_page` makes of it."""
        is_error = (
            answer.status >= (400 if answer.by == "return" else 300) and answer.by != "upstream" and not answer.text
        )
        if journey.status is not None and not is_error:
            answer = replace(answer, status=journey.status)
        page = None if journey.redirected else self.error_page(answer)
        if page is None:
            yield answer
            return
        directive, word, status = page
        target = next(
            (known for _, text in self.variables.word(word, answer.state) if (known := plain(text))), word.value
        )
        repeats = "recursive_error_pages" in answer.block.singles and (
            answer.block.singles["recursive_error_pages"].values == ("on",)
        )
        hops = (*answer.hops, directive.head)
        now = _Journey(answer.state, hops, status, redirected=not repeats or len(hops) > MAX_HOPS)
        if target.startswith("@"):
            block = named(self.server, target)
            if block is not None:
                yield from self.in_location(block, now)
            else:
                yield answer
        elif target.startswith("/"):
            asked = answer.state.asked
            method = "HEAD" if asked.method == "HEAD" else "GET"
            yield from self.internal(
                target, replace(now, state=replace(now.state, asked=replace(asked, method=method)))
            )
        else:
            yield replace(answer, status=status if status in (301, 302, 303, 307, 308) else 302, hops=hops)

    def error_page(self, answer: Answer) -> tuple[Directive, Word, int | None] | None:
        """The directive, target and status that replace an answer.

        https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c
        """
        if answer.text or answer.status < 300 or (answer.by in ("return", "redirect") and answer.status < 400):
            return None
        if answer.by == "upstream" and answer.status not in (502, 504):
            singles = answer.block.singles
            if not any(name.endswith("_intercept_errors") and singles[name].values == ("on",) for name in singles):
                return None
        for directive in answer.block.lists.get("error_page", ()):
            codes = list(directive.values[:-1])
            changed: int | None = answer.status
            if codes and codes[-1].startswith("="):
                code = codes.pop()[1:]
                changed = int(code) if code.isdecimal() else None
            if str(answer.status) in codes:
                return directive, directive.args[-1], changed
        return None

    def refusal(self, block: Block, state: State) -> tuple[int, Span] | None:
        """Why the access phase turns a request away: the status and the directive."""
        rules = tuple(_up_to_all(block.lists.get("access", ())))
        denied: tuple[int, Span] | None = None
        if rules and rules[-1].values == ("all",) and all(rule.name.value == "deny" for rule in rules):
            denied = 403, rules[-1].head
        asks = [block.singles[name] for name in _ASKS_WHO_IT_IS if name in block.singles]
        asks = [one for one in asks if one.args and not self.is_off(one, state)]
        unnamed = (401, asks[0].head) if asks and state.asked.method == "OPTIONS" else None
        if "satisfy" in block.singles and block.singles["satisfy"].values == ("any",):
            is_let_in = (rules and denied is None) or (asks and unnamed is None)
            return None if is_let_in else unnamed or denied
        return denied or unnamed

    def is_off(self, directive: Directive, state: State) -> bool:
        return any(plain(text) == "off" for _, text in self.variables.word(directive.args[0], state))

    # Rewrite code

    def code(self, block: Block, state: State) -> Iterator[_Left]:
        """The ways through the rewrite code of a server or location."""
        waiting: list[tuple[Sequence[Step], State, Block, Directive | None]] = [(block.code, state, block, None)]
        while waiting:
            steps, now, current, moved = waiting.pop()
            left: _Left | None = None
            for number, step in enumerate(steps):
                if isinstance(step, If):
                    ways = list(decide(step.condition, self.variables, now))
                    if self.ways <= 0 and len(ways) > 1:
                        self.gave_up = True
                        ways = [way for way in ways if not way[1]][:1] or ways[:1]
                    self.ways -= len(ways) - 1
                    rest = steps[number + 1 :]
                    for after, holds in reversed(ways):
                        # An `if` of the server is no location: its block is never the one that answers.
                        inside = current if block is self.server or not holds else step.block
                        waiting.append(((*step.block.code, *rest) if holds else rest, after, inside, moved))
                    break
                name = step.name.value
                if name == "set" and len(step.args) == 2:
                    ways_of_set = list(self.variables.word(step.args[1], now))
                    if self.ways <= 0 and len(ways_of_set) > 1:
                        self.gave_up = True
                        ways_of_set = ways_of_set[-1:]
                    variable = step.args[0].value.removeprefix("$")
                    rest = steps[number + 1 :]
                    self.ways -= len(ways_of_set) - 1
                    for after, text in reversed(ways_of_set):
                        waiting.append((rest, after.assign(variable, text, step.args[1].span), current, moved))
                    break
                if name == "return":
                    left = _Left(now, current, "return", step)
                elif name == "break":
                    left = _Left(now, current, "end")
                elif name == "rewrite" and len(step.args) >= 2:
                    after_rewrite = self.rewritten(step, now)
                    if after_rewrite is None:
                        now = not_captured(now)
                        continue
                    now, flag = after_rewrite
                    if flag == "redirect":
                        left = _Left(now, current, "redirect", step)
                    elif flag == "break":
                        left = _Left(now, current, "end")
                    elif flag == "last":
                        left = _Left(now, current, "moved", step)
                    else:
                        moved = step
                if left is not None:
                    yield left
                    break
            else:
                yield _Left(now, current, "moved", moved) if moved else _Left(now, current, "end")

    def rewritten(self, directive: Directive, state: State) -> tuple[State, str] | None:
        """What a `rewrite` does: the state after it and how it goes on; None where it does not match."""
        pattern, target, *flags = directive.values
        path = state.asked.path
        if path is None:
            if not _MATCHES_ALL.fullmatch(pattern):
                return None
        else:
            match = search(pattern, path)
            if match is None:
                return None
            state = captured(state, pattern, match)
        flag = flags[0] if flags else ""
        if flag in ("redirect", "permanent") or target.startswith(("http://", "https://", "$scheme")):
            return state, "redirect"
        texts = list(self.variables.fill(target.partition("?")[0], state)) if path is not None else []
        new = plain(texts[0][1]) if texts else None
        return replace(state, asked=replace(state.asked, path=new)), flag


def _of_file(method: str, status: int) -> int:
    """The status of nginx's own files: `status` for GET, and a POST finds out first whether the file is there.

    https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_static_module.c
    """
    return status if method in ("GET", "HEAD") or (method == "POST" and status == 404) else 405


_ASKS_WHO_IT_IS = ("auth_basic", "auth_digest", "auth_jwt", "auth_request")
_MATCHES_ALL = re.compile(r"\^?/?|\^?/?\(?\.\*\)?\$?|\^/?\(\.\+\)\$")


def _up_to_all(rules: Sequence[Directive]) -> Iterator[Directive]:
    for rule in rules:
        yield rule
        if rule.values == ("all",):
            return


def sent_lines(block: Block, status: int) -> tuple[Line, ...]:
    """The lines of a block that go with a status, if their values are not empty, in the order nginx sends them.

    headers-more comes before `add_header` in the chain of filters: it neither replaces nor clears what that adds.
    """
    set_before: list[Line] = []
    for line in block.commands:
        if line.statuses is not None and status not in line.statuses:
            continue
        places = [] if line.appends else [n for n, one in enumerate(set_before) if _takes_place(line, one)]
        if places and line.text:  # the name of the line that was there stays
            set_before[places[0]] = replace(line, name=set_before[places[0]].name)
            places = places[1:]
        elif line.text:
            set_before.append(line)
        set_before = [one for n, one in enumerate(set_before) if n not in places]
    return (*set_before, *(line for line in block.lines if line.text and (line.always or status in SAFE_STATUSES)))


def _takes_place(line: Line, other: Line) -> bool:
    if line.key.endswith("*"):
        return other.key.startswith(line.key[:-1])
    return line.key == other.key
