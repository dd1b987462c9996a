"""The checks on who gets in, put to a product of our own. The pages put them to the real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from stub_product import TEXT, UNKNOWN, at, policy

from corslint import judgement
from corslint.browser import Request, Response
from corslint.environment import Environment
from corslint.finding import Problem, Severity, Unread
from corslint.origins import AnyOrigin, Entry, Exact, Null, Pattern, Reflected, Undecided
from corslint.policy import HowTo, PathTest, Policy, Scope, Setting
from corslint.rule import POLICY_CHECKS, PROJECT_CHECKS
from corslint.source import Source
from corslint.values import DEPLOYMENT, Condition, Known, Unknown

judgement.load_checks()
APP = Exact("https://app.example.com", at('"https://app.example.com"'))
ANY = AnyOrigin(at('"https://app.example.com"'))
DEVELOPMENT = Environment("development", "its path holds 'dev'", marked=True)
PRODUCTION = Environment("production", "its path holds 'prod'", marked=True)


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def one(slug: str, judged: Policy) -> Problem:
    (problem,) = found(slug, judged)
    return problem


def static(*headers: tuple[str, str]) -> dict[str, Any]:
    """A product that sends the same headers to everyone."""

    def respond(policy: Policy, request: Request, status: int) -> Response:
        return Response(status, headers)

    return {"respond_with": respond}


STAR = ("Access-Control-Allow-Origin", "*")
TRUE = ("Access-Control-Allow-Credentials", "true")


# any-origin-with-credentials


@pytest.mark.parametrize("entry", [ANY, Reflected(), Pattern(".*", "python", "fullmatch")])
def test_any_origin_with_credentials_is_exploitable_where_the_origin_is_repeated(entry: Entry) -> None:
    problem = one("any-origin-with-credentials", policy(entry, credentials=True))
    assert problem.severity is Severity.HIGH
    assert problem.message == "any website can read this API with the visitor's cookies"
    assert [label.span.text for label in problem.labels][1:] == ["credentials=True"]
    assert problem.help == 'name the origins you trust: origins=["https://app.example.com"]'
    assert problem.proof is not None
    assert problem.proof.verdict.allowed


def test_any_origin_with_credentials_is_refused_where_the_star_is_sent() -> None:
    problem = one("any-origin-with-credentials", policy(ANY, credentials=True, **static(STAR, TRUE)))
    assert problem.severity is Severity.MEDIUM
    assert problem.message == "browsers refuse every request with cookies: `*` and credentials exclude each other"
    assert problem.proof is not None
    assert problem.proof.verdict.error == "WildcardOriginNotAllowed"


def test_any_origin_with_credentials_weighs_less_on_a_developers_machine() -> None:
    judged = policy(ANY, credentials=True, environment=DEVELOPMENT)
    assert one("any-origin-with-credentials", judged).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "judged",
    [
        policy(APP, credentials=True),
        policy(ANY),
        policy(ANY, credentials=UNKNOWN),
        policy(origins=UNKNOWN, credentials=True),
        policy(Undecided("unknown"), credentials=True),
        policy(APP, Null(), credentials=True),
        policy(Pattern(r"https://.*\.example", "python", "fullmatch"), credentials=True),
        policy(credentials=True),
    ],
)
def test_any_origin_with_credentials_is_silent(judged: Policy) -> None:
    assert found("any-origin-with-credentials", judged) == []


# production-wildcard and reflected-origin


def test_wildcard_without_credentials_is_found() -> None:
    problem = one("production-wildcard", policy(ANY))
    assert problem.message == "every website can read the answers"
    assert problem.primary.span.text == '"https://app.example.com"'
    assert problem.primary.text == "every origin is allowed"


def test_wildcard_by_default_is_told_at_the_place_where_the_setting_was_left_out() -> None:
    judged = policy(AnyOrigin())
    default = Setting("origins", judged.origins.value, at("serve"), given="default")
    problem = one("production-wildcard", replace(judged, origins=default))
    assert problem.primary.text == "without origins every origin is allowed"
    assert problem.primary.span.text == "serve"


@pytest.mark.parametrize("kind", ["development", "test", "documentation"])
def test_wildcard_outside_of_live_configuration_is_no_finding(kind: str) -> None:
    environment = Environment(kind, "", marked=True)  # type: ignore[arg-type]
    assert found("production-wildcard", policy(ANY, environment=environment)) == []
    assert found("reflected-origin", policy(Reflected(), environment=environment)) == []


@pytest.mark.parametrize(
    ("path", "match"),
    [
        ("/static/", "prefix"),
        ("/assets", "prefix"),
        ("/fonts/", "prefix"),
        (r"^/static/.*$", "match"),
        (r"\.(eot|ttf|woff|woff2)$", "search"),
        (r"\.(?:css|js|woff2?)$", "search"),
        (r"\.woff2?$", "search"),
        (r"/\.well-known/.*", "match"),
        ("/.well-known/", "prefix"),
    ],
)
def test_wildcard_on_static_files_is_no_finding(path: str, match: str) -> None:
    scope = Scope(path, (PathTest(path, match),))  # type: ignore[arg-type]
    assert found("production-wildcard", policy(ANY, scope=scope)) == []


@pytest.mark.parametrize(
    "path", ["/", "/api/", "/api/images/", "/staticky/", "/map/", "/mediation/", "/public/", "/js-api/"]
)
def test_wildcard_on_other_paths_is_found(path: str) -> None:
    scope = Scope(path, (PathTest(path, "prefix"),))
    assert len(found("production-wildcard", policy(ANY, scope=scope))) == 1


def test_wildcard_on_static_files_and_more_is_found() -> None:
    scope = Scope("", (PathTest("/static/", "prefix"), PathTest("/api/", "prefix")))
    assert len(found("production-wildcard", policy(ANY, scope=scope))) == 1


def test_echo_without_credentials_is_reflected_origin_and_no_wildcard() -> None:
    echo = policy(Reflected(at('"null"')))
    assert one("reflected-origin", echo).primary.text == "repeats the origin of whoever asks"
    assert found("production-wildcard", echo) == []


@pytest.mark.parametrize("slug", ["production-wildcard", "reflected-origin"])
@pytest.mark.parametrize(
    "judged",
    [
        policy(APP),
        policy(ANY, credentials=True),
        policy(Reflected(), credentials=True),
        policy(ANY, credentials=True, **static(STAR, TRUE)),
        policy(origins=UNKNOWN),
        policy(),
    ],
)
def test_wildcard_and_echo_are_silent(slug: str, judged: Policy) -> None:
    assert found(slug, judged) == []


# null-origin


def test_null_with_credentials_is_high() -> None:
    problem = one("null-origin", policy(APP, Null(at('"null"')), credentials=True))
    assert problem.severity is Severity.HIGH
    assert problem.primary.span.text == '"null"'
    assert problem.proof is not None
    assert problem.proof.request.origin == "null"


def test_null_in_a_pattern_is_found() -> None:
    problem = one(
        "null-origin", policy(Pattern("^(null|https://app.example.com)$", "pcre", "search", span=at('"null"')))
    )
    assert problem.severity is Severity.MEDIUM
    assert problem.primary.text == "matches `null`, which sandboxed frames send"


@pytest.mark.parametrize(
    "judged", [policy(APP), policy(ANY), policy(Reflected(), credentials=True), policy(ANY, Null())]
)
def test_null_is_not_told_apart_where_everyone_gets_in(judged: Policy) -> None:
    assert found("null-origin", judged) == []


# insecure-origin


def test_http_origin_is_medium_with_credentials_and_low_without() -> None:
    http = Exact("http://app.example.com", at('"https://app.example.com"'))
    assert one("insecure-origin", policy(http, credentials=True)).severity is Severity.MEDIUM
    assert one("insecure-origin", policy(http)).severity is Severity.LOW
    assert one("insecure-origin", policy(http)).help.endswith("allow only that: https://app.example.com")


def test_pattern_that_takes_http_as_well_is_found() -> None:
    pattern = Pattern(r"^https?://([a-z]+\.)?example\.com$", "pcre", "search", span=at('"null"'))
    problem = one("insecure-origin", policy(pattern))
    assert problem.primary.text == "lets in http://example.com"
    assert problem.help == "let the pattern match `https://` only: `https` for `https?`"


@pytest.mark.parametrize(
    "entry",
    [
        APP,
        Exact("http://localhost.tiangolo.com"),
        Exact("http://shop.lvh.me:3000"),
        Exact("http://app.192.168.0.10.nip.io"),
        Exact("http://localhost:3000"),
        Exact("http://127.0.0.1:8080"),
        Exact("http://192.168.1.20"),
        Exact("http://intranet"),
        Exact("http://app.test"),
        Exact("http://app.example.com/"),
        Pattern(r"^http://localhost(:\d+)?$", "pcre", "search"),
        Pattern(r"^https://.*\.example\.com$", "pcre", "search"),
        Null(),
        AnyOrigin(),
    ],
)
def test_insecure_origin_is_silent(entry: Entry) -> None:
    assert found("insecure-origin", policy(entry, credentials=True)) == []


def test_a_pattern_for_https_is_not_to_blame_for_one_that_takes_http() -> None:
    secure = Pattern(r"^https://[a-z]+\.example\.com$", "pcre", "search", span=at('"https://app.example.com"'))
    plain = Pattern(r"^http://app\.example\.com$", "pcre", "search", span=at('"null"'))
    assert one("insecure-origin", policy(secure, plain)).primary.span == plain.span


def test_http_in_development_is_no_finding() -> None:
    assert found("insecure-origin", policy(Exact("http://dev.example.com"), environment=DEVELOPMENT)) == []


# local-origin-in-production


@pytest.mark.parametrize(
    "entry",
    [
        Exact("http://localhost.tiangolo.com"),
        Exact("http://shop.lvh.me:3000"),
        Exact("http://127.0.0.1.nip.io"),
        Exact("http://localhost:3000"),
        Exact("http://127.0.0.1"),
        Exact("https://app.localhost"),
        Exact("http://10.0.0.7:8080"),
        Exact("http://[::1]:3000"),
        Pattern(r"^https?://(localhost|app\.example\.com)(:\d+)?$", "pcre", "search"),
    ],
)
def test_local_origin_in_production_is_found(entry: Entry) -> None:
    assert len(found("local-origin-in-production", policy(APP, entry, environment=PRODUCTION))) == 1
    assert found("local-origin-in-production", policy(APP, entry)) == [], "nothing says that it is production"
    assert found("local-origin-in-production", policy(APP, entry, environment=DEVELOPMENT)) == []


@pytest.mark.parametrize(
    "entries",
    [
        (APP,),
        (Exact("https://intranet"),),
        (Exact("capacitor://localhost"), Exact("https://localhost"), Exact("http://localhost")),
        (Exact("http://tauri.localhost"),),
        (AnyOrigin(),),
        (Exact("https://localhost.example.com"),),
        (Exact("https://app.8.8.8.8.nip.io"),),
        (Pattern(r"^https://.*\.example\.com$", "pcre", "search"),),
    ],
)
def test_local_origin_in_production_is_silent(entries: tuple[Entry, ...]) -> None:
    assert found("local-origin-in-production", policy(*entries, environment=PRODUCTION)) == []


COMPOSE, MARKED = (
    Condition(DEPLOYMENT, 'is "docker-compose.yml#api"', "production"),
    Condition(DEPLOYMENT, 'is ".env.production"', "production"),
)
LOCAL = Exact("http://localhost"), Exact("http://localhost:80"), Exact("http://shop.local")


@pytest.mark.parametrize(
    ("entries", "condition", "number"),
    [
        (LOCAL, COMPOSE, 0),
        ((*LOCAL, APP), COMPOSE, 1),
        (LOCAL, MARKED, 1),
        (LOCAL, Condition(DEPLOYMENT, 'is "docker-compose.prod.yml#api"'), 1),
        (LOCAL, Condition(DEPLOYMENT, 'is not "docker-compose.yml#api"'), 1),
        (LOCAL, Condition("DEBUG", "is false"), 1),
    ],
)
def test_deployment_that_serves_nothing_but_local_pages_is_not_in_production(
    entries: tuple[Entry, ...], condition: Condition, number: int
) -> None:
    judged = policy(*entries, environment=PRODUCTION, conditions=(condition,))
    assert len(found("local-origin-in-production", judged)) == number


# missing-vary


@pytest.mark.parametrize(("credentials", "severity"), [(True, Severity.MEDIUM), (False, Severity.LOW)])
def test_answer_that_depends_on_the_origin_and_does_not_say_so(credentials: bool, severity: Severity) -> None:
    problem = one("missing-vary", policy(APP, credentials=credentials, vary=False))
    assert problem.severity is severity
    assert problem.primary.span.text.startswith("origins=")


def test_setting_that_takes_vary_away_is_the_place() -> None:
    setting = Setting("vary", Known(False), at("credentials=True"))
    judged = replace(policy(APP), vary=setting)
    assert one("missing-vary", judged).primary.span.text == "credentials=True"


@pytest.mark.parametrize(
    "judged",
    [
        policy(APP),
        policy(ANY, vary=False),
        policy(vary=False),
        policy(Exact("https://a.example"), vary=False, **static(("Access-Control-Allow-Origin", "https://a.example"))),
        policy(origins=UNKNOWN, vary=False),
        policy(Exact("https://app.example.com/"), vary=False),
    ],
)
def test_missing_vary_is_silent(judged: Policy) -> None:
    assert found("missing-vary", judged) == []


# malformed-origin


def test_slash_at_the_end_is_found_with_its_edit() -> None:
    source = Source("app/main.py", 'serve(origins=["https://app.example.com/"])\n')
    entry = Exact("https://app.example.com/", at('"https://app.example.com/"', source))
    problem = one("malformed-origin", policy(entry))
    assert problem.message == "no browser ever sends this origin, so https://app.example.com stays locked out"
    assert problem.primary.text == "an origin ends without a slash"
    (edit,) = problem.edits
    assert (edit.span.text, edit.replacement, edit.safe) == (
        "https://app.example.com/",
        "https://app.example.com",
        True,
    )


def test_malformed_origin_that_is_put_together_is_not_edited() -> None:
    assert one("malformed-origin", policy(Exact("https://app.example.com/", at("origins")))).edits == ()


def test_product_that_understands_the_entry_is_not_blamed() -> None:
    def lenient(policy: Policy, request: Request, status: int) -> Response:
        origin = dict(request.headers)["Origin"]
        listed = [entry.text.rstrip("/") for entry in policy.entries() if isinstance(entry, Exact)]
        return Response(status, (("Access-Control-Allow-Origin", origin),) if origin in listed else ())

    assert found("malformed-origin", policy(Exact("https://app.example.com/"), respond_with=lenient)) == []


@pytest.mark.parametrize("entry", [ANY, APP])
def test_value_that_arrives_with_a_colon_is_found(entry: Entry) -> None:
    text = "*" if entry is ANY else "https://app.example.com"
    problem = one("malformed-origin", policy(entry, **static(("Access-Control-Allow-Origin", f": {text}"))))
    assert problem.primary.text == f"is sent as `: {text}`: the colon does not belong to the name of the header"


@pytest.mark.parametrize(
    ("glob", "help_"),
    [
        ("https://*.example.com", r"say it as a pattern: match=https://[a-z0-9-]+\.example\.com"),
        ("https://shop-*-team.vercel.app", r"say it as a pattern: match=https://shop-[a-z0-9-]+-team\.vercel\.app"),
        (
            "https://*.vercel.app",
            "list each origin in full: origins with https://app.example.com; "
            "a pattern for all of vercel.app would let in whoever puts a site there",
        ),
    ],
)
def test_glob_is_not_said_as_a_pattern_that_opens_a_shared_platform(glob: str, help_: str) -> None:
    judged = policy(Exact(glob, at("origins")), how_to=HowTo(match_origins="match=PATTERN"))
    assert one("malformed-origin", judged).help == help_


def test_glob_that_a_product_reads_as_a_regular_expression_is_found() -> None:
    glob = Pattern("https://*.example.com", "python", "match", ignore_case=True)
    problem = one("malformed-origin", policy(glob, environment=DEVELOPMENT))
    assert problem.message == "this does not match what it stands for: https://app.example.com stays locked out"
    # Where strangers matter, that they get in is the worse half of it, and is told with the other.
    assert not found("malformed-origin", policy(glob))
    assert "keeps https://app.example.com out" in one("origin-pattern-bypass", policy(glob)).primary.text


@pytest.mark.parametrize(
    "entries",
    [
        (APP,),
        (Exact("https://app.example.com/"), APP),
        (Exact("https://app.example.com/"), ANY),
        (Exact("https://App.example.com", ignore_case=True),),
        (Exact("${FRONTEND}"),),
        (Pattern("https://*.example.com", "go", "glob"),),
    ],
)
def test_malformed_origin_is_silent(entries: tuple[Entry, ...]) -> None:
    assert found("malformed-origin", policy(*entries)) == []


# many-origins-in-header


@pytest.mark.parametrize("value", ["https://a.example https://b.example", "https://a.example, https://b.example"])
def test_list_in_one_header_is_found_and_not_called_malformed(value: str) -> None:
    judged = policy(Exact(value, at('"null"')), **static(("Access-Control-Allow-Origin", value)))
    assert one("many-origins-in-header", judged).primary.span.text == '"null"'
    assert found("malformed-origin", judged) == []


def test_header_sent_twice_is_found_at_both_places() -> None:
    judged = policy(APP, Null(at('"null"')), **static(STAR, STAR))
    problem = one("many-origins-in-header", judged)
    assert [label.span.text for label in problem.labels] == ['"https://app.example.com"', '"null"']
    assert problem.primary.text == "the header is sent 2 times"


@pytest.mark.parametrize(
    "judged", [policy(APP, Exact("https://b.example")), policy(ANY), policy(origins=UNKNOWN), policy()]
)
def test_many_origins_are_silent(judged: Policy) -> None:
    assert found("many-origins-in-header", judged) == []


# invalid-credentials-value


@pytest.mark.parametrize("text", ["True", "TRUE", "1", "on", "yes", "'true'", "true;"])
def test_text_that_is_not_true_is_found(text: str) -> None:
    problem = one("invalid-credentials-value", policy(APP, credentials=text))
    assert problem.primary.text == f"is sent as `{text}`"
    assert problem.proof is not None
    assert problem.proof.verdict.error == "InvalidAllowCredentials"


def test_true_sent_twice_is_found() -> None:
    origin = ("Access-Control-Allow-Origin", "https://app.example.com")
    problem = one("invalid-credentials-value", policy(APP, credentials="true", **static(origin, TRUE, TRUE)))
    assert problem.primary.text == "is sent as `true, true`"


@pytest.mark.parametrize("credentials", [True, False, "true", " true ", "false", "False", "0", "off", "", UNKNOWN])
def test_valid_or_absent_credentials_are_silent(credentials: bool | str | Unknown) -> None:
    assert found("invalid-credentials-value", policy(APP, credentials=credentials)) == []


# undetermined and unreadable-input


def test_unknown_origins_and_credentials_are_one_finding() -> None:
    problem = one("undetermined", policy(origins=Unknown("settings.ORIGINS is not in the source"), credentials=UNKNOWN))
    assert problem.message == (
        "cannot tell who may read the answers, nor whether cookies are allowed: "
        "settings.ORIGINS is not in the source; `load()` is called at run time"
    )
    assert len(problem.labels) == 2


def test_setting_that_is_decided_elsewhere_is_told_at_both_places() -> None:
    problem = one("undetermined", policy(origins=Unknown("`Env()` is called at run time", at("credentials=True"))))
    assert [(label.span.text[:8], label.text) for label in problem.labels] == [
        ("origins=", "decided elsewhere"),
        ("credenti", "`Env()` is called at run time"),
    ]


def test_undecided_entry_is_told_at_its_place() -> None:
    problem = one("undetermined", policy(APP, Undecided("EXTRA is set at run time", at('"null"'))))
    assert problem.primary.span.text == '"null"'


@pytest.mark.parametrize(
    "judged",
    [
        policy(APP),
        policy(ANY, credentials=True),
        policy(ANY, Undecided("EXTRA")),
        policy(credentials=UNKNOWN),
        policy(APP, max_age=Setting("max_age", UNKNOWN)),
    ],
)
def test_undetermined_is_silent(judged: Policy) -> None:
    assert found("undetermined", judged) == []


def test_each_unread_place_is_a_finding() -> None:
    span = Source("nginx.conf", TEXT).span(0, 5)
    unread = (Unread("nginx.conf", "a block is never closed", span), Unread("big.yaml", "is too large to read (9 MB)"))
    findings = [problem for _, problem in PROJECT_CHECKS["unreadable-input"]((), unread)]
    assert [(problem.primary.span.path, problem.primary.text) for problem in findings] == [
        ("nginx.conf", "a block is never closed"),
        ("big.yaml", "is too large to read (9 MB)"),
    ]


def test_value_of_a_variable_is_no_open_question_where_it_is_set() -> None:
    decided = policy(origins=UNKNOWN)
    assert found("undetermined", decided)
    assert not found("undetermined", replace(decided, conditions=(Condition("ORIGINS", "is set"),)))
    assert found("undetermined", replace(decided, conditions=(Condition("DEBUG", "is true"),)))


def test_a_word_in_a_reference_is_a_placeholder() -> None:
    documentation = Environment("documentation", "its path holds 'docs'", marked=True)
    assert found("malformed-origin", policy(Exact("foobar", at('"null"'))))
    assert not found("malformed-origin", policy(Exact("foobar", at('"null"')), environment=documentation))
    assert found("malformed-origin", policy(Exact("https://a.example/", at('"null"')), environment=documentation))
