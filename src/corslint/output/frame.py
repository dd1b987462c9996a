"""The frame: the lines of source a finding speaks of, with its labels under them.

Of files that hold passwords beside settings, no more is shown than the setting itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corslint.finding import Label
from corslint.output.terminal import Colour, Painter, columns, one_line, shown, source_line
from corslint.source import Source

MAX_LINE = 160
"""Characters of a line of source that are shown; a longer one is cut around the label."""
_LEAD = 40
"""How much of a cut line is shown before the label."""
_KEY = re.compile(
    r"""(?:^|[\s,;{\[(])((?:-\s*|(?:export|env|arg|set)\s+)?["']?[A-Za-z_][\w.-]*["']?\s*[:=]\s*["']?)\Z""",
    re.IGNORECASE,
)
"""The name of a variable before its value."""
_CLOSING = re.compile(r"[\s\"'\])},;\\]*")
"""What may stand behind a value that is no further setting."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A label on the line where it begins; `start` and `end` are offsets in that line."""

    line: int
    start: int
    end: int
    goes_on: bool
    label: Label


def gutter(labels: Sequence[Label]) -> int:
    """The width of the column of line numbers."""
    return max(len(str(label.span.line)) for label in labels)


def frame(labels: Sequence[Label], width: int, level: Colour, paint: Painter) -> Iterator[str]:
    """The lines of the frame, the file of the primary label first; `width` is that of the line numbers."""
    labels = tuple(dict.fromkeys(labels))
    ordered = sorted(labels, key=lambda label: not label.primary)
    sources = tuple({id(label.span.source): label.span.source for label in ordered}.values())
    bar = paint("frame", f"{' ' * width} |")
    for number, source in enumerate(sources):
        here = [label for label in ordered if label.span.source is source]
        arrow = paint("frame", f"{' ' * width}{'-->' if number == 0 else ':::'}")
        if not source.text:
            yield f"{arrow} {shown(source.path)}"
            continue
        yield f"{arrow} {shown(source.path)}:{here[0].span.line}:{here[0].span.column}"
        yield bar
        yield from _lines(
            source, sorted(map(_mark, here), key=lambda mark: (mark.line, mark.start)), width, level, paint
        )
        yield bar


def _mark(label: Label) -> _Mark:
    span = label.span
    line, column = span.source.position(span.start)
    text = span.source.line(line)
    start = min(column - 1, len(text))
    marked = span.text.rstrip()
    ends = start + len(marked)
    goes_on = ends > len(text)
    return _Mark(line, start, min(ends, len(text.rstrip())), goes_on, label)


def _lines(source: Source, marks: Sequence[_Mark], width: int, level: Colour, paint: Painter) -> Iterator[str]:
    bar = paint("frame", f"{' ' * width} |")
    before = None
    private = source.is_private or any(mark.label.role in ("value", "step") for mark in marks if _is_data(source))
    for line in dict.fromkeys(mark.line for mark in marks):
        if before is not None and line == before + 2 and not private:
            between, _ = _cut(source.line(before + 1), 0)
            yield f"{paint('frame', f'{before + 1:>{width}} |')} {between}".rstrip()
        elif before is not None and line > before + 1:
            yield paint("frame", "...")
        before = line
        number = paint("frame", f"{line:>{width}} |")
        waiting = [mark for mark in marks if mark.line == line]
        while waiting:
            if private:
                text, start = _setting(source.line(line), waiting[0])
                seen = waiting[:1]
            else:
                text, start = _cut(source.line(line), waiting[0].start)
                # On a cut line the later labels may lie outside; the line is then shown again around them.
                seen = [mark for mark in waiting if mark.start <= start + MAX_LINE]
            yield f"{number} {text}".rstrip()
            waiting = waiting[len(seen) :]
            for mark in seen:
                yield f"{bar} {_underline(source.line(line), start, mark, level, paint)}"


def _is_data(source: Source) -> bool:
    return source.path.lower().endswith((".yml", ".yaml", ".json", ".toml"))


def _setting(line: str, mark: _Mark) -> tuple[str, int]:
    """The part of a line that a label marks, with the name before it, and the offset it begins at."""
    window = max(0, mark.start - MAX_LINE)
    key = _KEY.search(line[window : mark.start])
    start = mark.start if key is None else window + key.start(1)
    if not line[:start].strip():
        start = 0
    end = min(mark.end, max(start, mark.start) + MAX_LINE)
    rest = _CLOSING.match(line, end)
    behind = rest.group() if rest is not None and end == mark.end else ""
    more = "..." if end + len(behind) < len(line) else ""
    return f"{'...' if start else ''}{source_line(line[start : end + len(behind)])}{more}", start


def _cut(line: str, around: int) -> tuple[str, int]:
    """The part of a line that is shown, and the offset it begins at."""
    if len(line) <= MAX_LINE:
        return source_line(line), 0
    start = max(0, min(around - _LEAD, len(line) - MAX_LINE))
    end = start + MAX_LINE
    before, after = "..." if start else "", "..." if end < len(line) else ""
    return f"{before}{source_line(line[start:end])}{after}", start


def _underline(line: str, start: int, mark: _Mark, level: Colour, paint: Painter) -> str:
    before = columns(source_line(line[start : mark.start])) + (3 if start else 0)
    length = columns(source_line(line[mark.start : min(mark.end, start + MAX_LINE)]))
    stroke = ("^" if mark.label.primary else "-") * max(length, 1) + ("..." if mark.goes_on else "")
    words = f" {one_line(mark.label.text)}" if mark.label.text else ""
    return " " * before + paint(level if mark.label.primary else "frame", stroke + words)
