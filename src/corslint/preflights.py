"""The requests a front end is expected to send, put to the two models: which of them do not get through, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from corslint.advice import EXAMPLE
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.browser.safelist import SIMPLE_METHODS, why_not_sendable
from corslint.candidates import candidates
from corslint.finding import Proof
from corslint.origins import Exact, Origins, Undecided
from corslint.policy import Policy, Setting
from corslint.questions import ask, each_entry, entering, welcome
from corslint.static_files import is_static
from corslint.values import Items, Known, Unknown

BODY_METHODS = ("POST", "PUT", "PATCH")
"""Methods whose body is JSON where nothing else is said."""
OTHER_METHODS = ("PUT", "PATCH", "DELETE")
"""What an API takes besides the methods that need no preflight."""
MAX_NAMES = 24
"""How many methods, and how many headers, of one policy are tried."""
_CONTENT_TYPE = "content-type"

Lacking: TypeAlias = Literal["origin", "method", "header", "answer"]
"""What is missing: the origin, a method or a header in the answer to OPTIONS, or the origin in the answer itself."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was expected to get through and does not."""

    lacking: Lacking
    name: str
    """The method, or the header in lower case."""
    proof: Proof


def guest(policy: Policy) -> tuple[Policy, str] | None:
    """A policy and an origin that it lets in; None where it lets nobody in that anybody meant to.

    Origins that are decided at run time are taken to be one: what else is configured can be judged all the same.
    """
    for _, proof in welcome(policy):
        return policy, proof.request.origin
    if entering(policy, EXAMPLE):
        return policy, EXAMPLE
    if (origin := _redirected(policy)) is not None:
        return policy, origin
    if isinstance(policy.origins.value, Unknown) or any(isinstance(one, Undecided) for one in policy.entries()):
        decided = replace(policy, origins=replace(policy.origins, value=Known(Origins((Exact(EXAMPLE),)))))
        return (decided, EXAMPLE) if entering(decided, EXAMPLE) else None
    return None


def _redirected(policy: Policy) -> str | None:
    """An origin that is let in, but sent on with every request; what becomes of it there is another policy's matter."""
    for asked, entry in each_entry(policy):
        for origin in (*candidates(entry), *candidates(entry, "http")):
            proof = ask(asked, Request(origin, asked.url))
            if proof and proof.verdict.allowed is None and 300 <= proof.response.status < 400:
                return origin
    return None


def meets_preflights(policy: Policy) -> bool:
    """Whether front ends may send more than plain requests: not to fonts, and not to the server of a test."""
    return policy.environment.kind != "test" and not is_static(policy.scope)


def only_gives_files(policy: Policy) -> bool:
    """Whether the resource is seen to take nothing but GET and HEAD, or speaks for fonts, pictures and the like."""
    takes = policy.preflight.takes
    return is_static(policy.scope) or (bool(takes) and set(takes) <= {"GET", "HEAD"})


def says_nothing(policy: Policy) -> bool:
    """Whether neither methods nor headers are configured, so that only the product's defaults hold."""
    return not any(_is_said(setting) for setting in (policy.methods, policy.headers))


def names(setting: Setting[tuple[str, ...] | None]) -> tuple[str, ...]:
    """The names in a list of methods or headers, also where several stand in one text; empty where it is not known."""
    if isinstance(setting.written, Known) and isinstance(setting.written.value, str):
        texts: Sequence[str] = (setting.written.value,)
    elif isinstance(setting.value, Known):
        texts = setting.value.value or ()
    else:
        return ()
    found = (name for text in texts for name in re.split(r"[\s,;]+", text))
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_NAMES]


def refused(policy: Policy, methods: Sequence[str] = (), headers: Sequence[str] = ()) -> list[Refused]:
    """The requests that the policy itself speaks of, or that use these methods and headers, and that fail.

    A method that takes a body is tried with JSON, unless the configuration of the run says that nobody sends it. What
    the resource does not take is not tried, and values decided at run time refuse nothing.
    """
    visitor = guest(policy)
    return list(_refused(*visitor, methods, headers)) if visitor else []


def what_fails(failing: Sequence[Refused]) -> str:
    """The requests that fail, for people: "requests with JSON", "PUT requests", "requests with `x-api-key`"."""
    names = [one.name for one in failing]
    if "POST" in names or "content-type" in names:
        return "requests with JSON"
    return f"{names[0]} requests" if names[0].isupper() else f"requests with `{names[0]}`"


