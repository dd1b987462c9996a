"""Witnesses: an origin that a pattern lets in and that a stranger can own, or the proof that there is none.

The language of the pattern is read backwards together with the language of serialised origins and with what is known of
who owns which domain; what all of them accept is a witness, and where nothing is left to read there is none.
"""

from __future__ import annotations

from corslint.witness.search import find_witness

__all__ = ["find_witness"]
