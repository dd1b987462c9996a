"""What nginx answers to one request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from corslint.browser import Headers, Request, Response
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.resolve.nginx_blocks import Block, Configuration, Line
from corslint.resolve.nginx_route import find
from corslint.resolve.nginx_run import SAFE_STATUSES, Answer, StatusOfFile, Walk, sent_lines, takes_place
from corslint.resolve.nginx_state import Asked, State, opaque, plain
from corslint.values import Known

SETTINGS = {
    "access-control-allow-credentials": "credentials",
    "access-control-allow-methods": "methods",
    "access-control-allow-headers": "headers",
    "access-control-expose-headers": "exposed",
    "access-control-max-age": "max_age",
    "access-control-allow-private-network": "private_network",
}
"""Headers and the fields of a policy that speak of them."""


TOO_MANY_CONDITIONS = "there are more conditions than are followed"

_Sent: TypeAlias = "tuple[str, str | UndecidedError]"
"""A header's name and value; an error where run time decides the value."""


@dataclass(frozen=True, slots=True)
class Place:
    """A block a policy speaks for, and the server it is in."""

    server: Block
    block: Block

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The block and the `if`s in it."""
        return (self.block, *(step.block for step in self.block.ifs))


@dataclass(frozen=True, slots=True)
class Detail:
    """What the answer depends on besides the settings every policy has."""

    configuration: Configuration
    places: tuple[Place, ...]
    """The one the policy is shown for first; none where every answer comes from a block with other headers."""
    refused: str = ""
    """Why no answer can be told, if so: nginx does not start with the configuration, or too much decides it."""

    def place(self, path: str, methods: Sequence[str] = ("GET", "OPTIONS", "POST")) -> Place | None:
        """The place that answers a request for a path, also after `try_files` or `rewrite`; None if none of these does.

        What is asked first is a GET, then a preflight, which may be all that a place answers.
        """
        for server in dict.fromkeys(place.server for place in self.places):
            mine = {block: place for place in self.places if place.server is server for block in place.blocks}
            for method in methods:
                for block in _reached(self.configuration, server, path, method):
                    if block in mine:
                        return mine[block]
        return None


def _reached(configuration: Configuration, server: Block, path: str, method: str) -> tuple[Block, ...]:
    """The blocks that answer a request, the location of the path first; those that no pattern leaves undecided."""
    key = server, path, method
    if key not in configuration.reached:
        blocks: list[Block] = []
        try:
            blocks.append(find(server, path))
            blocks += (one.block for one in Walk(configuration, server, 200).answers(Asked(method, path=path)))
        except UndecidedError:
            pass
        configuration.reached[key] = tuple(blocks)
    return configuration.reached[key]


def as_compared(path: str) -> str:
    """A URL path as nginx compares it: decoded, without doubled slashes and steps up or on the spot."""
    plain_path = re.sub("/{2,}", "/", unquote(path)) or "/"
    return _dots_removed(plain_path) if "/." in plain_path else plain_path


def _target_of(url: str, parts: SplitResult) -> str:
    """The path and query of a URL as they stand there: what a request line asks for."""
    return url.partition("#")[0][len(f"{parts.scheme}://{parts.netloc}") :] or "/"


def _dots_removed(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    is_folder = path.endswith(("/.", "/.."))
    return "/" + "/".join([*parts, ""] if is_folder and parts else parts)


def respond(
    policy: Policy,
    request: Request,
    status: int = 200,
    behind: Headers | None = None,
    files: StatusOfFile | None = None,
) -> Response:
    """The status, the CORS headers and the `Location` of the answer.

    `status` is what a program behind nginx answers, or nginx for a file; `behind` are the headers of that program's
    own, None where they are not known; `files` tells what nginx answers for a file, where it is known which there are.
    A path the policy does not speak for is taken for one of its location. Raises UndecidedError where something decides
    that neither the files nor the request tell.
    """
    detail = policy.detail
    if isinstance(detail, Detail) and detail.refused:
        raise UndecidedError(detail.refused)
    if not isinstance(detail, Detail) or not detail.places:
        return Response(status)
    parts = urlsplit(request.url)
    path = as_compared(parts.path)
    place = detail.place(path, ("GET",))
    speaks_for_all = place is not None
    start = None
    if place is None:
        # A location for preflights alone is judged as if it were asked itself, at the URL that stands for it.
        place = detail.place(path) if behind is not None or request.url != policy.url else None
    if place is None:
        place = detail.places[0]
        start = place.block
        speaks_for_all = True
        path = start.example or path
    headers = {name.lower(): value for name, value in request.headers}
    asked = Asked(request.method, headers.get("origin", ""), path, parts.query, headers, _target_of(request.url, parts))
    walk = Walk(detail.configuration, place.server, status, files)
    answers = walk.answers(asked, start)
    if walk.gave_up:
        raise UndecidedError(TOO_MANY_CONDITIONS)
    base = f"{parts.scheme}://{parts.netloc}"
    mine = {block for one in detail.places for block in one.blocks}
    is_known = speaks_for_all or behind is not None
    responses: list[Response | UndecidedError] = []
    for answer in answers:
        if not is_known and answer.by == "upstream" and answer.block not in mine and not _says_who(answer):
            responses.append(UndecidedError("the server behind nginx says who is let in, nginx does not"))
        else:
            responses.append(_response(policy, walk, answer, base, behind or ()))
    return _one(answers, responses, place, request.method)


def _says_who(answer: Answer) -> bool:
    return any(line.key == "access-control-allow-origin" for line in sent_lines(answer.block, answer.status))


def _one(
    answers: Sequence[Answer], responses: Sequence[Response | UndecidedError], place: Place, method: str
) -> Response:
    """The response, where the ways that are open all lead to it or the others are for unusual requests."""
    if not answers:
        raise UndecidedError("nothing in the configuration answers this request")
    served = ways = list(zip(answers, responses, strict=True))
    if any(_is_file(guess.subject) for answer in answers for guess in answer.state.guesses):
        # A file is there for GET alone: take the other methods where they can be answered.
        served = [] if method in ("GET", "HEAD") else [way for way in ways if way[0].by in ("upstream", "code")]
        served = served or [way for way in ways if way[0].block in place.blocks] or ways
    usual = [
        way for way in served if not any(guess.holds and not _is_file(guess.subject) for guess in way[0].state.guesses)
    ]
    chosen, response = (usual or served)[0]
    for answer, other in served:
        turned_away = _turns_away(answer) and not _turns_away(chosen)
        if other != response and not turned_away:
            differing = [guess.subject for guess in answer.state.guesses if guess not in chosen.state.guesses]
            raise UndecidedError(f"`{differing[0]}` decides it" if differing else "the configuration leaves it open")
    if isinstance(response, UndecidedError):
        raise response
    return response


def _turns_away(answer: Answer) -> bool:
    return answer.by in ("return", "redirect", "access") and answer.status >= 300


def _is_file(subject: str) -> bool:
    return subject.startswith("the file is there")


def _response(policy: Policy, walk: Walk, answer: Answer, base: str, behind: Headers) -> Response | UndecidedError:
    if answer.status == 444:  # nginx hangs up
        return Response(444)
    sent: list[_Sent] = []
    if answer.location is not None:
        sent.append(("Location", _target(walk, answer, base)))
    if answer.by == "upstream":
        hidden = {word.lower() for one in answer.block.lists.get("hidden", ()) for word in one.values}
        sent += [(name, value) for name, value in behind if name.lower() not in hidden]
    state = answer.state
    # https://nginx.org/en/docs/dev/development_guide.html#http_response: headers-more comes first in the chain.
    for line in answer.block.commands:
        if line.statuses is None or answer.status in line.statuses:
            value, state = _value(policy, walk, replace(answer, state=state), line)
            sent = _replaced(sent, line, value)
    for line in answer.block.lines:
        if line.always or answer.status in SAFE_STATUSES:
            value, state = _value(policy, walk, replace(answer, state=state), line)
            sent.append((line.name, value))
    headers: list[tuple[str, str]] = []
    for name, value in sent:
        key, colon, _ = name.partition(":")
        if not (key.strip().lower() in ("vary", "location") or key.lower().startswith("access-control-")):
            continue
        if isinstance(value, UndecidedError):
            return value
        if value or key == "Location":
            headers.append((key, f": {value}" if colon else value))
    return Response(answer.status, tuple(headers))


def _target(walk: Walk, answer: Answer, base: str) -> str:
    """Where a redirect leads; as it is written where that is not known."""
    texts = [plain(text) for _, text in walk.variables.fill(answer.location or "", answer.state)]
    target = texts[0] if len(texts) == 1 and texts[0] is not None else answer.location or ""
    return f"{base}{target}" if target.startswith("/") else target


def _replaced(sent: Sequence[_Sent], line: Line, value: str | UndecidedError) -> list[_Sent]:
    """The headers after a command of headers-more; the name that was there stays.

    https://github.com/openresty/headers-more-nginx-module/blob/master/src/ngx_http_headers_more_headers_out.c
    """
    found: list[_Sent] = []
    is_there = line.appends
    for name, before in sent:
        if line.appends or not takes_place(line.key, name.partition(":")[0].strip().lower()):
            found.append((name, before))
        elif value != "" and not is_there:
            found.append((name, value))
            is_there = True
    return found if value == "" or (is_there and not line.appends) else [*found, (line.name, value)]


def _value(policy: Policy, walk: Walk, answer: Answer, line: Line) -> tuple[str | UndecidedError, State]:
    """The value of a header line, empty where it is not sent, and the state after it was worked out.

    Where it is decided at run time the setting of the policy counts, if that speaks of this line and knows its value.
    """
    ways = list(walk.headers(answer, line))
    values = {plain(text): text for _, text in ways}
    text = next(iter(values), "")
    if len(values) == 1 and text is not None and not line.types:
        return text, ways[0][0]
    setting = getattr(policy, SETTINGS[line.key]).value if line.key in SETTINGS else None
    if isinstance(setting, Known) and getattr(policy, SETTINGS[line.key]).span == line.directive.head:
        return _as_text(setting.value), answer.state
    reasons = [part.reason for value in values.values() if (part := opaque(value))]
    reason = reasons[0] if reasons else f"the type of the answer decides whether `{line.name}` is sent"
    return UndecidedError(reason), answer.state


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value in (None, False) else "true" if value is True else str(value)
