"""Which hosts a stranger can own, read backwards like everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from corslint.witness.suffixes import Suffixes, gives_one_label, platform_of

Stage: TypeAlias = tuple[str, str]
"""Where in the origin we are, and the end of the host as far as it still matters."""
START: Stage = ("port", "")
NAME: Stage = ("name", "")
"""Behind the host: behind its port, and a final dot if there is one."""
FREE = "!"
_NUMBER = "?"
"""Digits that end no name: of a port, or of an address."""
_ADDRESS: Stage = ("address", "")
_BRACKETS: Stage = ("brackets", "")


class Strangers:
    """Reads an origin backwards and stops where nobody but its owner can have the host.

    Only the domain is judged: that the text is an origin at all, others see to. Addresses belong to strangers. Names
    that platforms give out are kept apart from domains, so that the one is found where the other is found before.
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
            return None if name == "wild" else ("done", tail)
        if name in ("given", "only", "wild") and character == "_":
            return None  # no registry takes such a name
        if name == "wild":
            return ("given", tail) if character == "." else stage
        if name in ("given", "only"):
            return stage if character != "." else (("below", tail) if name == "given" else None)
        return stage

    def _end(self, name: str, tail: str, character: str) -> Stage | None:
        """Within what may still be a public suffix, or behind it: a port, a final dot, an address."""
        suffixes = self._suffixes
        if character == "/":
            return ("done", _kind(tail)) if self._is_given(tail) else None
        if character == ":":
            return NAME
        if character == "]":
            return None if tail else _BRACKETS
        is_number = tail == _NUMBER or tail.isdigit()
        if character == "." and (is_number or not tail):
            return _ADDRESS if is_number else NAME
        longer = character + tail
        if character.isdigit() and (is_number or not tail):
            return name, longer if suffixes.has_end(longer) else _NUMBER
        if suffixes.has_end(longer):
            return "name", longer
        # From here on the suffix is settled: it stands in the labels that have been read to their beginning.
        whole = tail if character == "." else tail.partition(".")[2]
        if character != "." and whole and suffixes.gives_any_below(whole):
            return "wild", _kind(f"x.{whole}")
        suffix = suffixes.of(whole)
        if suffix is None or (suffix == whole and character == "_"):
            return None
        if suffix == whole:
            return "only" if gives_one_label(suffix) else "given", _kind(whole)
        return None if gives_one_label(suffix) else ("below", _kind(whole))

    def _is_given(self, host: str) -> bool:
        suffix = self._suffixes.of(host)
        if suffix is None or suffix == host:
            return False
        return not gives_one_label(suffix) or "." not in host.removesuffix(f".{suffix}")


def _kind(host: str) -> str:
    """The platform that gives out a host, empty where it is below a domain of its own."""
    return "platform" if platform_of(host) else ""


class Owned:
    """Reads an origin backwards and stops where its host is owned by one of ours."""

    def __init__(self, named: Iterable[str], own: Iterable[str], suffixes: Suffixes) -> None:
        self._suffixes = suffixes
        self._own = frozenset(own)
        self._named = frozenset(named)
        self._ends = Suffixes((*self._own, *self._named))
        self._steps: dict[tuple[str, str], str | None] = {}

    def step(self, tail: str, character: str) -> str | None:
        """The end of the host as far as it matters, FREE where it no longer does; None where the host is owned.

        What is below a domain is owned with it, but for names that are given out there: `up.railway.app` is not the
        platform's own. Of what is said to be ours, all is.
        """
        if tail == FREE:
            return FREE
        key = tail, character
        if key not in self._steps:
            self._steps[key] = self._next(tail, character)
        return self._steps[key]

    def _next(self, tail: str, character: str) -> str | None:
        if character == ":" or (tail == "" and character == "."):
            return ""
        if character in "./" and tail in self._own:
            return None
        longer = character + tail
        above = self._named_above(tail)
        if above is not None:
            return self._below(above, tail, longer)
        if self._ends.has_end(longer):
            return longer
        return _NUMBER if character.isdigit() and (not tail or tail == _NUMBER or tail.isdigit()) else FREE

    def _named_above(self, tail: str) -> str | None:
        """The named domain that a host, read to the beginning of a label or further, lies under."""
        name = tail
        while name and name not in self._named:
            name = name.partition(".")[2]
        return name or None

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
