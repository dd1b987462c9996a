"""Texts where a list, or a yes or a no, is expected: `string-for-list` and `string-for-boolean`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from single_files import findings, in_django, in_flask, in_starlette

from corslint.finding import Confidence, Finding, Severity

LISTED = 'allow_origins=["https://app.example.com"], allow_methods=["*"], allow_headers=["*"], '
LISTED_IN_DJANGO = 'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n'


def of(slug: str, found: list[Finding]) -> list[Finding]:
    return [one for one in found if one.rule == slug]


def one(slug: str, found: list[Finding]) -> Finding:
    (finding,) = of(slug, found)
    return finding


# A list


@pytest.mark.parametrize(
    ("text", "stranger", "severity"),
    [
        ('"https://app.example.com"', "https://app.example.co", Severity.HIGH),
        ('"https://shop.example.net"', "https://shop.example.ne", Severity.HIGH),
        ('"https://api.my-shop.dev"', "https://api.my-shop.de", Severity.HIGH),
        ('"https://api.mysite.zone"', "https://api.my", Severity.HIGH),
        ('("https://app.example.com")', "https://app.example.co", Severity.HIGH),
        ('"https://a.example.io, https://b.example.com"', "https://b.example.co", Severity.HIGH),
        ("'[\"https://app.example.com\"]'", "https://app.example.co", Severity.HIGH),
        ('"https://app.example.museum"', "https://app.example.mu", Severity.HIGH),
        ('"https://app.example"', "https://app.exampl", Severity.MEDIUM),
        ('"https://shop.netlify.app/"', "https://shop.net", Severity.HIGH),
        ('"https://app.example/"', "https://app.exampl", Severity.MEDIUM),
        ('"http://localhost:3000"', "http://localhost", Severity.LOW),
        ('"http://localhost:3000,https://app.example"', "https://app.exampl", Severity.MEDIUM),
    ],
)
def test_a_part_of_the_text_gets_into_starlette(text: str, stranger: str, severity: Severity) -> None:
    found = one("string-for-list", in_starlette(f"allow_origins={text}"))
    assert found.message == f"{stranger}, which is not listed, can read the answers"
    assert found.severity is severity
    assert found.proof
    assert found.proof.request.origin == stranger
    assert found.proof.verdict.allowed


def test_a_star_anywhere_in_the_text_lets_everyone_into_starlette() -> None:
    found = one("string-for-list", in_starlette('allow_origins="https://*.example.com", allow_credentials=True'))
    assert found.message == "any website can read this API with the visitor's cookies"
    assert found.also == ("any-origin-with-credentials",)


@pytest.mark.parametrize(
    "options",
    [
        'allow_origins="*"',
        'allow_origins=""',
        'allow_origins=("https://app.example.com",)',
        'allow_origins={"https://app.example.com"}',
        'allow_origins="https://app.example.com".split(",")',
        'allow_origins=os.getenv("ORIGINS", "https://app.example.com").split(",")',
        'allow_origins=os.environ["ORIGINS"]',
        'allow_origin_regex="https://app[.]example[.]com"',
        'allow_origins=["https://app.example.com"], allow_methods="*", allow_headers="*", expose_headers="*"',
        'allow_origins=["https://app.example.com"], allow_methods="GET, POST"',
        'allow_origins=["https://app.example.com"], allow_headers="Content-Type"',
    ],
)
def test_what_does_as_it_says_is_fine_in_starlette(options: str) -> None:
    assert not of("string-for-list", in_starlette(options))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ('allow_methods="GET, PUT"', "PUT requests fail: the answer to OPTIONS does not name them"),
        (
            'allow_headers="Authorization"',
            "requests with `authorization` fail: the answer to OPTIONS does not name them",
        ),
        ('expose_headers="X-Total-Count, Link"', "pages cannot read `X-Total-Count`"),
    ],
)
def test_names_in_a_text_are_letters_to_starlette(option: str, message: str) -> None:
    options = 'allow_origins=["https://app.example.com"], ' + option
    assert one("string-for-list", in_starlette(options)).message == message


def test_a_default_is_judged_where_its_variable_is_unset() -> None:
    found = one("string-for-list", in_starlette('allow_origins=os.getenv("ORIGINS", "https://app.example.com")'))
    assert found.message.endswith("can read the answers when ORIGINS is unset")
    assert found.help == 'make a list of the text: [one.strip() for one in text.split(",") if one.strip()]'


def test_what_is_local_by_default_may_be_set_to_what_is_not() -> None:
    found = one("string-for-list", in_starlette('allow_origins=os.getenv("ORIGINS", "http://localhost:3000")'))
    assert found.severity is Severity.MEDIUM


@pytest.mark.parametrize("value", ['os.getenv("ORIGINS")', 'os.environ.get("ORIGINS", "")'])
def test_a_variable_is_a_text_wherever_it_is_set(value: str) -> None:
    found = one("string-for-list", in_starlette(f"allow_origins={value}"))
    assert found.message == "allow_origins is one text where ORIGINS is set, and not the list that is expected"
    assert (found.severity, found.confidence, found.conditions) == (Severity.MEDIUM, Confidence.MEDIUM, ())


def test_everyone_by_default_is_worse_than_a_text_that_might_be_set() -> None:
    found = in_starlette('allow_origins=os.getenv("ORIGINS", "*"), allow_credentials=True')
    assert one("any-origin-with-credentials", found).also == ("string-for-list",)


def test_each_branch_is_judged_by_its_own_text() -> None:
    found = in_starlette('allow_origins=["https://a.example.com"] if os.getenv("DEV") else "https://app.example.com"')
    assert one("string-for-list", found).message.endswith("can read the answers when DEV is unset")


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ('CORS(app, origins="https://a.example, https://b.example")', "https://a.example stays locked out"),
        (
            'app.config["CORS_ORIGINS"] = "https://a.example,https://b.example"\nCORS(app)',
            "https://a.example stays locked out",
        ),
        (
            'CORS(app, resources={r"/api/.*": {"origins": "https://a.example https://b.example"}})',
            "https://a.example stays locked out",
        ),
        ("CORS(app, origins='[\"https://a.example\"]')", "every website can read the answers"),
        (
            'CORS(app, origins="https://a.example", allow_headers="X-One, X-Two")',
            "requests with `x-one` fail: the answer to OPTIONS does not name them",
        ),
    ],
)
def test_flask_cors_does_not_divide_a_text(statements: str, message: str) -> None:
    found = in_flask(statements)
    assert one("string-for-list", found).message == message
    assert not of("malformed-origin", found)


@pytest.mark.parametrize(
    "statements",
    [
        'CORS(app, origins="https://app.example.com")',
        'CORS(app, origins=("https://app.example.com"))',
        'CORS(app, origins="*")',
        'CORS(app, origins=r"^https://(a|b)[.]example$")',
        'CORS(app, origins=r"^https://[a-z]{1,3}[.]example$")',
        'CORS(app, origins="https://app.example.com", methods="GET,PUT", expose_headers="X-One, X-Two")',
        'CORS(app, origins="https://app.example.com", allow_headers="Content-Type")',
        'CORS(app, origins="https://app.example.com", allow_headers=r"X-.*")',
        'CORS(app, origins=["https://a.example,https://b.example"])',
        'CORS(app, origins="https://a.example,https://b.example".split(","))',
    ],
)
def test_one_name_in_a_text_is_fine_in_flask_cors(statements: str) -> None:
    assert not of("string-for-list", in_flask(statements))


def test_a_text_that_keeps_flask_from_starting_is_told_once() -> None:
    assert [one.rule for one in in_flask('CORS(app, origins="*, https://a.example")')] == ["rejected-configuration"]


@pytest.mark.parametrize(
    ("settings", "message", "also"),
    [
        (
            'CORS_ALLOWED_ORIGINS = "https://a.example"',
            "any website can read the answers through a sandboxed frame, and https://a.example cannot",
            ("null-origin",),
        ),
        (
            'CORS_ALLOWED_ORIGINS = ("https://a.example")\nCORS_ALLOW_CREDENTIALS = True',
            "any website can read answers made for the visitor through a sandboxed frame, and https://a.example cannot",
            ("null-origin",),
        ),
        (
            'CORS_ALLOWED_ORIGIN_REGEXES = r"^https://a[.]example$"',
            "every website can read the answers",
            ("reflected-origin",),
        ),
        (
            'CORS_ALLOWED_ORIGIN_REGEXES = (r"https://a[.]example")\nCORS_ALLOW_CREDENTIALS = True',
            "any website can read this API with the visitor's cookies",
            ("any-origin-with-credentials",),
        ),
        ('CORS_ALLOWED_ORIGIN_REGEXES = "((app|admin)[.]example[.]com)"', "requests fail", ()),
        (
            LISTED_IN_DJANGO + 'CORS_ALLOW_HEADERS = "content-type"',
            "requests with JSON fail: the answer to OPTIONS does not name them",
            (),
        ),
        (LISTED_IN_DJANGO + 'CORS_EXPOSE_HEADERS = ("X-Total-Count")', "pages cannot read `X-Total-Count`", ()),
    ],
)
def test_django_reads_letter_by_letter(settings: str, message: str, also: tuple[str, ...]) -> None:
    found = one("string-for-list", in_django(settings))
    assert (found.message, found.also) == (message, also)
    assert found.proof is not None


@pytest.mark.parametrize(
    "settings",
    [
        LISTED_IN_DJANGO + 'CORS_ALLOW_HEADERS = "*"',
        LISTED_IN_DJANGO + 'CORS_ALLOW_METHODS = ("GET", "PUT")',
        'CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://a[.]example$"]',
        'CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGINS = "https://a.example"',
        'CORS_ALLOWED_ORIGINS = ""',
    ],
)
def test_what_is_a_list_or_is_never_read_is_fine_in_django(settings: str) -> None:
    assert not of("string-for-list", in_django(settings))


# A yes or a no


@pytest.mark.parametrize("text", ['"false"', '"False"', "'0'", '"no"', '"off"', 'bool("false")', 'bool("0")'])
def test_a_text_that_says_no_switches_cookies_on(text: str) -> None:
    found = one("string-for-boolean", in_starlette(LISTED + f"allow_credentials={text}"))
    assert found.message == "cookies are sent and answers made for the visitor can be read, though the setting says no"
    assert found.severity is Severity.MEDIUM
    assert found.proof
    assert found.proof.verdict.allowed
    assert found.proof.request.credentials == "include"


@pytest.mark.parametrize(
    "options",
    ['allow_credentials=os.getenv("CRED", "false")', 'allow_credentials=bool(os.environ.get("CRED", "0"))'],
)
def test_a_default_that_says_no_is_judged_where_its_variable_is_unset(options: str) -> None:
    found = one("string-for-boolean", in_starlette('allow_origins=["*"], ' + options))
    assert found.message == "any website can read this API with the visitor's cookies when CRED is unset"
    assert found.also == ("any-origin-with-credentials",)
    assert found.help == 'compare the text: os.getenv("CRED", "false").lower() == "true"'


@pytest.mark.parametrize(
    ("value", "does"),
    [
        ('os.getenv("CRED", "True")', "does not switch allow_credentials off"),
        ('os.getenv("CRED", True)', "does not switch allow_credentials off"),
        ('bool(os.getenv("CRED", True))', "does not switch allow_credentials off"),
        ('bool(os.environ.get("CRED", "1"))', "does not switch allow_credentials off"),
        ('os.getenv("CRED", False)', "switches allow_credentials on"),
        ('bool(os.getenv("CRED", False))', "switches allow_credentials on"),
    ],
)
def test_a_variable_that_does_not_do_as_it_says_is_told(value: str, does: str) -> None:
    found = one("string-for-boolean", in_starlette(LISTED + f"allow_credentials={value}"))
    assert found.message == f"CRED=false {does}: every text but the empty one is true"
    assert (found.severity, found.confidence, found.conditions) == (Severity.MEDIUM, Confidence.MEDIUM, ())


@pytest.mark.parametrize(
    "value",
    [
        "False",
        "True",
        '"true"',
        '"True"',
        '""',
        '"1"',
        'os.getenv("CRED")',
        'os.getenv("CRED", "")',
        'os.getenv("CRED", 0)',
        'json.loads(os.getenv("CRED", "false"))',
        'bool(json.loads(os.getenv("CRED", "false")))',
        "bool(False)",
        'os.getenv("CRED", "false") == "true"',
        'os.getenv("CRED", "false").lower() in ("1", "true")',
        'bool(int(os.getenv("CRED", "0")))',
        'bool(os.getenv("CRED"))',
        '"false" == "true"',
        '"CRED" in os.environ',
    ],
)
def test_what_says_yes_or_is_compared_is_fine(value: str) -> None:
    assert not of("string-for-boolean", in_starlette(LISTED + f"allow_credentials={value}"))


@pytest.mark.parametrize(
    ("read", "setting"),
    [
        (in_flask, 'CORS(app, origins="https://a.example", supports_credentials="False")'),
        (in_flask, 'app.config["CORS_SUPPORTS_CREDENTIALS"] = "False"\nCORS(app, origins="https://a.example")'),
        (in_flask, 'CORS(app, resources={"/*": {"origins": "https://a.example", "supports_credentials": "False"}})'),
        (in_django, LISTED_IN_DJANGO + 'CORS_ALLOW_CREDENTIALS = "False"'),
    ],
)
def test_it_is_the_same_wherever_a_flag_can_stand(read: Callable[[str], list[Finding]], setting: str) -> None:
    assert one("string-for-boolean", read(setting)).severity is Severity.MEDIUM


@pytest.mark.parametrize("value", ['"False"', 'os.getenv("ALL", "False")', 'bool(os.getenv("ALL", "false"))'])
@pytest.mark.parametrize("name", ["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"])
def test_a_text_that_says_no_lets_everyone_in(name: str, value: str) -> None:
    found = one("string-for-boolean", in_django(f"{name} = {value}"))
    assert found.message.startswith("every website can read the answers")
    assert (found.severity, found.also) == (Severity.HIGH, ("production-wildcard",))


@pytest.mark.parametrize(
    ("value", "deed"),
    [
        ('config("ALL", default="False")', 'config("ALL", default=False, cast=bool)'),
        ('env("ALL", default="False")', 'env.bool("ALL", default=False)'),
    ],
)
def test_libraries_of_settings_can_make_a_bool_of_it(value: str, deed: str) -> None:
    text = "from decouple import config\nimport environ\nenv = environ.Env()\n"
    found = one("string-for-boolean", in_django(f"{text}CORS_ALLOW_ALL_ORIGINS = {value}"))
    assert found.help == f"let it make a bool of it: {deed}"
    assert not of("string-for-boolean", in_django(f"{text}CORS_ALLOW_ALL_ORIGINS = {deed}"))


def test_a_list_beside_a_switch_that_was_meant_to_be_off_is_not_told_too() -> None:
    found = in_django(LISTED_IN_DJANGO + 'CORS_ALLOW_ALL_ORIGINS = "False"')
    assert [one.rule for one in found] == ["string-for-boolean"]


def test_a_switch_that_does_no_harm_is_worth_a_word() -> None:
    found = one("string-for-boolean", in_flask('CORS(app, origins="https://a.example", vary_header="false")'))
    assert (found.message, found.severity) == ("vary_header is on", Severity.LOW)


def test_a_test_may_give_what_it_likes() -> None:
    text = "from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, {})"
    options = 'allow_origins="https://app.example.com", allow_credentials="false"'
    found = findings("tests/test_app.py", text.format(options))
    assert not of("string-for-list", found)
    assert not of("string-for-boolean", found)
