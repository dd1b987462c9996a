"""`corslint simulate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Done, Run, write

NARROW = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["GET"],
)
"""
OPEN = "import x\nfrom starlette.middleware.cors import CORSMiddleware\n" + (
    'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["GET"])\n'
)
NGINX = """\
server {
    server_name api.example.com;
    location /api/ {
        add_header Access-Control-Allow-Origin "https://app.example.com";
        proxy_pass http://backend;
    }
}
"""


@pytest.fixture
def run(call: Run) -> Run:
    """With all servers: the answers are theirs."""
    return call


def test_a_refused_request_is_told_step_by_step_with_the_change_that_allows_it(run: Run) -> None:
    write("main.py", NARROW)
    done = run("simulate", "--origin", "https://app.example.com", "--method", "PUT", "--header", "x-api-key")
    assert done == Done(
        0,
        """\
main.py:5  CORSMiddleware on `app` (Starlette), production                                          REFUSED
  1. preflight needed: PUT is no simple method; `x-api-key` is no safelisted header
  2. server answers OPTIONS with 400
       Access-Control-Allow-Origin: https://app.example.com
       Access-Control-Allow-Methods: GET
       Access-Control-Max-Age: 600
       Access-Control-Allow-Headers: Accept, Accept-Language, Content-Language, Content-Type
       Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers, \
Access-Control-Request-Private-Network
  3. browser refuses the preflight, PUT is never sent: status 400 is not one of 200 to 299
  console: "Response to preflight request doesn't pass access control check: It does not have HTTP ok status."
           (Chromium PreflightInvalidStatus; Firefox CORSPreflightDidNotSucceed3)
  to allow it: allow_methods=["GET", "PUT"]  (main.py:8)
               allow_headers=["Content-Type", "x-api-key"]  (main.py:5)
  warning: a GET from https://app.example.com without further headers is allowed

1 policy found. 1 refused.
""",
        "",
    )


def test_an_allowed_request_shows_both_answers(run: Run) -> None:
    write("main.py", NARROW)
    done = run("simulate", "--origin", "https://app.example.com")
    assert done.code == 0
    assert done.lines[0].endswith("ALLOWED")
    assert "  2. server carries out GET and answers with 200" in done.lines
    assert "       Access-Control-Allow-Origin: https://app.example.com" in done.lines
    assert "to allow it" not in done.out


def test_an_allowed_request_with_cookies_warns_where_everybody_may(run: Run) -> None:
    write("main.py", OPEN)
    done = run("simulate", "--origin", "https://app.example.com", "--credentials")
    assert (
        "warning: every website is allowed this, with the visitor's cookies (any-origin-with-credentials)" in done.out
    )


def test_a_refused_request_with_cookies_warns_of_the_plain_one_that_passes(run: Run) -> None:
    write("main.py", OPEN)
    done = run("simulate", "--origin", "https://evil.example", "--credentials", "--method", "PUT")
    assert "REFUSED" in done.lines[0]
    assert (
        "warning: a GET with cookies from https://evil.example without further headers is allowed,"
        " as it is from every website (any-origin-with-credentials)" in done.out
    )


@pytest.mark.parametrize(
    ("origin", "expect", "code"),
    [
        ("https://app.example.com", "allowed", 0),
        ("https://app.example.com", "refused", 1),
        ("https://evil.example", "refused", 0),
        ("https://evil.example", "allowed", 1),
        ("null", "refused", 0),
    ],
)
def test_an_expectation_decides_the_exit_code(run: Run, origin: str, expect: str, code: int) -> None:
    write("main.py", NARROW)
    assert run("simulate", "--origin", origin, "--expect", expect).code == code


def test_what_is_decided_at_run_time_meets_no_expectation(run: Run) -> None:
    write("main.py", NARROW.replace('["https://app.example.com"]', "load()"))
    for expect in ("allowed", "refused"):
        done = run("simulate", "--origin", "https://app.example.com", "--expect", expect)
        assert done.code == 1
        assert "UNDETERMINED" in done.out
        assert "  the files do not tell: `load()` is called at run time" in done.out


