"""What a gateway answers that keeps to the Gateway API.

https://github.com/kubernetes-sigs/gateway-api/blob/v1.5.0/apis/v1/httproute_types.go and the tests of conformance,
conformance/tests/httproute-cors.go. Where a gateway may choose, the choice of Envoy is taken: `*` for methods and
headers is replaced by what was asked for, with or without credentials. Whether `Vary` is sent is left to the gateway.
"""

from __future__ import annotations

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Undecided, UndecidedError, accepts
from corslint.policy import Policy


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where a value that is not known yet decides.
    """
    origin = _header(request, "Origin")
    wanted = _header(request, "Access-Control-Request-Method")
    is_preflight = request.method == "OPTIONS" and bool(origin) and bool(wanted)
    entry = _match(policy.origins.known().entries, origin) if origin else None
    code = 204 if is_preflight else status
    if entry is None:
        return Response(code, ())
    credentials = policy.credentials.known() is True
    told = "*" if isinstance(entry, AnyOrigin) and not credentials else origin
    headers = [("Access-Control-Allow-Origin", told)]
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    exposed = policy.exposed.known() or ()
    if exposed and not (credentials and "*" in exposed):
        headers.append(("Access-Control-Expose-Headers", ",".join(exposed)))
    if is_preflight:
        asked = _header(request, "Access-Control-Request-Headers")
        for name, names, value in (("Methods", policy.methods, wanted), ("Headers", policy.headers, asked)):
            listed = names.known() or ()
            if text := value if "*" in listed else ",".join(listed):
                headers.append((f"Access-Control-Allow-{name}", text))
        if (seconds := policy.max_age.known()) is not None:
            headers.append(("Access-Control-Max-Age", str(seconds)))
    return Response(code, tuple(headers))


def _match(entries: tuple[Entry, ...], origin: str) -> Entry | None:
    undecided: str | None = None
    for entry in entries:
        if isinstance(entry, Undecided):
            undecided = entry.reason
        elif accepts(entry, origin):
            return entry
    if undecided is not None:
        raise UndecidedError(undecided)
    return None


def _header(request: Request, name: str) -> str:
    return next((value for header, value in request.headers if header.lower() == name.lower()), "")
