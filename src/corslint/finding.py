"""What a run reports: findings with their proof, places that could not be read, and the whole report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from corslint.browser import Request, Response, Verdict
    from corslint.policy import Policy
    from corslint.source import Span
    from corslint.values import Condition

Group: TypeAlias = Literal["security", "correctness", "hygiene"]
Status: TypeAlias = Literal["reported", "ignored", "baselined"]
Impact: TypeAlias = Literal["exploitable", "open", "broken", "hygiene"]
"""What a finding means for users: a stranger gets what only the visitor may see; everybody gets what anybody may see;
browsers refuse what was meant to work; it only misleads."""
Role: TypeAlias = Literal["fact", "value", "use", "step"]
"""What a label marks: a fact; a value that stands elsewhere; the setting that uses it; a place between the two."""


class Severity(IntEnum):
    """How bad it is; compares by weight."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def level(self) -> Literal["error", "warning", "note"]:
        """The word compilers, SARIF and the text output use."""
        return "error" if self is Severity.HIGH else "note" if self is Severity.INFO else "warning"


class Confidence(IntEnum):
    """How sure we are."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what is said of it."""

    span: Span
    text: str = ""
    primary: bool = False
    role: Role = "fact"


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of a stretch of source."""

    span: Span
    replacement: str
    safe: bool = True
    """False where the edit may change what the program does beyond the finding."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A request, what the server model answers to it, and what the browser model makes of that."""

    request: Request
    preflight: Response | None
    """The answer to OPTIONS, where the browser sends one."""
    response: Response
    verdict: Verdict

    @property
    def is_with_cookies(self) -> bool:
        """Whether browsers hand the answer over when it is made for the visitor, asked for with cookies."""
        if self.request.credentials == "include":
            return True
        told = {name.lower(): value for name, value in self.response.headers}
        credentials = told.get("access-control-allow-credentials")
        return credentials == "true" and told.get("access-control-allow-origin") != "*"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check found. The engine adds what the rule's page says and makes it a `Finding`."""

    message: str
    """The consequence, in one line, without a full stop."""
    labels: tuple[Label, ...]
    """The facts; exactly one is primary."""
    help: str
    """The deed."""
    proof: Proof | None = None
    severity: Severity | None = None
    """None: as the rule's page says."""
    confidence: Confidence | None = None
    edits: tuple[Edit, ...] = ()
    cause: str = ""
    """What is to blame, where many places of a file may share it: such problems are told once. Empty: the place is."""
    series: str = ""
    """The flaw, where many entries of a list may have it: those that have are told as one. Empty: it is told alone."""
    explains: bool = False
    """Whether it names the slip that others at its place follow from: of two that are as bad, it is the one told."""
    regardless: bool = False
    """Whether it is so too where the variables of the environment are set that replace its values."""
    follows: tuple[str, ...] = ()
    """The rules that tell the cause: where one of them has a finding on the same policy, that one names this too."""

    @property
    def primary(self) -> Label:
        """The label the finding is shown at."""
        return next(label for label in self.labels if label.primary)


_MISREAD = frozenset({"string-for-list", "unset-origin"})
"""Rules on values that are read otherwise than meant: where nobody is proven to get in, something does not work."""
_TIDYING = frozenset({"invalid-max-age", "renamed-setting", "shadowed-setting"})
"""Rules on what works as it did before it was written."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, judged by a rule, ready to be reported."""

    rule: str
    group: Group
    severity: Severity
    confidence: Confidence
    persona: str
    message: str
    labels: tuple[Label, ...]
    """What is shown first, then the steps between a setting and the value that it uses, from the setting on."""
    help: str
    proof: Proof | None = None
    edits: tuple[Edit, ...] = ()
    policy: Policy | None = None
    conditions: tuple[Condition, ...] = ()
    """When it is so; empty for always."""
    fingerprint: str = ""
    status: Status = "reported"
    reason: str | None = None
    """Why it is ignored, as the ignore comment or the baseline says."""
    also: tuple[str, ...] = ()
    """Lesser rules that the same cause breaks."""
    cause: str = ""
    """See `Problem.cause`."""
    series: str = ""
    """See `Problem.series`."""
    explains: bool = False
    """See `Problem.explains`."""
    follows: tuple[str, ...] = ()
    """See `Problem.follows`."""
    alike: tuple[Finding, ...] = ()
    """Others of the same file that say the same, and are told with this one."""

    @property
    def primary(self) -> Label:
        """The label the finding is shown at."""
        return next(label for label in self.labels if label.primary)

    @property
    def impact(self) -> Impact:
        """What it means for users, by its proof: whether somebody gets in, and whether with the visitor's cookies."""
        if self.group == "hygiene":
            return "hygiene"
        allowed = self.proof.verdict.allowed if self.proof is not None else None
        if allowed is False or (self.proof is None and self.rule in _MISREAD):
            return "broken"
        if self.group == "correctness":
            return "hygiene" if self.rule in _TIDYING or self.severity is Severity.INFO else "broken"
        return "exploitable" if allowed and self.proof is not None and self.proof.is_with_cookies else "open"

    @property
    def way(self) -> tuple[Label, ...]:
        """From the value to the setting that uses it, where the two stand apart; else empty."""
        value, use = self._in_role("value"), self._in_role("use")
        return (*value, *reversed(self._in_role("step")), *use) if value and use else ()

    def _in_role(self, role: Role) -> list[Label]:
        return [label for label in self.labels if label.role == role]


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that may hold CORS settings and could not be looked at."""

    path: str
    reason: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Crash:
    """A fault of corslint itself, kept apart so that the rest of the run goes on."""

    where: str
    error: str
    details: str
    """The traceback, for the report to us; shown with --verbose only."""

    @classmethod
    def of(cls, where: str, error: Exception) -> Crash:
        """The crash that an exception was."""
        import traceback

        return cls(where, f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run."""

    findings: tuple[Finding, ...]
    """What is reported, in the order of the files."""
    policies: tuple[Policy, ...]
    unread: tuple[Unread, ...] = ()
    ignored: tuple[Finding, ...] = ()
    baselined: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()
    files: int = 0
    """How many files were looked at."""
    languages: Sequence[str] = field(default=())
    """The kinds of files that were looked for, for the sentence that says nothing was found."""

    def each(self) -> Iterator[Finding]:
        """The findings that are reported or ignored, each by itself, also those that are told with another."""
        for one in (*self.findings, *self.ignored):
            yield one
            yield from one.alike
