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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
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
from corslint.syntax.nginx import Directive

MAX_WAYS = 256
"""Ways through the rewrite code that are followed; past this, an open `if` is taken not to hold."""
MAX_HOPS = 11
"""Changes of the path; with so many nginx gives up and answers 500 (`NGX_HTTP_MAX_URI_CHANGES`)."""

SAFE_STATUSES = frozenset({200, 201, 204, 206, 301, 302, 303, 304, 307, 308})
"""The statuses that `add_header` without `always` goes with.

https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_headers_filter_module.c `ngx_http_headers_filter`
"""

StatusOfFile: TypeAlias = "Callable[[str], int]"
"""What nginx answers to a GET of the file with a path: 200, 301 for a folder, 404."""
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
    location: str | None = None
    """Where it redirects to, variables not filled in; None where no `Location` is sent."""


@dataclass(frozen=True, slots=True)
class _Journey:
    """A request under way. The fields are those of `ngx_http_request_t`."""

    state: State
    hops: tuple[Span, ...] = ()
    changes: int = 0
    """How often the path was changed, or a named location took over."""
    is_internal: bool = False
    """Whether nginx has changed the path: then locations with `internal` take it."""
    error_status: int | None = None
    """The status that an error, or its `error_page`, gives to whatever is answered in the end (`err_status`)."""
    no_more_pages: bool = False
    """Whether an error was seen, so that another has no `error_page` of its own (`error_page`)."""
    location: str | None = None
    """The `Location` of a redirect, which stays when an error page takes over."""
    exists: bool = False
    """Whether the file asked for now is one that the configuration falls back on."""

    def on(self, state: State, hop: Span | None = None) -> _Journey:
        """The journey after the path was changed."""
        hops = (*self.hops, hop) if hop else self.hops
        return replace(self, state=state, hops=hops, changes=self.changes + 1, is_internal=True)


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

    def __init__(
        self, configuration: Configuration, server: Block, status: int, files: StatusOfFile | None = None
    ) -> None:
        """`status` is what a program behind nginx answers; without `files`, also what nginx does for a file."""
        self.variables = Variables(configuration)
        self.server = server
        self.status = status
        self.files = files
        self.is_whole = configuration.whole and not configuration.expansion.missing
        self.asking = False
        """Whether the walk is one of `auth_request`, which does not ask again."""
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
            is_moved = left.state.asked.path != journey.state.asked.path
            now = replace(journey, state=left.state, is_internal=journey.is_internal or left.state.asked.is_rewritten)
            path = left.state.asked.path
            if left.how in ("return", "redirect"):
                yield from self.returned(left, now)
            elif start is not None and not is_moved:
                yield from self.in_location(start, now)
            elif path is None:
                yield from self.in_location(self.server, now)
            else:
                yield from self.located(path, now)

    def located(self, path: str, journey: _Journey) -> Iterator[Answer]:
        """The location of a path, or the redirect to it where only its last slash is missing."""
        block = find(self.server, path)
        if block.modifier in ("", "^~", "=") and block.path == f"{path}/":
            if block.internal and not journey.is_internal:
                yield from self.in_location(block, journey)
                return
            method = journey.state.asked.method
            limit = block.limit_except
            block = limit if limit is not None and _is_excepted(limit, method) else block
            query = journey.state.asked.query
            target = f"{path}/?{query}" if query else f"{path}/"
            answer = Answer(301, block, journey.state, "redirect", block.head, journey.hops, location=target)
            yield from self.failed(answer, journey)
        else:
            yield from self.in_location(block, journey)

    def in_location(self, block: Block, journey: _Journey) -> Iterator[Answer]:
        if block.internal and not journey.is_internal:
            yield from self.failed(Answer(404, block, journey.state, "static", block.head, journey.hops), journey)
            return
        if block.modifier in ("~", "~*"):
            state = captured_of_path(journey.state, block.path, ignore_case=block.modifier == "~*")
            journey = replace(journey, state=state)
        limit = block.limit_except
        if limit is not None and _is_excepted(limit, journey.state.asked.method):
            yield from self.content(limit, journey)
            return
        # The code of the server itself has run before, it does not run a second time.
        lefts = iter((_Left(journey.state, block, "end"),)) if block is self.server else self.code(block, journey.state)
        for left in lefts:
            now = replace(journey, state=left.state, is_internal=journey.is_internal or left.state.asked.is_rewritten)
            path = left.state.asked.path
            if left.how in ("return", "redirect"):
                yield from self.returned(left, now)
            elif left.how == "moved" and left.directive is not None and path is not None:
                now = replace(now.on(left.state, left.directive.head), exists=False)
                if now.changes >= MAX_HOPS:
                    yield self.going_in_circles(left.block, now)
                else:
                    yield from self.located(path, now)
            else:
                yield from self.content(left.block, now)

    def content(self, block: Block, journey: _Journey) -> Iterator[Answer]:
        refusal, state = self.refusal(block, journey.state)
        journey = replace(journey, state=state)
        method = state.asked.method
        if refusal is not None:
            status, span = refusal
            yield from self.failed(Answer(status, block, state, "access", span, journey.hops), journey)
            return
        handler = block.handler
        if block.opaque_code is not None and (handler is None or method == "OPTIONS"):
            yield Answer(self.status, block, state, "code", block.opaque_code.head, journey.hops)
        elif handler is not None and handler.name.value in UPSTREAMS:
            yield from self.handed_on(
                Answer(self.status, block, state, "upstream", handler.head, journey.hops), journey
            )
        elif handler is not None and handler.name.value in CODE:
            yield Answer(self.status, block, state, "code", handler.head, journey.hops)
        elif block.try_files is not None:
            yield from self.tried(block, block.try_files, journey)
        else:
            yield from self.file(block, journey)

    def handed_on(self, answer: Answer, journey: _Journey) -> Iterator[Answer]:
        """What a program behind nginx answers, or nginx in its place."""
        singles = answer.block.singles
        intercepts = any(name.endswith("_intercept_errors") and singles[name].values == ("on",) for name in singles)
        pages = answer.block.lists.get("error_page", ())
        has_page = any(str(answer.status) in one.values[:-1] for one in pages)
        if answer.status in (502, 504) or (answer.status >= 300 and intercepts and has_page):
            yield from self.failed(answer, journey)
        else:
            yield from self.sent(answer, journey)

    def status_of_file(self, journey: _Journey) -> int:
        path = journey.state.asked.path
        if self.files is not None and path is not None:
            return self.files(path)
        return 200 if journey.exists and self.status == 404 else self.status

    def file(self, block: Block, journey: _Journey) -> Iterator[Answer]:
        """A file, or what is sent in its place.

        https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_static_module.c
        """
        state, path = journey.state, journey.state.asked.path
        status = _of_file(state.asked.method, self.status_of_file(journey))
        answer = Answer(status, block, state, "static", block.head, journey.hops)
        if (
            path is not None
            and path.endswith("/")
            and state.asked.method in ("GET", "HEAD", "POST")
            and status in (200, 405)
        ):
            index = block.singles.get("index")
            name = index.values[0] if index and index.args else "index.html"
            if "$" not in name:
                target = name if name.startswith("/") else f"{path}{name}"
                now = journey.on(replace(state, asked=replace(state.asked, path=target)))
                if now.changes >= MAX_HOPS:
                    yield self.going_in_circles(block, now)
                else:
                    yield from self.from_server(replace(now, exists=True), None)
                return
        if status == 301 and path is not None:
            answer = replace(answer, location=f"{path}/")
        yield from self.failed(answer, journey) if status >= 300 else self.sent(answer, journey)

    def tried(self, block: Block, try_files: Directive, journey: _Journey) -> Iterator[Answer]:
        """`try_files`: the file is there, or the last argument takes over."""
        state = journey.state
        path = state.asked.path
        last = try_files.args[-1] if try_files.args else None
        status = self.status_of_file(journey)
        is_folder = status == 301 or (path is not None and path.endswith("/") and status in (200, 403))
        takes_folders = any(word.endswith("/") for word in try_files.values[:-1])
        if self.files is not None:
            may_be_there = status != 404 and is_folder <= takes_folders
            may_be_missing = not may_be_there
        else:
            # The configuration falls back on this very file.
            is_there = journey.exists or (last is not None and last.value == path)
            may_be_there = is_there or status != 404
            may_be_missing = not is_there
            if is_there and status == 404:
                journey = replace(journey, exists=True)
        subject = f"the file is there, and `{try_files.head.text}` serves it"
        is_guess = may_be_there and may_be_missing
        if may_be_missing and (last is None or last.value.startswith("=")):
            code = last.value[1:] if last else ""
            refused = int(code) if code.isdecimal() else 404
            if is_guess:  # `status` is said of the file then
                yield from self.file(block, journey)
            else:
                yield from self.failed(Answer(refused, block, state, "static", block.head, journey.hops), journey)
            return
        if may_be_there:
            found = state.guessed(Guess(subject, True, try_files.head)) if is_guess else state
            yield from self.file(block, replace(journey, state=found))
        if not may_be_missing or last is None:
            return
        missing = state.guessed(Guess(subject, False, try_files.head)) if is_guess else state
        if last.value.startswith("@"):
            yield from self.to_named(last.value, block, journey.on(missing, last.span))
        else:
            yield from self.internal(last.value, block, replace(journey, state=missing), last.span)

    def going_in_circles(self, block: Block, journey: _Journey) -> Answer:
        return Answer(500, block, journey.state, "static", block.head, journey.hops, location=journey.location)

    def to_named(self, name: str, block: Block, journey: _Journey) -> Iterator[Answer]:
        """A named location takes over from a block."""
        target = named(self.server, name)
        if journey.changes >= MAX_HOPS:
            yield self.going_in_circles(block, journey)
        elif target is not None:
            yield from self.in_location(target, journey)
        else:
            yield from self.failed(Answer(500, block, journey.state, "static", block.head, journey.hops), journey)

    def internal(self, target: str, block: Block, journey: _Journey, hop: Span) -> Iterator[Answer]:
        """An internal redirect from a block to another path."""
        for state, text in self.variables.fill(target, journey.state):
            path = plain(text)
            if path is None and isinstance(text[0], str) and text[0].partition("?")[0] != text[0]:
                path = text[0]  # only the query is open
            if path is None:
                continue
            path, _, query = path.partition("?")
            asked = replace(state.asked, path=path, query=query)
            exists = journey.exists or asked.path != state.asked.path
            now = replace(journey.on(replace(state, asked=asked), hop), exists=exists)
            if now.changes >= MAX_HOPS:
                yield self.going_in_circles(block, now)
            else:
                yield from self.from_server(now, None)

    def returned(self, left: _Left, journey: _Journey) -> Iterator[Answer]:
        directive = left.directive
        if directive is None:
            return
        words = directive.values
        if left.how == "redirect":
            status = 301 if words[-1] == "permanent" else 302
            answer = Answer(status, left.block, left.state, "redirect", directive.head, journey.hops, location=words[1])
            yield from self.failed(answer, journey)
            return
        status = int(words[0]) if words and words[0].isdecimal() else 302
        text = words[-1] if len(words) > 1 or (words and not words[0].isdecimal()) else ""
        answer = Answer(status, left.block, left.state, "return", directive.head, journey.hops)
        if status in _REDIRECTS:
            yield from self.failed(replace(answer, location=text), journey)
        elif status < 400 or text:
            yield from self.sent(answer, journey)
        else:
            yield from self.failed(answer, journey)

    def sent(self, answer: Answer, journey: _Journey) -> Iterator[Answer]:
        """An answer that was made; an error that led here has the last word on its status."""
        location = answer.location if answer.location is not None else journey.location
        yield replace(answer, status=journey.error_status or answer.status, location=location)

    def failed(self, answer: Answer, journey: _Journey) -> Iterator[Answer]:
        """An answer that nginx makes of a mere status, or what an `error_page` makes of it.

        https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c
        """
        answer = replace(answer, by="static") if answer.by == "upstream" else answer
        pages = answer.block.lists.get("error_page", ())
        now = replace(
            journey,
            state=answer.state,
            error_status=answer.status,
            location=answer.location if answer.location is not None else journey.location,
        )
        if journey.no_more_pages or not pages:
            yield from self.sent(answer, now)
            return
        repeats = answer.block.singles.get("recursive_error_pages")
        now = replace(now, no_more_pages=repeats is None or repeats.values != ("on",))
        directive = next((one for one in pages if str(answer.status) in one.values[:-1]), None)
        if directive is None:
            yield from self.sent(answer, now)
            return
        *codes, target = directive.values
        if codes[-1].startswith("="):
            changed = codes[-1][1:]
            now = replace(now, error_status=int(changed) if changed.isdecimal() else None)
        yield from self.paged(directive, target, answer, now)

    def paged(self, directive: Directive, target: str, answer: Answer, journey: _Journey) -> Iterator[Answer]:
        """The page that an `error_page` names."""
        texts = [plain(text) for _, text in self.variables.word(directive.args[-1], answer.state)]
        target = next((text for text in texts if text), target)
        if target.startswith("@"):
            yield from self.to_named(target, answer.block, journey.on(journey.state, directive.head))
        elif target.startswith("/"):
            asked = answer.state.asked
            method = "HEAD" if asked.method == "HEAD" else "GET"
            state = replace(answer.state, asked=asked.with_method(method))
            yield from self.internal(target, answer.block, replace(journey, state=state), directive.head)
        else:
            # `=301` makes it a permanent redirect; the status of the error itself plays no part.
            is_changed = directive.values[-2].startswith("=")
            status = journey.error_status if is_changed and journey.error_status in _REDIRECTS else 302
            yield replace(
                answer, status=status or 302, by="redirect", hops=(*answer.hops, directive.head), location=target
            )

    def refusal(self, block: Block, state: State) -> tuple[tuple[int, Span] | None, State]:
        """Why the access phase turns a request away, the status and the directive; and the state after it."""
        rules = tuple(_up_to_all(block.lists.get("access", ())))
        denied: tuple[int, Span] | None = None
        if rules and rules[-1].values == ("all",) and all(rule.name.value == "deny" for rule in rules):
            denied = 403, rules[-1].head
        any_suffices = "satisfy" in block.singles and block.singles["satisfy"].values == ("any",)
        if (rules and denied is None and any_suffices) or (denied and not any_suffices):
            return denied, state
        asks = [block.singles[name] for name in _ASKS_WHO_IT_IS if name in block.singles]
        asks = [one for one in asks if one.args and not self.is_off(one, state)]
        if self.is_whole and "auth_basic_user_file" not in block.singles:  # then nginx lets everyone in
            asks = [one for one in asks if one.name.value != "auth_basic"]
        unnamed: tuple[int, Span] | None = None
        for one in asks:
            if one.name.value == "auth_request":
                status, state = self.login(one, state)
            else:
                status = 401 if state.asked.is_preflight else None
            if status is None and any_suffices:
                return None, state
            if status is not None and (unnamed is None or unnamed[0] != 401):  # of several the 401 is told
                unnamed = status, one.head
            if status is not None and (not any_suffices or status not in (401, 403)):
                break
        return unnamed or denied, state

    def login(self, directive: Directive, state: State) -> tuple[int | None, State]:
        """The status with which `auth_request` turns a request away, None where it lets it in; and the state after.

        The location it asks sees a GET, but the method of the request itself in `$request_method`. Users are logged in,
        and preflights are not, unless the location says otherwise for certain.
        https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_auth_request_module.c
        """
        usual = 401 if state.asked.is_preflight else None
        target = plain(next((text for _, text in self.variables.word(directive.args[0], state)), ("",)))
        if not target or not target.startswith("/") or self.asking:
            return usual, state
        path, _, query = target.partition("?")
        variables = {**state.variables, "request_method": (state.asked.method,)}
        asked = replace(state.asked.with_method("GET"), path=path, query=query)
        inner = replace(state, asked=asked, variables=MappingProxyType(variables))
        self.asking = True
        try:
            answers = list(self.from_server(_Journey(inner, is_internal=True), None))
        finally:
            self.asking = False
        statuses = {answer.status for answer in answers}
        is_told = all(
            answer.by not in ("upstream", "code") and answer.state.guesses == state.guesses for answer in answers
        )
        if not answers or len(statuses) > 1 or not is_told:
            return usual, state
        (status,) = statuses
        given = {name: text for name, text in answers[0].state.variables.items() if name != "request_method"}
        after = replace(state, variables=MappingProxyType(given)) if len(answers) == 1 else state
        if 200 <= status < 300:
            return None, after
        return (status if status in (401, 403) else 500), after

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
        if path is None:
            return replace(state, asked=replace(state.asked, path=None, is_rewritten=True)), flag
        replaces_query = target.endswith("?")
        target, asks, added = target.removesuffix("?").partition("?")
        old = state.asked.query
        query = self.first(added, state) if asks else old
        if asks and old and not replaces_query:
            query = f"{query}&{old}"
        query = "" if replaces_query and not asks else query
        new = self.first(target, state)
        return replace(state, asked=replace(state.asked, path=new, query=query or "", is_rewritten=True)), flag

    def first(self, text: str, state: State) -> str | None:
        """The text a word comes to, None where that is not known."""
        return plain(next((value for _, value in self.variables.fill(text, state)), ()))


