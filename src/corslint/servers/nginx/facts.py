"""What nginx makes of a configuration that no single line shows: lists that are dropped, hops that lose headers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from corslint.browser.safelist import SIMPLE_METHODS, is_token
from corslint.finding import Label, Severity
from corslint.misspelling import misspelt_header
from corslint.origins import UndecidedError
from corslint.policy import Fact
from corslint.resolve.nginx_blocks import CODE, UPSTREAMS, Block, If, Line
from corslint.resolve.nginx_run import Walk, sent_lines
from corslint.resolve.nginx_state import Asked
from corslint.servers.nginx.entries import ALLOW_ORIGIN
from corslint.servers.nginx.seen import Seen, carries_origin
from corslint.syntax.nginx import Directive
from corslint.values import Known

_NOT_FOR_SCRIPTS = re.compile(
    r"\.html?\b|favicon|robots\.txt|sitemap|/\\?\.(?!well-known)|well-known/acme|health|/status$|/ping$|/50x|/404|metrics"
)
"""Locations that scripts of other sites have no business with."""
_HARMLESS_INCLUDE = re.compile(
    r"mime\.types|fastcgi|uwsgi|scgi|proxy[_-]?(?:params|pass|set|host|common)?\.?(?:conf)?$|ssl|tls|letsencrypt|certbot|acme|"
    r"gzip|brotli|cache|log|modules|php|upstream|geoip|resolver|real_?ip|cloudflare|types|limits?|dhparam",
    re.IGNORECASE,
)
"""Included files that by their name hold no headers."""


def facts(seen: Sequence[Seen]) -> tuple[Fact, ...]:
    """The facts about blocks that send the same headers, each told once."""
    found: dict[object, Fact] = {}
    sending = {one.block for one in seen}
    for one in seen:
        for fact in (
            *_dropped(one, sending),
            *_dropped_beside(one),
            *_lost_by_hops(one),
            *_lost_on_errors(one),
            *_methods_left_out(one),
            *_folded(one),
            *_misnamed(one),
        ):
            found.setdefault((fact.kind, fact.labels[0].span), fact)
        for fact in (*_second_sender(one), *_replaced(one), *_not_included(one)):
            found.setdefault((fact.kind, fact.labels[0].span), fact)
    return tuple(found.values())


# headers-not-inherited


def _dropped(seen: Seen, sending: Collection[Block]) -> Iterator[Fact]:
    """Blocks inside that replace the list with one of their own."""
    block = seen.block
    if not carries_origin(block):
        return
    inside = (*block.servers, *block.locations)
    inherited = any(inner in sending for inner in inside)
    for inner in (*inside, *(step.block for step in block.ifs)):
        lost = [line for line in inner.dropped if line.key == ALLOW_ORIGIN and line.text]
        if not lost or carries_origin(inner) or _needs_no_cors(inner, inherited):
            continue
        culprit = inner.own[0].directive.head if inner.own else inner.inherit.head if inner.inherit else None
        if culprit is None:
            continue
        step = next((step for step in block.ifs if step.block is inner), None)
        yield Fact(
            "incomplete-preflight" if step and _asks_for_options(step) and _returns(inner) else "headers-not-inherited",
            _consequence(inner, step),
            (
                Label(culprit, _culprit(inner), primary=True),
                Label(lost[0].directive.head, "not sent there"),
            ),
            "repeat the CORS headers there, best with one `include` for all places; "
            "nginx 1.29.3 and later can join the lists: `add_header_inherit merge;`",
            lost[0].name,
        )


def _dropped_beside(seen: Seen) -> Iterator[Fact]:
    """An `if` that says who is let in, and drops what else is said around it."""
    for step in seen.block.ifs:
        inner = step.block
        names = {line.key for line in inner.sent}
        lost = [line for line in inner.dropped if line.text and line.key in _needed(step) and line.key not in names]
        allowed = [line for line in inner.own if line.key == ALLOW_ORIGIN and line.text not in ("", "*")]
        if lost and allowed:
            shown = " and ".join(dict.fromkeys(line.name for line in lost))
            yield Fact(
                "headers-not-inherited",
                f"where `{step.condition}` holds, {shown} is not sent",
                (
                    Label(allowed[0].directive.head, _culprit(inner), primary=True),
                    *(Label(line.directive.head, "not sent there") for line in lost),
                ),
                "repeat the other CORS headers in the `if`, or keep all outside of it and let a `map` give the origin",
                lost[0].name,
            )


def _needed(step: If) -> tuple[str, ...]:
    """The headers that an answer of an `if` needs besides Allow-Origin, if they are meant to be sent at all."""
    if _asks_for_options(step):
        return "access-control-allow-credentials", "access-control-allow-methods", "access-control-allow-headers"
    return "access-control-allow-credentials", "access-control-expose-headers"


def _culprit(inner: Block) -> str:
    if not inner.own:
        return "switches off what the blocks around send"
    return "one `add_header` here replaces the whole list from around"


def _consequence(inner: Block, step: If | None) -> str:
    if step is None:
        return f"answers from `{inner.title}` carry none of the CORS headers that are set around it"
    if _asks_for_options(step):
        return "preflights are answered without Access-Control-Allow-Origin, so browsers refuse what they ask for"
    return f"where `{step.condition}` holds, answers carry none of the CORS headers that are set around it"


def _asks_for_options(step: If) -> bool:
    condition = step.condition
    return condition.subject == "request_method" and "OPTIONS" in condition.operand and not condition.negated


def _returns(inner: Block) -> list[Directive]:
    return [step for step in inner.code if not isinstance(step, If) and step.name.value == "return" and step.args]


def _needs_no_cors(inner: Block, inherited: bool) -> bool:
    returns = _returns(inner)
    if returns and returns[0].args[0].value[:1] in "345":
        return True
    if inner.internal or inner.modifier == "@" or _NOT_FOR_SCRIPTS.search(inner.path):
        return True
    if any(rule.name.value == "deny" and rule.values == ("all",) for rule in inner.lists.get("access", ())):
        return True
    # The pages of a single-page application: what scripts ask for is elsewhere, and has its headers.
    fallback = inner.try_files.values[-1] if inner.try_files and inner.try_files.args else ""
    return inherited and inner.handler is None and ".html" in fallback


def _lost_by_hops(seen: Seen) -> Iterator[Fact]:
    """Requests that end in another location, which has headers of its own or none."""
    if not carries_origin(seen.block):
        return
    for answer in seen.answers:
        if not answer.hops or carries_origin(answer.block) or answer.by not in ("upstream", "code"):
            continue
        line = next(line for line in sent_lines(seen.block, 200) if line.key == ALLOW_ORIGIN)
        title = answer.block.title or "another block"
        yield Fact(
            "headers-not-inherited",
            f"requests that go on to `{title}` get no CORS headers: only the last location's are sent",
            (
                Label(answer.hops[-1], f"goes on to `{title}`", primary=True),
                Label(line.directive.head, "not sent there"),
                *([Label(answer.block.head, "has no such header")] if answer.block.head else []),
            ),
            f"set the CORS headers in `{title}` too",
            line.name,
        )


# headers-missing-on-errors


def _lost_on_errors(seen: Seen) -> Iterator[Fact]:
    """Error pages that come from a block without the headers, although they are meant for every status."""
    lines = [line for line in sent_lines(seen.block, 500) if line.key == ALLOW_ORIGIN]
    if not lines or "error_page" not in seen.block.lists:
        return
    handler = seen.block.handler.name.value if seen.block.handler else ""
    for status in (502,) if handler in UPSTREAMS else (404, 500) if handler not in CODE else ():
        walk = Walk(seen.walk.variables.configuration, seen.place.server, status)
        try:
            answers = walk.answers(Asked("GET", path=seen.block.example), seen.block)
        except UndecidedError:
            continue
        for answer in answers:
            if not answer.hops or answer.status < 400:
                continue
            if any(line.key == ALLOW_ORIGIN for line in sent_lines(answer.block, answer.status)):
                continue
            title = answer.block.title or "another block"
            yield Fact(
                "headers-missing-on-errors",
                f"the error page for {status} comes from `{title}`, without the CORS headers",
                (
                    Label(answer.hops[-1], f"goes on to `{title}`", primary=True),
                    Label(lines[0].directive.head, "not sent there, in spite of `always`"),
                ),
                f"set the CORS headers in `{title}` too, with `always`",
                lines[0].name,
            )


# incomplete-preflight


def _methods_left_out(seen: Seen) -> Iterator[Fact]:
    """Methods that a preflight allows and that get no Allow-Origin: each `if` speaks of one method."""
    by_method = [step for step in seen.block.ifs if step.condition.subject == "request_method"]
    header = seen.on_preflight("access-control-allow-methods")
    if not by_method or header is None or not isinstance(header.value, Known) or not seen.delivered:
        return
    path = seen.block.example
    for name in dict.fromkeys(part.strip() for part in header.value.value.split(",")):
        if not is_token(name) or name in SIMPLE_METHODS or name == "OPTIONS":
            continue
        try:
            answers = seen.walk.answers(Asked(name, path=path), seen.block)
        except UndecidedError:
            continue
        if answers and not any(carries_origin(answer.block) for answer in answers):
            yield Fact(
                "incomplete-preflight",
                f"the preflight allows {name}, but answers to {name} carry no CORS headers",
                (
                    Label(header.span, f"{name} is allowed here", primary=True),
                    *(Label(step.condition.directive.head, "headers for some methods only") for step in by_method[:3]),
                ),
                "set the headers outside of the `if`s, so that every method gets them",
                header.line.name,
            )


# malformed-header-list


def _folded(seen: Seen) -> Iterator[Fact]:
    """Values with a line break, which HTTP/1.1 takes for white space and HTTP/2 does not know.

    https://httpwg.org/specs/rfc9113.html#section-8.2.1
    """
    server = seen.place.server.directive
    listens = [one.values for one in (server.block or ()) if one.name.value in ("listen", "http2")] if server else []
    speaks_http2 = any("http2" in values or values == ("on",) for values in listens)
    for line in sent_lines(seen.block, 200):
        # Without white space behind the break it is another header, for every version of HTTP.
        if line.is_cors and re.search(r"\n[\t ]", line.text) and not re.search(r"\n(?![\t ])", line.text):
            yield Fact(
                "malformed-header-list",
                f"browsers refuse every answer over HTTP/2: the value of {line.name} holds a line break",
                (Label(line.span, "is sent as it stands, with the line break", primary=True),),
                "write it on one line",
                f"{'more_set_headers' if line.replaces else 'add_header'} {line.name}",
                severity=None if speaks_http2 else Severity.LOW,
            )


# unknown-setting


def _misnamed(seen: Seen) -> Iterator[Fact]:
    """Headers whose name is nearly that of one of the protocol."""
    steps = (step.block for step in seen.block.ifs)
    for line in (line for block in (seen.block, *steps) for line in block.sent if line.is_cors and line.text):
        meant = misspelt_header(line.key)
        if meant is not None:
            command = "more_set_headers" if line.replaces else "add_header"
            yield Fact(
                "unknown-setting",
                f"browsers know no header {line.name}, and go on without it",
                (Label(line.directive.head, "not read", primary=True),),
                f"did you mean {meant}?",
                f"{command} {line.name}",
                f"add_header {meant}",
            )


# duplicate-cors-layer, shadowed-setting

_ONCE: dict[str, tuple[str, Severity | None]] = {
    ALLOW_ORIGIN: ("every answer", None),
    "access-control-allow-credentials": ("every answer to a request with cookies", Severity.MEDIUM),
}
"""Headers that must not be sent twice, and what becomes of it. Lists may: browsers read all of their lines."""


def _second_sender(seen: Seen) -> Iterator[Fact]:
    """A header that is copied from the answer of the server behind, which sends it too."""
    hidden = {word.lower() for directive in seen.block.lists.get("hidden", ()) for word in directive.values}
    for line in sent_lines(seen.block, 200):
        copied = f"$upstream_http_{line.key.replace('-', '_')}"
        if line.key in _ONCE and not line.replaces and line.text == copied and line.key not in hidden:
            what, severity = _ONCE[line.key]
            yield Fact(
                "duplicate-cors-layer",
                f"browsers refuse {what}: {line.name} is sent by the server behind nginx, and once more as a copy",
                (Label(line.directive.head, "adds a second line", primary=True),),
                f"hide the first: `proxy_hide_header {line.name};`",
                line.name,
                severity=severity,
            )
    add = next((line for line in seen.block.lines if line.key == ALLOW_ORIGIN and line.text), None)
    replace = next((line for line in seen.block.commands if line.key == ALLOW_ORIGIN and line.text), None)
    if add is not None and replace is not None:
        yield Fact(
            "duplicate-cors-layer",
            "Access-Control-Allow-Origin is sent twice, and browsers refuse every answer",
            (
                Label(add.directive.head, "adds a second line", primary=True),
                Label(replace.directive.head, "sets the first: it does not replace what `add_header` adds"),
            ),
            "keep one of the two",
            add.name,
        )


def _replaced(seen: Seen) -> Iterator[Fact]:
    """A value that a later `more_set_headers` of the same block replaces."""
    last: dict[str, Line] = {}
    for line in seen.block.own_commands:
        if line.is_cors and line.statuses is None and not line.types and not line.appends:
            before = last.get(line.key)
            if before is not None and before.text and line.text and "$" not in line.text:
                yield Fact(
                    "shadowed-setting",
                    f"the first value of {line.name} is never sent",
                    (
                        Label(before.span, "replaced", primary=True),
                        Label(line.span, "replaces it: headers-more keeps one value"),
                    ),
                    "remove the one that is not meant",
                    line.name,
                )
            last[line.key] = line
    for line in seen.block.own:
        if line.key == ALLOW_ORIGIN and not line.word.templated and line.text == "" and seen.block.handler is not None:
            yield Fact(
                "shadowed-setting",
                "an empty value sends nothing, and does not take back what the server behind nginx sends",
                (Label(line.directive.head, "has no effect", primary=True),),
                f"`proxy_hide_header {line.name};` takes the other header back",
                line.name,
            )


# undetermined


def _not_included(seen: Seen) -> Iterator[Fact]:
    """Includes whose file was not read, in the block or in the server around it."""
    for missing in (*seen.block.missing, *(seen.place.server.missing if seen.block is not seen.place.server else ())):
        if not _HARMLESS_INCLUDE.search(missing.name):
            yield Fact(
                "undetermined",
                f"`{missing.name}` was not found, and one `add_header` in it would change which headers are sent",
                (Label(missing.directive.head, "not among the files", primary=True),),
                "lint the whole configuration, the included files with it",
            )
