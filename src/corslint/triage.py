"""What becomes of a finding: reported, ignored by a comment, or left out by the configuration.

The only place that filters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from corslint import catalogue
from corslint.config import PERSONAS, Config
from corslint.finding import Confidence, Finding, Label, Report, Severity
from corslint.fingerprints import fingerprinted
from corslint.globs import path_matches
from corslint.repeats import told_once
from corslint.source import Source, Span

_MARK = "corslint:"
_COMMENT = re.compile(r"(?P<sign>\#|//|/\*|<!--)[ \t]*corslint:[ \t]*(?P<text>[^\n\r]{0,500})")
_ORDER = re.compile(
    r"(?P<kind>file-ignore|ignore)\s*\[(?P<rules>[^\]]*)\]\s*(?:--\s*(?P<reason>.*?))?\s*(?:\*/(?:\}\})?|-->)?\s*\Z"
)


@dataclass(slots=True)
class _Ignore:
    """One ignore comment, for one rule."""

    span: Span
    rule: str
    reason: str | None
    lines: range | None
    """The lines it holds for; None for the whole file."""
    used: bool = field(default=False)


def verify(config: Config) -> None:
    """Raise PageError for a rule name in the configuration that is none."""
    for names in (config.select, config.extend_select, config.ignore, *config.per_file_ignores.values()):
        catalogue.expand(names)
    catalogue.expand(tuple(config.severity))


def sort(report: Report, sources: Sequence[Source], config: Config) -> Report:
    """The report with its findings sorted into reported and ignored, and complaints about ignore comments added."""
    chosen = chosen_rules(config)
    ignores: dict[str, list[_Ignore]] = {}
    complaints: list[Finding] = []
    judged = {source.path for source in sources}
    if not config.no_ignores:
        for source in (*sources, *_followed(report, judged)):
            for read in _ignores(source, config):
                if isinstance(read, _Ignore):
                    ignores.setdefault(source.path, []).append(read)
                elif source.path in judged:
                    complaints.append(read)
    reported: list[Finding] = []
    ignored: list[Finding] = []
    for finding in report.findings:
        severity = config.severity.get(finding.rule)
        if severity is not None:
            finding = replace(finding, severity=Severity[severity.upper()])
        comment = _covering(finding, ignores)
        if not _wanted(finding, chosen, config):
            continue
        if comment is None:
            reported.append(finding)
        else:
            ignored.append(replace(finding, status="ignored", reason=comment.reason))
    # Only a rule that ran can say that there was nothing to ignore.
    complaints += [
        _complaint(
            "unused-ignore",
            f"there is nothing to ignore: {comment.rule} finds nothing here",
            comment.span,
            "remove the comment, so that it cannot hide a later mistake",
        )
        for path, some in ignores.items()
        for comment in some
        if not comment.used and comment.rule in chosen and path in judged
    ]
    reported = told_once(reported)
    reported += fingerprinted(one for one in complaints if _wanted(one, chosen, config))
    reported.sort(key=lambda f: (f.primary.span.path, f.primary.span.start, -f.severity, f.rule))
    return replace(report, findings=tuple(reported), ignored=tuple(ignored))


def _followed(report: Report, judged: set[str]) -> Iterable[Source]:
    """Files that findings point into, though the run was not asked to judge them: an include, an import."""
    sources = (label.span.source for finding in report.findings for label in finding.labels)
    return {source.path: source for source in sources if source.path not in judged}.values()


def chosen_rules(config: Config) -> frozenset[str]:
    """The slugs that the configuration lets speak."""
    chosen = catalogue.expand(config.select)
    return (chosen | catalogue.expand(config.extend_select)) - catalogue.expand(config.ignore)


def _wanted(finding: Finding, chosen: frozenset[str], config: Config) -> bool:
    if finding.rule not in chosen or PERSONAS.index(finding.persona) > PERSONAS.index(config.persona):
        return False
    if finding.severity < Severity[config.min_severity.upper()]:
        return False
    if finding.confidence < Confidence[config.min_confidence.upper()]:
        return False
    path = finding.primary.span.path
    return not any(
        path_matches(path, (glob,)) and finding.rule in catalogue.expand(names)
        for glob, names in config.per_file_ignores.items()
    )


def _covering(finding: Finding, ignores: dict[str, list[_Ignore]]) -> _Ignore | None:
    """The first comment that ignores the finding; all that speak of it are marked as used."""
    spans = [label.span for label in finding.labels]
    if finding.policy is not None:
        # The line that opens the policy is where people write the comment, though no label need stand there.
        first = finding.policy.span
        spans.append(Span(first.source, first.start, first.start))
    covering: _Ignore | None = None
    for span in spans:
        for one in ignores.get(span.path, ()):
            near = one.lines is None or (span.line < one.lines.stop and one.lines.start <= span.end_line)
            if near and one.rule in (finding.rule, *finding.also):
                one.used = True
                if one.rule == finding.rule and covering is None:
                    covering = one
    return covering


def _ignores(source: Source, config: Config) -> Iterator[_Ignore | Finding]:
    for start, end in _comments(source):
        found = _COMMENT.search(source.text, start, end)
        if found is None:
            continue
        span = source.span(found.start(), found.start() + len(found.group().rstrip()))
        order = _ORDER.match(found["text"].strip())
        if order is None or not order["rules"].strip(", "):
            yield _complaint(
                "malformed-ignore",
                "this comment ignores nothing: it is not of the form that corslint reads",
                span,
                "write `corslint: ignore[rule-name] -- why it is all right`, with the name of each rule",
            )
            continue
        if config.require_reason and not order["reason"]:
            yield _complaint(
                "malformed-ignore",
                "this comment does not say why the finding is all right",
                span,
                "add the reason: `corslint: ignore[rule-name] -- why it is all right`",
            )
        lines = None if order["kind"] == "file-ignore" else _lines(source, found["sign"], span)
        for name in filter(None, (part.strip() for part in order["rules"].split(","))):
            if name in catalogue.slugs():
                yield _Ignore(span, name, order["reason"] or None, lines)
            else:
                yield _complaint(
                    "unknown-rule-in-ignore",
                    f"this comment ignores nothing: there is no rule {name!r}",
                    span,
                    f"`corslint rules` lists the names{catalogue.did_you_mean(name, catalogue.slugs())}",
                )


def _comments(source: Source) -> Iterator[tuple[int, int]]:
    """The stretches that may hold a comment: in Python only real comments, since its strings quote ours."""
    text = source.text
    if _MARK in text and source.path.endswith((".py", ".pyi")):
        from corslint.syntax import python

        yield from ((span.start, span.end) for span in python.comments(source))
        return
    position = text.find(_MARK)
    while position >= 0:
        number, column = source.position(position)
        start = position - column + 1
        end = start + len(source.line(number))
        yield start, end
        position = text.find(_MARK, end)


def _lines(source: Source, sign: str, span: Span) -> range:
    """The lines a comment speaks of: its own, or from itself to the next line that is none, if it stands alone."""
    line = span.line
    before = source.text[source.offset(line, 1) : span.start]
    if before.strip(" \t{}*"):
        return range(line, line + 1)
    other_comment = r"\s*(?:/\*|\*|\}\}|$)" if sign == "/*" else rf"\s*(?:{re.escape(sign)}|$)"
    following = line + 1
    while following < line + 100 and re.match(other_comment, source.line(following)):
        following += 1
    return range(line, following + 1)


def _complaint(slug: str, message: str, span: Span, help_text: str) -> Finding:
    page = catalogue.page(slug)
    return Finding(
        rule=slug,
        group=page.group,
        severity=page.severity,
        confidence=page.confidence,
        persona=page.persona,
        message=message,
        labels=(Label(span, primary=True),),
        help=help_text,
    )
