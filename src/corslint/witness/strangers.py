"""Which hosts a stranger can own, read backwards like everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from corslint.witness.suffixes import Suffixes, gives_one_label

Stage: TypeAlias = tuple[str, str]
"""Where in the origin we are, and the end of the host as far as it still matters."""
START: Stage = ("port", "")
FREE = "!"
_NUMBER = "?"
"""Digits that end no name: of a port, or of an address."""
_DONE: Stage = ("done", "")
_ADDRESS: Stage = ("address", "")
_BELOW: Stage = ("below", "")
_GIVEN: Stage = ("given", "")
_ONLY: Stage = ("only", "")
_WILD: Stage = ("wild", "")
_BRACKETS: Stage = ("brackets", "")


class Strangers:
    """Reads an origin backwards and stops where nobody but its owner can have the host.

    Only the domain is judged: that the text is an origin at all, others see to. Addresses belong to strangers.
    """

    def __init__(self, suffixes: Suffixes) -> None:
        self._suffixes = suffixes

    def step(self, stage: Stage, character: str) -> Stage | None:
        """The stage after one more character; None where no stranger can own the host."""
        name, tail = stage
        if name in ("port", "name"):
            return self._end(name, tail, character)
        if name == "done":
            return stage
        if character == "/":
            return None if name == "wild" else _DONE
        if name == "wild":
            return _GIVEN if character == "." else stage
        if name in ("given", "only"):
            if character == "_":
                return None  # no registry takes such a name
            return stage if character != "." else (_BELOW if name == "given" else None)
        return stage

    def _end(self, name: str, tail: str, character: str) -> Stage | None:
        """Within what may still be a public suffix, or behind it: a port, a final dot, an address."""
        suffixes = self._suffixes
        if character == "/":
            return _DONE if self._is_given(tail) else None
        if character == ":":
            return "name", ""
        if character == "]":
            return None if tail else _BRACKETS
        is_number = tail == _NUMBER or tail.isdigit()
        if character == "." and (is_number or not tail):
            return _ADDRESS if is_number else ("name", "")
        longer = character + tail
        if character.isdigit() and (is_number or not tail):
            return name, longer if suffixes.has_end(longer) else _NUMBER
        if suffixes.has_end(longer):
            return "name", longer
        # From here on the suffix is settled: it stands in the labels that have been read to their beginning.
        whole = tail if character == "." else tail.partition(".")[2]
        if character != "." and whole and suffixes.gives_any_below(whole):
            return _WILD
        suffix = suffixes.of(whole)
        if suffix is None:
            return None
        if character == "." and suffix == whole:
            return _ONLY if gives_one_label(suffix) else _GIVEN
        if suffix == whole:
            return None if character == "_" else (_ONLY if gives_one_label(suffix) else _GIVEN)
        return None if gives_one_label(suffix) else _BELOW

    def _is_given(self, host: str) -> bool:
        suffix = self._suffixes.of(host)
        if suffix is None or suffix == host:
            return False
        return not gives_one_label(suffix) or "." not in host.removesuffix(f".{suffix}")


class Owned:
    """Reads an origin backwards and stops where its host is owned by one of ours."""

    def __init__(self, named: Iterable[str], own: Iterable[str], suffixes: Suffixes) -> None:
        self._suffixes = suffixes
        self._own = frozenset(own)
        self._named = frozenset(named)
        self._ends = Suffixes((*self._own, *self._named))

    def step(self, tail: str, character: str) -> str | None:
        """The end of the host as far as it matters, FREE where it no longer does; None where the host is owned.

        What is below a domain is owned with it, but for names that are given out there: `up.railway.app` is not the
        platform's own. Of what is said to be ours, all is.
        """
        if tail == FREE:
            return FREE
        if character == ":" or (tail == "" and character == "."):
            return ""
        if character in "./" and tail in self._own:
            return None
        longer = character + tail
        above = next((name for name in self._named if tail == name or tail.endswith(f".{name}")), None)
        if above is not None:
            return self._below(above, tail, longer)
        if self._ends.has_end(longer):
            return longer
        return _NUMBER if character.isdigit() and (not tail or tail == _NUMBER or tail.isdigit()) else FREE

    def _below(self, domain: str, tail: str, longer: str) -> str | None:
        """Within a named domain, or before it."""
        if longer[0] not in "./" and tail == domain:
            return longer if self._ends.has_end(longer) else FREE  # another domain that ends with the same text
        if longer[0] != "/" and (self._suffixes.has_end(longer) or self._ends.has_end(longer)):
            return longer
        whole = tail if longer[0] in "./" else tail.partition(".")[2]
        if longer[0] not in "./" and self._suffixes.gives_any_below(whole):
            return FREE
        suffix = self._suffixes.of(whole)
        given = suffix is not None and suffix.endswith(f".{domain}") and (longer[0] != "/" or suffix != tail)
        return FREE if given else None
