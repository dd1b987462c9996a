"""Which files a run looks at, under which names, and as what text."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from corslint import collect
from corslint.collect import Listed, MissingPathError, Project, decode, listing, searchable
from corslint.finding import Unread
from corslint.globs import glob_regex, path_matches


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory inside no checkout, with git as a fresh account has it."""
    for variable, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }.items():
        monkeypatch.setenv(variable, value)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(*names: str, text: str = "") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def git(*arguments: str, folder: str = ".") -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def checkout(*names: str, folder: str = ".") -> None:
    """A repository with these files committed."""
    write(*(f"{folder}/{name}" for name in names))
    git("init", "-q", folder=folder)
    git("add", ".", folder=folder)
    git("commit", "-qm", "first", folder=folder)


def names(*paths: str, exclude: Sequence[str] = (".git",), force: bool = False, gitignore: bool = True) -> list[str]:
    found = list(listing(paths or (".",), exclude=exclude, force_exclude=force, respect_gitignore=gitignore))
    assert not [one for one in found if isinstance(one, Unread)]
    return [one.path for one in found]


def insides(*paths: str) -> list[str]:
    return [one.inside for one in listing(paths) if isinstance(one, Listed)]


# Folders that are no checkout


def test_a_folder_gives_all_files_below_it() -> None:
    write("b.py", "a.py", "conf.d/site.conf", "conf.d/deep/er/x")
    assert names() == ["a.py", "b.py", "conf.d/site.conf", "conf.d/deep/er/x"]


def test_hidden_files_are_files() -> None:
    write(".env", ".github/workflows/ci.yaml")
    assert names() == [".env", ".github/workflows/ci.yaml"]


def test_an_empty_folder_gives_nothing() -> None:
    assert names() == []


def test_a_file_is_given_under_its_own_name() -> None:
    write("conf.d/site.conf")
    assert names("conf.d/site.conf") == ["conf.d/site.conf"]


@pytest.mark.parametrize(
    "path", ["conf.d//site.conf", "./conf.d/site.conf", "x/../conf.d/site.conf", "conf.d/./site.conf"]
)
def test_a_path_is_written_one_way_only(path: str) -> None:
    write("conf.d/site.conf")
    assert names(path) == ["conf.d/site.conf"]


def test_an_absolute_path_below_the_working_directory_becomes_relative(here: Path) -> None:
    write("conf.d/site.conf")
    assert names(f"{here}/conf.d/site.conf") == ["conf.d/site.conf"]
    assert names(str(here)) == ["conf.d/site.conf"]


def test_an_absolute_path_elsewhere_stays_absolute(here: Path) -> None:
    write("../other/site.conf")
    assert names(f"{here.parent}/other/site.conf") == [f"{here.parent}/other/site.conf"]


def test_a_relative_path_elsewhere_stays_relative() -> None:
    write("../other/site.conf")
    assert names("../other") == ["../other/site.conf"]
    assert names("../other/site.conf") == ["../other/site.conf"]


def test_a_folder_above_names_the_files_below_the_working_directory_as_from_there() -> None:
    write("site.conf", "../other/site.conf")
    assert names("..") == ["site.conf", "../other/site.conf"]


def test_each_file_is_given_once(here: Path) -> None:
    write("a.py", "conf.d/site.conf")
    assert names(".", "a.py", "conf.d", "./conf.d/site.conf", str(here), f"../{here.name}/a.py") == [
        "a.py",
        "conf.d/site.conf",
    ]


def test_a_missing_path_is_named() -> None:
    with pytest.raises(MissingPathError, match=r"^conf/nowhere: no such file or folder$"):
        names("conf/nowhere")


def test_a_path_below_a_file_is_missing() -> None:
    write("a.py")
    with pytest.raises(MissingPathError, match=r"^a\.py/b: no such file or folder$"):
        names("a.py/b")


def test_files_before_a_missing_path_are_no_excuse() -> None:
    write("a.py")
    with pytest.raises(MissingPathError):
        names("a.py", "nowhere.py")


# Links


def test_a_link_to_a_folder_is_not_followed() -> None:
    write("real/a.py")
    Path("link").symlink_to("real")
    assert names() == ["real/a.py"]


def test_a_link_to_a_folder_is_followed_when_it_is_named() -> None:
    write("real/a.py")
    Path("link").symlink_to("real")
    assert names("link") == ["link/a.py"]


