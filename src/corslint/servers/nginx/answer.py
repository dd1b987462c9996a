"""What nginx answers to one request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from corslint.browser import Request, Response
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.resolve.nginx_blocks import Block, Configuration, Line
from corslint.resolve.nginx_route import find
from corslint.resolve.nginx_run import Answer, Walk, sent_lines
from corslint.resolve.nginx_state import Asked, opaque, plain
from corslint.values import Known

SETTINGS = {
    "access-control-allow-credentials": "credentials",
    "access-control-allow-methods": "methods",
    "access-control-allow-headers": "headers",
    "access-control-expose-headers": "exposed",
    "access-control-max-age": "max_age",
    "access-control-allow-private-network": "private_network",
    "vary": "vary",
}
"""Headers and the fields of a policy that speak of them."""


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

    def place(self, path: str) -> Place | None:
        """The place that answers a GET of a path, also after `try_files` or `rewrite`; None if it is none of these."""
        for server in dict.fromkeys(place.server for place in self.places):
            mine = {block: place for place in self.places if place.server is server for block in place.blocks}
            try:
                direct = find(server, path)
                if direct in mine:
                    return mine[direct]
                for answer in Walk(self.configuration, server, 200).answers(Asked("GET", path=path)):
                    if answer.block in mine:
                        return mine[answer.block]
            except UndecidedError:
                continue
        return None


def url_path(url: str) -> str:
    """The path of a URL as nginx compares it: decoded, without doubled slashes."""
    return re.sub("/{2,}", "/", unquote(urlsplit(url).path)) or "/"


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; what a program behind nginx adds of its own is not known.

    `status` is what that program answers, or nginx for a file. A path the policy does not speak for is taken for one
    of its location. Raises UndecidedError where something decides that neither the files nor the request tell.
    """
    detail = policy.detail
    if not isinstance(detail, Detail) or not detail.places:
        return Response(status)
    parts = urlsplit(request.url)
    path = url_path(request.url)
    place = detail.place(path)
    start = None
    if place is None:
        place = detail.places[0]
        start = place.block
        path = start.example or path
    headers = {name.lower(): value for name, value in request.headers}
    asked = Asked(request.method, headers.get("origin", ""), path, parts.query, headers)
    walk = Walk(detail.configuration, place.server, status)
    answers = walk.answers(asked, start)
    return _one(answers, [_response(policy, walk, answer) for answer in answers], place, request.method)


def _one(
    answers: Sequence[Answer], responses: Sequence[Response | UndecidedError], place: Place, method: str
) -> Response:
    """The response, where the ways that are open all lead to it or the others are for unusual requests."""
    if not answers:
        raise UndecidedError("nothing in the configuration answers this request")
    ways = list(zip(answers, responses, strict=True))
    # A file is there for GET alone: take the other methods where they can be answered.
    served = [] if method in ("GET", "HEAD") else [way for way in ways if way[0].by in ("upstream", "code")]
    served = served or [way for way in ways if way[0].block in place.blocks] or ways
    usual = [
        way for way in served if not any(guess.holds and not _is_file(guess.subject) for guess in way[0].state.guesses)
    ]
    chosen, response = (usual or served)[0]
    for answer, other in served:
        turned_away = answer.by in ("return", "redirect", "access") and answer.status >= 300
        if other != response and not turned_away:
            differing = [guess.subject for guess in answer.state.guesses if guess not in chosen.state.guesses]
            raise UndecidedError(f"`{differing[0]}` decides it" if differing else "the configuration leaves it open")
    if isinstance(response, UndecidedError):
        raise response
    return response


def _is_file(subject: str) -> bool:
    return subject.startswith("the file is there")


def _response(policy: Policy, walk: Walk, answer: Answer) -> Response | UndecidedError:
    if answer.status == 444:  # nginx hangs up
        return Response(444)
    headers: list[tuple[str, str]] = []
    for line in sent_lines(answer.block, answer.status):
        if not line.is_cors and line.key != "vary":
            continue
        try:
            value = _value(policy, walk, answer, line)
        except UndecidedError as error:
            return error
        if value:
            name, colon, _ = line.name.partition(":")
            headers.append((name, f": {value}" if colon else value))
    return Response(answer.status, tuple(headers))


def _value(policy: Policy, walk: Walk, answer: Answer, line: Line) -> str:
    """The value of a header line; empty where it is not sent.

    Raises UndecidedError where it is decided at run time, unless the policy says otherwise: then its setting counts.
    """
    values = {plain(text): text for _, text in walk.headers(answer, line)}
    text = next(iter(values), "")
    if len(values) == 1 and text is not None and not line.types:
        return text
    setting = getattr(policy, SETTINGS[line.key]).value if line.key in SETTINGS else None
    if isinstance(setting, Known):
        return "" if line.key == "vary" else _as_text(setting.value)
    reasons = [part.reason for value in values.values() if (part := opaque(value))]
    raise UndecidedError(reasons[0] if reasons else f"the type of the answer decides whether `{line.name}` is sent")


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value in (None, False) else "true" if value is True else str(value)
