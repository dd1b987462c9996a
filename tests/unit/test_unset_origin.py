"""What an unset variable leaves behind in a list of origins: `unset-origin`."""

from __future__ import annotations

from pathlib import Path

import pytest
from single_files import FLASK_CORS, in_django, in_flask, in_starlette

from corslint import engine
from corslint.config import Config
from corslint.finding import Finding, Severity


def of(found: list[Finding]) -> list[Finding]:
    return [one for one in found if one.rule == "unset-origin"]


@pytest.mark.parametrize(
    ("settings", "message", "severity", "also"),
    [
        (
            'CORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "").split(",")',
            "any website can read the answers through a sandboxed frame when ORIGINS is unset",
            Severity.MEDIUM,
            ("null-origin",),
        ),
        (
            'CORS_ALLOWED_ORIGINS = os.environ.get("ORIGINS", "").split(",")\nCORS_ALLOW_CREDENTIALS = True',
            "any website can read answers made for the visitor through a sandboxed frame when ORIGINS is unset",
            Severity.HIGH,
            ("null-origin",),
        ),
        (
            'CORS_ALLOWED_ORIGINS = ["https://app.example.com", os.getenv("MORE", "")]',
            "any website can read the answers through a sandboxed frame when MORE is unset",
            Severity.MEDIUM,
            ("null-origin",),
        ),
        (
            'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n'
            'CORS_ALLOWED_ORIGIN_REGEXES = os.getenv("PATTERNS", "").split(",")\nCORS_ALLOW_CREDENTIALS = True',
            "any website can read this API with the visitor's cookies when PATTERNS is unset",
            Severity.HIGH,
            ("any-origin-with-credentials",),
        ),
        (
            'CORS_ORIGIN_REGEX_WHITELIST = os.getenv("PATTERNS", "").split(",")',
            "every website can read the answers when PATTERNS is unset",
            Severity.MEDIUM,
            ("reflected-origin",),
        ),
    ],
)
def test_the_empty_text_lets_somebody_into_django(
    settings: str, message: str, severity: Severity, also: tuple[str, ...]
) -> None:
    (found,) = of(in_django(settings))
    assert (found.message, found.severity, found.also) == (message, severity, also)
    assert found.proof
    assert found.proof.verdict.allowed


def test_the_variable_is_named_beside_a_list_that_has_another() -> None:
    settings = 'CORS_ALLOWED_ORIGIN_REGEXES = os.getenv("PATTERNS", "").split(",")'
    (found,) = of(in_django('CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n' + settings))
    assert found.primary.text.startswith("what is left without PATTERNS, as a pattern, matches every origin")


@pytest.mark.parametrize(
    "settings",
    [
        'CORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "").split()',
        'CORS_ALLOWED_ORIGINS = [one for one in os.getenv("ORIGINS", "").split(",") if one]',
        'CORS_ALLOWED_ORIGINS = list(filter(None, os.getenv("ORIGINS", "").split(",")))',
        'CORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "https://app.example.com").split(",")',
        'CORS_ALLOWED_ORIGINS = os.environ["ORIGINS"].split(",")',
        'CORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "").split(",") if os.getenv("ORIGINS") else []',
        'CORS_ALLOWED_ORIGINS = []\nif os.getenv("ORIGINS"):\n'
        '    CORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "").split(",")',
        'CORS_ALLOWED_ORIGINS = [os.getenv("ORIGIN")]',
        "CORS_ALLOWED_ORIGINS = []",
        'CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOWED_ORIGINS = os.getenv("ORIGINS", "").split(",")',
    ],
)
def test_what_leaves_no_empty_entry_is_fine(settings: str) -> None:
    assert not of(in_django(settings))


@pytest.mark.parametrize(
    "options",
    [
        'allow_origins=os.getenv("ORIGINS", "").split(",")',
        'allow_origins=[os.getenv("ORIGIN", "")]',
        'allow_origins=[os.getenv("ORIGIN")]',
    ],
)
def test_nobody_gets_into_starlette_through_an_empty_entry(options: str) -> None:
    assert not of(in_starlette(options))


def test_none_in_the_configuration_of_flask_lets_everyone_in() -> None:
    (found,) = of(in_flask('app.config["CORS_ORIGINS"] = os.getenv("ORIGINS")\nCORS(app, supports_credentials=True)'))
    assert found.message == "any website can read this API with the visitor's cookies when ORIGINS is unset"
    assert found.also == ("any-origin-with-credentials",)
    assert found.help == 'give a default: os.getenv("ORIGINS", "https://app.example.com")'


@pytest.mark.parametrize(
    "statements",
    [
        'CORS(app, origins=os.getenv("ORIGINS"))',
        'CORS(app, origins=[os.getenv("ORIGIN")])',
        'CORS(app, origins=os.getenv("ORIGINS", "").split(","))',
        'app.config["CORS_ORIGINS"] = os.getenv("ORIGINS", "https://app.example.com")\nCORS(app)',
        'app.config["CORS_ORIGINS"] = os.getenv("ORIGINS")\nCORS(app, origins=["https://app.example.com"])',
        'app.config["CORS_ORIGINS"] = os.getenv("ORIGINS")\nCORS(app, resources={"/*": {"origins": "*"}})',
        'app.config["CORS_ORIGINS"] = os.environ["ORIGINS"]\nCORS(app)',
    ],
)
def test_elsewhere_flask_lets_nobody_in_for_an_unset_variable(statements: str) -> None:
    found = in_flask(statements)
    assert not of(found)
    assert not [one for one in found if one.rule == "malformed-origin"]


@pytest.mark.parametrize(("version", "fails"), [("6.0.1", True), ("5.0.0", True), ("6.0.5", False)])
def test_none_among_the_origins_fails_in_older_releases(tmp_path: Path, version: str, fails: bool) -> None:
    (tmp_path / "requirements.txt").write_text(f"flask-cors=={version}\n")
    text = FLASK_CORS.format(statements='CORS(app, origins=["https://app.example.com", os.getenv("MORE")])')
    (tmp_path / "app.py").write_text(text)
    found = of(list(engine.run([str(tmp_path)], Config()).findings))
    expected = ["every request fails where MORE is not set"] if fails else []
    assert [one.message.removesuffix(" when MORE is unset") for one in found] == expected
