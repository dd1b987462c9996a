"""Pages that may read answers with cookies, and whose POSTs Django takes for forged."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from corslint import facts
from corslint.browser import Request
from corslint.finding import Label, Problem
from corslint.origins import Entry, Exact, parse_origin
from corslint.policy import Policy
from corslint.questions import ask, at_origins, each_entry, entering, replaced_by
from corslint.rule import rule

_MAX_TOLD = 3


@rule("untrusted-csrf-origin")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge the origins that may send cookies, one by one: CORS lets them read, and says nothing of forgery."""
    if policy.environment.kind in ("test", "documentation"):
        return
    for fact in facts.of_kind(policy, "untrusted-csrf-origin"):
        trusted = fact.given.split()
        missing: list[tuple[Entry, str]] = []
        for asked, entry in each_entry(policy):
            if not isinstance(entry, Exact) or replaced_by(policy, entry) is not None:
                continue
            origin = parse_origin(entry.text)
            if origin is None or any(_covers(one, str(origin)) for one in trusted):
                continue
            if entering(asked, str(origin), "include"):
                missing.append((entry, str(origin)))
        if missing:
            yield _problem(policy, missing, fact.labels, fact.setting)


def _problem(policy: Policy, missing: list[tuple[Entry, str]], seen: tuple[Label, ...], setting: str) -> Problem:
    entry, first = missing[0]
    texts = ", ".join(f'"{origin}"' for _, origin in missing[:_MAX_TOLD]) + (", ..." if missing[_MAX_TOLD:] else "")
    others = f" and {len(missing) - 1} more" if missing[1:] else ""
    here = at_origins(policy, entry, "may send cookies and read what is answered")
    if any(label.primary for label in seen):
        here = Label(here.span, here.text)
    request = Request(first, policy.url, "POST", credentials="include")
    return Problem(
        f"Django answers 403 to a POST with cookies from {first}{others}: it does not trust that origin",
        (here, *seen),
        f"if such pages log in by cookies, trust them: {setting} = [{texts}]",
        ask(policy, request, status=403),
    )


def _covers(trusted: str, origin: str) -> bool:
    """Whether an entry speaks of an origin; without a scheme, as before Django 4.0 and in ALLOWED_HOSTS, of any."""
    split = urlsplit(origin)
    scheme, _, host = trusted.rpartition("://")
    if scheme and scheme != split.scheme:
        return False
    asked = [split.netloc] if scheme else [split.netloc, split.hostname or ""]
    if host.startswith((".", "*.")):
        domain = host.removeprefix("*").removeprefix(".")
        return any(one == domain or one.endswith(f".{domain}") for one in asked)
    return host in asked
