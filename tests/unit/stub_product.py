"""A product of our own for tests: it repeats the origins it lets in, and says what its settings say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Origins
from corslint.policy import HowTo, Policy, Setting
from corslint.source import Source, Span
from corslint.values import Known, Unknown, Value

TEXT = 'serve(origins=["https://app.example.com", "null"], credentials=True)\n'
SOURCE = Source("app/main.py", TEXT)


def at(text: str, source: Source = SOURCE) -> Span:
    """The place where a text first stands."""
    start = source.text.index(text)
    return source.span(start, start + len(text))


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """Repeat the origin that is let in; `*` for any origin without credentials."""
    origin = next((value for name, value in request.headers if name == "Origin"), "")
    headers = [("Vary", "Origin")] if policy.vary.known() else []
    entry = policy.origins.known().match(origin) if origin else None
    if entry is None:
        return Response(status, headers)
    credentials = policy.credentials.known()
    star = isinstance(entry, AnyOrigin) and credentials is not True
    headers.append(("Access-Control-Allow-Origin", "*" if star else origin))
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true" if credentials is True else credentials))
    if request.method == "OPTIONS":
        headers.append(("Access-Control-Allow-Methods", ", ".join(policy.methods.known() or ())))
    return Response(status, headers)


def policy(
    *entries: Entry,
    credentials: Value[bool | str | None] | bool | str = False,
    vary: bool = True,
    origins: Value[Origins] | None = None,
    methods: Sequence[str] = ("GET", "POST"),
    **changes: Any,
) -> Policy:
    """A policy of the stub; what is not given is harmless."""
    if isinstance(credentials, bool | str):
        credentials = Known(credentials)
    made = Policy(
        server="stub",
        product="Stub",
        name="serve()",
        key="serve",
        span=at("serve"),
        origins=Setting("origins", Known(Origins(entries)) if origins is None else origins, at('origins=["https')),
        credentials=Setting("credentials", credentials, at("credentials=True")),
        methods=Setting("methods", Known(tuple(methods))),
        headers=Setting("headers", Known(None)),
        exposed=Setting("exposed", Known(None)),
        max_age=Setting("max_age", Known(None)),
        vary=Setting("vary", Known(vary)),
        private_network=Setting("private_network", Known(False)),
        respond_with=respond,
        how_to=HowTo(list_origins='origins=["https://app.example.com"]', drop_credentials="credentials=False"),
    )
    return replace(made, **changes)


UNKNOWN: Unknown = Unknown("`load()` is called at run time")
