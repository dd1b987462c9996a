"""What the controller's HAProxy answers.

https://github.com/jcmoraisjr/haproxy-ingress/blob/v0.16.1/rootfs/etc/templates/haproxy/haproxy.tmpl#L629 and #L774, and
rootfs/etc/lua/services.lua beside it. The headers replace those of the application, whatever the status. OPTIONS is
answered ahead of the application, and no login is asked of it.
"""

from __future__ import annotations

from corslint.browser import Request, Response
from corslint.origins import AnyOrigin, Entry, Exact, Pattern, Undecided, UndecidedError, accepts
from corslint.policy import Policy


def respond(policy: Policy, request: Request, status: int = 200) -> Response:
    """The status and CORS headers of the answer; the application behind is taken to add none.

    Raises UndecidedError where the annotations are filled in at deploy time.
    """
    origin = next((value for name, value in request.headers if name.lower() == "origin"), None)
    entries = policy.origins.known().entries
    listed = tuple(entry for entry in entries if not isinstance(entry, Pattern))
    first = listed[0] if listed else AnyOrigin()
    if isinstance(first, Undecided):
        raise UndecidedError(first.reason)
    credentials = policy.credentials.known() is True
    chooses = len(listed) > 1 or len(listed) < len(entries)
    repeats = isinstance(first, AnyOrigin) and credentials
    headers: list[tuple[str, str]] = []
    if request.method == "OPTIONS":
        status = 204
        headers.append(("Access-Control-Max-Age", str(policy.max_age.known())))
    if origin is not None:
        is_matched = chooses and _matches(entries, origin)
        told = origin if is_matched or (repeats and not chooses) else _text(first)
        headers.append(("Access-Control-Allow-Origin", told))
        for name, names in (("Methods", policy.methods.known()), ("Headers", policy.headers.known())):
            headers.append((f"Access-Control-Allow-{name}", ", ".join(names or ())))
        if credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        if exposed := policy.exposed.known():
            headers.append(("Access-Control-Expose-Headers", ", ".join(exposed)))
    if chooses or repeats:
        headers.append(("Vary", "Origin"))
    return Response(status, tuple(headers))


def _text(entry: Entry) -> str:
    return entry.text if isinstance(entry, Exact) else "*"


def _matches(entries: tuple[Entry, ...], origin: str) -> bool:
    """Whether one of them is the origin, or finds it; among others `*` is compared as it stands."""
    undecided: str | None = None
    for entry in entries:
        if isinstance(entry, Undecided):
            undecided = entry.reason
        elif origin == "*" if isinstance(entry, AnyOrigin) else accepts(entry, origin):
            return True
    if undecided is not None:
        raise UndecidedError(undecided)
    return False