def test_what_has_no_say_does_not_make_it_undetermined(run: Run) -> None:
    write("main.py", NARROW.replace("allow_methods", "max_age=load(), allow_methods"))
    assert run("simulate", "--origin", "https://app.example.com", "--expect", "allowed").code == 0


def test_several_origins_are_asked_one_by_one(run: Run) -> None:
    write("main.py", NARROW)
    done = run("simulate", "--origin", "https://app.example.com", "--origin", "https://evil.example")
    assert [line for line in done.lines if line.startswith("Origin: ")] == [
        "Origin: https://app.example.com",
        "Origin: https://evil.example",
    ]
    assert done.lines[-1] == "1 policy found. 1 allowed, 1 refused."


def test_each_way_a_setting_may_turn_out_is_asked(run: Run) -> None:
    write("main.py", NARROW.replace('["https://app.example.com"]', '["https://app.example.com"] if PROD else ["*"]'))
    done = run("simulate", "--origin", "https://evil.example")
    assert [line.split()[-1] for line in done.lines if line.startswith("main.py")] == ["REFUSED", "ALLOWED"]
    assert sum(line.startswith("  when ") for line in done.lines) == 2


def test_what_keeps_a_policy_from_being_asked_is_told_beside_it(run: Run) -> None:
    write("main.py", NARROW.replace("allow_methods", "allow_method"))
    done = run("simulate", "--origin", "https://app.example.com")
    assert "REFUSED" in done.lines[0]
    assert "  to allow it: did you mean `allow_methods`?  (main.py:8)" in done.lines
    assert (
        "  warning: every request fails: CORSMiddleware takes no `allow_method` (rejected-configuration)" in done.lines
    )


class TestChoosingPolicies:
    """--url, --policy, --environment."""

    def test_a_path_asks_those_that_answer_it(self, run: Run) -> None:
        write("site.conf", NGINX)
        assert "REFUSED" in run("simulate", "--origin", "https://evil.example", "--url", "/api/x").out
        done = run("simulate", "--origin", "https://evil.example", "--url", "/other")
        assert done.out == "1 policy found; none answers this request.\n"
        assert done.code == 0

    def test_an_expectation_that_meets_no_policy_is_incomplete(self, run: Run) -> None:
        write("site.conf", NGINX)
        done = run("simulate", "--origin", "https://evil.example", "--url", "/other", "--expect", "refused")
        assert (done.code, done.err) == (3, "corslint: error: an expectation met no policy, so it proves nothing\n")

    def test_without_any_settings_it_says_so(self, run: Run) -> None:
        write("main.py", "print()\n")
        done = run("simulate", "--origin", "https://evil.example")
        assert done.code == 0
        assert done.out.startswith("No CORS settings found in 1 file")
        assert run("simulate", "--origin", "https://evil.example", "--expect", "refused").code == 3

    def test_a_name_asks_those_that_bear_it(self, run: Run) -> None:
        write("main.py", NARROW)
        write("site.conf", NGINX)
        done = run("simulate", "--origin", "https://evil.example", "--policy", "location /api/")
        assert [line.split()[0] for line in done.lines if line.endswith("REFUSED")] == ["site.conf:4"]

    def test_a_name_that_nobody_bears(self, run: Run) -> None:
        write("main.py", NARROW)
        done = run("simulate", "--origin", "https://evil.example", "--policy", "CORSMiddelware on `app`")
        assert done.code == 2
        assert "did you mean 'CORSMiddleware on `app`'?" in done.err

    def test_an_environment_leaves_the_others_out(self, run: Run) -> None:
        write("main.py", NARROW)
        done = run("simulate", "--origin", "https://evil.example", "--environment", "development")
        assert done.out == "1 policy found; none answers this request.\n"


def test_nginx_forgets_its_headers_on_errors(run: Run) -> None:
    write("site.conf", NGINX)
    done = run("simulate", "--origin", "https://app.example.com", "--status", "502", "--url", "/api/")
    assert "REFUSED" in done.lines[0]
    assert "  to allow it: end the `add_header` with `always`  (site.conf:4)" in done.lines


