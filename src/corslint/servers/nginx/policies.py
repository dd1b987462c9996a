"""Policies out of the blocks of an nginx configuration: one for each set of CORS headers, wherever it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from corslint.finding import Label
from corslint.origins import Origins
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.resolve.nginx_blocks import Block, Configuration, If, Rejection, Step
from corslint.resolve.nginx_run import Answer
from corslint.servers.nginx.answer import TOO_MANY_CONDITIONS, Detail, Place, as_compared, respond
from corslint.servers.nginx.entries import ALLOW_ORIGIN
from corslint.servers.nginx.facts import facts
from corslint.servers.nginx.seen import Header, Seen, look
from corslint.source import Span
from corslint.values import Known, Unknown

T = TypeVar("T")

HOW_TO = HowTo(
    list_origins='add_header Access-Control-Allow-Origin "https://app.example.com" always',
    add_origin=(
        'map $http_origin $cors_origin { "https://app.example.com" $http_origin; }'
        " and add_header Access-Control-Allow-Origin $cors_origin always"
    ),
    match_origins='map $http_origin $cors_origin { "~^(?:PATTERN)$" $http_origin; }',
    drop_credentials="remove the line that sends Access-Control-Allow-Credentials",
    send_vary="add_header Vary Origin always",
    answer_preflight="if ($request_method = OPTIONS) { return 204; } before the other lines",
    send_on_errors="end the `add_header` with `always`",
    always="always",
    end=";",
)
"""What findings advise, as it is written in a configuration."""

_RANKS = {"product": 0, "application": 1, "unknown": 1, "nobody": 2}


@dataclass(frozen=True, slots=True)
class BlockScope(Scope):
    """A part of a site by nginx's own choice of a location, which no list of paths can tell."""

    detail: Detail | None = None

    def covers(self, path: str) -> bool:
        """Whether a request to this URL path ends in one of the blocks, or falls back on one."""
        return self.detail is not None and self.detail.place(as_compared(path)) is not None


def policies(root: str, configuration: Configuration) -> Iterator[Policy]:
    """The policies of one root, in the order of its blocks; `root` is what the file is called."""
    groups: dict[object, list[Seen]] = {}
    for place in _places(configuration):
        lines = _lines(place.block)
        if lines:
            seen = look(configuration, place)
            groups.setdefault((lines, seen.entries, seen.undecided), []).append(seen)
    for group in groups.values():
        policy = _policy(root, configuration, group)
        yield policy


def refused_policy(root: str, configuration: Configuration, rejection: Rejection) -> Policy:
    """What stands for the policies of a configuration where nothing is left but what nginx refuses."""
    name = f"configuration {root}"
    detail = Detail(configuration, (), rejection.reason)
    return Policy(
        server="nginx",
        product="nginx",
        name=name,
        key=name,
        span=rejection.span,
        origins=Setting("add_header Access-Control-Allow-Origin", Unknown(rejection.reason, rejection.span)),
        credentials=Setting("add_header Access-Control-Allow-Credentials", Known(None), given="default"),
        methods=Setting("add_header Access-Control-Allow-Methods", Known(None), given="default"),
        headers=Setting("add_header Access-Control-Allow-Headers", Known(None), given="default"),
        exposed=Setting("add_header Access-Control-Expose-Headers", Known(None), given="default"),
        max_age=Setting("add_header Access-Control-Max-Age", Known(None), given="default"),
        vary=Setting("add_header Vary", Known(False), given="default"),
        private_network=Setting("add_header Access-Control-Allow-Private-Network", Known(False), given="default"),
        respond_with=respond,
        preflight=Preflight("unknown", reason=rejection.reason),
        scope=BlockScope(name, detail=detail),
        how_to=HOW_TO,
        detail=detail,
    )


def with_rejections(found: Sequence[Policy], rejections: Sequence[Rejection]) -> list[Policy]:
    """The policies, the first with what nginx refuses; those that stand in such a file answer nothing."""
    facts = tuple(map(_refused, rejections))
    first = replace(found[0], facts=(*found[0].facts, *facts))
    return [_not_started(policy, rejections) for policy in (first, *found[1:])]


def _not_started(policy: Policy, rejections: Sequence[Rejection]) -> Policy:
    for rejection in rejections:
        if rejection.span.source is policy.span.source and isinstance(policy.detail, Detail):
            return replace(policy, detail=replace(policy.detail, refused=rejection.reason))
    return policy


def _refused(rejection: Rejection) -> Fact:
    return Fact(
        "rejected-configuration",
        rejection.reason,
        (Label(rejection.span, "nginx does not start with this", primary=True),),
        "`nginx -t` tests a configuration without starting it",
    )


