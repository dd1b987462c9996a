"""The configuration file: how it is found, what it takes, and what is said of a wrong one."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from corslint.config import (
    DEFAULT_EXCLUDE,
    Config,
    ConfigError,
    Loaded,
    is_version,
    keys,
    load,
    rebase,
    schema,
    versions_by_product,
)
from corslint.globs import path_matches

RULES = ("null-origin", "production-wildcard", "missing-vary")
SERVERS = ("nginx", "starlette")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def loaded(*paths: str, **options: object) -> Loaded:
    return load(paths or (".",), rules=lambda: RULES, servers=lambda: SERVERS, **options)  # type: ignore[arg-type]


def complaint(text: str, name: str = "corslint.toml") -> str:
    """What is said of a file with this text."""
    write(name, text)
    with pytest.raises(ConfigError) as raised:
        loaded()
    return str(raised.value)


EVERYTHING = """\
select = ["security", "missing-vary"]
extend-select = ["hygiene"]
ignore = ["null-origin"]
persona = "auditor"
min-severity = "low"
min-confidence = "medium"
fail-on = "never"
exclude = ["vendor/**"]
extend-exclude = ["old/*.py"]
respect-gitignore = false
force-exclude = true
require-reason = true
trusted-origins = ["https://*.example.com"]
request-headers = ["Authorization", "content-type"]
request-methods = ["GET", "PUT"]
framework-versions = { starlette = "1.10" }

[environments]
development = ["**/dev/**", "docker-compose.override.yml"]
production = ["deploy/prod/**"]

[per-file-ignores]
"tests/**" = ["production-wildcard", "security"]

[severity]
production-wildcard = "low"

