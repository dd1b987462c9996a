"""The deeds that findings advise, in the notation of the product at hand."""

from __future__ import annotations

from corslint.policy import Policy

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


def send_vary(policy: Policy) -> str:
    """How to send `Vary: Origin`."""
    return policy.how_to.send_vary or "send `Vary: Origin` with the answer"
