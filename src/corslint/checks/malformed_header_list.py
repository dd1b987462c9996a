"""A list of methods or headers that the product cannot read as one, or browsers cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from corslint import facts
from corslint.advice import list_names
from corslint.browser import Request
from corslint.browser.cors_checks import combined
from corslint.browser.safelist import is_token
from corslint.finding import Label, Problem, Proof, Severity
from corslint.policy import Policy, Setting
from corslint.preflights import guest, meets_preflights, names
from corslint.questions import ask
from corslint.rule import rule

_ALLOW, _EXPOSE = "Access-Control-Allow-", "Access-Control-Expose-Headers"
_PLACEHOLDER = re.compile(r"\$?\{|\$\(|<\w|%[(s]|__")
"""What something else fills in before the text is sent."""


@rule("malformed-header-list")
def check(policy: Policy) -> Iterator[Problem]:
    """Report what the server's reader saw, and lists in an answer that no browser takes apart."""
    yield from facts.live_problems(policy, "malformed-header-list")
    told = {
        fact.setting for kind in ("malformed-header-list", "string-for-list") for fact in facts.of_kind(policy, kind)
    }
    visitor = guest(policy) if policy.environment.kind != "test" else None
    if visitor is None:
        return
    asked = ask(visitor[0], Request(visitor[1], policy.url, "PUT", (("Content-Type", "application/json"),)))
    if asked is None:
        return
    if asked.preflight is not None and meets_preflights(policy) and policy.preflight.answered_by == "product":
        for setting, header in ((policy.methods, f"{_ALLOW}Methods"), (policy.headers, f"{_ALLOW}Headers")):
            if setting.name not in told and (bad := _bad_part(combined(asked.preflight, header))):
                text = f"every request that needs a preflight fails: browsers cannot read {header}"
                yield _problem(policy, setting, text, bad, asked)
    is_listed = policy.exposed.given != "default" and policy.exposed.name not in told
    if is_listed and (bad := _bad_part(combined(asked.response, _EXPOSE))):
        text = f"scripts can read none of the headers that are listed: browsers cannot read {_EXPOSE}"
        simple = ask(visitor[0], Request(visitor[1], policy.url))
        yield _problem(policy, policy.exposed, text, bad, simple, Severity.LOW)


def _bad_part(value: str | None) -> str | None:
    """The first item of a list that is no name; None where all are, or something fills them in."""
    if value is None or _PLACEHOLDER.search(value):
        return None
    items = (item.strip("\t ") for item in value.split(","))
    return next((item for item in items if item and not is_token(item)), None)


def _problem(
    policy: Policy, setting: Setting[Any], text: str, bad: str, proof: Proof | None, severity: Severity | None = None
) -> Problem:
    listed = [name.strip("\"'[]()") for name in names(setting)]
    mended = list(dict.fromkeys(name for name in listed if is_token(name)))
    return Problem(
        text,
        (Label(setting.span or policy.span, f"`{bad}` is no name, and spoils the whole list", primary=True),),
        f"write names with commas between: {list_names(policy, setting, mended)}"
        if mended
        else "write names with commas between",
        proof,
        severity,
    )
