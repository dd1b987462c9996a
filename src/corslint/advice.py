"""The deeds that findings advise, in the notation of the product at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from corslint.policy import Policy, Setting

EXAMPLE = "https://app.example.com"
"""The origin that examples allow; `HowTo` texts hold it."""


def list_origins(policy: Policy, origin: str = EXAMPLE) -> str:
    """How to let in one origin and no other, such as `allow_origins=["https://app.example.com"]`."""
    if policy.how_to.list_origins:
        return policy.how_to.list_origins.replace(EXAMPLE, origin)
    return f"{policy.origins.name} with {origin}"


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
    name = r"[\w./-]+(?: [\w-]+)?"
    notation = re.fullmatch(rf"{name}(\s*[=:]?\s*[\[\"']*){re.escape(EXAMPLE)}([^`]*)", policy.how_to.list_origins)
    if notation is None:
        return f"`{setting.name}: {', '.join(names)}`"
    between = '", "' if notation[1].endswith('["') else ", "
    return f"{setting.name}{notation[1]}{between.join(names)}{notation[2]}"


def answer_preflight(policy: Policy) -> str:
    """How to answer OPTIONS as a preflight needs it."""
    deed = "answer OPTIONS with status 204 and the same Access-Control headers"
    return f"{deed}: {policy.how_to.answer_preflight}" if policy.how_to.answer_preflight else deed


def send_vary(policy: Policy) -> str:
    """How to send `Vary: Origin`."""
    return policy.how_to.send_vary or "send `Vary: Origin` with the answer"
