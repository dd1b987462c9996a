"""Patterns that let strangers in, put to a product of our own; and the repairs that are advised."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stub_product import at, policy

from corslint import judgement
from corslint.environment import Environment
from corslint.finding import Problem, Severity
from corslint.intruders import repaired
from corslint.origins import AnyOrigin, Dialect, Entry, Exact, Match, Pattern, Undecided, accepts
from corslint.policy import Clients, Policy
from corslint.rule import POLICY_CHECKS

judgement.load_checks()
PLACE = at('"https://app.example.com"')
LOOSE = Pattern(r"https://.*example\.com", "python", "fullmatch", span=PLACE)
PLATFORM = Pattern(r"https://.*\.vercel\.app", "python", "fullmatch", span=PLACE)


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def test_a_stranger_with_credentials_is_high() -> None:
    (problem,) = found("origin-pattern-bypass", policy(LOOSE, credentials=True))
    assert problem.severity is Severity.HIGH
    assert problem.message == (
        "a stranger's site can read answers made for the visitor: https://evilexample.com gets in"
    )
    assert [label.text for label in problem.labels] == [
        "lets in https://evilexample.com",
        "and cookies are allowed with it",
    ]
    assert problem.help == r"write the pattern as `https://(.*\.)?example\.com`"
    assert problem.proof is not None
    assert problem.proof.verdict.allowed
    assert problem.proof.request.origin == "https://evilexample.com"


def test_a_stranger_without_credentials_is_medium() -> None:
    (problem,) = found("origin-pattern-bypass", policy(LOOSE))
    assert problem.severity is Severity.MEDIUM
    assert problem.message == "a stranger's site can read the answers: https://evilexample.com gets in"


def test_a_platform_for_everybody_is_told_by_the_other_rule() -> None:
    judged = policy(PLATFORM, credentials=True)
    assert not found("origin-pattern-bypass", judged)
    (problem,) = found("shared-suffix-origin", judged)
    assert problem.severity is Severity.HIGH
    assert problem.message == "anybody can put a site on vercel.app and read answers made for the visitor"
    assert problem.labels[0].text == "lets in https://evil.vercel.app"
    assert problem.proof is not None
    assert problem.proof.verdict.allowed


@pytest.mark.parametrize("slug", ["origin-pattern-bypass", "shared-suffix-origin"])
@pytest.mark.parametrize(
    "entry",
    [
        Exact("https://app.example.com", PLACE),
        Undecided("the program decides", PLACE),
        AnyOrigin(PLACE),
        Pattern(".*", "python", "fullmatch", span=PLACE),
        Pattern(r"https://.*\.example\.com", "python", "fullmatch", span=PLACE),
        Pattern(r"https://shop-.*-team\.vercel\.app", "python", "fullmatch", span=PLACE),
        Pattern(r"https?://localhost(:\d+)?", "python", "fullmatch", span=PLACE),
        Pattern(r"https?://.*\.test", "python", "fullmatch", span=PLACE),
        Pattern("(", "python", "fullmatch", span=PLACE),
        Pattern(r"https://[a-z]+\.example\.com", "python", "fullmatch", negated=True, span=PLACE),
    ],
    ids=str,
)
def test_silent(slug: str, entry: Entry) -> None:
    assert not found(slug, policy(entry, credentials=True))


@pytest.mark.parametrize("kind", ["development", "test", "documentation"])
def test_what_no_user_meets_is_left_alone(kind: str) -> None:
    environment = Environment(kind, "its path says so", marked=True)  # type: ignore[arg-type]
    for slug, entry in (("origin-pattern-bypass", LOOSE), ("shared-suffix-origin", PLATFORM)):
        assert not found(slug, policy(entry, credentials=True, environment=environment))


def test_origins_that_the_configuration_trusts_are_no_strangers() -> None:
    ours = Clients(trusted=("https://*.vercel.app",))
    assert not found("shared-suffix-origin", replace(policy(PLATFORM), clients=ours))
    assert found("origin-pattern-bypass", replace(policy(LOOSE), clients=ours))


def test_the_domains_of_listed_origins_are_no_strangers() -> None:
    numbered = Pattern(r"https://shop[0-9]\.com", "python", "fullmatch", span=PLACE)
    (problem,) = found("origin-pattern-bypass", policy(numbered))
    assert problem.labels[0].text == "lets in https://shop1.com"
    (problem,) = found("origin-pattern-bypass", policy(numbered, Exact("https://www.shop1.com")))
    assert problem.labels[0].text == "lets in https://shop0.com"


def test_each_pattern_is_judged() -> None:
    other = Pattern("example.org", "python", "suffix", span=PLACE)
    problems = found("origin-pattern-bypass", policy(LOOSE, Exact("https://app.example.com"), other))
    assert [problem.labels[0].text for problem in problems] == [
        "lets in https://evilexample.com",
        "lets in https://evilexample.org",
    ]
    assert problems[1].help == "compare with `.example.org`"


def test_a_glob_that_is_read_as_a_regular_expression_is_told_once() -> None:
    glob = Pattern("https://*.example.com", "python", "match", span=PLACE)
    (problem,) = found("origin-pattern-bypass", policy(glob))
    assert problem.labels[0].text == (
        "read as a regular expression, this lets in https://example.com.evil.example, "
        "and keeps https://app.example.com out"
    )
    assert problem.help == r"write the pattern as `https://[a-z0-9-]+\.example\.com$`"
    assert not found("malformed-origin", policy(glob))


REPAIRS: list[tuple[str, Dialect, Match, str | None]] = [
    (r"^https://app\.example\.com", "pcre", "search", r"^https://app\.example\.com$"),
    (r"https://app\.example\.com", "python", "match", r"https://app\.example\.com$"),
    (r"https://app.example.com", "python", "fullmatch", r"https://app\.example\.com"),
    (r"^https://app.example.com$", "pcre", "search", r"^https://app\.example\.com$"),
    (r"^https://app.example.com", "pcre", "search", r"^https://app\.example\.com$"),
    (r"^https://.*example\.com$", "js", "search", r"^https://(.*\.)?example\.com$"),
    (r"^https://[a-z]+example.com$", "js", "search", r"^https://([a-z]+\.)?example.com$"),
    (
        r"^https://app\.example\.com|https://b\.example\.com$",
        "go",
        "search",
        r"^(?:https://app\.example\.com|https://b\.example\.com)$",
    ),
    (r"example\.com$", "js", "search", r"^https://(.*\.)?example\.com$"),
    ("https://*.example.com", "python", "match", r"https://[a-z0-9-]+\.example\.com$"),
    ("example.com", "python", "suffix", ".example.com"),
    ("https://example.com", "python", "prefix", None),
    ("example.com", "js", "contains", None),
    (r"^https://.*$", "js", "search", None),
]


@pytest.mark.parametrize(("text", "dialect", "match", "better"), REPAIRS)
def test_the_least_repair_that_keeps_strangers_out(
    text: str, dialect: Dialect, match: Match, better: str | None
) -> None:
    pattern = Pattern(text, dialect, match)
    assert repaired(pattern) == better
    if better is not None:
        welcome = "https://app.example.com"
        assert accepts(replace(pattern, text=better), welcome) or accepts(
            replace(pattern, text=better), "https://example.com"
        )


def test_what_cannot_be_decided_is_said() -> None:
    pattern = Pattern(r"https://(.)(.)\2\1\.(.)\3", "python", "fullmatch", span=PLACE)
    (problem,) = found("undetermined", policy(pattern, credentials=True))
    assert problem.message == (
        "cannot tell whether strangers get in: the pattern looks around or refers back in a way that cannot be decided"
    )
    assert not found("origin-pattern-bypass", policy(pattern, credentials=True))
    assert not found("undetermined", policy(LOOSE, credentials=True))
