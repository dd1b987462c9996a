"""A proof in one line: what is asked, what the server answers, and what the browser makes of it."""

from __future__ import annotations

from corslint.browser import Request, Response
from corslint.finding import Proof

_PREFIX = "Access-Control-"
_REQUEST_HEADERS = ("access-control-request-method", "access-control-request-headers")


def line(proof: Proof) -> str:
    """The proof for people, not yet escaped.

    For a request that gets through it shows the answer, for one that does not the answer that stops it.
    """
    asked = _asked(proof.request)
    if proof.verdict.allowed is not False:
        return f"{asked} -> {_headers(proof.response)}"
    error = proof.verdict.error or ""
    # Chromium's names of what goes wrong in a preflight all say so.
    if "Preflight" in error and proof.preflight is not None:
        answer = f"preflight answered {proof.preflight.status}, {_headers(proof.preflight)}"
    else:
        answer = f"{proof.response.status}, {_headers(proof.response)}"
    error = f" ({error})" if error else ""
    return f"{asked} -> {answer}; the browser refuses it{error}"


def _asked(request: Request) -> str:
    parts = [f"Origin: {request.origin}", *(f"{name}: {value}" for name, value in request.headers)]
    method = "" if request.method == "GET" else f"{request.method} with "
    return method + ", ".join(parts)


def _headers(response: Response) -> str:
    """The CORS headers of an answer, the common beginning of their names only once."""
    found = [
        (name, value)
        for name, value in response.headers
        if name.lower().startswith(_PREFIX.lower()) and name.lower() not in _REQUEST_HEADERS
    ]
    if not found:
        return "no CORS headers"
    parts = []
    for index, (name, value) in enumerate(found):
        name = "-".join(part.capitalize() for part in name.split("-"))
        parts.append(f"{name if index == 0 else name.removeprefix(_PREFIX)}: {value}")
    return ", ".join(parts)
