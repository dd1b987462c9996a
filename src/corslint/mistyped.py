"""Options that got a text where the product expects a list, or a yes or a no: facts for the rules on both.

The servers call this for the options in question, and say how the product reads a text there. The rules
`string-for-list` and `string-for-boolean` prove what comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.finding import Label
from corslint.options import Option
from corslint.policy import Fact
from corslint.source import Span
from corslint.values import Alternative, Known, alternatives

LISTS, FLAGS = "string-for-list", "string-for-boolean"
LETTERS = "a text is read letter by letter where a list belongs"
"""How most products written in Python read it: by a `for` loop."""
_SPLIT = 'make a list of the text: [one.strip() for one in text.split(",") if one.strip()]'
_OFF = frozenset({"false", "0", "no", "off", "n", "f", "none", "null", "disabled"})
"""Texts that mean no to whoever writes them, in lower case, and count as true in Python."""
_ON = frozenset({"true", "1", "yes", "on", "y", "t", "enabled"})
_MADE_BOOL = re.compile(
    r"""bool\(\s*(?P<read>(?:os\.)?(?:getenv|environ\.get)\(\s*["']\w+["']\s*,\s*)?"""
    r"""(?P<default>(?P<quote>["'])\w*(?P=quote)|True|False)[\s,)]*\Z"""
)
"""`bool("false")` and `bool(os.getenv("NAME", "false"))`, which are true."""
_BRACKETS = re.compile(r"""(?<![\w\])"'])\(\s*\Z""")
"""An opening bracket that calls nothing."""
_VARIABLE = re.compile(r"""(?:os\.)?(?:getenv|environ\.get)\(\s*["']\w+["']\s*(?:,[^()]*)?\)""")


def text_for_list(option: Option, reading: str) -> Iterator[Fact]:
    """A fact for each way in which a text stands where a list belongs; none for `*` and for nothing at all.

    `reading` is what the product makes of the text, for people.
    """
    for way in alternatives(option.value):
        text = way.value.value if isinstance(way.value, Known) else None
        if isinstance(text, str) and text.strip() not in ("", "*"):
            span = _place(option, way)
            if span is not None:
                label = "brackets make no tuple without a comma: " + reading if _in_brackets(span) else reading
                labels = (Label(span, label, primary=True),)
                help_ = _SPLIT if isinstance(way.value, Known) and _is_variable(way.value) else ""
                yield Fact(LISTS, "", labels, help_, option.name, given=text, conditions=way.conditions)


def variable_for_list(option: Option, reading: str) -> Iterator[Fact]:
    """A fact for a variable of the environment that is handed over as it is: where it is set, it is a text."""
    for way in alternatives(option.value):
        known = way.value
        if not isinstance(known, Known) or known.override is None or known.value not in (None, "", "*"):
            continue
        span = _place(option, way)
        if span is not None and _is_variable(known):
            yield Fact(
                LISTS,
                f"{option.name} is one text where {known.override} is set, and not the list that is expected",
                (Label(span, reading, primary=True),),
                _SPLIT,
                option.name,
                conditions=way.conditions,
            )


def text_for_flag(option: Option) -> Iterator[Fact]:
    """A fact for each way in which a text stands where True or False belongs, unless it does what it says."""
    for way in alternatives(option.value):
        known, span = way.value, _place(option, way)
        if not isinstance(known, Known) or span is None:
            continue
        given, by = _given(known), known.override
        meant = str(given).strip().lower()
        if isinstance(given, str) and meant in _OFF:
            labels = (Label(span, f'"{given}" counts as true, as every text does but the empty one', primary=True),)
            yield Fact(FLAGS, "", labels, _compare(known), option.name, given=given, conditions=way.conditions)
        elif given is not None and by is not None and (meant in _ON or meant in _OFF):
            does = f"does not switch {option.name} off" if meant in _ON else f"switches {option.name} on"
            yield Fact(
                FLAGS,
                f"{by}=false {does}: every text but the empty one is true",
                (Label(span, "a default, in the place of which a variable puts a text", primary=True),),
                _compare(known),
                option.name,
                conditions=way.conditions,
            )


def _given(known: Known[object]) -> str | bool | None:
    """The text that stands where a bool belongs, or the bool that a variable replaces by a text; None for all else."""
    written = known.span.text if known.span is not None else ""
    if isinstance(known.value, bool) and (made := _MADE_BOOL.match(written)):
        if made["quote"]:
            return made["default"].strip("\"'")
        return known.value if made["read"] else None
    if isinstance(known.value, bool) and written in ("True", "False") and known.override and _is_variable(known):
        return known.value
    return known.value if isinstance(known.value, str) else None


def _is_variable(known: Known[object]) -> bool:
    """Whether what is given is the text of a variable itself, and nothing made of it."""
    places = [place.span for place in known.trail] + [known.span]
    return any(one is not None and _VARIABLE.fullmatch(one.text) for one in places)


def _compare(known: Known[object]) -> str:
    if known.override is None:
        return "write True or False, without quotes"
    if not _is_variable(known) and not _MADE_BOOL.match(known.span.text if known.span else ""):
        places = [place.span.text for place in known.trail]
        if any(text.startswith("config(") for text in places):
            return f'let it make a bool of it: config("{known.override}", default=False, cast=bool)'
        if any(text.startswith("env(") for text in places):
            return f'let it make a bool of it: env.bool("{known.override}", default=False)'
        return "make a bool of it, or write True or False, without quotes"
    return f'compare the text: os.getenv("{known.override}", "false").lower() == "true"'


def _place(option: Option, way: Alternative[object]) -> Span | None:
    return way.value.span or option.span


def _in_brackets(span: Span) -> bool:
    before, behind = (
        span.source.text[max(span.start - 200, 0) : span.start],
        span.source.text[span.end : span.end + 200],
    )
    return bool(_BRACKETS.search(before)) and behind.lstrip().startswith(")")
