"""The last word on a witness: a regular-expression engine that has a timeout, told how the product matches."""

from __future__ import annotations

import re

from corslint.origins import MATCH_SECONDS, Dialect, UndecidedError

_PIECE = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\(?P<escaped>.)|(?P<any>\[\^\])|(?P<none>\[\])|(?P<other>.)", re.DOTALL
)


def translated(text: str, dialect: Dialect) -> str:
    """A regular expression as the library `regex` has to be told it, where a dialect reads it otherwise."""
    pieces: list[str] = []
    in_class = False
    for found in _PIECE.finditer(text):
        if found["quoted"] is not None and dialect in ("pcre", "java", "go"):
            pieces.append(re.escape(found["quoted"]))
        elif found["quoted"] is not None:
            pieces.append(f"Q{found['quoted']}" if dialect == "js" else found[0])
        elif found["escaped"]:
            pieces.append(_escape(found["escaped"], dialect))
        elif dialect == "js" and not in_class and (found["any"] or found["none"]):
            pieces.append(r"[\s\S]" if found["any"] else "(?!)")
        else:
            for one in found[0]:
                if in_class and one == "[" and dialect in ("python", "js"):
                    pieces.append("\\")
                if one == "[":
                    in_class = True
                elif one == "]" and found[0] != "[]":
                    in_class = False
                pieces.append(one)
    return "".join(pieces).replace("(?U)", "")


def _escape(escaped: str, dialect: Dialect) -> str:
    if dialect == "js" and escaped in "AZzGQEKRXNCh":
        return escaped
    if escaped == "z":
        return r"\Z"
    return {"E": "", "C": "."}.get(escaped, f"\\{escaped}") if dialect != "python" else f"\\{escaped}"


def confirmed(text: str, dialect: Dialect, match: str, origin: str, *, ignore_case: bool = False) -> bool:
    """Whether an engine agrees that the pattern lets the origin in.

    Raises UndecidedError where it cannot read the pattern, or takes longer than MATCH_SECONDS.
    """
    import regex

    flags = regex.VERSION1 if dialect in ("java", "rust") else regex.VERSION0
    try:
        compiled = regex.compile(translated(text, dialect), flags | (regex.IGNORECASE if ignore_case else 0))
        return getattr(compiled, match)(origin, timeout=MATCH_SECONDS) is not None
    except (regex.error, RecursionError, MemoryError, OverflowError) as error:
        raise UndecidedError(f"the pattern cannot be tested: {error}") from None
    except TimeoutError:
        raise UndecidedError("the pattern takes too long to test") from None