def test_null_being_allowed_is_never_told_without_what_it_means(run: Run) -> None:
    write("main.py", NARROW.replace("https://app.example.com", "null"))
    said = "warning: every website can send `null`, from a sandboxed frame"
    assert said in run("simulate", "--origin", "null").out
    write("main.py", NARROW.replace("https://app.example.com", "*"))
    assert said not in run("simulate", "--origin", "null").out


def test_a_private_network_is_asked_for_as_older_browsers_did(run: Run) -> None:
    write("main.py", NARROW)
    done = run("simulate", "--origin", "https://app.example.com", "--private-network")
    assert "the answer refuses it (status 400); later ones ask the user instead, and no header helps" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say where the page is: --origin https://app.example.com (or give --cases FILE)"),
        (("--origin", "https://app.example.com/"), "did you mean https://app.example.com?"),
        (("--origin", "HTTPS://App.Example.com:443"), "did you mean https://app.example.com?"),
        (("--origin", "app.example.com"), "did you mean https://app.example.com?"),
        (("--origin", "http://[::1]:80"), "did you mean http://[::1]?"),
        (("--origin", "https://app.example.com."), "did you mean https://app.example.com?"),
        (("--origin", "NULL"), "did you mean null?"),
        (("--origin", "*"), "'*' is no origin as browsers send it"),
        (("--origin", ""), "'' is no origin as browsers send it"),
        (("--origin", "null", "--method", "TRACE"), "'TRACE' is no method that a script can send"),
        (("--origin", "null", "--method", "GET POST"), "'GET POST' is no method that a script can send"),
        (("--origin", "null", "--header", "x y"), "'x y' is no header that a script can set"),
        (("--origin", "null", "--url", "api"), "'api' is no path that begins with / and no http(s) URL"),
        (("--origin", "null", "--url", "//evil"), "'//evil' is no path that begins with /"),
        (("--origin", "null", "--status", "99"), "99 is no status of an answer"),
        (("--origin", "null", "missing"), "missing: no such file or folder"),
        (("--cases", "missing.toml"), "missing.toml: "),
        (("--cases", "x.toml", "--origin", "null"), "--origin does not go with --cases"),
        (("--cases", "x.toml", "--expect", "allowed"), "--expect does not go with --cases"),
    ],
)
def test_a_wrong_call_says_what_is_meant(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("simulate", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1


CASES = """\
[[case]]
name = "the app may read"
origin = "https://app.example.com"
expect = "allowed"

[[case]]
name = "nobody else may"
origin = "https://evil.example"
method = "PUT"
headers = ["authorization", "content-type: application/json"]
credentials = true
expect = "refused"
"""


class TestCases:
    """--cases."""

    def test_all_as_expected(self, run: Run) -> None:
        write("main.py", NARROW)
        write("cors.toml", CASES)
        assert run("simulate", "--cases", "cors.toml") == Done(
            0, "ok  the app may read\nok  nobody else may\n2 cases: 2 as expected.\n", ""
        )

    def test_a_case_that_fails_is_told_at_length(self, run: Run) -> None:
        write("main.py", NARROW)
        write("cors.toml", CASES.replace("app.example.com", "new.example.com"))
        done = run("simulate", "--cases", "cors.toml")
        assert done.code == 1
        assert done.lines[0] == "FAILED  the app may read: expected allowed, it is refused"
        assert (
            '  to allow it: allow_origins=["https://app.example.com", "https://new.example.com"]  (main.py:7)'
            in done.lines
        )
        assert done.lines[-2:] == ["ok  nobody else may", "2 cases: 1 as expected, 1 failed."]

    def test_keys_may_be_spelled_as_the_options_are(self, run: Run) -> None:
        write("main.py", NARROW)
        text = '[[cases]]\norigin = "https://app.example.com"\nheader = "x-api-key"\nexpect = "refused"\n'
        write("cors.toml", text)
        assert run("simulate", "--cases", "cors.toml").lines == ["ok  case 1", "1 case: 1 as expected."]

    def test_a_case_that_meets_no_policy_proves_nothing(self, run: Run) -> None:
        write("site.conf", NGINX)
        write("cors.toml", CASES.replace("credentials", 'url = "/other"\ncredentials'))
        done = run("simulate", "--cases", "cors.toml")
        assert done.code == 3
        assert done.lines == [
            "ok  the app may read",
            "NOT ASKED  nobody else may: no policy answers it",
            "2 cases: 1 as expected, 1 met no policy.",
        ]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "cors.toml: holds no [[case]]"),
            ("[case]\n", "cors.toml: cases begin with [[case]], in two brackets"),
            ("[[caes]]\n", "cors.toml: there is no key 'caes' (did you mean 'cases'?); cases begin with [[case]]"),
            ("cases = 5\n", "cors.toml: cases begin with [[cases]], in two brackets"),
            ("x = 1" + 5000 * "0", "cors.toml: is no valid TOML: "),
            ("x = \n", "cors.toml: is no valid TOML: Invalid value (at line 1, column 5)"),
            ('[[case]]\nexpect = "allowed"\n', "cors.toml: case 1: origin is missing"),
            ('[[case]]\norigin = "null"\n', 'cors.toml: case 1: expect is missing: write "allowed" or "refused"'),
            ('[[case]]\norigin = "null"\nexpect = "alowed"\n', "(did you mean 'allowed'?)"),
            (
                '[[case]]\nname = "x"\norigins = "null"\n',
                "case 1 (x): there is no key 'origins' (did you mean 'origin'?)",
            ),
            ('[[case]]\norigin = 5\nexpect = "allowed"\n', "case 1: origin must be a text in quotes, not 5"),
            (
                '[[case]]\norigin = "null"\nexpect = "allowed"\ncredentials = "no"\n',
                "credentials must be true or false",
            ),
            ('[[case]]\norigin = "null"\nexpect = "allowed"\nheaders = [1]\n', "headers must be a list of texts"),
            ('[[case]]\norigin = "null"\nexpect = "allowed"\nstatus = true\n', "True is no status of an answer"),
        ],
    )
    def test_a_file_that_cannot_be_used(self, run: Run, text: str, said: str) -> None:
        write("main.py", NARROW)
        write("cors.toml", text)
        done = run("simulate", "--cases", "cors.toml")
        assert (done.code, done.out) == (2, "")
        assert said in done.err