[servers]
nginx = ["ops/**/*.tpl"]
"""
READ = Config(
    select=("security", "missing-vary"),
    extend_select=("hygiene",),
    ignore=("null-origin",),
    persona="auditor",
    min_severity="low",
    min_confidence="medium",
    fail_on="never",
    exclude=("vendor/**",),
    extend_exclude=("old/*.py",),
    respect_gitignore=False,
    force_exclude=True,
    require_reason=True,
    trusted_origins=("https://*.example.com",),
    request_headers=("authorization", "content-type"),
    request_methods=("GET", "PUT"),
    framework_versions={"starlette": "1.10"},
    environments={"development": ("**/dev/**", "docker-compose.override.yml"), "production": ("deploy/prod/**",)},
    per_file_ignores={"tests/**": ("production-wildcard", "security")},
    severity={"production-wildcard": "low"},
    servers={"nginx": ("ops/**/*.tpl",)},
)


def test_every_key_is_read() -> None:
    write("corslint.toml", EVERYTHING)
    assert loaded() == Loaded(READ, "corslint.toml")


def test_this_file_tries_every_key() -> None:
    assert [name for name in keys() if not re.search(rf"(?m)^\[?{name}\b", EVERYTHING)] == []
    unchanged = [one.name for one in fields(Config) if getattr(READ, one.name) == getattr(Config(), one.name)]
    assert unchanged == ["environment", "no_ignores"]


def test_without_a_file_the_defaults_hold() -> None:
    assert loaded() == Loaded(Config(), None)
    assert Config().exclude == DEFAULT_EXCLUDE


def test_an_empty_file_changes_nothing_but_is_the_one() -> None:
    write("corslint.toml", "")
    assert loaded() == Loaded(Config(), "corslint.toml")


@pytest.mark.parametrize("name", ["flask-cors", "flask_cors", "Flask-Cors", "FLASK.CORS"])
def test_a_product_may_be_spelled_as_in_code_or_on_pypi(name: str) -> None:
    write("corslint.toml", f'framework-versions = {{ "{name}" = "4.0.2" }}\n')
    assert versions_by_product(loaded().config.framework_versions) == {"flask-cors": "4.0.2"}


@pytest.mark.parametrize("text", ["0", "0.47", "1.10.0", "0.13.2rc1", "0.32.0.post1", "1.29.3", "2024.4.16"])
def test_what_is_a_version(text: str) -> None:
    assert is_version(text)


@pytest.mark.parametrize(
    "text", ["", "v1", "1.", ".1", "1..2", "latest", "4.*", "==4.0", ">=4", "1 2", "1\n", "1.0-beta"]
)
def test_what_is_no_version(text: str) -> None:
    assert not is_version(text)


def test_the_globs_of_the_environments_become_pairs() -> None:
    assert READ.environment_marks == (
        ("development", "**/dev/**"),
        ("development", "docker-compose.override.yml"),
        ("production", "deploy/prod/**"),
    )


class TestFinding:
    """Which file is the one."""

    def test_corslint_toml_wins_over_the_hidden_one_and_both_over_pyproject(self) -> None:
        write("pyproject.toml", '[tool.corslint]\nfail-on = "info"\n')
        assert loaded().config.fail_on == "info"
        write(".corslint.toml", 'fail-on = "medium"\n')
        assert loaded().config.fail_on == "medium"
        write("corslint.toml", 'fail-on = "high"\n')
        assert loaded().config.fail_on == "high"

    def test_a_pyproject_without_our_table_does_not_count(self) -> None:
        write("corslint.toml", 'fail-on = "high"\n')
        write("app/pyproject.toml", '[project]\nname = "corslint-user"\n')
        assert loaded("app").path == "corslint.toml"

    def test_a_broken_pyproject_that_is_not_about_us_does_not_count(self) -> None:
        write("pyproject.toml", '[project\ndependencies = ["corslint"]\n')
        assert loaded().path is None

    def test_the_nearest_file_above_the_common_parent_of_the_inputs_counts(self) -> None:
        write("corslint.toml", 'fail-on = "high"\n')
        write("app/corslint.toml", 'fail-on = "medium"\n')
        write("app/a/main.py", "")
        write("app/b/main.py", "")
        write("web/nginx.conf", "")
        assert loaded("app/a/main.py", "app/b/main.py").config.fail_on == "medium"
        assert loaded("app").config.fail_on == "medium"
        assert loaded("app/a/main.py", "web/nginx.conf").config.fail_on == "high"

    def test_a_file_above_the_working_directory_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("corslint.toml", 'fail-on = "high"\n')
        write("app/main.py", "")
        monkeypatch.chdir("app")
        assert loaded() == Loaded(Config(fail_on="high"), "../corslint.toml")

    def test_a_path_that_does_not_exist_is_no_obstacle(self) -> None:
        write("corslint.toml", 'fail-on = "high"\n')
        assert loaded("nowhere/nothing.py").path == "corslint.toml"

    def test_standard_input_looks_from_the_working_directory(self) -> None:
        write("corslint.toml", "")
        assert loaded("-").path == "corslint.toml"

    def test_a_named_file_is_read_instead(self) -> None:
        write("corslint.toml", 'fail-on = "high"\n')
        write("ci/strict.toml", 'fail-on = "info"\n')
        assert loaded(file="ci/strict.toml") == Loaded(Config(fail_on="info"), "ci/strict.toml")

    def test_a_named_pyproject_needs_our_table(self) -> None:
        write("pyproject.toml", '[project]\nname = "x"\n')
        with pytest.raises(ConfigError, match=r"^pyproject.toml: has no \[tool.corslint\]$"):
            loaded(file="pyproject.toml")

    def test_a_named_file_has_to_exist(self) -> None:
        with pytest.raises(ConfigError, match=r"^nope.toml: cannot be read: No such file or directory$"):
            loaded(file="nope.toml")

    def test_isolated_reads_no_file(self) -> None:
        write("corslint.toml", "no toml at all")
        assert loaded(isolated=True) == Loaded()

    def test_a_folder_of_that_name_is_no_file(self) -> None:
        Path("corslint.toml").mkdir()
        assert loaded().path is None


class TestWrongFiles:
    """Each says where and what would be right."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('\nignroe = ["null-origin"]\n', "corslint.toml:2: unknown key 'ignroe' (did you mean 'ignore'?)"),
            ("min_severity = 'low'\n", "corslint.toml:1: unknown key 'min_severity' (did you mean 'min-severity'?)"),
            ("zzz = 1\n", "corslint.toml:1: unknown key 'zzz'"),
            ("\n\n[enviroments]\n", "corslint.toml:3: unknown key 'enviroments' (did you mean 'environments'?)"),
            ('select = "ALL"\n', "corslint.toml:1: `select` takes a list of texts, not the text 'ALL'"),
            ("select = [1]\n", "corslint.toml:1: `select` takes a list of texts, not a list that holds the number 1"),
            ("require-reason = 1\n", "corslint.toml:1: `require-reason` takes true or false, not the number 1"),
            ('force-exclude = "yes"\n', "corslint.toml:1: `force-exclude` takes true or false, not the text 'yes'"),
            ("persona = true\n", "corslint.toml:1: `persona` takes a text in quotes, not true"),
            (
                'fail-on = "hihg"\n',
                "corslint.toml:1: `fail-on` takes one of info, low, medium, high, never, not 'hihg' "
                "(did you mean 'high'?)",
            ),
            ("severity = 3\n", "corslint.toml:1: `severity` takes a table, not the number 3"),
            (
                '[severity]\nnull-origin = "lowish"\n',
                "corslint.toml:2: `severity.null-origin` takes one of info, low, medium, high, not 'lowish' "
                "(did you mean 'low'?)",
            ),
            (
                "framework-versions = { starlette = 1.10 }\n",
                "corslint.toml:1: `framework-versions.starlette` takes a text in quotes, not the number 1.1",
            ),
            (
                '[framework-versions]\nstarlette = ">=1.0"\n',
                "corslint.toml:2: `framework-versions.starlette` takes a version such as \"1.10\", not '>=1.0'",
            ),
            (
                '[framework-versions]\nstarlete = "1.0"\n',
                "corslint.toml:2: [framework-versions] names the unknown product 'starlete' "
                "(did you mean 'starlette'?)",
            ),
            (
                '[environments]\nproduction = "deploy/**"\n',
                "corslint.toml:2: `environments.production` takes a list of texts, not the text 'deploy/**'",
            ),
            (
                'select = [\n  "null-orign",\n]\n',
                "corslint.toml:2: `select` names the unknown rule 'null-orign' (did you mean 'null-origin'?)",
            ),
            (
                '[per-file-ignores]\n"tests/**" = ["securty"]\n',
                "corslint.toml:2: `per-file-ignores.tests/**` names the unknown rule 'securty' "
                "(did you mean 'security'?)",
            ),
            (
                '[severity]\nsecurity = "low"\n',
                "corslint.toml:2: [severity] names the unknown rule 'security'",
            ),
            (
                '[servers]\nngnix = ["x"]\n',
                "corslint.toml:2: [servers] names the unknown server 'ngnix' (did you mean 'nginx'?)",
            ),
            (
                '[environments]\nprodution = ["x"]\n',
                "corslint.toml:2: [environments] names the unknown environment 'prodution' "
                "(did you mean 'production'?)",
            ),
            ("select = 2020-01-01\n", "corslint.toml:1: `select` takes a list of texts, not a date or time"),
        ],
    )
    def test_a_mistake_is_named_with_its_line(self, text: str, said: str) -> None:
        assert complaint(text) == said

    def test_a_mistake_in_pyproject_is_named_with_its_line(self) -> None:
        said = complaint('[project]\nname = "x"\n\n[tool.corslint]\nselct = []\n', "pyproject.toml")
        assert said == "pyproject.toml:5: unknown key 'selct' (did you mean 'select'?)"

    def test_toml_that_does_not_parse_is_named_with_the_place(self) -> None:
        assert complaint("\nselect = [\n").startswith("corslint.toml: is not valid TOML: ")
        assert complaint(f"jobs = 1{5000 * '0'}\n").startswith("corslint.toml: is not valid TOML: ")
        assert "line" in complaint("\nselect = [[\nx")

    def test_our_table_in_a_pyproject_that_does_not_parse_is_our_business(self) -> None:
        assert complaint("[tool.corslint]\nselect = [\n", "pyproject.toml").startswith(
            "pyproject.toml: is not valid TOML: "
        )

    def test_another_encoding_is_named_with_its_line(self) -> None:
        Path("corslint.toml").write_bytes(b"# fine\n# caf\xe9\n")
        with pytest.raises(ConfigError, match=r"^corslint.toml:2: is not UTF-8$"):
            loaded()

    def test_deep_nesting_is_refused(self) -> None:
        assert complaint("select = " + "[" * 100_000).startswith("corslint.toml: is ")

    def test_our_table_has_to_be_a_table(self) -> None:
        assert complaint("[tool]\ncorslint = 1\n", "pyproject.toml") == (
            "pyproject.toml: `tool.corslint` is not a table"
        )

    def test_a_byte_order_mark_and_windows_line_endings_are_fine(self) -> None:
        Path("corslint.toml").write_bytes(b'\xef\xbb\xbf# x\r\nfail-on = "high"\r\n')
        assert loaded().config.fail_on == "high"

    def test_names_are_only_checked_against_names_that_are_given(self) -> None:
        write("corslint.toml", 'select = ["what-ever"]\n[servers]\nnew = ["x"]\n')
        assert load().config.select == ("what-ever",)

    def test_the_rules_are_only_looked_up_if_the_file_names_some(self) -> None:
        write("corslint.toml", 'fail-on = "high"\n')

        def never() -> tuple[str, ...]:
            raise AssertionError("nobody asked for names")

        assert load(rules=never, servers=never).config.fail_on == "high"


