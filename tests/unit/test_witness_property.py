"""Generated patterns are judged as by trying every short origin, and every witness gets past Python's own engine."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from hypothesis import example, given, settings
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from corslint.origins import Match, find_witness, parse_origin
from corslint.witness.literals import runs
from corslint.witness.owners import Owners, owners
from corslint.witness.parser import Parser

PUBLIC_SUFFIXES = PublicSuffixList(accept_unknown=False)
ENDS = (".ba", ".com.ba", ".com")
"""What hosts of the bounded space end with: all that `ba` and `com` give out, and one level more."""


@lru_cache(maxsize=1)
def short_origins() -> tuple[tuple[str, str], ...]:
    """Each origin of the bounded space, with the domain that somebody has registered for it."""
    found = []
    for length in range(1, 5):
        for letters in itertools.product("ab.-", repeat=length):
            for end, port, scheme in itertools.product(ENDS, ("", ":80", ":8080"), ("https", "http")):
                host = "".join(letters) + end
                text = f"{scheme}://{host}{port}"
                registered = PUBLIC_SUFFIXES.privatesuffix(host)
                if registered and parse_origin(text) and not re.search(r"(?:^|\.)[.-]|-(?:\.|$)", host):
                    found.append((text, registered))
    return tuple(found)


def named_by(pattern: str, match: Match) -> Owners:
    return owners(
        runs(Parser(pattern, "python").parse(), open_before=match == "search", open_after=match != "fullmatch")
    )


LETTERS = st.sampled_from(
    ["a", "b", "-", ".", r"\.", r"\.", "[ab]", "[^b]", "[a-z]", r"[\w.]", r"\w", r"[^.]", "ba", r"\.ba", r"\.com"]
)
PIECES = st.recursive(
    LETTERS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda ways: f"(?:{'|'.join(ways)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "*?", "+?", "{2}", "{0,1}", "{1,}", "{,2}"])).map(
            lambda both: f"({both[0]}){both[1]}"
        ),
    ),
    max_leaves=8,
)
PATTERNS = st.builds(
    lambda begin, middle, end: f"{begin}{middle}{end}",
    st.sampled_from(
        ["https://", "^https://", "https?://", "//", "", ".*", "^", r"https://(a|b)\.", r"^https://(.*\.)?", r"\b"]
    ),
    PIECES,
    st.sampled_from(
        ["", "$", r"\Z", r"\.ba$", r"\.ba", r"\.com\.ba$", r"(:\d+)?$", ":8080$", ".*$", r"\b", r"\B", r"\.com$"]
    ),
)


@settings(max_examples=200, deadline=None)
@given(PATTERNS, st.sampled_from(["search", "match", "fullmatch"]))
@example(r"https://a.ba", "fullmatch")
@example(r"^https://(.*\.)?ba\.ba$", "search")
def test_a_witness_is_found_where_trying_all_short_origins_finds_one(pattern: str, match: Match) -> None:
    matches = getattr(re.compile(pattern), match)
    ours = named_by(pattern, match)
    tried = next((text for text, domain in short_origins() if domain not in ours.domains and matches(text)), None)
    witness = find_witness(pattern, dialect="python", match=match)
    assert tried is None or witness is not None
    if witness is not None:
        origin = parse_origin(witness)
        assert origin is not None
        assert matches(witness)
        assert (
            re.fullmatch(r"[0-9.]+", origin.host)
            or (PUBLIC_SUFFIXES.privatesuffix(origin.host) or origin.host.partition(".")[2]) not in ours.domains
        )
