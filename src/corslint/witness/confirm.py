"""The last word on a witness: a regular-expression engine that has a timeout, told how the product matches."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from corslint.origins import MATCH_SECONDS, UndecidedError
from corslint.witness.rendered import rendered
from corslint.witness.tree import Node, Repeat, children

if TYPE_CHECKING:
    import regex


MAX_COPIES = 50_000
"""How many copies the engine may make, inside, of what is repeated again and again: they take memory without end."""


class Engine:
    """An expression as the library `regex` matches it: it can look around and refer back, and it has a timeout."""

    def __init__(self, node: Node, how: str) -> None:
        self._node = node
        self._how = how
        self._compiled: regex.Pattern[str] | None = None

    def lets_in(self, origin: str) -> bool:
        """Whether the engine agrees that the expression matches an origin.

        Raises UndecidedError where it cannot read the expression, or takes longer than MATCH_SECONDS.
        """
        import regex

        try:
            if self._compiled is None:
                if _copies(self._node) > MAX_COPIES:
                    raise UndecidedError("the pattern repeats too much to be tested")
                self._compiled = _compiled(rendered(self._node))
            return getattr(self._compiled, self._how)(origin, timeout=MATCH_SECONDS) is not None
        except (regex.error, RecursionError, MemoryError, OverflowError) as error:
            raise UndecidedError(f"the pattern cannot be tested: {error}") from None
        except TimeoutError:
            raise UndecidedError("the pattern takes too long to test") from None


def _copies(node: Node) -> int:
    """About how many copies of its parts the engine makes: each repetition of what must be there multiplies them."""
    inside = 1 + sum(map(_copies, children(node)))
    return inside * min(node.least + 1, 3) if isinstance(node, Repeat) else inside


@lru_cache(maxsize=8)
def _compiled(text: str) -> regex.Pattern[str]:
    import regex

    return regex.compile(text)
