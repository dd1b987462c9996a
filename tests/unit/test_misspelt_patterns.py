"""Regular expressions that match nothing which browsers send, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from collected_patterns import COLLECTED
from tried_origins import first_accepted

import corslint
from corslint.misspelling import misspelt_pattern
from corslint.origins import Match, Pattern
from corslint.witness.unmatched import matches_nothing

SLASH = "an origin ends without a slash"
PATH = "an origin ends after the host and the port, and has no path"
CASE = "browsers send an origin in lower case"
PORT = "browsers leave out the port that is the default of the scheme"
SCHEME = "the scheme is missing, with which each origin begins"
DOUBLED = "two backslashes stand for one, which no origin holds"


@pytest.mark.parametrize(
    ("text", "match", "flaw", "repaired"),
    [
        (r"^https://app\.example\.com/$", "search", SLASH, r"^https://app\.example\.com$"),
        (r"^https:\/\/app\.example\.com\/$", "search", SLASH, r"^https:\/\/app\.example\.com$"),
        ("http://localhost:4200/", "match", SLASH, "http://localhost:4200"),
        (r".*\.example\.com/", "search", SLASH, r".*\.example\.com"),
        (r"^https://app\.example\.com/api$", "match", PATH, r"^https://app\.example\.com$"),
        (r"https://(www\.)?example\.com/.*", "fullmatch", PATH, r"https://(www\.)?example\.com"),
        (r"^https://App\.example\.com$", "search", CASE, r"^https://app\.example\.com$"),
        (r"^HTTPS://\S+\.Example\.com$", "search", CASE, r"^https://\S+\.example\.com$"),
        (r"^https://app\.example\.com:443$", "search", PORT, r"^https://app\.example\.com$"),
        ("localhost:4200", "match", SCHEME, "https?://localhost:4200"),
        (r"^localhost:\d+$", "search", SCHEME, r"^https?://localhost:\d+$"),
        (r"example\.com$", "match", SCHEME, r"https://example\.com$"),
        (r"App\.example\.com/", "fullmatch", f"{SLASH}; {CASE}; {SCHEME}", r"https://app\.example\.com"),
        (r"http://127\\.0\\.0\\.1:\\d+", "match", DOUBLED, r"http://127\.0\.0\.1:\d+"),
        (r"https:\\app", "search", "no origin has the form that this matches", None),
        (r"^https://[A-Z]+\.example\.com$", "search", "no origin has the form that this matches", None),
    ],
)
def test_what_is_wrong(text: str, match: Match, flaw: str, repaired: str | None) -> None:
    wrong = misspelt_pattern(Pattern(text, "python", match))
    assert wrong is not None
    assert (wrong.flaw, wrong.pattern) == (flaw, repaired)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (r"^https://app\.example\.com/?$", "search"),
        (r"^(https?://)?app\.example\.com(/.*)?$", "match"),
        (r"example\.com$", "search"),
        (r"\.example\.com$", "search"),
        (r"^https://[A-Za-z0-9-]+\.example\.com$", "search"),
        (r"^https?://\[::1\](:\d+)?$", "search"),
        (r"^https?://[^/]+:8443$", "search"),
        (r"^null$", "search"),
        (r"^file://$", "search"),
        (r"^chrome-extension://[a-p]{32}$", "search"),
        (r"^capacitor://localhost$", "search"),
        (r"^(app|tauri|ionic)://", "match"),
        (r"^httpx://", "match"),
        # They are meant to match nothing.
        ("", "fullmatch"),
        ("$^", "search"),
        ("(?!)", "search"),
        # They cannot be read.
        ("*.example.com/", "search"),
    ],
)
def test_what_matches_something_or_cannot_be_told(text: str, match: Match) -> None:
    assert misspelt_pattern(Pattern(text, "python", match)) is None


def test_case_is_no_flaw_where_it_is_ignored() -> None:
    assert misspelt_pattern(Pattern(r"^HTTPS://App\.example\.com$", "pcre", "search", ignore_case=True)) is None


def test_of_the_collected_patterns_those_match_nothing_of_which_no_origin_is_found_that_gets_in() -> None:
    for one in COLLECTED:
        if one.verdict != "unreadable":
            dead = matches_nothing(one.pattern, dialect=one.dialect, match=one.match, ignore_case=one.ignore_case)
            found = first_accepted(one.pattern, one.dialect, one.match, ignore_case=one.ignore_case)
            assert dead is (found is None), (one.pattern, found)


def test_a_check_tells_it_and_advises_nothing_that_lets_strangers_in(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(
        'INSTALLED_APPS = ["corsheaders"]\n'
        'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]\n'
        "CORS_ALLOWED_ORIGIN_REGEXES = [\n"
        '    r"^https://app\\.example\\.com/$",\n'
        '    r"^https://[a-z]+\\.example\\.com$",\n'
        '    r"^localhost:\\d+$",\n'
        '    r"^https://App.example.com",\n'
        "]\n"
    )
    report = corslint.check([str(tmp_path)])
    told = [(finding.rule, finding.help, finding.labels[0].span) for finding in report.findings]
    assert [(rule, text, span.line) for rule, text, span in told] == [
        ("malformed-origin", r"write ^https://app\.example\.com$", 4),
        ("malformed-origin", r"write ^https?://localhost:\d+$", 6),
        ("malformed-origin", r"write ^https://app\.example\.com$", 7),
    ]