def test_a_link_to_a_file_is_a_file() -> None:
    write("sites-available/a")
    Path("sites-enabled").mkdir()
    Path("sites-enabled/a").symlink_to("../sites-available/a")
    assert names() == ["sites-available/a", "sites-enabled/a"]


def test_links_in_a_checkout_are_treated_alike() -> None:
    write("real/a.py")
    Path("link").symlink_to("real")
    Path("b.py").symlink_to("real/a.py")
    checkout()
    assert names() == ["b.py", "real/a.py"]


# Checkouts


def test_what_git_ignores_stays_out() -> None:
    checkout("a.py")
    write("build/x.py", "secret.env", "new.py")
    Path(".gitignore").write_text("build/\n*.env\n")
    assert names() == [".gitignore", "a.py", "new.py"]


def test_what_git_ignores_stays_out_below_a_folder_too() -> None:
    checkout("app/a.py")
    write("app/build/x.py")
    Path(".gitignore").write_text("build/\n")
    assert names("app") == ["app/a.py"]


def test_a_tracked_file_is_read_though_a_later_rule_ignores_it() -> None:
    checkout("local.env")
    Path(".gitignore").write_text("*.env\n")
    assert names() == [".gitignore", "local.env"]


def test_ignored_files_are_read_on_request() -> None:
    checkout("a.py")
    write("build/x.py")
    Path(".gitignore").write_text("build/\n")
    assert names(gitignore=False) == [".gitignore", "a.py", "build/x.py"]


def test_an_ignored_folder_is_read_when_it_is_named() -> None:
    checkout("a.py")
    write("build/x.py")
    Path(".gitignore").write_text("build/\n")
    assert names("build") == ["build/x.py"]


def test_an_ignored_file_is_read_when_it_is_named() -> None:
    checkout("a.py")
    write("local.env")
    Path(".gitignore").write_text("*.env\n")
    assert names("local.env") == ["local.env"]


def test_a_tracked_file_that_was_deleted_is_not_there() -> None:
    checkout("a.py", "b.py", "gone/c.py")
    Path("b.py").unlink()
    Path("gone/c.py").unlink()
    Path("gone").rmdir()
    assert names() == ["a.py"]


def test_a_file_in_the_middle_of_a_merge_is_given_once() -> None:
    checkout("a.py")
    git("checkout", "-qb", "other")
    write("a.py", text="theirs")
    git("commit", "-qam", "theirs")
    git("checkout", "-q", "-")
    write("a.py", text="ours")
    git("commit", "-qam", "ours")
    merge = subprocess.run(["git", "merge", "-q", "other"], capture_output=True, check=False)
    assert merge.returncode == 1
    assert names() == ["a.py"]


def test_a_submodule_is_read() -> None:
    checkout("lib.py", folder="../library")
    checkout("a.py")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "vendored")
    assert names() == [".gitmodules", "a.py", "vendored/lib.py"]


def test_an_empty_submodule_of_a_fresh_clone_holds_nothing() -> None:
    checkout("lib.py", folder="../library")
    checkout("a.py", folder="../origin")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "vendored", folder="../origin")
    git("commit", "-qm", "second", folder="../origin")
    git("clone", "-q", "../origin", ".")
    assert Path("vendored").is_dir()
    assert names() == [".gitmodules", "a.py"]


def test_another_checkout_within_is_read_with_its_own_ignores() -> None:
    checkout("a.py")
    checkout("b.py", ".gitignore", folder="within")
    Path("within/.gitignore").write_text("*.log\n")
    write("within/x.log", "y.log")
    assert names() == ["a.py", "within/.gitignore", "within/b.py", "y.log"]


def test_a_hook_s_variables_do_not_point_git_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout("a.py")
    write("build/x.py")
    Path(".gitignore").write_text("build/\n")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    monkeypatch.setenv("GIT_WORK_TREE", "/")
    assert names() == [".gitignore", "a.py"]


def test_a_checkout_runs_no_program(here: Path) -> None:
    checkout("a.py")
    program = here.parent / "monitor"
    program.write_text(f"#!/bin/sh\ntouch {here.parent}/ran\n")
    program.chmod(0o755)
    git("config", "core.fsmonitor", str(program))
    assert names() == ["a.py"]
    assert not (here.parent / "ran").exists()


def test_without_git_a_checkout_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout("a.py")
    monkeypatch.setenv("PATH", "/nowhere")
    assert names() == ["a.py"]


# Exclusions