def _refused(policy: Policy, origin: str, methods: Sequence[str], headers: Sequence[str]) -> Iterator[Refused]:
    takes = policy.preflight.takes
    methods = [
        name for name in dict.fromkeys((*_spread(names(policy.methods)), *methods, *takes)) if _is_sendable(name)
    ]
    methods = [name for name in methods if not takes or name in takes]
    bad: set[str] = set()
    for method in methods:
        if method.upper() not in SIMPLE_METHODS and (proof := _fails(policy, origin, method)):
            bad.add(method)
            yield Refused(_lacking(policy, proof) or "method", method, proof)
    named = names(policy.headers) if _is_said(policy.headers) else ()
    headers = tuple(dict.fromkeys(name.lower() for name in (*named, *headers) if name != "*"))
    if _CONTENT_TYPE in policy.clients.headers:
        bodies = [method for method in methods if method in BODY_METHODS]
        # Who lists it means to send JSON, also where the product allows no method for it by default.
        listed = (
            _listed_headers(policy) if methods and policy.methods.given == "default" else () if methods else headers
        )
        if not bodies and not takes and _CONTENT_TYPE in listed:
            bodies = ["POST"]
        yield from _refused_json(policy, origin, [method for method in bodies if method not in bad])
    carriers = [method for method in methods if method not in bad][:3] or ["GET"]
    others = [name for name in headers if name != _CONTENT_TYPE and not why_not_sendable("GET", ((name, "1"),))]
    if _fails(policy, origin, carriers[0], *others):  # one question for all of them, and mostly the only one
        for header in others:
            proofs = [proof for method in carriers if (proof := _fails_by_header(policy, origin, method, header))]
            if len(proofs) == len(carriers):
                yield Refused(_lacking(policy, proofs[0]) or "header", header, proofs[0])


def _listed_headers(policy: Policy) -> tuple[str, ...]:
    """The headers that the source names, in lower case, without what the product adds to them."""
    written = policy.headers.written
    if policy.headers.given == "default" or not isinstance(written, Known) or not isinstance(written.value, Items):
        return ()
    names = (item.value for item in written.value.items if isinstance(item, Known))
    return tuple(name.lower() for name in names if isinstance(name, str))


def _refused_json(policy: Policy, origin: str, methods: Sequence[str]) -> Iterator[Refused]:
    for method in methods:
        proof = _fails(policy, origin, method, _CONTENT_TYPE)
        if proof is None:
            continue
        if (lacking := _lacking(policy, proof)) is not None:
            yield Refused(lacking, method, proof)
        elif _fails_by_header(policy, origin, method, _CONTENT_TYPE):
            yield Refused("header", _CONTENT_TYPE, proof)
            return
        else:
            yield Refused("method", method, proof)


def _fails_by_header(policy: Policy, origin: str, method: str, header: str) -> Proof | None:
    """The proof that a request fails, if it did so even where its method were allowed by name."""
    proof = _fails(policy, origin, method, header)
    # Browsers ask for `post` in capitals.
    by_name = replace(policy.methods, value=Known((method, method.upper())), written=None, given="explicit")
    return proof if proof and _fails(replace(policy, methods=by_name), origin, method, header) else None


def _fails(policy: Policy, origin: str, method: str, *headers: str) -> Proof | None:
    """The proof that a request without cookies fails; None where it gets through, or nobody knows."""
    set_headers = tuple((name, "application/json" if name == _CONTENT_TYPE else "1") for name in headers)
    proof = ask(policy, Request(origin, policy.url, method, set_headers))
    return proof if proof is not None and proof.verdict.allowed is False else None


def _lacking(policy: Policy, proof: Proof) -> Lacking | None:
    """Where the origin is missing; None where something else is to blame."""
    if proof.preflight is not None and combined(proof.preflight, "Access-Control-Allow-Origin") is None:
        return None if _passes_by_name(policy, proof.request) else "origin"
    return "answer" if combined(proof.response, "Access-Control-Allow-Origin") is None else None


def _passes_by_name(policy: Policy, request: Request) -> bool:
    """Whether a request gets through once its method and headers are allowed by name.

    Some products leave out the origin too when they refuse one of them, as Spring and aiohttp-cors do.
    """
    allowed = {
        "methods": (request.method, request.method.upper()),  # browsers ask for `put` in capitals
        "headers": tuple(name for name, _ in request.headers),
    }
    named = {
        name: replace(getattr(policy, name), value=Known(value), written=None, given="explicit")
        for name, value in allowed.items()
    }
    proof = ask(replace(policy, **named), request)
    return proof is not None and proof.verdict.allowed is True


def _spread(methods: Sequence[str]) -> Iterator[str]:
    for method in methods:
        yield from ("POST", *OTHER_METHODS) if method == "*" else (method,)


def _is_said(setting: Setting[Any]) -> bool:
    return setting.given != "default" and not (isinstance(setting.value, Known) and setting.value.value is None)


def _is_sendable(method: str) -> bool:
    return method != "OPTIONS" and why_not_sendable(method, ()) is None