def _of_file(method: str, status: int) -> int:
    """The status of nginx's own files: `status` for GET, and a POST finds out first whether the file is there.

    https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_static_module.c
    """
    return status if method in ("GET", "HEAD") or (method == "POST" and status in (301, 403, 404)) else 405


def _is_excepted(limit: Block, method: str) -> bool:
    """Whether a `limit_except` applies to a method; one that lets GET pass lets HEAD pass."""
    return method not in limit.methods and not (method == "HEAD" and "GET" in limit.methods)


_REDIRECTS = (301, 302, 303, 307, 308)
"""The statuses with which a `return` sends its text as a `Location`."""
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
        places = [] if line.appends else [n for n, one in enumerate(set_before) if takes_place(line.key, one.key)]
        if places and line.text:  # the name of the line that was there stays
            set_before[places[0]] = replace(line, name=set_before[places[0]].name)
            places = places[1:]
        elif line.text:
            set_before.append(line)
        set_before = [one for n, one in enumerate(set_before) if n not in places]
    return (*set_before, *(line for line in block.lines if line.text and (line.always or status in SAFE_STATUSES)))


def takes_place(key: str, other: str) -> bool:
    """Whether headers-more takes a header `other` for one called `key`; both are lower case."""
    return other.startswith(key[:-1]) if key.endswith("*") else key == other