@pytest.mark.parametrize("in_git", [False, True])
def test_a_name_is_excluded_at_any_depth(in_git: bool) -> None:
    write("a.py", "vendor/x.py", "app/vendor/deep/y.py", "app/vendors.py")
    if in_git:
        checkout()
    assert names(exclude=(".git", "vendor")) == ["a.py", "app/vendors.py"]


@pytest.mark.parametrize("in_git", [False, True])
def test_a_glob_with_a_slash_counts_from_the_working_directory(in_git: bool) -> None:
    write("vendor/x.py", "app/vendor/y.py")
    if in_git:
        checkout()
    assert names(exclude=(".git", "vendor/**")) == ["app/vendor/y.py"]


def test_the_usual_folders_are_left_out() -> None:
    write("a.py", "node_modules/x/server.js", ".venv/lib/cors.py", "venv/lib/cors.py", "app/__pycache__/a.pyc")
    assert [one.path for one in listing(["."])] == ["a.py"]


def test_a_file_that_is_named_is_read_though_it_is_excluded() -> None:
    write("vendor/x.py")
    assert names("vendor/x.py", exclude=("vendor",)) == ["vendor/x.py"]


def test_a_named_file_is_left_out_where_exclusions_are_forced() -> None:
    write("vendor/x.py", "a.py")
    assert names("vendor/x.py", "a.py", exclude=("vendor",), force=True) == ["a.py"]


@pytest.mark.parametrize("exclude", ["vendor", "vendor/**", "vendor/x", "**/x", "v*"])
def test_a_folder_that_is_named_is_read_though_it_is_excluded(exclude: str) -> None:
    write("vendor/x/a.py", "vendor/x/b.py")
    assert names("vendor/x", exclude=(exclude,)) == ["vendor/x/a.py", "vendor/x/b.py"]


def test_a_named_folder_is_left_out_where_exclusions_are_forced() -> None:
    write("vendor/x/a.py", "b.py")
    assert names("vendor/x", "b.py", exclude=("vendor",), force=True) == ["b.py"]


def test_exclusions_hold_below_a_named_folder_that_another_one_excludes() -> None:
    write("vendor/x/a.py", "vendor/x/cache/b.py", "vendor/x/c.min.js")
    assert names("vendor/x", exclude=("vendor", "cache", "*.min.js")) == ["vendor/x/a.py"]


def test_the_folders_above_the_working_directory_exclude_nothing(here: Path) -> None:
    write("../venv/project/a.py")
    assert names("../venv/project", exclude=("venv",)) == ["../venv/project/a.py"]
    assert names(f"{here.parent}/venv/project", exclude=("venv",)) == [f"{here.parent}/venv/project/a.py"]


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*.conf", "site.conf"),
        ("*.conf", "nginx/conf.d/site.conf"),
        ("build", "build/x/y.py"),
        ("build/", "app/build/x.py"),
        ("app/*.py", "app/main.py"),
        ("app/**", "app/a/b/c.py"),
        ("**/dev/**", "dev/a.py"),
        ("**/dev/**", "x/y/dev/z/a.py"),
        ("app/**/test.py", "app/test.py"),
        ("app/**/test.py", "app/a/b/test.py"),
        ("app/?.py", "app/a.py"),
        ("[ab].py", "a.py"),
        ("[a-c].py", "b.py"),
        ("[!a].py", "b.py"),
        ("[^a].py", "b.py"),
        ("[[a].py", "[.py"),
        ("a+b(1).py", "a+b(1).py"),
    ],
)
def test_a_glob_matches(glob: str, path: str) -> None:
    assert path_matches(path, [glob])


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*.conf", "site.conf.bak"),
        ("build", "rebuild/x.py"),
        ("build", "build.py"),
        ("app/*.py", "app/x/main.py"),
        ("app/*.py", "my/app/main.py"),
        ("app/?.py", "app/ab.py"),
        ("app/**/test.py", "apptest.py"),
        ("app?x.py", "app/x.py"),
        ("app[!a]x.py", "app/x.py"),
        ("[!a].py", "a.py"),
        ("a.py", "aXpy"),
        ("a.py", "a.py\n"),
    ],
)
def test_a_glob_does_not_match(glob: str, path: str) -> None:
    assert not path_matches(path, [glob])


@pytest.mark.parametrize("glob", ["[z-a]", "[^]", "[!]", "[]", "[", "a[b", "]", "(", "\\"])
def test_a_glob_that_is_none_stands_for_itself(glob: str) -> None:
    assert path_matches(glob, [glob])
    assert not path_matches("b", [glob])