@pytest.mark.parametrize(
    ("glob", "folder", "here", "matched", "missed"),
    [
        ("deploy/*.yml", "/r", "/r/deploy", ["x.yml", "../deploy/x.yml"], ["x.py", "sub/x.yml", "../x.yml"]),
        ("app/**/dev.py", "/r", "/r/app/a", ["dev.py", "b/dev.py", "../../app/dev.py"], ["prod.py"]),
        ("**/dev/**", "/r", "/r/app", ["dev/x.py", "a/dev/x.py"], ["x.py"]),
        ("**/dev/**", "/r", "/r/app/dev", ["x.py", "a/x.py"], []),
        ("app", "/r", "/r/app", ["app/x.py"], ["x.py"]),
        ("old/app", "/r", "/r/old/app/a", ["x.py", "b/x.py"], []),
        ("a*/x.py", "/r", "/r/app", ["x.py"], ["y.py"]),
        ("web/x.py", "/r", "/r/app", ["../web/x.py"], ["x.py", "web/x.py"]),
        ("x/y.py", "/r/sub", "/r", ["sub/x/y.py"], ["x/y.py"]),
        ("x/y.py", "/r/s[1]", "/r", ["s[1]/x/y.py"], ["s1/x/y.py"]),
        ("x/y.py", "/r/sub", "/r/other", ["../sub/x/y.py"], ["x/y.py"]),
        ("*.py", "/r", "/r/app", ["x.py", "a/x.py"], ["x.yml"]),
        ("build/", "/r", "/r/app", ["build/x.py", "a/build/x.py"], ["x.py"]),
        ("/x.py", "/r", "/r/app", ["../x.py"], ["x.py"]),
        ("/app", "/r", "/r/app", ["x.py", "a/x.py"], []),
    ],
)
def test_a_glob_matches_the_same_files_from_another_folder(
    glob: str, folder: str, here: str, matched: list[str], missed: list[str]
) -> None:
    globs = rebase(glob, folder, here)
    assert [path for path in matched if not path_matches(path, globs)] == []
    assert [path for path in missed if path_matches(path, globs)] == []


