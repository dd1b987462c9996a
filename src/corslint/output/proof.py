"""A proof in one line: what is asked, what the server answers, and what the browser makes of it."""

from __future__ import annotations

from corslint.browser import Request, Response
from corslint.finding import Proof

_PREFIX = "Access-Control-"
_DECIDING = (f"{_PREFIX}Allow-Origin", f"{_PREFIX}Allow-Credentials")
"""The headers that every answer is judged by; https://fetch.spec.whatwg.org/#cors-check."""
_DECIDING_IN_PREFLIGHT = {
    "MethodDisallowedByPreflightResponse": f"{_PREFIX}Allow-Methods",
    "InvalidAllowMethodsPreflightResponse": f"{_PREFIX}Allow-Methods",
    "HeaderDisallowedByPreflightResponse": f"{_PREFIX}Allow-Headers",
    "InvalidAllowHeadersPreflightResponse": f"{_PREFIX}Allow-Headers",
}
"""Chromium's error -> the header that it is about."""


def line(proof: Proof) -> str:
    """The proof for people, not yet escaped.

    For a request that gets through it shows the answer, for one that does not the answer that stops it; only the
    headers that decide are shown.
    """
    asked = _asked(proof.request)
    error = proof.verdict.error or ""
    if proof.response.status == 101:
        return f"{asked} -> 101, a websocket is open"
    if proof.verdict.allowed is not False:
        return f"{asked} -> {_headers(proof.response, _DECIDING)}"
    # Chromium's names of what goes wrong in a preflight all say so.
    if "Preflight" in error and proof.preflight is not None:
        deciding = _DECIDING_IN_PREFLIGHT.get(error)
        headers = _headers(proof.preflight, (deciding,) if deciding else _DECIDING)
        answer = f"preflight answered {proof.preflight.status}, {headers}"
    else:
        answer = f"{proof.response.status}, {_headers(proof.response, _DECIDING)}"
    return f"{asked} -> {answer}; the browser refuses it" + (f" ({error})" if error else "")


def _asked(request: Request) -> str:
    parts = [f"Origin: {request.origin}", *(f"{name}: {value}" for name, value in request.headers)]
    method = "" if request.method == "GET" else f"{request.method} with "
    return method + ", ".join(parts)


def _headers(response: Response, names: tuple[str, ...]) -> str:
    """The headers of these names, the common beginning of their names only once."""
    found = [f"{name}: {value}" for name in names for value in response.values(name)]
    if not found:
        return f"no {names[0]}"
    return ", ".join([found[0], *(one.removeprefix(_PREFIX) for one in found[1:])])
