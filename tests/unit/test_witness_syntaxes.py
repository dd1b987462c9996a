"""What the dialects of regular expressions write differently: what one reads, another refuses or reads otherwise.

What an engine refuses to compile lets nobody in, and proves nothing: it is undecided, as is what its versions read
differently.
"""

from __future__ import annotations

import pytest

from corslint.origins import Dialect, Match, Pattern, UndecidedError, accepts, find_witness
from corslint.witness.automaton import Automaton, matches
from corslint.witness.parser import Parser

REFUSED: list[tuple[Dialect, str]] = [
    ("python", r"example\.com\z"),
    ("python", r"(?<name>a)"),
    ("python", r"\p{L}"),
    ("python", r"\Qa\E"),
    ("python", r"a**"),
    ("python", r"^*"),
    ("python", r"\1"),
    ("python", r"(a\1)"),
    ("python", r"(?<=a+)b"),
    ("python", r"a(?i)b"),
    ("python", r"[\w-a]"),
    ("python", r"\y"),
    ("pcre", r"\u0061"),
    ("pcre", r"[[:nope:]]"),
    ("pcre", r"[:alpha:]"),
    ("pcre", r"[\d-a]"),
    ("pcre", r"\1"),
    ("pcre", r"(?u)a"),
    ("pcre", r"a{65536}"),
    ("pcre", r"(?:[a-z]a|b){999}{2}"),
    ("pcre", r"(?<=a|bc*)d"),
    ("go", r"(?=a)"),
    ("go", r"(?!a)"),
    ("go", r"(a)\1"),
    ("go", r"a++"),
    ("go", r"example\.com\Z"),
    ("go", r"(?x)a"),
    ("go", r"a{1001}"),
    ("go", r"(?:a{40}){40}"),
    ("go", r"[a-\d]"),
    ("go", r"\é"),
    ("java", r"(?P<name>a)"),
    ("java", r"{"),
    ("java", r"a{,2}"),
    ("java", r"(?#a)b"),
    ("java", r"[[]"),
    ("java", r"\y"),
    ("java", r"\0"),
    ("rust", r"(?=a)"),
    ("rust", r"(a)\1"),
    ("rust", r"{"),
    ("rust", r"a{,2}"),
    ("rust", r"(?i-i)a"),
    ("rust", r"example\.com\Z"),
    ("rust", r"\w{1000}"),
    ("rust", r"\Qa\E"),
    ("js", r"(?P<name>a)"),
    ("js", r"(?>a)"),
    ("js", r"a++"),
    ("js", r"(?i)a"),
    ("js", r"^*"),
    ("js", r"(?<=a)*"),
    ("js", r"\b+"),
    ("js", r"(?#a)b"),
]
READ_BY_SOME: list[tuple[Dialect, str]] = [
    ("pcre", r"a{,2}"),  # five characters until PCRE2 10.43, a repetition since
    ("js", r"\p{L}"),  # a property with the flag u, letters without it
    ("js", r"\u{61}"),
    ("java", r"[^a-w&&[^y]]"),  # Java 8 negates the first part alone
    ("java", r"[a&&]"),
]


@pytest.mark.parametrize(("dialect", "pattern"), [*REFUSED, *READ_BY_SOME])
@pytest.mark.parametrize("around", ["{}", "^https://.*({})$", "{}|https://example"])
def test_what_an_engine_refuses_is_undecided(dialect: Dialect, pattern: str, around: str) -> None:
    with pytest.raises(UndecidedError):
        find_witness(around.replace("{}", pattern), dialect=dialect, match="search")


LETTERS = "abcdefghijklmnopqrstuvwxyz"
READ: list[tuple[Dialect, str, str]] = [
    # each with the letters that it matches
    ("python", r"[a&&b]", "ab"),
    ("java", r"[a-d&&b-x]", "bcd"),
    ("java", r"[a-d&&[^b]]", "acd"),
    ("rust", r"[a-d--b]", "acd"),
    ("rust", r"[a-d~~[b-e]]", "ae"),
    ("rust", r"[a-f&&[c-x]b]", "bcdef"),
    ("java", r"[a-b[y-z]]", "abyz"),
    ("pcre", r"[[:alpha:]]", LETTERS),
    ("js", r"[\c]", "c"),
    ("js", r"\j", "j"),
    ("js", r"\x6a", "j"),
    ("js", r"[\b\-x]", "x"),
    ("js", r"(?:b|[^])", LETTERS),
    ("java", r"\0141", "a"),
    ("python", r"\141", "a"),
    ("go", r"\x{61}", "a"),
    ("pcre", r"\o{141}", "a"),
    ("python", r"\N{LATIN SMALL LETTER A}", "a"),
    ("go", "(?i)\u017f", "s"),
    ("js", "(?:\u017f|q)", "q"),
    ("java", "(?i)[\u017fq]", "q"),
    ("java", "(?iu)[\u017fq]", "qs"),
    ("python", "(?i:[\u0131q])", "iq"),
    ("pcre", "(?:x|é?q)", "x"),  # the question mark belongs to the last byte
    ("java", r"q{1}{3}|b", "bq"),
    ("rust", r"\<x\>", "x"),
    ("rust", r"x\b{end}", "x"),
    ("pcre", r"\h|\Hxx|b\K", "b"),
    ("pcre", "\\Qx\\E", "x"),
]