def test_the_globs_of_a_file_count_from_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    write("services/api/corslint.toml", EVERYTHING)
    write("services/api/main.py", "")
    found = loaded("services/api/main.py").config
    assert found.extend_exclude == ("services/api/old/*.py",)
    assert found.per_file_ignores == {"services/api/tests/**": ("production-wildcard", "security")}
    assert found.servers == {"nginx": ("services/api/ops/**/*.tpl",)}
    assert found.environments["production"] == ("services/api/deploy/prod/**",)
    monkeypatch.chdir("services/api")
    assert loaded().config.extend_exclude == ("old/*.py",)


def test_the_globs_of_a_named_file_count_from_the_working_directory() -> None:
    write("ci/strict.toml", 'extend-exclude = ["old/*.py"]\n')
    assert loaded(file="ci/strict.toml").config.extend_exclude == ("old/*.py",)


class TestSchema:
    """`schema/corslint.schema.json`, which editors read."""

    def test_the_committed_file_is_in_step_with_the_fields(self) -> None:
        file = Path(__file__).parents[2] / "schema" / "corslint.schema.json"
        assert json.loads(file.read_text(encoding="utf-8")) == schema(), "run: corslint config --schema > schema/..."

    def test_it_is_a_schema_and_takes_a_file_with_every_key(self) -> None:
        import tomli

        Draft7Validator.check_schema(schema())
        Draft7Validator(schema()).validate(tomli.loads(EVERYTHING))

    @pytest.mark.parametrize(
        "text",
        [
            "ignroe = []",
            "select = 'ALL'",
            "require-reason = 1",
            "fail-on = 'hihg'",
            "[environments]\nprodution = ['x']",
            "[severity]\nnull-origin = 'lowish'",
            "[servers]\nnginx = 'x'",
        ],
    )
    def test_it_refuses_what_the_reader_refuses(self, text: str) -> None:
        import tomli

        assert not Draft7Validator(schema()).is_valid(tomli.loads(text))
        assert complaint(text)

    def test_every_key_says_what_it_does(self) -> None:
        assert [name for name, key in keys().items() if not key.about.endswith(".")] == []
