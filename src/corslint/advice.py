"""The deeds that findings advise, in the notation of the product at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeGuard

from corslint.origins import Entry, Exact, Null
from corslint.policy import Policy, Setting

EXAMPLE = "https://app.example.com"
"""The origin that examples allow; `HowTo` texts hold it."""
MAX_OTHERS = 4
"""How many of the origins that are let in already are shown beside a new one."""
_NOTATION = re.compile(rf"[\w./-]+(?: [\w-]+)?(\s*[=:]?\s*[\[\"']*){re.escape(EXAMPLE)}([^`]*)")
"""A name, or a command and a name, and the value: what stands before the value, and behind."""
_ENTRY = re.compile(rf'"?{re.escape(EXAMPLE)}[^;]*;?')
"""What is said of one origin where each has a line of its own."""


def list_origins(policy: Policy, origin: str = EXAMPLE) -> str:
    """How to let in one origin and no other, such as `allow_origins=["https://app.example.com"]`."""
    if policy.how_to.list_origins:
        return policy.how_to.list_origins.replace(EXAMPLE, origin)
    return f"{policy.origins.name} with {origin}"


def trusting(policy: Policy) -> str:
    """The deed where every website gets in: to name origins, or to mend what was meant to do so and is not read."""
    slip = policy.slip
    if slip is not None:
        return slip.help
    return f"name the origins you trust: {' and '.join((list_origins(policy), *policy.how_to.close_others))}"


def add_origin(policy: Policy, origin: str) -> str:
    """How to let in one origin more, such as `allow_origins=["https://old.example", "https://app.example.com"]`."""
    texts = ["null" if isinstance(entry, Null) else entry.text for entry in policy.entries() if _is_named(entry)]
    # What was meant to be this very origin is mended, not kept.
    others = [text for text in texts if text.strip(" /").lower() != origin]
    each = [*others[:MAX_OTHERS], *(["..."] if others[MAX_OTHERS:] else []), origin]
    if policy.how_to.add_origin:
        # Whoever is let in already stays: the part that ends in a semicolon is said of each.
        return _ENTRY.sub(
            lambda found: " ".join(found[0].replace(EXAMPLE, one) for one in each), policy.how_to.add_origin
        )
    if not others:
        return list_origins(policy, origin)
    if _NOTATION.fullmatch(policy.how_to.list_origins) is None:
        quoted = ", ".join(f'"{one}"' for one in each)
        return list_origins(policy, EXAMPLE).replace(f'"{EXAMPLE}"', quoted).replace(EXAMPLE, origin)
    return list_names(policy, policy.origins, each)


def allow_credentials(policy: Policy) -> str:
    """How to allow credentials, such as `allow_credentials=True`."""
    text = policy.how_to.drop_credentials
    allowing = text.replace("False", "True").replace("false", "true")
    return allowing if allowing != text else list_names(policy, policy.credentials, ["true"])


def match_origins(policy: Policy, pattern: str) -> str | None:
    """How to let in the origins that a regular expression matches as a whole; None where no setting takes one."""
    return policy.how_to.match_origins.replace("PATTERN", pattern) or None


def drop_credentials(policy: Policy) -> str:
    """How to stop allowing credentials."""
    return policy.how_to.drop_credentials or f"switch {policy.credentials.name} off"


def list_names(policy: Policy, setting: Setting[Any], names: Sequence[str]) -> str:
    """How to list methods or headers in a setting, such as `allow_methods=["GET", "PUT"]`.

    The notation is that of the setting for origins, where that is a name, or a command and a name, and the value.
    """
    if form := policy.how_to.list_items:
        between = '", "' if '"ITEMS"' in form else ", "
        return form.replace("NAME", setting.name).replace("ITEMS", between.join(names))
    notation = _NOTATION.fullmatch(policy.how_to.list_origins)
    if notation is None:
        return f"`{setting.name}: {', '.join(names)}`"
    # What stands before the name of one setting stands before those of all: the prefix of annotations and labels.
    # Labels may be in lower case where the setting is not.
    at = policy.how_to.list_origins.lower().find(policy.origins.name.lower())
    before = policy.how_to.list_origins[: max(at, 0)]
    prefix = before if before.endswith(("/", ".")) and not setting.name.startswith(before) else ""
    between = '", "' if notation[1].endswith('["') else ", "
    return f"{prefix}{setting.name}{notation[1]}{between.join(names)}{notation[2]}"


def answer_preflight(policy: Policy) -> str:
    """How to answer OPTIONS as a preflight needs it."""
    deed = "answer OPTIONS with status 204 and the same Access-Control headers"
    return f"{deed}: {policy.how_to.answer_preflight}" if policy.how_to.answer_preflight else deed


def send_vary(policy: Policy) -> str:
    """How to send `Vary: Origin`."""
    return policy.how_to.send_vary or "send `Vary: Origin` with the answer"


def _is_named(entry: Entry) -> TypeGuard[Exact | Null]:
    return isinstance(entry, Exact | Null)