def _places(configuration: Configuration) -> Iterator[Place]:
    for http in configuration.https:
        yield Place(http, http)
        for server in http.servers:
            yield from (Place(server, block) for block in server.walk())


def _is_reached(place: Place) -> bool:
    """Whether a request can end in a block, and not always in one inside it."""
    block = place.block
    if block.kind == "http":
        return not block.servers
    if block is not place.server:
        return True
    return not any(one.path == "/" and one.modifier in ("", "^~") for one in block.locations) or _returns(block.code)


def _returns(code: Sequence[Step]) -> bool:
    return any(_returns(step.block.code) if isinstance(step, If) else step.name.value == "return" for step in code)


def _lines(block: Block) -> tuple[tuple[int, ...], ...]:
    """The CORS lines of a block and of its `if`s, as something to compare; empty where there are none."""
    lists = [block.sent]
    lists += [step.block.sent for step in block.ifs if step.block.sent != block.sent]
    if not any(line.is_cors and line.text for sent in lists for line in sent) and not _clears(block):
        return ()
    # The words are those of the file: two blocks that include one snippet have the same.
    return tuple(tuple(id(line.word) for line in sent if line.is_cors or line.key == "vary") for sent in lists)


def _is_constant(seen: Seen) -> bool:
    """Whether a location of its own answers with a text that holds no variable."""
    texts = [one.span.text if one.by == "return" and one.span else "$" for one in seen.answers]
    return seen.block.path not in ("", "/") and bool(texts) and not any("$" in text for text in texts)


def _clears(block: Block) -> bool:
    """Whether a block tries to take back what the program behind nginx says, with an empty value."""
    hidden = {word.lower() for one in block.lists.get("hidden", ()) for word in one.values}
    return (
        block.handler is not None
        and ALLOW_ORIGIN not in hidden
        and any(line.key == ALLOW_ORIGIN and not line.replaces for line in block.own)
    )


def _policy(root: str, configuration: Configuration, group: Sequence[Seen]) -> Policy:
    preflights = {id(seen): _preflight(seen) for seen in group}
    reached = [seen for seen in group if _is_reached(seen.place)]
    ranked = sorted(reached or group, key=lambda seen: _RANKS[preflights[id(seen)].answered_by])
    shown = ranked[0]
    places = tuple(seen.place for seen in ranked) if reached else ()
    # Each request to such a block goes many ways, and none of the answers found is certain.
    detail = Detail(configuration, places, TOO_MANY_CONDITIONS if shown.walk.gave_up else "")
    name, key = _name(root, group)
    origin_line = next(shown.lines(ALLOW_ORIGIN), None)
    lines = [line for line in shown.block.sent if line.is_cors]
    lines += [line for step in shown.block.ifs for line in step.block.sent if line.is_cors]
    span = (origin_line or lines[0]).directive.head
    return Policy(
        server="nginx",
        product="nginx",
        name=name,
        key=key,
        span=span,
        origins=_origins(shown, span if origin_line else None),
        credentials=_credentials(shown),
        methods=_list(shown.on_preflight("access-control-allow-methods"), "Access-Control-Allow-Methods"),
        headers=_list(shown.on_preflight("access-control-allow-headers"), "Access-Control-Allow-Headers"),
        exposed=_list(shown.on_answer("access-control-expose-headers"), "Access-Control-Expose-Headers"),
        max_age=_max_age(shown.on_preflight("access-control-max-age")),
        vary=_vary(shown.on_answer("vary")),
        private_network=_private_network(shown.on_preflight("access-control-allow-private-network")),
        respond_with=respond,
        preflight=preflights[id(shown)] if reached else Preflight("unknown", reason="no answer carries these headers"),
        on_errors=_on_errors(shown),
        scope=_scope(name, detail, shown.block),
        constant=bool(reached) and all(map(_is_constant, reached)),
        facts=facts(group),
        how_to=HOW_TO,
        detail=detail,
    )


# Names and scopes


def _name(root: str, group: Sequence[Seen]) -> tuple[str, str]:
    """What the policy is called, and its key: by the blocks in which the lines stand."""
    owners = [seen for seen in group if _is_owner(seen.block)]
    first = next(iter(owners), group[0])
    block, server = first.block, first.place.server
    if block is server:
        called = block.title or f"top level of {root}"
    elif not block.title:
        called = f"snippet {root}"
    else:
        called = f"{block.title} of {server.title}" if server.title else block.title
    others = len(owners[1:])
    return (f"{called} and {others} more" if others else called), called


