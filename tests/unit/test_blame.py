"""Which policy makes a browser say what it said: asked over small configurations of real products."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from corslint import engine
from corslint.blame import Blame, Inquiry, inquire
from corslint.config import Config
from corslint.console import read

APP, SHOP = "https://app.example.com", "https://shop.example.com"
PREFLIGHT = "Response to preflight request doesn't pass access control check: "
MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
NOT_OK = "It does not have HTTP ok status."
WILDCARD = (
    "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the"
    " request's credentials mode is 'include'."
)
NO_CREDENTIALS = (
    "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when the"
    " request's credentials mode is 'include'."
)
PUT = "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."
API_KEY = "Request header field x-api-key is not allowed by Access-Control-Allow-Headers in preflight response."

STARLETTE = f"""\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["{APP}"],
    allow_methods=["GET", "POST"],
    allow_headers=["content-type"],
)
"""
FLASK = f"""\
from flask import Flask
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["{APP}"], methods=["GET", "POST"], allow_headers=["content-type"])
"""
DJANGO = f"""\
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
CORS_ALLOWED_ORIGINS = ["{APP}"]
CORS_ALLOW_METHODS = ["GET", "POST"]
CORS_ALLOW_HEADERS = ["content-type"]
"""
NGINX = f"""\
server {{
    server_name api.example.com;
    location /api/ {{
        add_header Access-Control-Allow-Origin {APP};
        add_header Access-Control-Allow-Methods "GET, POST" always;
        proxy_pass http://127.0.0.1:8000;
    }}
}}
"""
FILES = {"main.py": STARLETTE, "app.py": FLASK, "settings.py": DJANGO, "site.conf": NGINX}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def chromium(reason: str, origin: str = APP, url: str = "https://api.example.com/api/orders") -> str:
    return f"Access to fetch at '{url}' from origin '{origin}' has been blocked by CORS policy: {reason}"


def firefox(reason: str, more: str = "") -> str:
    place = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at"
    return f"{place} https://api.example.com/api/orders. (Reason: {reason}).{more}"


def asked(text: str, **files: str) -> Inquiry:
    """What comes of a console text over files; `main_py` stands for main.py."""
    for name, content in files.items():
        Path(name.replace("_", ".")).write_text(content, encoding="utf-8")
    complaint = read(text)
    assert complaint is not None
    return inquire(engine.run(["."], Config()), complaint)


def over(path: str, text: str) -> Inquiry:
    """The same over one of the files above."""
    return asked(text, **{path.replace(".", "_"): FILES[path]})


def only(inquiry: Inquiry) -> Blame:
    assert len(inquiry.blamed) == 1
    return inquiry.blamed[0]


def told(inquiry: Inquiry) -> tuple[str, int, list[str]]:
    """How certain the only blame is, the line, and the changes."""
    blame = only(inquiry)
    return blame.certainty, blame.label.span.line, [change.text for change in blame.changes]


LISTED = f'["{APP}", "{SHOP}"]'


@pytest.mark.parametrize(
    ("path", "reason", "origin", "line", "change"),
    [
        ("main.py", MISSING, SHOP, 7, f"allow_origins={LISTED}"),
        ("main.py", PREFLIGHT + MISSING, SHOP, 7, f"allow_origins={LISTED}"),
        ("app.py", MISSING, SHOP, 5, f"origins={LISTED}"),
        ("app.py", PREFLIGHT + MISSING, SHOP, 5, f"origins={LISTED}"),
        ("app.py", PUT, APP, 5, 'methods=["GET", "POST", "PUT"]'),
        ("app.py", API_KEY, APP, 5, 'allow_headers=["content-type", "x-api-key"]'),
        ("settings.py", MISSING, SHOP, 3, f"CORS_ALLOWED_ORIGINS = {LISTED}"),
        ("settings.py", PREFLIGHT + MISSING, SHOP, 3, f"CORS_ALLOWED_ORIGINS = {LISTED}"),
        ("settings.py", PUT, APP, 4, 'CORS_ALLOW_METHODS = ["GET", "POST", "PUT"]'),
        ("settings.py", API_KEY, APP, 5, 'CORS_ALLOW_HEADERS = ["content-type", "x-api-key"]'),
        ("settings.py", NO_CREDENTIALS, APP, 3, "CORS_ALLOW_CREDENTIALS = True"),
        ("site.conf", PUT, APP, 5, 'add_header Access-Control-Allow-Methods "GET, POST, PUT" always;'),
        ("site.conf", API_KEY, APP, 4, 'add_header Access-Control-Allow-Headers "x-api-key" always;'),
        ("site.conf", NO_CREDENTIALS, APP, 4, 'add_header Access-Control-Allow-Credentials "true" always;'),
    ],
)  # fmt: skip
def test_the_line_to_blame_and_the_change(path: str, reason: str, origin: str, line: int, change: str) -> None:
    assert told(over(path, chromium(reason, origin))) == ("exact", line, [change])


def test_the_proof_shows_the_refusal_that_was_printed() -> None:
    proof = only(over("main.py", chromium(MISSING, SHOP))).proof
    assert proof is not None
    assert (proof.request.origin, proof.request.url) == (SHOP, "https://api.example.com/api/orders")
    assert proof.verdict.error == "MissingAllowOriginHeader"


def test_a_value_that_nginx_sends_to_everyone() -> None:
    value = f"The 'Access-Control-Allow-Origin' header has a value '{APP}' that is not equal to the supplied origin."
    blame = only(over("site.conf", chromium(value, SHOP)))
    assert (blame.certainty, blame.label.span.line) == ("exact", 4)
    assert blame.label.text == f"this does not let {SHOP} in"


@pytest.mark.parametrize(
    ("path", "reason", "origin"),
    [
        # What the products do not do: Starlette answers 400 instead of naming methods and headers.
        ("main.py", PUT, APP),
        ("main.py", API_KEY, APP),
        # The product answers otherwise than the text says.
        ("main.py", WILDCARD, APP),
        ("app.py", WILDCARD, APP),
        ("settings.py", WILDCARD, APP),
        ("site.conf", WILDCARD, APP),
        ("app.py", PREFLIGHT + NOT_OK, APP),
        ("settings.py", PREFLIGHT + NOT_OK, APP),
        ("app.py", "Method POST is not allowed by Access-Control-Allow-Methods in preflight response.", APP),
        ("app.py", "Cannot parse Access-Control-Allow-Methods response header field in preflight response.", APP),
        ("app.py", PREFLIGHT + "Redirect is not allowed for a preflight request.", APP),
        ("app.py", MISSING, APP),
        ("app.py", PREFLIGHT + MISSING, APP),
        ("settings.py", MISSING, APP),
        ("settings.py", "The 'Access-Control-Allow-Origin' header contains the invalid value ''.", SHOP),
        ("settings.py", "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is"
         " allowed.", SHOP),
        # The value is not what nginx sends.
        ("site.conf", f"The 'Access-Control-Allow-Origin' header has a value '{SHOP}' that is not equal to the supplied"
         " origin.", "https://third.example"),
        # No answer of a server has a say.
        ("main.py", "Permission was denied for this request to access the `loopback` address space.", SHOP),
    ],
)  # fmt: skip
def test_nobody_is_blamed_for_what_no_model_gives(path: str, reason: str, origin: str) -> None:
    assert over(path, chromium(reason, origin)).blamed == ()


@pytest.mark.parametrize(
    "text",
    [
        "TypeError: Failed to fetch",
        "GET http://localhost:8000/api/ net::ERR_CONNECTION_REFUSED",
        "Failed to load resource: the server responded with a status of 404 (Not Found)",
        firefox("CORS request did not succeed", " Status code: (null)."),
        firefox("CORS disabled"),
    ],
)
@pytest.mark.parametrize("path", FILES)
def test_nobody_is_blamed_for_a_text_without_a_cause_of_cors(path: str, text: str) -> None:
    assert over(path, text).blamed == ()


def test_starlette_answers_400_to_a_method_and_to_a_header_that_are_not_listed() -> None:
    blame = only(over("main.py", chromium(PREFLIGHT + NOT_OK)))
    assert (blame.certainty, blame.label.text) == ("possible", "OPTIONS is answered with 400")
    assert blame.when == ("the request is a GET with `authorization`, or a PUT, or a DELETE, or a PATCH",)


def test_the_method_in_another_line_makes_it_certain() -> None:
    text = chromium(PREFLIGHT + NOT_OK) + "\napp.js:3 PUT https://api.example.com/api/orders net::ERR_FAILED"
    assert told(over("main.py", text)) == ("exact", 8, ['allow_methods=["GET", "POST", "PUT"]'])


def test_a_policy_that_lets_the_request_through_is_named() -> None:
    found = over("app.py", chromium(MISSING))
    assert ([one.name for one in found.admitting], found.blamed) == (["CORS on `app`"], ())


def test_a_policy_that_refuses_it_for_another_reason_does_not_let_it_through() -> None:
    assert over("app.py", chromium(WILDCARD, SHOP)) == Inquiry()


@pytest.mark.parametrize("path", ["main.py", "site.conf"])
def test_headers_that_are_missing_on_errors_are_possible(path: str) -> None:
    blame = only(over(path, chromium(MISSING)))
    assert blame.certainty == "possible"
    assert blame.label.text == "answers with an error status do not carry the headers"
    assert blame.when[0].startswith("the application answers with ")


def test_the_status_in_the_text_makes_it_certain() -> None:
    blame = only(over("site.conf", firefox("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: 404.")))
    assert (blame.certainty, blame.when, blame.rule) == ("exact", (), "headers-missing-on-errors")
    assert (
        over("site.conf", firefox("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: 200.")).blamed
        == ()
    )


def test_an_entry_that_was_meant_for_the_page_is_blamed_itself() -> None:
    text = STARLETTE.replace(f'"{APP}"', f'"{SHOP}", "{APP}/"')
    blame = only(asked(chromium(MISSING), main_py=text))
    assert (blame.certainty, blame.rule) == ("exact", "malformed-origin")
    assert blame.label.span.text == f'"{APP}/"'
    assert blame.label.text == f"this never matches {APP}: an origin ends without a slash"
    assert [change.text for change in blame.changes] == [f'"{APP}" instead of "{APP}/"']


def test_firefox_does_not_tell_the_page_so_a_listed_one_is_tried_first() -> None:
    missing = firefox("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: 200.")
    assert only(asked(missing, main_py=STARLETTE.replace(f"{APP}", f"{APP}/"))).certainty == "exact"
    blame = only(over("main.py", missing))
    assert (blame.certainty, blame.when) == ("possible", ("the page comes from a website that is not listed",))


def test_firefox_does_not_tell_the_method_either() -> None:
    text = firefox("Did not find method in CORS header ‘Access-Control-Allow-Methods’")
    assert only(over("app.py", text)).certainty == "exact"
    wider = FLASK.replace('"GET", "POST"', '"GET", "PUT", "PATCH"')
    assert only(asked(text, app_py=wider)).when == ("the request is a DELETE",)
    assert asked(text, app_py=FLASK.replace('"GET", "POST"', '"PUT", "PATCH", "DELETE"')).blamed == ()


def test_safari_says_the_same_of_two_causes() -> None:
    text = f"Origin {SHOP} is not allowed by Access-Control-Allow-Origin. Status code: 200"
    assert [only(over(path, text)).certainty for path in ("main.py",)] == ["exact"]
    assert only(asked(text, site_conf=NGINX, main_py="")).label.span.line == 4


def test_a_name_alone_is_enough_where_the_policy_tells_the_rest() -> None:
    star = STARLETTE.replace(f'"{APP}"', '"*"')
    assert only(asked("WildcardOriginNotAllowed", main_py=star)).certainty == "exact"
    assert asked("InvalidAllowCredentials", main_py=star).blamed == ()


def test_a_policy_for_other_paths_is_only_blamed_if_a_proxy_may_stand_before_it() -> None:
    value = f"The 'Access-Control-Allow-Origin' header has a value '{APP}' that is not equal to the supplied origin."
    blame = only(asked(chromium(value, SHOP, "https://api.example.com/v1/orders"), site_conf=NGINX))
    assert blame.certainty == "possible"
    assert blame.when == ("a proxy hands /v1/orders on to it under another path",)


def test_a_policy_for_other_paths_is_left_alone_where_another_explains_it() -> None:
    two = NGINX.replace(
        "    location /api/",
        f"    location /v1/ {{ add_header Access-Control-Allow-Origin {APP}; }}\n    location /api/",
    )
    value = f"The 'Access-Control-Allow-Origin' header has a value '{APP}' that is not equal to the supplied origin."
    blame = only(asked(chromium(value, SHOP, "https://api.example.com/v1/orders"), site_conf=two))
    assert blame.policy.scope.text == "location /v1/ of server api.example.com"


def test_two_layers_that_each_name_the_origin_make_several() -> None:
    several = (
        f"The 'Access-Control-Allow-Origin' header contains multiple values '{APP}, {APP}', but only one is allowed."
    )
    found = asked(chromium(several), main_py=STARLETTE, site_conf=NGINX)
    assert [(one.policy.product, one.certainty, one.when) for one in found.blamed] == [
        ("nginx", "possible", ("the same request passes Starlette too",)),
        ("Starlette", "possible", ("the same request passes nginx too",)),
    ]
    assert asked(chromium(several.replace(APP, SHOP)), main_py=STARLETTE, site_conf=NGINX).blamed == ()


def test_one_layer_alone_makes_no_two_values() -> None:
    several = (
        f"The 'Access-Control-Allow-Origin' header contains multiple values '{APP}, {APP}', but only one is allowed."
    )
    assert asked(chromium(several), main_py=STARLETTE).blamed == ()


def test_what_the_answers_alone_do_not_show_is_taken_from_the_findings() -> None:
    low = DJANGO.replace(
        '"corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"',
        '"django.middleware.common.CommonMiddleware", "corsheaders.middleware.CorsMiddleware"',
    )
    blame = only(asked(chromium(MISSING), settings_py=low))
    assert (blame.certainty, blame.rule, blame.label.span.line) == ("possible", "middleware-order", 2)
    assert asked(chromium(PUT), settings_py=low).blamed[0].rule is None


def test_settings_that_run_time_decides_are_named() -> None:
    text = STARLETTE.replace(f'["{APP}"]', "load_origins()")
    found = asked(chromium(MISSING), main_py=text)
    assert found.blamed == ()
    assert [(one.name, why) for one, why in found.undecided] == [
        ("CORSMiddleware on `app`", "`load_origins()` is called at run time")
    ]


def test_of_several_ways_a_policy_may_turn_out_the_condition_is_told() -> None:
    text = STARLETTE.replace(
        "app = FastAPI()", 'import os\nORIGINS = ["*"] if os.getenv("DEBUG") == "1" else []\napp = FastAPI()'
    )
    blame = only(asked(chromium(MISSING), main_py=text.replace(f'["{APP}"]', "ORIGINS")))
    assert blame.certainty == "exact"
    assert blame.when == ('DEBUG is not "1"',)


def test_nobody_is_told_to_let_null_in() -> None:
    blame = only(over("main.py", chromium(MISSING, "null")))
    assert (blame.certainty, blame.changes) == ("exact", ())


def test_the_policy_for_the_host_in_the_text_comes_first() -> None:
    other = NGINX.replace("api.example.com", "static.example.com")
    found = asked(chromium(PUT), a_conf=other, b_conf=NGINX)
    assert [one.policy.span.path for one in found.blamed] == ["b.conf", "a.conf"]


def test_no_policies_no_blame() -> None:
    assert asked(chromium(MISSING), main_py="print('hello')\n") == Inquiry()


def test_the_fault_of_one_model_does_not_keep_the_others_from_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("corslint.blame.hits.smallest", fails)
    found = asked(chromium(MISSING, SHOP), main_py=STARLETTE, app_py=FLASK.replace(f'["{APP}"]', '"*"'))
    assert [crash.where for crash in found.crashes] == ["blaming main.py#CORSMiddleware@app"]
    assert [one.product for one in found.admitting] == ["flask-cors"]


def test_the_policy_with_an_entry_for_the_page_comes_first() -> None:
    wrong = FLASK.replace(f'"{APP}"', f'"{SHOP}/"')
    found = asked(chromium(MISSING, SHOP), settings_py=DJANGO, main_py=STARLETTE, zzz_py=wrong)
    assert [one.policy.span.path for one in found.blamed] == ["zzz.py", "main.py", "settings.py"]


@pytest.mark.parametrize(("path", "line"), [("main.py", 7), ("app.py", 5), ("settings.py", 3), ("site.conf", 4)])
def test_a_message_without_its_reason_blames_who_does_not_let_the_page_in(path: str, line: int) -> None:
    found = only(over(path, chromium("", SHOP).rstrip(" :")))
    assert (found.certainty, found.label.span.line) == ("exact", line)
    assert [one.certainty for one in over(path, chromium("")).blamed if one.certainty == "exact"] == []


def test_policies_past_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corslint.blame.MAX_POLICIES", 1)
    found = asked(chromium(PUT), a_conf=NGINX, b_conf=NGINX.replace("/api/", "/other/"), c_conf=NGINX)
    assert ([one.policy.span.path for one in found.blamed], found.not_asked) == (["a.conf"], 1)


def test_many_policies_are_asked_in_bounded_time() -> None:
    locations = "".join(
        f"location /{number}/ {{ add_header Access-Control-Allow-Origin {APP}; proxy_pass http://b; }}\n"
        for number in range(300)
    )
    Path("site.conf").write_text(f"server {{\n{locations}}}\n", encoding="utf-8")
    report, complaint = engine.run(["."], Config()), read("CORSMethodNotFound")
    assert complaint is not None
    start = time.process_time()
    assert len(inquire(report, complaint).blamed) == 300
    assert time.process_time() - start < 20
