"""`corslint explain` with what a browser printed: the words, the place, the change, and what is no such message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Done, Run, write

from corslint.failures import names

BLOCKED = "Access to fetch at 'https://api.example/x' from origin '{}' has been blocked by CORS policy: {}"
MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
SHOP = BLOCKED.format("https://shop.example", MISSING)
NOTHING_KNOWN = (
    "corslint: error: this is no CORS message of a browser that corslint knows; copy the whole red text from the"
    " console, in Chrome the line that begins with `Access to`, in Firefox the one with `(Reason: ...)`\n"
)


@pytest.fixture
def policy() -> None:
    """A file that lets one website in."""
    write("a.stub", "allow https://app.example\n")


def made(done: Done) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(done.out)
    return document


@pytest.mark.usefixtures("policy")
def test_the_answer_in_its_order(run: Run) -> None:
    done = run("explain", SHOP, "a.stub")
    assert (done.code, done.err) == (0, "")
    assert done.lines[:3] == [
        "MissingAllowOriginHeader: the answer does not say that this website may read it",
        "Chrome, Edge or another Chromium; page https://shop.example; asked for https://api.example/x;",
        "Firefox and MDN call it CORSMissingAllowOrigin",
    ]
    order = [
        "A page may read an answer from another address only if the answer says so",
        "The request did reach the server and was carried out there",
        "Where it comes from (a.stub)",
        " --> a.stub:1:7",
        "1 | allow https://app.example",
        "  |       ^^^^^^^^^^^^^^^^^^^ this does not let https://shop.example in",
        "  = policy: allow https://app.example (Stub), production",
        "  = proof: Origin: https://shop.example -> 200, no Access-Control-Allow-Origin; the browser refuses it",
        "  = change: allow with https://shop.example",
        "If that is not it, look for",
        "Good to know",
        "- curl, Postman and your own tests work",
        "- `*` everywhere is not the fix",
        "- It is fixed where the headers are sent",
    ]
    starts = [next(number for number, line in enumerate(done.lines) if line.startswith(text)) for text in order]
    assert starts == sorted(starts)


@pytest.mark.usefixtures("policy")
def test_no_line_is_longer_than_100_columns_but_those_of_the_source(run: Run) -> None:
    lines = run("explain", SHOP).lines
    assert [line for line in lines if len(line) > 100 and not line.startswith("  =")] == []


@pytest.mark.usefixtures("policy")
def test_a_failed_preflight_is_said_to_have_stopped_the_request(run: Run) -> None:
    reason = f"Response to preflight request doesn't pass access control check: {MISSING}"
    out = " ".join(run("explain", BLOCKED.format("https://shop.example", reason)).lines)
    assert "The request itself never left the browser" in out
    assert "did reach the server" not in out


@pytest.mark.usefixtures("policy")
def test_without_paths_the_working_directory_is_searched_and_that_is_said(run: Run) -> None:
    done = run("explain", SHOP)
    assert "Where it comes from (the working directory)" in done.lines
    assert made(run("explain", SHOP, "--format", "json"))["searched"] == ["."]


@pytest.mark.usefixtures("policy")
def test_what_no_policy_explains_gets_hints_and_the_policy_that_lets_it_through(run: Run) -> None:
    text = BLOCKED.format("https://app.example", MISSING)
    Path("a.stub").write_text("allow https://app.example\n", encoding="utf-8")
    done = run("explain", text.replace(MISSING, "The response is invalid."))
    assert done.code == 0
    assert "The policy in the working directory does not explain it." in done.lines
    assert "What to look for, the likeliest first" in done.lines
    lines = run("explain", f"{text}\nGET https://api.example/x net::ERR_FAILED 200 (OK)").lines
    assert any(line.startswith("- a.stub:1 allow https://app.example lets this request through") for line in lines)


def test_no_policies_at_all_is_said(run: Run) -> None:
    write("readme.txt", "")
    done = run("explain", SHOP)
    assert done.code == 0
    assert "No CORS settings found in the working directory (1 file looked at)." in done.lines


@pytest.mark.usefixtures("policy")
def test_json(run: Run) -> None:
    done = run("explain", SHOP, "a.stub", "--format", "json")
    assert done.code == 0
    document = made(done)
    assert {key: document[key] for key in ("browser", "cause", "preflight", "origin", "url", "method", "header")} == {
        "browser": "chromium",
        "cause": "MissingAllowOriginHeader",
        "preflight": False,
        "origin": "https://shop.example",
        "url": "https://api.example/x",
        "method": None,
        "header": None,
    }
    (blamed,) = document["policies"]
    assert {key: blamed[key] for key in ("path", "line", "column", "certainty", "rule", "change", "when")} == {
        "path": "a.stub",
        "line": 1,
        "column": 7,
        "certainty": "exact",
        "rule": None,
        "change": "allow with https://shop.example",
        "when": [],
    }
    assert blamed["changes"][0]["location"]["line"] == 1
    assert blamed["proof"]["verdict"]["error"] == "MissingAllowOriginHeader"
    assert document["certain"] is True
    assert len(document["look_for"]) > 2
    for words in ("Access-Control-Allow-Origin", "curl", "`*` everywhere is not the fix", "on the server"):
        assert words in document["explanation"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
         {"cause": "MethodDisallowedByPreflightResponse", "preflight": True, "method": "PUT", "header": None}),
        ("Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight response.",
         {"cause": "HeaderDisallowedByPreflightResponse", "preflight": True, "method": None,
          "header": "authorization"}),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("policy")
def test_json_of_methods_and_headers(run: Run, text: str, told: dict[str, object]) -> None:
    document = made(run("explain", BLOCKED.format("https://app.example", text), "--format", "json"))
    assert {key: document[key] for key in told} == told
    assert [one["certainty"] for one in document["policies"]] == ["exact"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("GET http://localhost:8000/x net::ERR_CONNECTION_REFUSED", "Network"),
        ("TypeError: Failed to fetch", None),
        ("Failed to load resource: the server responded with a status of 404 (Not Found)", None),
    ],
)
@pytest.mark.usefixtures("policy")
def test_what_is_no_refusal_by_cors_blames_nobody(run: Run, text: str, cause: str | None) -> None:
    done = run("explain", text, "--format", "json")
    assert (done.code, made(done)["cause"], made(done)["policies"]) == (0, cause, [])


def test_a_text_that_does_not_tell_the_cause_says_what_to_copy(run: Run) -> None:
    done = run("explain", "Uncaught (in promise) TypeError: Failed to fetch")
    assert done.lines[0] == "this text does not say why the request failed"
    assert (
        '1. Open the developer tools (F12), tab "Console", reload the page and copy the whole red text: in'
        in done.lines
    )


@pytest.mark.parametrize("name", names())
@pytest.mark.usefixtures("policy")
def test_a_name_is_explained_like_a_rule_and_needs_no_paths(run: Run, name: str) -> None:
    done = run("explain", name)
    assert done.code == 0
    assert "a.stub" not in done.out
    assert made(run("explain", name, "--format", "json"))["searched"] == []


@pytest.mark.usefixtures("policy")
def test_a_name_with_paths_is_looked_for_there(run: Run) -> None:
    document = made(run("explain", "CORSMissingAllowOrigin", "a.stub", "--format", "json"))
    assert [(one["path"], one["certainty"]) for one in document["policies"]] == [("a.stub", "possible")]
    assert document["policies"][0]["when"] == ["the page comes from a website that is not listed"]


def test_a_page_of_mdn_is_understood(run: Run) -> None:
    page = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS/Errors/CORSMissingAllowOrigin"
    assert made(run("explain", page, "--format", "json"))["cause"] == "MissingAllowOriginHeader"


@pytest.mark.usefixtures("policy")
def test_the_text_may_come_from_standard_input(run: Run) -> None:
    assert run("explain", "-", "a.stub", stdin=SHOP.encode()) == run("explain", SHOP, "a.stub")
    assert run("explain", "-", stdin=b"\xff\xfe hello").code == 2
    assert run("explain", "-", stdin=b"null-origin\n") == run("explain", "null-origin")


@pytest.mark.parametrize("text", ["hello world", " ", "", "Access-Control-Allow-Origin: *", "why does it fail?"])
def test_what_is_no_message_ends_with_2_and_says_what_to_copy(run: Run, text: str) -> None:
    assert run("explain", text) == Done(2, "", NOTHING_KNOWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MissingAllowOriginHeadr",
         "there is no rule 'MissingAllowOriginHeadr' (did you mean 'MissingAllowOriginHeader'?)"),
        ("CORSMissingAlowOrigin", "there is no rule 'CORSMissingAlowOrigin' (did you mean 'CORSMissingAllowOrigin'?)"),
        ("zzz", "there is no rule 'zzz', see `corslint rules`"),
    ],
)  # fmt: skip
def test_a_misspelt_name_gets_a_suggestion(run: Run, text: str, said: str) -> None:
    assert run("explain", text) == Done(2, "", f"corslint: error: {said}\n")


def test_a_missing_path_ends_with_2(run: Run) -> None:
    assert run("explain", SHOP, "nope") == Done(2, "", "corslint: error: nope: no such file or folder\n")
    assert run("explain", SHOP, "-").code == 2


def test_what_was_not_read_ends_with_3_and_a_fault_with_4(run: Run) -> None:
    write("a.stub", "broken\n")
    done = run("explain", SHOP)
    assert done.code == 3
    assert any("a.stub" in line and "its brace is never closed" in line for line in done.lines)
    write("a.stub", "crash\n")
    done = run("explain", SHOP)
    assert done.code == 4
    assert "corslint itself failed" in done.err


@pytest.mark.usefixtures("policy")
def test_quiet_leaves_the_remarks_out(run: Run) -> None:
    assert "Good to know" not in run("explain", SHOP, "-q").lines


@pytest.mark.usefixtures("policy")
def test_colours_are_used_when_wanted(run: Run) -> None:
    assert "\x1b[" in run("explain", SHOP, "--color", "always").out
    assert "\x1b[" not in run("explain", SHOP).out


def test_control_characters_of_the_text_are_not_printed(run: Run) -> None:
    evil = "https://a.example/\x1b]0;owned\x07\u202e"
    out = run("explain", BLOCKED.format("https://b.example\x1b[2J", MISSING).replace("https://api.example/x", evil)).out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_the_configuration_of_the_run_holds(run: Run) -> None:
    write("a.stub", "allow https://app.example\n")
    write("corslint.toml", 'exclude = ["*.stub"]\n')
    assert made(run("explain", SHOP, "--format", "json"))["policies"] == []
    assert len(made(run("explain", SHOP, "--format", "json", "--isolated"))["policies"]) == 1


@pytest.mark.usefixtures("policy")
def test_a_message_that_breaks_off_is_looked_for_all_the_same(run: Run) -> None:
    text = BLOCKED.format("https://shop.example", "").removesuffix(": ")
    done = run("explain", text)
    assert done.lines[0] == "the message breaks off before it says why the request was refused"
    assert "  |       ^^^^^^^^^^^^^^^^^^^ this does not let https://shop.example in" in done.lines
    document = made(run("explain", text, "--format", "json"))
    assert (document["cause"], document["certain"]) == (None, False)
    assert [one["certainty"] for one in document["policies"]] == ["exact"]


@pytest.mark.parametrize(
    "text",
    [
        "GET http://localhost:8000/x net::ERR_CONNECTION_REFUSED",
        BLOCKED.format(
            "https://a.example", "Permission was denied for this request to access the `local` address space."
        ),
        "TypeError: Failed to fetch",
    ],
)
@pytest.mark.usefixtures("policy")
def test_nothing_is_searched_where_no_setting_has_a_say(run: Run, text: str) -> None:
    done = run("explain", text, "a.stub")
    assert done.code == 0
    assert "a.stub" not in done.out
    assert made(run("explain", text, "a.stub", "--format", "json"))["searched"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHOP, "The request did reach the server and was carried out there;"),
        (f"{SHOP}\nGET https://api.example/x net::ERR_FAILED 502",
         "The request did reach the server, which answered with 502;"),
        ("CORSMissingAllowOrigin", "The request may well have reached the server and been carried out there;"),
        ("PreflightMissingAllowOriginHeader", "The request itself never left the browser:"),
        ("TypeError: Failed to fetch", "The request may well have reached the server and been carried out."),
        ("CorsDisabledScheme", "Nothing was sent to the server."),
        ("CORSDidNotSucceed", "Whether the request reached the server cannot be told from here;"),
        ("AuthorizationCoveredByWildcard", "The request reached the server, and the page got its answer."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("policy")
def test_whether_the_request_reached_the_server(run: Run, text: str, said: str) -> None:
    assert said in " ".join(run("explain", text).lines)


SITE = """\
server {
    location /api/ {
        add_header Access-Control-Allow-Origin "https://app.example" always;
        proxy_pass http://backend;
    }
}
"""
APP = BLOCKED.format("https://app.example", MISSING)


def test_a_path_that_the_policy_leaves_out_is_named(call: Run) -> None:
    write("site.conf", SITE)
    done = call("explain", "-q", APP, "site.conf")
    assert "Where it may come from (site.conf)" in done.lines
    told = " ".join(line.strip() for line in done.lines)
    assert "- site.conf:3 location /api/ " in told
    assert "so the answer at /x gets no CORS headers" in told
    (outside,) = made(call("explain", "--format", "json", APP, "site.conf"))["outside"]
    assert (outside["path"], outside["line"]) == ("site.conf", 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("example/x'", "example/api/x'"),  # the policy speaks for it, and lets it through
        ("https://app.example'", "https://evil.example'"),  # no path would help
        (MISSING, "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."),
    ],
)
def test_what_a_path_does_not_explain_is_not_put_down_to_it(call: Run, old: str, new: str) -> None:
    write("site.conf", SITE)
    assert made(call("explain", "--format", "json", APP.replace(old, new), "site.conf"))["outside"] == []
