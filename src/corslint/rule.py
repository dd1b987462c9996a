"""How a check says which rule it is. The engine finds the checks by walking `checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from corslint.finding import Problem, Unread
from corslint.policy import Policy

Check: TypeAlias = Callable[[Policy], Iterator[Problem]]
ProjectCheck: TypeAlias = "Callable[[tuple[Policy, ...], tuple[Unread, ...]], Iterator[tuple[Policy | None, Problem]]]"

POLICY_CHECKS: dict[str, Check] = {}
"""Filled by the `rule` decorator: slug -> the check of one concrete policy (a variant: no `OneOf` left in it)."""
PROJECT_CHECKS: dict[str, ProjectCheck] = {}
"""Filled by the `project_rule` decorator: slug -> the check of everything that was read."""


@dataclass(frozen=True, slots=True)
class rule:
    """`@rule("null-origin")`: the function below judges one policy under the rule of `rules/null-origin.md`."""

    slug: str

    def __call__(self, check: Check) -> Check:
        """Register the check and give it back unchanged."""
        POLICY_CHECKS[self.slug] = check
        return check


@dataclass(frozen=True, slots=True)
class project_rule:
    """`@project_rule("unreadable-input")`: the function below judges all policies and unread files of the run."""

    slug: str

    def __call__(self, check: ProjectCheck) -> ProjectCheck:
        """Register the check and give it back unchanged."""
        PROJECT_CHECKS[self.slug] = check
        return check