def _is_owner(block: Block) -> bool:
    own = (*block.own, *block.own_commands)
    return any(line.is_cors for line in own) or any(
        line.is_cors for step in block.ifs for line in (*step.block.own, *step.block.own_commands)
    )


def _scope(name: str, detail: Detail, shown: Block) -> BlockScope:
    blocks = [place.block for place in detail.places]
    example = _example(detail, shown)
    if any(not block.path or block.modifier == "@" for block in blocks):
        return BlockScope(name, example=example, detail=detail)
    return BlockScope(name, tuple(dict.fromkeys(map(_path_test, blocks))), example=example, detail=detail)


def _example(detail: Detail, shown: Block) -> str:
    """A path that ends in the block that is shown, where `/` does not; empty where none is known."""
    for path in ("/", shown.path, shown.example or "", *_matched(shown)):
        if not path.startswith("/"):
            continue
        place = detail.place(path, ("GET",))
        if place is not None and place.block is shown:
            return path if path != "/" else ""
    return ""


_LONGEST_PATTERN = 200
_READINGS = (
    (re.compile(r"\A|\^|\$\Z"), ""),
    (re.compile(r"(?:\\d|\[0-9\])(?:[*+]\??|\{[\d,]+\})?"), "1"),
    (re.compile(r"(?:\\[wS]|\[(?:\\.|[^\]\\])+\]|\.)(?:[*+]\??|\{[\d,]+\})"), "x"),
    (re.compile(r"\\([./_-])"), r"\1"),
    (re.compile(r"\(\?:|\(\?<\w+>"), "("),
    (re.compile(r"(?<!\))[\w/]\?"), ""),
)
"""What stands in patterns of locations, and the text that one reading of it has."""
_CHOICE = re.compile(r"\(([^()|]*)(?:\|[^()]*)?\)(\?|\*)?")


def _matched(block: Block) -> Iterator[str]:
    """Paths that the pattern of a location seems to match."""
    if block.modifier not in ("~", "~*") or len(block.path) > _LONGEST_PATTERN:
        return
    text = block.path
    for pattern, reading in _READINGS:
        text = pattern.sub(reading, text)
    while _CHOICE.search(text):
        text = _CHOICE.sub(lambda found: "" if found[2] else found[1], text)
    yield from (text, f"{text}x", f"/x{text}", f"/x{text}x")


def _path_test(block: Block) -> PathTest:
    match block.modifier:
        case "=":
            return PathTest(block.path, "exact")
        case "~" | "~*":
            return PathTest(block.path, "search", ignore_case=block.modifier == "~*")
    return PathTest(block.path, "prefix")


# Settings


def _setting_name(header: Header | None, name: str) -> str:
    return f"more_set_headers {name}" if header and header.line.replaces else f"add_header {name}"


def _origins(seen: Seen, span: Span | None) -> Setting[Origins]:
    line = next(seen.lines(ALLOW_ORIGIN), None)
    name = "more_set_headers" if line and line.replaces else "add_header"
    name = f"{name} Access-Control-Allow-Origin"
    if seen.undecided:
        return Setting(name, Unknown(seen.undecided, span), span)
    if line is None and not _clears(seen.block) and any(answer.by in ("upstream", "code") for answer in seen.answers):
        return Setting(name, Unknown("the server behind nginx says who is let in, nginx does not"), span)
    written: Known[object] | None = Known(line.text, line.span) if line else None
    return Setting(name, Known(Origins(seen.entries), line.span if line else None), span, written=written)


def _credentials(seen: Seen) -> Setting[bool | str | None]:
    """The text that goes with the widest circle of origins that is let in."""
    name = "access-control-allow-credentials"
    headers = [seen.on_answer(name, one) for one in seen.open_deliveries()] or [seen.on_answer(name)]
    sent = [header for header in headers if header is not None]
    if not sent:
        return Setting("add_header Access-Control-Allow-Credentials", Known(None), given="default")
    header = next((one for one in sent if isinstance(one.value, Known) and one.value.value == "true"), sent[0])
    found = header.value
    value: Known[bool | str | None] | Unknown
    value = found if isinstance(found, Unknown) else Known(found.value, found.span)
    return Setting(
        _setting_name(header, "Access-Control-Allow-Credentials"),
        value,
        header.span,
        written=Known(header.line.text, header.line.span),
    )