def test_a_glob_is_translated_once() -> None:
    assert glob_regex("conf.d/**/*.conf") is glob_regex("conf.d/**/*.conf")


# The part of a path that tells the environment


def test_a_file_below_the_working_directory_speaks_with_its_whole_path() -> None:
    write("deploy/dev/site.conf")
    assert insides(".") == ["deploy/dev/site.conf"]
    assert insides("deploy/dev/site.conf") == ["deploy/dev/site.conf"]


def test_the_folder_that_is_named_does_not_speak() -> None:
    write("examples/shop/settings/dev.py")
    assert insides("examples") == ["shop/settings/dev.py"]


def test_folders_above_the_working_directory_do_not_speak() -> None:
    write("../tests/settings/dev.py")
    assert insides("../tests/settings/dev.py") == ["tests/settings/dev.py"]
    assert insides("../tests") == ["settings/dev.py"]


def test_a_named_file_elsewhere_speaks_from_its_checkout_downwards(here: Path) -> None:
    checkout("settings/prod.py", folder="../dev/project")
    assert insides(f"{here.parent}/dev/project/settings/prod.py") == ["settings/prod.py"]


def test_a_named_file_elsewhere_in_no_checkout_speaks_with_its_name(here: Path) -> None:
    write("../dev/project/prod.py")
    assert insides(f"{here.parent}/dev/project/prod.py") == ["prod.py"]


def test_only_a_file_the_user_names_counts_as_named() -> None:
    write("a.py", "app/b.py")
    assert [(one.path, one.named) for one in listing(["a.py", "app"]) if isinstance(one, Listed)] == [
        ("a.py", True),
        ("app/b.py", False),
    ]


# Text


@pytest.mark.parametrize("path", ["a.py", "a.pyi", "site.conf", "a.yaml"])
def test_text_is_utf_8_with_or_without_a_byte_order_mark(path: str) -> None:
    assert decode(path, "x = 'é'\n".encode()) == "x = 'é'\n"
    assert decode(path, "x = 'é'\n".encode("utf-8-sig")) == "x = 'é'\n"


@pytest.mark.parametrize("path", ["a.py", "site.conf"])
def test_line_endings_are_kept(path: str) -> None:
    assert decode(path, b"a\r\nb\rc\n") == "a\r\nb\rc\n"


def test_an_empty_file_is_empty() -> None:
    assert decode("a.py", b"") == ""
    assert decode("site.conf", b"") == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told_by_its_byte_order_mark(encoding: str) -> None:
    data = ("" if encoding == "utf-16" else "\ufeff") + "cors: é\n"
    assert decode("a.yaml", data.encode(encoding)) == "cors: é\n"


def test_words_are_found_in_utf_16_too() -> None:
    assert b"access-control-allow-origin: " in searchable("Access-Control-Allow-Origin: é".encode("utf-16"))


def test_words_are_found_in_any_case() -> None:
    assert searchable(b"ADD_HEADER Access-Control") == b"add_header access-control"


def test_python_declares_its_encoding() -> None:
    assert decode("a.py", "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1")).endswith("'é'\n")  # type: ignore[union-attr]
    assert decode("a.py", "#!/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'\n".encode("cp1252")) == (
        "#!/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'\n"
    )


def test_a_declaration_below_the_second_line_is_none() -> None:
    assert decode("a.py", b"\n\n# coding: latin-1\nx = '\xe9'\n") == Unread("a.py", "line 4: byte 0xe9 is not UTF-8")


@pytest.mark.parametrize("line", [1, 2, 3, 40])
def test_a_byte_that_python_cannot_read_is_told_with_its_line(line: int) -> None:
    data = b"\n" * (line - 1) + b"x = '\xe9'\n"
    assert decode("a.py", data) == Unread("a.py", f"line {line}: byte 0xe9 is not UTF-8")


def test_a_stray_byte_elsewhere_does_not_hide_the_settings() -> None:
    assert decode("site.conf", b"# caf\xe9\nadd_header X 1;\n") == "# caf\ufffd\nadd_header X 1;\n"


def test_an_unknown_encoding_is_named() -> None:
    unread = decode("a.py", b"# coding: klingon\nx = 1\n")
    assert unread == Unread("a.py", "its encoding is not known: unknown encoding: klingon")


# Following one file to another


