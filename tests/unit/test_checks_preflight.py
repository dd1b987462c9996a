"""The checks on preflights, errors and what readers saw, put to products of our own. The pages ask the real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from stub_product import SOURCE, UNKNOWN, at
from stub_product import policy as stub

from corslint import judgement
from corslint.advice import list_names
from corslint.browser import Request, Response
from corslint.environment import Environment
from corslint.finding import Confidence, Label, Problem, Severity
from corslint.origins import AnyOrigin, Exact, UndecidedError
from corslint.policy import Clients, Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.preflights import guest, names, refused
from corslint.rule import POLICY_CHECKS
from corslint.values import Known, Unknown

judgement.load_checks()
APP = "https://app.example.com"
ACAO = "Access-Control-Allow-Origin"
ACAM = "Access-Control-Allow-Methods"
ACAH = "Access-Control-Allow-Headers"
PRODUCT = Preflight("product", 200)
NOBODY = Preflight("nobody", 405, reason="the file server refuses OPTIONS")
HERE = at("serve")
DEVELOPMENT = Environment("development", "its path holds 'dev'", marked=True)
EXAMPLE = Environment("documentation", "its path holds 'docs'", marked=True)
TEST = Environment("test", "its path holds 'tests'", marked=True)

NOT_ALLOWED = "browsers ask with OPTIONS first, and the answer does not allow them"


def asked(request: Request, name: str) -> str:
    return next((value for other, value in request.headers if other == name), "")


def verbatim(policy: Policy, request: Request, status: int = 200) -> Response:
    """Sends its settings as they stand, like nginx, with the origin repeated if it is listed."""
    headers = [("Vary", "Origin")]
    if policy.origins.known().match(asked(request, "Origin")):
        headers.append((ACAO, asked(request, "Origin")))
        if policy.credentials.known():
            headers.append(("Access-Control-Allow-Credentials", "true"))
        if request.method == "OPTIONS":
            headers += [(ACAM, ", ".join(policy.methods.known() or ()))]
            if asked(request, "Access-Control-Request-Headers"):
                headers += [(ACAH, ", ".join(policy.headers.known() or ()))]
        headers += [("Access-Control-Expose-Headers", ", ".join(policy.exposed.known() or ()))]
    return Response(status, headers)


def strict(policy: Policy, request: Request, status: int = 200) -> Response:
    """Refuses a preflight that asks for more than is listed, like Starlette, and always allows JSON."""
    answer = verbatim(policy, request, status)
    if request.method == "OPTIONS":
        wanted = asked(request, "Access-Control-Request-Headers")
        fine = asked(request, "Access-Control-Request-Method") in (policy.methods.known() or ())
        fine = fine and wanted in ("", "content-type", *(policy.headers.known() or ()))
        return Response(200 if fine else 400, (*answer.headers, (ACAH, wanted)))
    return answer


def policy(
    methods: tuple[str, ...] | Unknown | None = ("GET", "POST", "PUT"),
    headers: tuple[str, ...] | Unknown | None = ("content-type",),
    answer: Callable[..., Response] = verbatim,
    *,
    given: str = "explicit",
    **changes: Any,
) -> Policy:
    made = stub(Exact(APP), **{"preflight": PRODUCT, "respond_with": answer, **changes})
    return replace(
        made,
        methods=Setting("methods", methods if isinstance(methods, Unknown) else Known(methods), given=cast(Any, given)),
        headers=Setting("headers", headers if isinstance(headers, Unknown) else Known(headers), given=cast(Any, given)),
    )


def found(slug: str, judged: Policy) -> list[Problem]:
    return list(POLICY_CHECKS[slug](judged))


def one(slug: str, judged: Policy) -> Problem:
    (problem,) = found(slug, judged)
    return problem


# incomplete-preflight


def test_json_fails_where_the_header_that_says_so_is_left_out() -> None:
    problem = one("incomplete-preflight", policy(("GET", "POST"), ("x-api-key",)))
    assert problem.message == f"requests with JSON fail: {NOT_ALLOWED}"
    assert problem.primary.text == "leaves out content-type"
    assert problem.help == 'allow them: headers=["x-api-key", "Content-Type"]'
    assert problem.confidence is None
    assert problem.proof is not None
    assert problem.proof.verdict.error == "HeaderDisallowedByPreflightResponse"


@pytest.mark.parametrize("methods", [("GET", "POST"), ("GET", "PUT"), ("PATCH",), ("*",)])
def test_every_method_with_a_body_is_expected_to_take_json(methods: tuple[str, ...]) -> None:
    assert one("incomplete-preflight", policy(methods, None)).primary.text == "leaves out content-type"


@pytest.mark.parametrize("methods", [("GET",), ("GET", "HEAD", "OPTIONS"), ("DELETE",)])
def test_no_json_is_expected_of_methods_without_a_body(methods: tuple[str, ...]) -> None:
    assert not found("incomplete-preflight", policy(methods, None))


def test_no_json_is_expected_where_the_configuration_says_that_nobody_sends_it() -> None:
    clients = Clients(headers=("authorization",))
    assert not found("incomplete-preflight", policy(("POST",), ("authorization",), clients=clients))


def test_a_method_in_the_wrong_case_is_told_by_its_own_rule() -> None:
    judged = policy(("get", "post", "put", "delete"))
    assert not found("incomplete-preflight", judged)
    assert one("invalid-method", judged).message == (
        "PUT and DELETE requests fail: to browsers `put` and `delete` are other methods"
    )


def test_what_is_left_out_beside_a_method_in_the_wrong_case_is_told_too() -> None:
    clients = Clients(methods=("PATCH", "PUT"))
    problem = one("incomplete-preflight", policy(("GET", "put"), clients=clients))
    assert problem.message == f"PATCH requests fail: {NOT_ALLOWED}"


def test_several_names_in_one_text_are_told_apart() -> None:
    written: Setting[tuple[str, ...] | None] = Setting("headers", Known(("X-A;X-B",)), at("serve"))
    judged = replace(policy(("GET",)), headers=written)
    assert not found("incomplete-preflight", judged)
    problem = one("malformed-header-list", judged)
    assert problem.message == (
        "every request that needs a preflight fails: browsers cannot read Access-Control-Allow-Headers"
    )
    assert problem.primary.text == "`X-A;X-B` is no name, and spoils the whole list"
    assert problem.help == 'write names with commas between: headers=["X-A", "X-B"]'
    assert problem.proof is not None
    assert problem.proof.verdict.error == "InvalidAllowHeadersPreflightResponse"


@pytest.mark.parametrize(
    "methods", [("GET POST",), ("PUT;",), ('"PUT"',), ("['GET'", "'PUT']"), ("GET/PUT",), ("G\u00e9T",)]
)
def test_a_list_of_methods_that_no_browser_reads(methods: tuple[str, ...]) -> None:
    assert "Access-Control-Allow-Methods" in one("malformed-header-list", policy(methods)).message
    assert not found("incomplete-preflight", policy(methods))


@pytest.mark.parametrize(
    "methods",
    [("GET", "PUT"), ("*",), (), ("GET", "", "PUT"), ("PUT|GET",), ("${METHODS}",), ("$METHODS",), ("{{ methods }}",)],
)
def test_a_list_that_browsers_read_or_something_fills_in(methods: tuple[str, ...]) -> None:
    assert not found("malformed-header-list", policy(methods))


def test_a_list_of_headers_to_read_does_less_harm() -> None:
    exposed: Setting[tuple[str, ...] | None] = Setting("exposed", Known(("X-A X-B",)), at("serve"))
    problem = one("malformed-header-list", policy(exposed=exposed))
    assert problem.severity is Severity.LOW
    assert problem.help == 'write names with commas between: exposed=["X-A", "X-B"]'
    assert problem.proof is not None
    assert problem.proof.verdict.allowed


def test_a_list_that_nobody_meets_or_sees_is_no_finding() -> None:
    assert not found("malformed-header-list", policy(("GET PUT",), environment=TEST))
    assert not found("malformed-header-list", policy(("GET PUT",), preflight=NOBODY))


def test_nothing_is_said_and_the_default_lets_only_get_through() -> None:
    problem = one("incomplete-preflight", policy(("GET",), (), strict, given="default"))
    assert problem.message == (f"JSON POST, PUT, PATCH and DELETE requests fail: {NOT_ALLOWED}")
    assert problem.primary == Label(HERE, "says nothing of methods and headers", primary=True)
    assert problem.help == 'allow them: methods=["GET", "POST", "PUT", "PATCH", "DELETE"]'
    assert problem.confidence is Confidence.MEDIUM


def test_nothing_is_said_and_nothing_is_allowed() -> None:
    problem = one("incomplete-preflight", policy(None, None))
    assert problem.message == (f"PUT, PATCH and DELETE requests and requests with JSON fail: {NOT_ALLOWED}")
    assert problem.help == 'allow them: methods=["PUT", "PATCH", "DELETE"] and headers=["Content-Type"]'


def test_saying_get_is_a_choice() -> None:
    assert not found("incomplete-preflight", policy(("GET",), (), strict))


def test_naming_headers_alone_is_a_choice() -> None:
    judged = policy(("GET",), ("authorization",), strict)
    judged = replace(judged, methods=replace(judged.methods, given="default"))
    assert not found("incomplete-preflight", judged)


def test_a_default_that_allows_the_usual_is_fine() -> None:
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    assert not found("incomplete-preflight", policy(methods, ("content-type",), given="default"))


def test_tests_need_no_complete_answer() -> None:
    assert not found("incomplete-preflight", policy(("GET", "POST"), (), environment=TEST))
    assert found("incomplete-preflight", policy(("GET", "POST"), (), environment=DEVELOPMENT))


def test_examples_may_be_short() -> None:
    assert not found("incomplete-preflight", policy(("GET",), (), strict, given="default", environment=EXAMPLE))
    assert found("incomplete-preflight", policy(("GET", "POST"), (), environment=EXAMPLE))


def test_what_the_configuration_says_of_clients_is_expected() -> None:
    clients = Clients(methods=("GET", "DELETE"), headers=("content-type", "authorization"))
    problem = one("incomplete-preflight", policy(("GET", "POST"), ("content-type",), clients=clients))
    assert problem.message == (f"DELETE requests and requests with `authorization` fail: {NOT_ALLOWED}")
    assert [label.text for label in problem.labels] == ["leaves out DELETE", "leaves out authorization"]
    assert [label.primary for label in problem.labels] == [True, False]
    assert problem.help == (
        'allow them: methods=["GET", "POST", "DELETE"] and headers=["content-type", "Authorization"]'
    )


def test_clients_that_get_what_they_send_are_no_reason() -> None:
    clients = Clients(methods=("GET", "PUT"), headers=("content-type", "x-api-key"))
    assert not found("incomplete-preflight", policy(("GET", "PUT"), ("Content-Type", "X-API-Key"), clients=clients))


def test_headers_that_browsers_set_themselves_need_no_entry_of_their_own() -> None:
    assert not found("incomplete-preflight", policy(("GET",), ("Origin", "Accept", "Host", "Sec-Fetch-Mode")))


def test_methods_that_no_script_may_send_are_not_expected() -> None:
    assert not found("incomplete-preflight", policy(("GET", "TRACE", "CONNECT", "OPTIONS"), None, strict))


def test_the_answer_to_options_names_no_origin() -> None:
    def bare(policy: Policy, request: Request, status: int = 200) -> Response:
        return Response(204, ()) if request.method == "OPTIONS" else verbatim(policy, request, status)

    preflight = Preflight("product", 204, at("origins="), "this `if` sends only its own headers")
    problem = one("incomplete-preflight", policy(answer=bare, preflight=preflight))
    assert problem.message == "every request that needs a preflight fails: the answer to OPTIONS allows no origin"
    assert problem.primary == Label(at("origins="), "this `if` sends only its own headers", primary=True)
    elsewhere = policy(answer=bare, preflight=replace(preflight, span=HERE))
    assert [label.text for label in one("incomplete-preflight", elsewhere).labels] == [
        "this `if` sends only its own headers",
        "is sent with other answers only",
    ]


def test_what_the_reader_saw_of_a_preflight_is_told_in_its_words() -> None:
    fact = Fact("incomplete-preflight", "the snippet forgets PUT", (Label(HERE, "here"),), "repeat the headers")
    problem = one("incomplete-preflight", policy(("GET", "POST"), (), facts=(fact,)))
    assert (problem.message, problem.help) == ("the snippet forgets PUT", "repeat the headers")
    assert problem.proof is not None


def test_what_the_reader_saw_needs_a_request_that_fails() -> None:
    fact = Fact("incomplete-preflight", "the snippet forgets PUT", (Label(HERE, "here"),), "repeat the headers")
    assert not found("incomplete-preflight", policy(facts=(fact,)))


def test_nothing_is_expected_that_the_resource_does_not_take() -> None:
    files = replace(PRODUCT, takes=("GET", "HEAD"))
    assert not found("incomplete-preflight", policy(("GET", "POST", "PUT"), None, preflight=files))
    assert found("incomplete-preflight", policy(("GET", "POST", "PUT"), None))


def test_the_answer_itself_names_no_origin() -> None:
    def by_method(policy: Policy, request: Request, status: int = 200) -> Response:
        return verbatim(policy, request, status) if request.method in ("OPTIONS", "GET", "POST") else Response(status)

    problem = one("incomplete-preflight", policy(("GET", "POST", "PUT", "DELETE"), answer=by_method))
    assert problem.message == "PUT and DELETE requests fail: their answers allow no origin"


def test_one_finding_whatever_is_lacking() -> None:
    clients = Clients(methods=("PUT", "PATCH", "DELETE"), headers=("content-type", "a", "b", "c"))
    assert len(found("incomplete-preflight", policy(("GET",), (), strict, clients=clients))) == 1


@pytest.mark.parametrize(
    "preflight",
    [
        Preflight("application"),
        Preflight("unknown"),
        Preflight("nobody", 405),
        Preflight("product", 401, blocked_by=HERE),
    ],
)
def test_an_answer_of_somebody_else_is_not_judged(preflight: Preflight) -> None:
    assert not found("incomplete-preflight", policy(("GET", "POST"), (), preflight=preflight))


def test_fonts_meet_no_preflight() -> None:
    fonts = Scope("location /fonts/", (PathTest("/fonts/", "prefix"),))
    assert not found("incomplete-preflight", policy(None, None, scope=fonts))
    assert not found("missing-preflight", policy(("PUT",), scope=fonts, preflight=NOBODY))


@pytest.mark.parametrize(("methods", "headers"), [(UNKNOWN, None), (("GET", "POST"), UNKNOWN), (UNKNOWN, UNKNOWN)])
def test_what_is_decided_at_run_time_refuses_nothing(methods: Any, headers: Any) -> None:
    assert not found("incomplete-preflight", policy(methods, headers))


def test_settings_without_a_say_do_not_hide_it() -> None:
    judged = replace(
        policy(("GET", "POST"), ()), max_age=Setting("max_age", UNKNOWN), credentials=Setting("c", UNKNOWN)
    )
    assert found("incomplete-preflight", judged)


def test_nobody_is_let_in_so_nothing_can_fail() -> None:
    judged = stub(preflight=PRODUCT, respond_with=verbatim, methods=("GET", "POST"))
    assert not found("incomplete-preflight", judged)


def test_origins_of_run_time_do_not_hide_what_else_is_configured() -> None:
    origins: Setting[Any] = Setting("origins", UNKNOWN)
    assert found("incomplete-preflight", replace(policy(("GET", "POST"), ()), origins=origins))
    assert not found("incomplete-preflight", replace(policy(), origins=origins))


# missing-preflight


def refusing(policy: Policy, request: Request, status: int = 200) -> Response:
    """A server of files: OPTIONS is refused, and errors carry no headers."""
    return Response(405) if request.method == "OPTIONS" else verbatim(policy, request, status)


def silent(**changes: Any) -> Policy:
    return policy(**{"methods": ("GET", "PUT"), "answer": refusing, "preflight": NOBODY, **changes})


def test_nothing_answers_options() -> None:
    problem = one("missing-preflight", silent())
    assert problem.message == (
        "PUT requests never arrive: nothing answers the OPTIONS request that browsers send first"
    )
    assert problem.primary == Label(HERE, "the file server refuses OPTIONS", primary=True)
    assert problem.help == "answer OPTIONS with status 204 and the same Access-Control headers"
    assert problem.proof is not None
    assert problem.proof.preflight == Response(405)


def test_the_help_is_the_product_s_own() -> None:
    how_to = HowTo(answer_preflight="if ($request_method = OPTIONS) { return 204; }")
    assert one("missing-preflight", silent(how_to=how_to)).help == (
        "answer OPTIONS with status 204 and the same Access-Control headers: "
        "if ($request_method = OPTIONS) { return 204; }"
    )


def test_headers_that_need_a_preflight_tell_that_one_is_wanted() -> None:
    problem = one("missing-preflight", silent(methods=None, headers=("authorization",)))
    assert problem.message.startswith("requests with `authorization` never arrive")
    problem = one("missing-preflight", silent(methods=None, headers=("content-type",)))
    assert problem.message.startswith("requests with JSON never arrive")
    assert found("missing-preflight", silent(methods=("GET", "POST"), headers=None))


def test_what_a_resource_takes_tells_that_one_is_wanted() -> None:
    assert not found("missing-preflight", silent(methods=None, headers=None))
    takes = replace(NOBODY, takes=("DELETE",))
    assert found("missing-preflight", silent(methods=None, headers=None, preflight=takes))


@pytest.mark.parametrize(
    ("methods", "headers"),
    [
        (None, None),
        (("GET",), None),
        (("GET", "HEAD", "OPTIONS"), None),
        (("GET", "OPTIONS"), ("Content-Type", "Accept")),
        (None, ("Origin", "Accept")),
    ],
)
def test_a_plain_get_needs_nobody_to_answer(methods: tuple[str, ...] | None, headers: tuple[str, ...] | None) -> None:
    assert not found("missing-preflight", silent(methods=methods, headers=headers))


@pytest.mark.parametrize("who", ["product", "application", "unknown"])
def test_somebody_answers(who: Any) -> None:
    assert not found("missing-preflight", silent(preflight=Preflight(who)))


def test_what_stands_before_the_answer_is_another_rule_s_business() -> None:
    assert not found("missing-preflight", silent(preflight=replace(NOBODY, blocked_by=HERE)))


def test_the_model_has_the_last_word() -> None:
    assert not found("missing-preflight", silent(answer=verbatim))


def test_a_missing_preflight_is_not_incomplete_too() -> None:
    assert not found("incomplete-preflight", silent())


# literal-wildcard-with-credentials


def starred(**changes: Any) -> Policy:
    return policy(**{"methods": ("GET", "POST"), "headers": ("content-type",), "credentials": True, **changes})


def test_a_star_for_methods_is_a_name_to_requests_with_cookies() -> None:
    problem = one("literal-wildcard-with-credentials", starred(methods=("*",)))
    assert problem.message == "requests with cookies cannot use PUT, PATCH or DELETE: for them `*` is no wildcard"
    assert problem.help == 'name them: methods=["GET", "POST", "PUT", "PATCH", "DELETE"]'
    assert [label.span.text for label in problem.labels] == ["serve", "credentials=True"]
    assert problem.severity is None
    assert problem.proof is not None
    assert problem.proof.request.credentials == "include"
    assert problem.proof.verdict.error == "MethodDisallowedByPreflightResponse"


def test_a_star_for_headers_is_a_name_to_requests_with_cookies() -> None:
    problem = one("literal-wildcard-with-credentials", starred(headers=("*", "Content-Type")))
    assert problem.message == (
        "requests with cookies cannot send JSON or headers of their own: for them `*` is no wildcard"
    )
    assert problem.help == 'name them: headers=["Content-Type", "Authorization", "X-Requested-With"]'
    assert problem.proof is not None
    assert problem.proof.verdict.error == "HeaderDisallowedByPreflightResponse"


def test_a_star_for_exposed_headers_weighs_less() -> None:
    problem = one("literal-wildcard-with-credentials", starred(exposed=Setting("exposed", Known(("*",)))))
    assert problem.severity is Severity.LOW
    assert problem.help == 'name them: exposed=["X-Total-Count"]'


def test_each_star_has_its_own_finding() -> None:
    everything = starred(methods=("*",), headers=("*",), exposed=Setting("exposed", Known(("*",))))
    assert len(found("literal-wildcard-with-credentials", everything)) == 3


def test_a_product_that_understands_the_star_itself_is_fine() -> None:
    def echoing(policy: Policy, request: Request, status: int = 200) -> Response:
        headers = [
            (ACAM, asked(request, "Access-Control-Request-Method")),
            (ACAH, asked(request, "Access-Control-Request-Headers")),
            (ACAO, asked(request, "Origin")),
            ("Access-Control-Allow-Credentials", "true"),
        ]
        return Response(status, headers)

    everything = starred(methods=("*",), headers=("*",), exposed=Setting("exposed", Known(("*",))), answer=echoing)
    assert not found("literal-wildcard-with-credentials", everything)


@pytest.mark.parametrize(
    "judged",
    [
        starred(methods=("*",), headers=("*",), credentials=False),
        starred(methods=("*",), headers=("*",), credentials=UNKNOWN),
        starred(methods=("*", "PUT", "PATCH", "DELETE")),
        starred(methods=("GET", "PUT"), headers=("x-*", "Content-Type")),
        starred(),
    ],
)
def test_without_cookies_or_without_a_star_it_is_fine(judged: Policy) -> None:
    assert not found("literal-wildcard-with-credentials", judged)


def test_where_requests_with_cookies_fail_anyway_the_star_is_not_to_blame() -> None:
    def star(policy: Policy, request: Request, status: int = 200) -> Response:
        return Response(status, ((ACAO, "*"), (ACAM, "*"), (ACAH, "*"), ("Access-Control-Allow-Credentials", "true")))

    judged = replace(starred(methods=("*",), headers=("*",), answer=star), origins=stub(AnyOrigin()).origins)
    assert not found("literal-wildcard-with-credentials", judged)


def test_where_a_preflight_lets_in_nobody_with_cookies_a_name_would_not_help() -> None:
    def before_0_15(policy: Policy, request: Request, status: int = 200) -> Response:
        headers = [("Access-Control-Allow-Credentials", "true"), (ACAM, "GET, POST"), (ACAH, "Content-Type")]
        return Response(status, [*headers, (ACAO, "*" if request.method == "OPTIONS" else asked(request, "Origin"))])

    judged = replace(starred(headers=("*",), answer=before_0_15), origins=stub(AnyOrigin()).origins)
    assert not found("literal-wildcard-with-credentials", judged)


# headers-missing-on-errors


def only_on_success(policy: Policy, request: Request, status: int = 200) -> Response:
    return verbatim(policy, request, status) if status < 400 else Response(status)


ALWAYS = HowTo(send_on_errors="add `always` to the add_header lines")


def test_errors_without_headers_look_like_cors_errors() -> None:
    problem = one("headers-missing-on-errors", policy(answer=only_on_success, how_to=ALWAYS))
    assert problem.message == "front ends cannot read error answers: a 404 or 500 looks like a CORS error to them"
    assert problem.primary.span.text == 'origins=["https'
    assert problem.help == "add `always` to the add_header lines"
    assert problem.proof is not None
    assert (problem.proof.response.status, problem.proof.verdict.allowed) == (404, False)


def test_a_product_without_a_setting_for_it_is_left_alone() -> None:
    assert not found("headers-missing-on-errors", policy(answer=only_on_success))


def test_a_product_that_only_fails_when_it_crashes_is_left_alone() -> None:
    def crashing(policy: Policy, request: Request, status: int = 200) -> Response:
        return verbatim(policy, request, status) if status < 500 else Response(status)

    assert not found("headers-missing-on-errors", policy(answer=crashing, how_to=ALWAYS))


def test_the_fix_puts_the_word_behind_each_line_that_lacks_it() -> None:
    how_to = replace(ALWAYS, always="always")
    problem = one("headers-missing-on-errors", policy(answer=only_on_success, how_to=how_to, credentials=True))
    assert [(edit.span.start, edit.span.end, edit.replacement, edit.safe) for edit in problem.edits] == [
        (at('origins=["https').end, at('origins=["https').end, " always", True),
        (at("credentials=True").end, at("credentials=True").end, " always", True),
    ]
    assert one("headers-missing-on-errors", policy(answer=only_on_success, how_to=ALWAYS)).edits == ()


def test_errors_with_headers_are_fine() -> None:
    assert not found("headers-missing-on-errors", policy(how_to=ALWAYS))


def test_nobody_reads_the_errors_of_files() -> None:
    files = Preflight("nobody", 405, takes=("GET", "HEAD"))
    assert not found("headers-missing-on-errors", policy(answer=only_on_success, how_to=ALWAYS, preflight=files))
    anything = Preflight("nobody", 405, takes=("GET", "POST"))
    assert found("headers-missing-on-errors", policy(answer=only_on_success, how_to=ALWAYS, preflight=anything))


def test_nobody_reads_the_errors_of_fonts() -> None:
    fonts = Scope("location /fonts/", (PathTest("/fonts/", "prefix"),))
    assert not found("headers-missing-on-errors", policy(answer=only_on_success, how_to=ALWAYS, scope=fonts))


def test_errors_that_run_time_decides_are_not_judged() -> None:
    def undecided(policy: Policy, request: Request, status: int = 200) -> Response:
        if status >= 400:
            raise UndecidedError("the error page comes from elsewhere")
        return verbatim(policy, request, status)

    assert not found("headers-missing-on-errors", policy(answer=undecided, how_to=ALWAYS))


# What readers saw

FACTS = ("headers-not-inherited", "shadowed-setting", "renamed-setting", "middleware-order", "middleware-missing")


@pytest.mark.parametrize("slug", FACTS)
def test_a_fact_becomes_a_problem_of_its_own_rule(slug: str) -> None:
    labels = (Label(HERE, "this"), Label(at("origins="), "that"))
    judged = policy(
        facts=(Fact(slug, "it has no effect", labels, "remove it", "origins"), Fact("other", "x", labels, "y"))
    )
    assert [replace(one, follows=()) for one in found(slug, judged)] == [
        Problem("it has no effect", (replace(labels[0], primary=True), labels[1]), "remove it"),
    ]
    assert not [other for other in FACTS if other != slug and found(other, judged)]


def test_the_label_that_the_reader_marked_is_the_primary_one() -> None:
    labels = (Label(HERE, "this"), Label(at("origins="), "that", primary=True), Label(HERE, "more", primary=True))
    problem = one("shadowed-setting", policy(facts=(Fact("shadowed-setting", "x", labels, "y"),)))
    assert [label.primary for label in problem.labels] == [False, True, False]


def test_no_fact_no_problem() -> None:
    assert not [slug for slug in FACTS if found(slug, policy())]
    assert not found("shadowed-setting", policy(facts=(Fact("shadowed-setting", "stands nowhere", (), "y"),)))


def test_old_names_in_an_example_may_be_those_of_another_program() -> None:
    fact = Fact("renamed-setting", "has a new name", (Label(HERE, "this"),), "write the new one")
    assert found("renamed-setting", policy(facts=(fact,)))
    assert not found("renamed-setting", policy(facts=(fact,), environment=Environment("documentation", marked=True)))


# The words


@pytest.mark.parametrize(
    ("origins", "shown"),
    [
        ('allow_origins=["https://app.example.com"]', 'methods=["GET", "PUT"]'),
        ('CORS_ALLOWED_ORIGINS = ["https://app.example.com"]', 'methods = ["GET", "PUT"]'),
        ('group.example/cors-allow-origin: "https://app.example.com"', 'methods: "GET, PUT"'),
        ('add_header Access-Control-Allow-Origin "https://app.example.com" always', 'methods "GET, PUT" always'),
        ('send it if `origin in {"https://app.example.com"}`', "`methods: GET, PUT`"),
        ("", "`methods: GET, PUT`"),
    ],
)
def test_names_are_listed_in_the_notation_of_the_product(origins: str, shown: str) -> None:
    judged = policy(how_to=HowTo(list_origins=origins))
    assert list_names(judged, judged.methods, ("GET", "PUT")) == shown


# The questions behind the checks


def test_a_guest_is_an_origin_that_was_meant() -> None:
    judged = policy()
    assert guest(judged) == (judged, APP)
    anyone = replace(judged, origins=stub(AnyOrigin()).origins)
    assert guest(anyone) == (anyone, APP)
    assert guest(stub()) is None


def test_names_are_told_apart_whatever_divides_them() -> None:
    def listed(*texts: str) -> Setting[tuple[str, ...] | None]:
        return Setting("methods", Known(texts))

    assert names(listed("GET, POST", "PUT;PATCH", " ", "GET")) == ("GET", "POST", "PUT", "PATCH")
    assert names(Setting("methods", Known(None))) == ()
    assert names(Setting("methods", UNKNOWN)) == ()
    assert names(Setting("methods", Known(("P", "U", "T")), written=Known("PUT"))) == ("PUT",)


def test_a_long_list_costs_a_bounded_number_of_questions() -> None:
    calls = 0

    def counting(policy: Policy, request: Request, status: int = 200) -> Response:
        nonlocal calls
        calls += 1
        return verbatim(policy, request, status)

    many = tuple(f"x-{number}" for number in range(10_000))
    refused(policy(tuple(f"M{number}" for number in range(10_000)), many, counting))
    assert calls < 500


def test_the_source_of_the_stub_is_where_labels_point() -> None:
    assert HERE.path == SOURCE.path