def test_json_tells_all_of_it(run: Run) -> None:
    write("main.py", NARROW)
    done = run("simulate", "--origin", "https://app.example.com", "--method", "DELETE", "--format", "json")
    told = json.loads(done.out)
    (result,) = told["results"]
    assert told["version"] == 1
    assert told["summary"] == {"policies": 1, "allowed": 0, "refused": 1, "undetermined": 0, "failed": 0}
    assert (result["outcome"], result["path"], result["line"]) == ("refused", "main.py", 5)
    assert result["preflight"]["status"] == 400
    assert result["verdict"]["error"] == "PreflightInvalidStatus"
    assert result["verdict"]["firefox_error"] == "CORSPreflightDidNotSucceed3"
    assert result["verdict"]["console"].endswith("It does not have HTTP ok status.")
    assert result["remedy"] == {
        "proven": True,
        "changes": [{"text": 'allow_methods=["GET", "DELETE"]', "path": "main.py", "line": 8}],
    }


def test_standard_input_is_asked_too(run: Run) -> None:
    done = run(
        "simulate", "--origin", "https://evil.example", "--stdin-filename", "main.py", "-", stdin=NARROW.encode()
    )
    assert done.code == 0
    assert done.lines[0].startswith("main.py:5")


def test_what_cannot_be_read_makes_it_incomplete(run: Run) -> None:
    write("main.py", NARROW)
    write("broken.py", "from fastapi.middleware.cors import CORSMiddleware\nallow_origins = [\n")
    done = run("simulate", "--origin", "https://app.example.com", "--expect", "allowed")
    assert done.code == 3
    assert "broken.py" in done.out
    assert Path("broken.py").exists()
