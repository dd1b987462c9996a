"""The exit codes, the same for every format.

| 0 | done, nothing at or above --fail-on |
| 1 | findings |
| 2 | a wrong call: option, configuration, rule name, missing path |
| 3 | incomplete: something that holds CORS settings was not read, or --require-policies |
| 4 | a fault of corslint itself |

A fault wins over all, since the rest cannot be relied on then; findings win over an incomplete run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corslint.config import Config
    from corslint.finding import Crash, Report, Unread

CLEAN, FINDINGS, WRONG_CALL, INCOMPLETE, FAULT = range(5)
UNREADABLE = "unreadable-input"
"""The rule that makes findings of what was not read: they make a run incomplete rather than failed."""


def reading(report: Report, crashes: Sequence[Crash] = ()) -> int:
    """The exit code of a verb that judges nothing; `crashes` are those after the reading."""
    return FAULT if (*report.crashes, *crashes) else INCOMPLETE if report.unread else CLEAN


def outcome(report: Report, config: Config, *, strict: bool, exit_zero: bool, require_policies: bool) -> int:
    """The exit code of a run.

    `strict` counts what was not read as a failure, `exit_zero` lets findings pass, `require_policies` calls a run that
    met no CORS settings incomplete.
    """
    from corslint.finding import Severity

    if report.crashes:
        return FAULT
    unread = any(not _accepted(one, report, config) for one in report.unread)
    fails = strict and unread
    if config.fail_on != "never":
        at_least = Severity[config.fail_on.upper()]
        fails |= any(one.severity >= at_least and (strict or one.rule != UNREADABLE) for one in report.findings)
    if fails and not exit_zero:
        return FINDINGS
    if (unread and not strict) or (require_policies and not report.policies):
        return INCOMPLETE
    return CLEAN


def _accepted(unread: Unread, report: Report, config: Config) -> bool:
    """Whether somebody took note that a file is not read: by naming the rule in an ignore or in the configuration."""
    if UNREADABLE in config.ignore:
        return True
    if any(one.rule == UNREADABLE and one.primary.span.path == unread.path for one in report.ignored):
        return True
    globs = [glob for glob, names in config.per_file_ignores.items() if UNREADABLE in names]
    if not globs:
        return False
    from corslint.globs import path_matches

    return path_matches(unread.path, globs)
