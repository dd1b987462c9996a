"""What the controller's nginx answers.

The template "CORS" and `buildCorsOriginRegex` decide:
https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/rootfs/etc/nginx/template/nginx.tmpl#L872 and
https://github.com/kubernetes/ingress-nginx/blob/controller-v1.15.1/internal/ingress/controller/template/template.go#L1703.
`more_set_headers` replaces what the application sends, whatever the status. The answer to OPTIONS is given in nginx's
rewrite phase, so it comes before authentication and address lists.
"""

from __future__ import annotations

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Exact, Null, Reflected, Undecided, UndecidedError, accepts
from corslint.policy import Policy


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where the annotations are filled in at deploy time.
    """
    entries = policy.origins.known().entries
    origin = next((value for name, value in request.headers if name.lower() == "origin"), "")
    if any(isinstance(entry, AnyOrigin) for entry in entries):
        allow_origin = "*"
    elif _matches(entries, origin):
        allow_origin = origin
    else:
        return Response(status, _vary(policy))
    headers = [*_vary(policy), ("Access-Control-Allow-Origin", allow_origin)]
    if policy.credentials.known():
        headers.append(("Access-Control-Allow-Credentials", "true"))
    for name, names in (("Methods", policy.methods.known()), ("Headers", policy.headers.known())):
        if names is not None:
            headers.append((f"Access-Control-Allow-{name}", ", ".join(names)))
    if exposed := policy.exposed.known():
        headers.append(("Access-Control-Expose-Headers", ", ".join(exposed)))
    headers.append(("Access-Control-Max-Age", str(policy.max_age.known())))
    return Response(204 if request.method == "OPTIONS" else status, tuple(headers))


def _vary(policy: Policy) -> tuple[tuple[str, str], ...]:
    return (("Vary", "Origin"),) if policy.vary.known() else ()


def _matches(entries: tuple[Entry, ...], origin: str) -> bool:
    """Whether nginx's one regular expression of all entries, without case and anchored at its end only, finds any."""
    undecided: Undecided | None = None
    for entry in entries:
        match entry:
            case Exact():
                found = origin.lower().endswith(entry.text.lower())
            case Null():
                found = origin.lower().endswith("null")
            case Undecided():
                undecided, found = entry, False
            case Reflected():
                found = True
            case _:
                found = accepts(entry, origin)
        if found:
            return True
    if undecided is not None:
        raise UndecidedError(undecided.reason)
    return False