def test_a_project_gives_the_files_of_the_working_directory() -> None:
    write("conf.d/site.conf", text="server {}")
    source = Project().source("conf.d/x/../site.conf")
    assert source is not None
    assert (source.path, source.text) == ("conf.d/site.conf", "server {}")


def test_a_project_reads_a_file_once() -> None:
    write("a.py", text="x = 1")
    project = Project()
    assert project.source("a.py") is project.source("./a.py")


def test_a_project_has_no_file_that_is_missing() -> None:
    assert Project().source("nowhere.conf") is None


def test_a_project_does_not_leave_the_working_directory(here: Path) -> None:
    write("../secret.conf", text="x")
    assert Project().source("../secret.conf") is None
    assert Project().source(f"{here.parent}/secret.conf") is None


def test_a_project_leaves_the_working_directory_for_a_file_of_the_run() -> None:
    write("../shared.conf", text="x")
    assert Project((Listed("../shared.conf", "shared.conf"),)).source("../shared.conf") is not None


def test_a_project_prefers_what_it_was_given_to_what_is_on_disk() -> None:
    write("a.py", text="old")
    project = Project()
    project.keep("a.py", "new")
    source = project.source("a.py")
    assert source is not None
    assert source.text == "new"


def test_a_project_finds_files_by_their_name() -> None:
    project = Project((Listed("b/cors.conf", ""), Listed("a/cors.conf", ""), Listed("a/x.conf", "")))
    assert project.named("cors.conf") == ["a/cors.conf", "b/cors.conf"]
    assert project.named("nothing.conf") == []


def test_near_a_file_lies_all_of_its_checkout_but_what_git_ignores() -> None:
    checkout("a/main.py", "b/x.yaml", ".env.example")
    write(".env", "new.yaml")
    write(".gitignore", text=".env\n")
    project = Project((Listed("a/main.py", "a/main.py", named=True),))
    assert sorted(project.nearby("a/main.py")) == [".env.example", ".gitignore", "a/main.py", "b/x.yaml", "new.yaml"]


def test_near_a_file_lies_an_ignored_one_that_the_user_names() -> None:
    checkout("main.py")
    write(".env")
    write(".gitignore", text=".env\n")
    project = Project((Listed("main.py", "main.py", named=True), Listed(".env", ".env", named=True)))
    assert ".env" in project.nearby("main.py")


def test_near_a_file_lies_nothing_that_is_excluded() -> None:
    checkout("main.py", "node_modules/x/.env", "old/.env")
    assert Project((), exclude=("node_modules", "old/**")).nearby("main.py") == {"main.py"}


@pytest.mark.parametrize("folder", ["a", "a/b", "a/b/c", "d"])
def test_near_a_file_paths_are_as_reports_print_them(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout("x.py", "a/x.py", "a/b/x.py", "a/b/c/x.py", "a/bb/x.py", "d/x.py", "aa/x.py")
    root = os.getcwd()
    monkeypatch.chdir(folder)
    found = Project().nearby("x.py")
    assert found == {os.path.relpath(f"{root}/{path}") for path in _git_names(root)}
    assert len(found) == 7


def _git_names(root: str) -> list[str]:
    done = subprocess.run(["git", "-C", root, "ls-files"], check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_without_a_checkout_near_a_file_lies_what_the_folders_around_hold() -> None:
    write("a/main.py", ".env", "a/b/x.yaml", "c/x.yaml", "../.env")
    assert Project().nearby("a/main.py") == {"a/main.py", ".env"}


def test_a_file_of_the_checkout_is_read_though_it_lies_outside_of_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkout("a/main.py", ".env.example")
    write("../.env")
    monkeypatch.chdir("a")
    project = Project()
    assert project.source("../.env.example") is None
    project.nearby("main.py")
    assert project.source("../.env.example") is not None
    assert project.source("../../.env") is None


def test_a_file_lies_within_a_folder_only_where_its_links_end(here: Path) -> None:
    write("../outside", "a/inside")
    Path("a/link").symlink_to("../../outside")
    Path("a/near").symlink_to("inside")
    found = [collect.is_within(f"a/{name}", ".") for name in ("inside", "near", "link", "..", "\0")]
    assert found == [True, True, False, False, False]


def test_a_file_of_the_run_is_found_by_its_path() -> None:
    listed = Listed("shop/settings/dev.py", "settings/dev.py")
    project = Project((Listed("app.py", "app.py"), listed))
    assert project.listed("shop/settings/dev.py") is listed
    assert project.listed("shop/settings/prod.py") is None
