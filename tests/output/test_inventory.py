"""The policies that are configured, for auditors."""

from __future__ import annotations

from made_reports import PLAIN, at, policy, report

from corslint.environment import Environment
from corslint.finding import Unread
from corslint.origins import Exact, Null, Origins, Pattern, Reflected, Undecided
from corslint.output import Options, inventory
from corslint.policy import Preflight, Scope, Setting
from corslint.source import Source
from corslint.values import DEPLOYMENT, Alternative, Condition, Known, OneOf, Unknown


def test_a_policy_is_a_block_with_a_line_for_each_setting() -> None:
    one = policy(preflight=Preflight("product", 200))
    assert list(inventory.text(report(policies=(one,)), PLAIN)) == [
        "app/main.py:3:1  CORSMiddleware on `app` (Starlette 1.10), production",
        "  origins          every origin",
        "  credentials      yes",
        "  methods          GET (default)",
        "  request headers  none (default)",
        "  exposed headers  none (default)",
        "  max age          600 s (default)",
        "  Vary: Origin     yes (default)",
        "  private network  no (default)",
        "  on errors too    yes (default)",
        "  preflight        answered by the product, 200",
        "",
        "1 policy in 1 file.",
    ]


def test_every_kind_of_origin_has_words() -> None:
    entries = (
        Exact("https://a.example"),
        Reflected(),
        Null(),
        Pattern(r"\.example$", "pcre", "search"),
        Pattern("https://a", "python", "prefix", negated=True),
        Undecided("`load()` is called at run time"),
        Exact(""),
    )
    shown = list(inventory.text(report(policies=(policy(origins=Setting("x", Known(Origins(entries)))),)), PLAIN))
    assert shown[1] == (
        r"  origins          https://a.example, every origin (repeats what the request says), null, "
        r"what matches /\.example$/ (search), all but what begins with https://a, "
        r"decided at run time: `load()` is called at run time, ''"
    )


def test_a_value_that_depends_is_shown_for_each_case() -> None:
    depends: OneOf[bool | str | None] = OneOf(
        (
            Alternative((Condition("DEBUG", "is true"),), Known(True, override="CREDENTIALS")),
            Alternative((Condition("DEBUG", "is false"),), Unknown("it is read from a database")),
            Alternative((), Known(None)),
        )
    )
    shown = list(inventory.text(report(policies=(policy(credentials=Setting("x", depends)),)), PLAIN))
    assert shown[2:5] == [
        "  credentials      when DEBUG is true: yes, unless CREDENTIALS is set",
        "                   when DEBUG is false: decided at run time: it is read from a database",
        "                   not sent",
    ]


def test_no_policies_and_what_was_not_read_are_said() -> None:
    made = report(policies=(), unread=(Unread("a.py", "is a binary file"),))
    assert list(inventory.text(made, PLAIN)) == [
        "No CORS settings found in 3 files.",
        "note: 1 file was not read whole: a.py (is a binary file)",
    ]


def test_quiet_leaves_the_policies_only() -> None:
    assert list(inventory.text(report(), Options(quiet=True)))[-1] == ""


def test_a_version_has_its_reason_on_a_line_of_its_own() -> None:
    shown = list(inventory.text(report(policies=(policy(version_reason="uv.lock locks it"),)), PLAIN))
    assert shown[0].endswith("CORSMiddleware on `app` (Starlette 1.10), production")
    assert shown[1] == "  version          1.10 (uv.lock locks it)"


def test_without_a_known_version_there_is_no_such_line() -> None:
    shown = list(inventory.text(report(policies=(policy(version=None),)), PLAIN))
    assert not any(line.startswith("  version") for line in shown)


def test_markdown_is_a_table_with_a_row_for_each_policy() -> None:
    one = policy(scope=Scope("location /api/"), preflight=Preflight("nobody", reason="GET only"))
    assert list(inventory.markdown(report(policies=(one,)), PLAIN)) == [
        "| policy | place | product | environment | origins | credentials | methods | request headers | "
        "exposed headers | max age | preflight |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        "| CORSMiddleware on \\`app\\`, location /api/ | app/main.py:3 | Starlette 1.10 | production | every origin | "
        "yes | GET (default) | none (default) | none (default) | 600 s (default) | answered by nobody (GET only) |",
        "",
        "1 policy in 1 file.",
    ]


def test_a_value_cannot_break_out_of_its_cell() -> None:
    hostile = Setting("x", Known(Origins((Exact("a|b\n| c | <img> [x](y)"),))), at("app"))
    row = list(inventory.markdown(report(policies=(policy(origins=hostile),)), PLAIN))[2]
    assert r"| a\|b\\n\| c \| \<img\> \[x\](y) |" in row
    assert row.replace(r"\|", "").count("|") == 12


LOADER = Source("app/loader.py", "def load():\n    return read()\n")


def test_what_decides_is_named_with_its_place_and_counted() -> None:
    decided = Unknown("`read()` is called at run time", at("read()", LOADER))
    entries = Origins((Exact("https://a.example"), Undecided("`load()` is called at run time", at("app"))))
    one = policy(
        credentials=Setting("allow_credentials", decided, at("allow_credentials=True")),
        origins=Setting("allow_origins", Known(entries), at('allow_origins=["*"]')),
    )
    shown = list(inventory.text(report(policies=(one,)), PLAIN))
    assert shown[1:3] == [
        "  origins          https://a.example, decided at run time: `load()` is called at run time (app/main.py:3)",
        "  credentials      decided at run time: `read()` is called at run time (app/loader.py:2)",
    ]
    assert shown[-1] == "1 policy in 1 file. 2 settings decided at run time."


def test_what_decides_in_the_line_of_its_setting_has_no_place_of_its_own() -> None:
    decided = Unknown("`load()` is called at run time", at("True"))
    one = policy(credentials=Setting("allow_credentials", decided, at("allow_credentials=True")))
    assert list(inventory.text(report(policies=(one,)), PLAIN))[2] == (
        "  credentials      decided at run time: `load()` is called at run time"
    )


def test_several_conditions_are_one_clause() -> None:
    file = Condition(DEPLOYMENT, 'is "docker-compose.yml#api"')
    other = Condition(DEPLOYMENT, 'is not "docker-compose.yml#api"')
    depends: OneOf[bool | str | None] = OneOf(
        (
            Alternative((file, Condition("DEBUG", "is true")), Known(True)),
            Alternative((other,), Known(False)),
        )
    )
    shown = list(inventory.text(report(policies=(policy(credentials=Setting("x", depends)),)), PLAIN))
    assert shown[2:4] == [
        '  credentials      when DEBUG is true, with service "api" of docker-compose.yml: yes',
        "                   no",
    ]


def test_what_marks_the_environment_is_told() -> None:
    marked = policy(environment=Environment("development", "its path holds 'dev'", marked=True))
    made = report(policies=(marked,))
    assert next(inventory.text(made, PLAIN)).endswith("development (its path holds 'dev')")
    assert "development (its path holds 'dev')" in list(inventory.markdown(made, PLAIN))[2]
