"""`${VARIABLE:-default}` in values: read at its default, and said to be unknown where it has none.

The forms are those of Compose (https://docs.docker.com/reference/compose-file/interpolation/) and of envsubst as
Flux uses it (https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from corslint.source import Span
from corslint.values import Known, Unknown

_BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=?+])([^{}]*))?\}")
_BARE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_ESCAPED = "\ue000"
"""Stands for `$$` while variables are replaced: a character for private use, so no file means anything by it."""
_MAX_VARIABLES = 16


def expand(
    text: str,
    span: Span | None = None,
    *,
    compose: bool = False,
    known: Mapping[str, Known[str] | Unknown] | None = None,
) -> Known[str] | Unknown:
    """The text with each variable at the value that is known of it, else at its default; unknown if one has neither.

    `override` of the result is the first variable that stands at its default. With `compose`, `$$` is a dollar sign and
    `$NAME` a variable too, as Compose has it.
    """
    if "$" not in text:
        return Known(text, span)
    if compose:
        text = text.replace("$$", _ESCAPED)
    replaced: list[tuple[int, str]] = []
    for _ in range(_MAX_VARIABLES):
        found = _BRACED.search(text) or (_BARE.search(text) if compose else None)
        if found is None:
            return Known(text.replace(_ESCAPED, "$"), span, override=min(replaced)[1] if replaced else None)
        parts = found.groups()
        name, operator, default = parts if len(parts) == 3 else (parts[0], None, None)
        value = known.get(name) if known else None
        if isinstance(value, Unknown):
            return Unknown(value.reason, span)
        if value is None:
            if operator is None or operator.endswith(("?", "+")):
                return Unknown(f"`{name}` is set where this is deployed", span)
            replaced.append((found.start(), name))
            text = text[: found.start()] + (default or "") + text[found.end() :]
            continue
        picked = _picked(value.value, operator or "", default or "")
        if picked is None:
            return Unknown(f"`{name}` is empty, and must not be", span)
        if value.override is not None:
            replaced.append((found.start(), value.override))
        text = text[: found.start()] + picked.replace("$", _ESCAPED) + text[found.end() :]
    return Unknown("it holds too many variables", span)


def _picked(value: str, operator: str, default: str) -> str | None:
    """What stands in the place of a variable that is set to `value`; None where that is refused.

    With a colon, a variable that is empty counts as unset.
    """
    counts = bool(value) or not operator.startswith(":")
    if operator.endswith("+"):
        return default if counts else ""
    if operator.endswith("?"):
        return value if counts else None
    return value if counts else default
