"""The browser model against a real Chromium of today: pages fetch from a server that answers as it is told.

Half of the answers are what the request needs, said in one of the many ways there are; in the others one header or the
status is spoilt, sometimes two. What is drawn depends on SEED alone.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
from accuracy import compared
from real_chromium import Outcome, running
from scripted_server import FRAMED, PAGE, Seen, serving

from corslint.browser import (
    CHROMIUM,
    CredentialsMode,
    Headers,
    Request,
    Response,
    Verdict,
    is_same_origin,
    judge,
)
from corslint.browser.console_lines import chromium_lines
from corslint.browser.safelist import normalise_method, unsafe_header_names

pytestmark = pytest.mark.needs_chromium

SEED = 20261122
CASES = 150

ACAO = "Access-Control-Allow-Origin"
ACAC = "Access-Control-Allow-Credentials"
ACAM = "Access-Control-Allow-Methods"
ACAH = "Access-Control-Allow-Headers"
ACEH = "Access-Control-Expose-Headers"
ACMA = "Access-Control-Max-Age"

METHODS = ("GET", "GET", "HEAD", "POST", "post", "PUT", "put", "DELETE", "PATCH", "patch", "OPTIONS", "QUERY")
MODES: tuple[CredentialsMode, ...] = ("omit", "same-origin", "include")
REQUEST_HEADERS = (
    ("Accept", "application/json"),
    ("Accept", "text/html;q={1}"),
    ("Accept-Language", "en_US"),
    ("Authorization", "Bearer abc"),
    ("Cache-Control", "no-cache"),
    ("Content-Type", "application/json"),
    ("Content-Type", "text/plain; charset=UTF-8"),
    ("Content-Language", "x" * 129),
    ("Cookie", "dropped=1"),
    ("DPR", "2"),
    ("Range", "bytes=0-9"),
    ("Range", "bytes=-5"),
    ("Sec-Mine", "dropped"),
    ("User-Agent", "dropped"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("X-Token", "1"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
)
ERRORS = (
    "MissingAllowOriginHeader",
    "WildcardOriginNotAllowed",
    "MultipleAllowOriginValues",
    "InvalidAllowOriginValue",
    "AllowOriginMismatch",
    "InvalidAllowCredentials",
    "PreflightMissingAllowOriginHeader",
    "PreflightWildcardOriginNotAllowed",
    "PreflightMultipleAllowOriginValues",
    "PreflightInvalidAllowOriginValue",
    "PreflightAllowOriginMismatch",
    "PreflightInvalidAllowCredentials",
    "PreflightInvalidStatus",
    "PreflightDisallowedRedirect",
    "InvalidAllowMethodsPreflightResponse",
    "InvalidAllowHeadersPreflightResponse",
    "MethodDisallowedByPreflightResponse",
    "HeaderDisallowedByPreflightResponse",
)


@dataclass(frozen=True)
class Flaw:
    """One header of an answer that is sent otherwise than it should be, or another status."""

    where: Literal["preflight", "answer"]
    header: str = ""
    values: tuple[str, ...] = ()
    """Sent in place of the right one, each in a line; empty: left out. OWN stands for the page's origin."""
    status: int = 0
    needs: tuple[str, ...] = ()
    """What the request must have for the flaw to matter: "include", "header", "method"."""


OTHER_ORIGINS = (
    (),
    ("*",),
    (" * ",),
    ("OWN", "OWN"),
    ("OWN, https://other.example",),
    ("OWN https://other.example",),
    ("*, *",),
    ("OWN/",),
    ("https://other.example",),
    ("null, null",),
    ("",),
    ("other.example",),
    ("http://*.example:*",),
    ("https://*.other.example",),
    ("'*'",),
    ("\u00e9",),
    ("NULL",),
)
WILDCARDS = (("*",), (" * ",))
OTHER_CREDENTIALS = ((), ("True",), ("true", "true"), ("false",), ("1, true",), ('"true"',))
FLAWS = (
    *(Flaw("answer", ACAO, values, needs=("include",) * (values in WILDCARDS)) for values in OTHER_ORIGINS),
    *(Flaw("answer", ACAC, values, needs=("include",)) for values in OTHER_CREDENTIALS),
    *(Flaw("preflight", ACAO, values, needs=("include", "header")) for values in OTHER_ORIGINS),
    *(Flaw("preflight", ACAC, values, needs=("include", "method")) for values in OTHER_CREDENTIALS),
    *(Flaw("preflight", status=status, needs=("header",)) for status in (302, 308, 304, 401, 404, 405, 500)),
    *(
        Flaw("preflight", ACAM, (value,), needs=("method",))
        for value in ("GET PUT", '"PUT"', "PUT, DELETE, PATCH;", "get, put, delete, query", "GET, POST", "GET|PUT")
    ),
    Flaw("preflight", ACAM, needs=("method",)),
    Flaw("preflight", ACAM, ("*",), needs=("method", "include")),
    Flaw("preflight", ACAM, ("\u00e9",), needs=("header",)),
    *(
        Flaw("preflight", ACAH, (value,), needs=("header",))
        for value in ("x-token authorization", "[*]", "Content-Type; X-Token", "x-*", "all", "Accept")
    ),
    Flaw("preflight", ACAH, needs=("header",)),
    Flaw("preflight", ACAH, ("*",), needs=("header", "include")),
    Flaw("preflight", ACAH, ("X-Token", "content-type / json"), needs=("method",)),
)