def _list(header: Header | None, name: str) -> Setting[tuple[str, ...] | None]:
    if header is None:
        return Setting(f"add_header {name}", Known(None), given="default")
    value: Known[tuple[str, ...] | None] | Unknown
    if isinstance(header.value, Known):
        parts = (part.strip(" \t\r\n") for part in header.value.value.split(","))
        value = Known(tuple(part for part in parts if part), header.value.span)
    else:
        value = header.value
    return Setting(_setting_name(header, name), value, header.span, written=Known(header.line.text, header.line.span))


def _max_age(header: Header | None) -> Setting[int | str | None]:
    name = "Access-Control-Max-Age"
    if header is None:
        return Setting(f"add_header {name}", Known(None), given="default")
    value: Known[int | str | None] | Unknown
    if isinstance(header.value, Known):
        text = header.value.value.strip(" \t")
        value = Known(int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text, header.value.span)
    else:
        value = header.value
    return Setting(_setting_name(header, name), value, header.span, written=Known(header.line.text, header.line.span))


def _vary(header: Header | None) -> Setting[bool]:
    if header is None:
        return Setting("add_header Vary", Known(False), given="default")
    value: Known[bool] | Unknown
    if isinstance(header.value, Known):
        names = [part.strip().lower() for part in header.value.value.split(",")]
        value = Known("origin" in names or "*" in names, header.value.span)
    else:
        value = header.value
    return Setting(_setting_name(header, "Vary"), value, header.span)


def _private_network(header: Header | None) -> Setting[bool]:
    name = "Access-Control-Allow-Private-Network"
    if header is None:
        return Setting(f"add_header {name}", Known(False), given="default")
    if isinstance(header.value, Unknown):
        return Setting(_setting_name(header, name), header.value, header.span)
    return Setting(_setting_name(header, name), Known(header.value.value == "true", header.value.span), header.span)


def _on_errors(seen: Seen) -> Setting[bool]:
    lines = list(dict.fromkeys(delivery.line for delivery in seen.delivered))
    partial = [line for line in lines if not line.always or line.statuses is not None]
    if not lines:
        return Setting("always", Known(True), given="default")
    if partial:
        return Setting("always", Known(False), partial[0].directive.head, given="default")
    return Setting("always", Known(True), lines[0].directive.head)


# Preflights


def _preflight(seen: Seen) -> Preflight:
    answer = seen.option
    if answer is None:
        return Preflight("unknown", reason=seen.undecided)
    takes = _takes(seen, answer)
    span = answer.span or seen.block.head
    if answer.by == "upstream":
        return Preflight("application", span=span)
    if answer.by == "code":
        return Preflight("unknown", span=span, reason="code answers that is not read")
    if 200 <= answer.status < 300:
        return Preflight("product", answer.status, span, takes=takes)
    is_blocked = answer.by in ("access", "redirect") or 300 <= answer.status < 400
    return Preflight(
        "nobody", answer.status, span, _why_not(seen, answer), blocked_by=span if is_blocked else None, takes=takes
    )


def _takes(seen: Seen, option: Answer) -> tuple[str, ...]:
    """The methods that are seen to be answered, where nothing names them.

    Files take no others than GET and HEAD, and who refuses OPTIONS may refuse more. What nginx answers out of its own
    configuration is there to be read.
    """
    if seen.answers and all(one.by == "static" for one in seen.answers):
        return ("GET", "HEAD")
    named = any(True for _ in seen.lines("access-control-allow-methods"))
    if seen.answers and not named and all(one.by == "return" and one.status < 300 for one in seen.answers):
        return ("GET", "HEAD")
    if option.by in ("return", "access") and option.status in (403, 405) and not named:
        refused = {
            one.state.asked.method for one in seen.answers if one.by in ("return", "access") and one.status >= 400
        }
        return tuple(method for method in ("GET", "HEAD", "POST") if method.replace("HEAD", "GET") not in refused)
    return ()


def _why_not(seen: Seen, answer: Answer) -> str:
    written = " ".join(answer.span.text.split()) if answer.span else ""
    if answer.by == "access":
        return (
            f"`{written}` turns preflights away: they never carry credentials"
            if answer.status == 401
            else (f"`{written}` turns OPTIONS away")
        )
    if answer.by in ("return", "redirect"):
        if 300 <= answer.status < 400:
            return f"`{written}` redirects OPTIONS, and browsers do not follow"
        return f"`{written}` refuses OPTIONS"
    for step in seen.block.ifs:
        condition = step.condition
        if condition.subject == "request_method" and condition.operand == "options" and not condition.ignore_case:
            return f"`if ({condition})` never holds, methods are upper case; nginx answers 405"
    return f"nginx serves files here and answers OPTIONS with {answer.status}"