@pytest.mark.parametrize(("dialect", "pattern", "names"), READ)
def test_each_dialect_is_read_as_its_engine_reads_it(dialect: Dialect, pattern: str, names: str) -> None:
    reader = Automaton(Parser(pattern, dialect).parse())
    assert "".join(letter for letter in LETTERS if matches(reader, letter)) == names


ADDRESSES: list[tuple[str, str | None]] = [
    (r"^https?://\[[0-9a-f:]+\](:\d+)?$", "https://[2001:4860:4860::8888]"),
    (r"^http://\[2a00:1450:.*\]$", "http://[2a00:1450::]"),
    (r"^https?://\[2a00:1450::1\](:\d+)?$", None),
    (r"^https?://(\[::1\]|localhost)(:\d+)?$", None),
    (r"^https?://\[fe80:.*\]$", None),
    (r"^https?://\[fd[0-9a-f]{2}:.*\]$", None),
    (r"^https?://\[2001:db8:.*\]$", None),
]


@pytest.mark.parametrize(("pattern", "witness"), ADDRESSES)
def test_strangers_have_addresses_of_ipv6_too(pattern: str, witness: str | None) -> None:
    assert find_witness(pattern, dialect="js", match="search") == witness


@pytest.mark.parametrize(
    "own",
    ["example.net", "EXAMPLE.NET.", " example.net ", "example.net:8080", "*.example.net", ".example.net", "net",
     "https://*.example.net", "HTTPS://*.EXAMPLE.NET", "https://*.example.net/", "https://*.example.net:443"],
)  # fmt: skip
def test_what_is_ours_may_be_written_in_many_ways(own: str) -> None:
    assert find_witness(r"^https://[a-z]+\.evil\.example\.net$", dialect="go", match="search", own=(own,)) is None


def test_where_all_of_https_is_ours_http_is_looked_at() -> None:
    found = find_witness(r"^https?://[a-z.]+$", dialect="js", match="search", own=("https://*",))
    assert found == "http://evil.example"


@pytest.mark.parametrize("own", ["2606:4700::1111", "[2606:4700::1111]", "https://[2606:4700::1111]"])
def test_an_address_may_be_ours(own: str) -> None:
    pattern = r"^https://\[2606:4700::[1][1-4]{3}\]$"
    assert find_witness(pattern, dialect="js", match="search", own=(own,)) != "https://[2606:4700::1111]"


@pytest.mark.parametrize("own", ["", "*.", " ", "null", "://", "https://", "(", "[", "\0", "a" * 3000, "*" * 500])
@pytest.mark.parametrize("match", ["search", "glob", "suffix"])
def test_nonsense_is_nobodys(own: str, match: Match) -> None:
    assert find_witness("https://good", dialect="java", match="prefix", own=(own,)) == "https://good.evil.example"
    assert find_witness("example.com", dialect="java", match=match, own=(own,)) != "https://example.com"


@pytest.mark.parametrize("match", ["search", "match", "fullmatch", "glob", "prefix", "suffix", "contains", "within"])
@pytest.mark.parametrize("dialect", ["python", "pcre", "go", "java", "rust", "js"])
def test_every_dialect_goes_with_every_way_to_match(dialect: Dialect, match: Match) -> None:
    keeps_out = {
        "glob": "https://*.example.com",
        "prefix": "https://example.com:",
        "suffix": ".example.com",
        "contains": "://localhost:",
        "within": "https://app.example.com",
    }
    pattern = keeps_out.get(match, r"^https://([a-z]+\.)?example\.com$")
    found = find_witness(pattern, dialect=dialect, match=match)
    assert found == ("https://app.example.co" if match == "within" else None)
    lets_in = {
        "glob": "https://*example.com",
        "prefix": "https://example.com",
        "suffix": "example.com",
        "contains": "example.com",
        "within": "https://example.com.co",
    }
    assert find_witness(lets_in.get(match, r"https://[a-z.]*example\.com"), dialect=dialect, match=match) is not None


@pytest.mark.parametrize("depth", [25, 75])
@pytest.mark.parametrize("quantifier", ["+", "{2}", "{2,9}"])
def test_repetitions_in_each_other_are_not_put_to_an_engine_that_copies_them(depth: int, quantifier: str) -> None:
    text = "(?:" * depth + "ab|c" + f"){quantifier}" * depth
    with pytest.raises(UndecidedError, match="repeats too much"):
        accepts(Pattern(text, "python", "search"), "https://a.example")