@dataclass(frozen=True)
class Case:
    """A request and what the server answers."""

    request: Request
    preflight: Response
    response: Response
    path: str

    @property
    def verdict(self) -> Verdict:
        """What the model says."""
        return judge(self.request, preflight=self.preflight, response=self.response, profile=CHROMIUM)


@dataclass
class Draw:
    """Draws cases. The answers are made to fit the request by the letter of the standard, then spoilt."""

    origins: tuple[str, ...]
    server: str
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))

    def case(self, number: int) -> Case:
        """The case of this number; those of uneven numbers have a flaw."""
        flaws = [FLAWS[number // 2 % len(FLAWS)]] if number % 2 else []
        if flaws and self.chance.random() < 0.15:
            flaws.append(self.chance.choice(FLAWS))
        path = f"/case/{number}"
        origin = self.origins[-1] if number % 24 == 0 else self.chance.choice(self.origins[:-1])
        request = self.request(origin, self.server + path, {need for flaw in flaws for need in flaw.needs})
        answers = {"preflight": self.preflight(request), "answer": self.answer(request)}
        for flaw in flaws:
            answers[flaw.where] = self.spoilt(answers[flaw.where], flaw, request.origin)
        return Case(request, answers["preflight"], answers["answer"], path)

    def request(self, origin: str, url: str, needs: set[str]) -> Request:
        method = self.chance.choice(("PUT", "DELETE", "PATCH", "QUERY") if "method" in needs else METHODS)
        drawn = self.chance.sample(REQUEST_HEADERS, self.chance.choice((0, 0, 1, 2, 3)))
        if "header" in needs:
            drawn.append(self.chance.choice((("X-Token", "1"), ("Authorization", "Basic eDp5"))))
        headers = tuple({name.lower(): (name, value) for name, value in drawn}.values())
        return Request(origin, url, method, headers, "include" if "include" in needs else self.chance.choice(MODES))

    def allowing(self, request: Request) -> list[tuple[str, str]]:
        """The headers by which an answer lets the page have it."""
        include = request.credentials == "include"
        padded = self.chance.choice(("{}", " {} ", "\t{}")).format(request.origin)
        headers = [(ACAO, padded if include or self.chance.random() < 0.5 else "*")]
        if include or self.chance.random() < 0.2:
            headers.append((self.chance.choice((ACAC, ACAC.lower())), "true"))
        return headers

    def preflight(self, request: Request) -> Response:
        headers = self.allowing(request)
        wildcard = request.credentials != "include" and self.chance.random() < 0.4
        method = normalise_method(request.method)
        methods = self.chance.choice(
            ((f"GET, {method}",), ("GET", method), (f"{method},,",), (f"HEAD ,\t{method}, X",))
        )
        headers += [(ACAM, value) for value in (("*",) if wildcard else methods)]
        names = [
            self.chance.choice((name, name.title(), name.upper()))
            for name in unsafe_header_names(request.headers, CHROMIUM)
        ]
        spelt = [", ".join(names)], names
        headers += [(ACAH, value) for value in (["*"] if wildcard else self.chance.choice(spelt))]
        if self.chance.random() < 0.3:
            headers.append((ACMA, self.chance.choice(("600", "0", "-1", "1d", ""))))
        self.chance.shuffle(headers)
        status = self.chance.choice((200, 200, 204, 204, 201, 299))
        return Response(status, headers if status == 204 else (*headers, ("Content-Length", "2")))

    def answer(self, request: Request) -> Response:
        headers = self.allowing(request)
        headers += [("Content-Type", "text/plain"), ("X-One", "1"), ("X-Two", "2"), ("ETag", '"1"')]
        headers += [("Set-Cookie", "a=1"), ("Cache-Control", "no-store"), ("Authorization", "odd")]
        exposed = ((), ("X-One",), ("x-one, X-TWO",), ("*",), ("X-One", "etag"), ("X-One; X-Two",), ("*, set-cookie",))
        headers += [(ACEH, value) for value in self.chance.choice(exposed)]
        self.chance.shuffle(headers)
        status = self.chance.choice((200, 200, 200, 201, 204, 400, 401, 403, 404, 422, 500, 503))
        return Response(status, headers if status == 204 else (*headers, ("Content-Length", "2")))

    def spoilt(self, answer: Response, flaw: Flaw, origin: str) -> Response:
        if flaw.status:
            moved = (("Location", "/page"),) if flaw.status in (302, 308) else ()
            return Response(flaw.status, (*answer.headers, *moved))
        kept = tuple((name, value) for name, value in answer.headers if name.lower() != flaw.header.lower())
        return replace(answer, headers=(*((flaw.header, value.replace("OWN", origin)) for value in flaw.values), *kept))


def console(case: Case, verdict: Verdict) -> set[tuple[str, ...]]:
    """The lines the console may hold: where several headers are not allowed, the first may name any of them."""
    lines = () if verdict.allowed else chromium_lines(case.request, verdict)
    if verdict.blocked is None or verdict.error != "HeaderDisallowedByPreflightResponse":
        return {lines}
    first, *_ = names = verdict.blocked.flaws[0].headers
    return {(lines[0].replace(f" {first} ", f" {name} "), *lines[1:]) for name in names}


def on_the_wire(verdict: Verdict) -> list[tuple[str, Headers]]:
    """The requests that should arrive."""
    return [(one.method, sorted((name.lower(), value) for name, value in one.headers)) for one in verdict.sent]


def differences(case: Case, outcome: Outcome, seen: list[Seen]) -> list[str]:
    """What Chromium did otherwise than the model says."""
    verdict = case.verdict
    pairs: dict[str, tuple[object, object]] = {
        "allowed": (verdict.allowed, outcome.allowed),
        "preflight": (verdict.preflight, outcome.preflight),
        "error": (verdict.error, outcome.error),
        "readable": (verdict.readable_headers, outcome.readable),
        "status": (verdict.status, outcome.status),
        "on the wire": (on_the_wire(verdict), [one.said(case.request.headers) for one in seen]),
    }
    found = [f"{what}: {ours!r}, Chromium {theirs!r}" for what, (ours, theirs) in pairs.items() if ours != theirs]
    if outcome.console not in (lines := console(case, verdict)):
        found.append(f"console: {lines!r}, Chromium {outcome.console!r}")
    return found


def test_every_live_fetch_ends_as_the_model_says(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with serving() as pages, serving() as server, running(tmp_path, named_hosts_port=pages.port) as chromium:
        of_server, of_port = f"http://127.0.0.1:{server.port}", f"http://localhost:{pages.port}"
        opened = {
            "http://app.example": chromium.page(f"http://app.example{PAGE}", "http://app.example"),
            of_port: chromium.page(of_port + PAGE, of_port),
            "null": chromium.sandboxed_page(of_port + FRAMED),
            of_server: chromium.page(of_server + PAGE, of_server),
        }
        draw = Draw(tuple(opened), of_server)
        cases = [draw.case(number) for number in range(CASES)]
        for case in cases:
            server.preflights[case.path], server.responses[case.path] = case.preflight, case.response
        outcomes: dict[str, Outcome] = {}
        for page in opened.values():
            asked = [case.request for case in cases if case.request.origin == page.origin]
            outcomes |= zip((one.url for one in asked), page.fetch_all(asked), strict=True)
        found = {}
        for case in cases:
            if differs := differences(case, outcomes[case.request.url], server.seen.get(case.path, [])):
                found[case.path] = [f"{case.request}\n  {case.preflight}\n  {case.response}", *differs]
        compared("Chromium", chromium.version, "live fetches", CASES, len(found))

    assert not found, "\n".join(line for lines in found.values() for line in lines)
    told = Counter(outcome.error for outcome in outcomes.values())
    assert {name: told[name] for name in ERRORS if told[name] < 2} == {}
    assert set(told) == {None, *ERRORS}
    assert told[None] >= 40
    assert sum(is_same_origin(case.request) for case in cases) >= 5
    assert sum(case.request.origin == "null" for case in cases) >= 20
    assert sum(outcome.preflight for outcome in outcomes.values()) >= 60
