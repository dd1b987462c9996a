"""Files and folders that break careless readers: each gives a clear line or silence, soon, and the others are read."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from corslint import collect, engine, judgement
from corslint.collect import Listed, decode, listing, read_bytes
from corslint.config import Config
from corslint.finding import Report, Unread
from corslint.source import Source

SETTING = b"add_header Access-Control-Allow-Origin *;\n"
QUICK = 5.0
"""Seconds: many times what is needed on a slow machine, a fraction of what a trap would cost."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory inside no checkout."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files a server is given: one that wants every .conf and .py file that speaks of CORS."""
    paths: list[str] = []

    def read(_: collect.Project, source: Source) -> Iterator[Unread]:
        paths.append(source.path)
        return iter(())

    server = SimpleNamespace(
        NAME="any", LANGUAGE="text", FILES=re.compile(r"\.(conf|py)$"), WORDS=(b"access-control-",), read=read
    )
    monkeypatch.setattr(engine, "servers", lambda: (server,))
    monkeypatch.setattr(judgement, "judged", lambda report, _: report)
    return paths


def run(*paths: str) -> Report:
    return engine.run(paths or (".",), Config())


def reasons(report: Report) -> list[tuple[str, str]]:
    return [(one.path, one.reason) for one in report.unread]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, which may read everything; what is imported late is imported before."""
    decode("site.conf", b"#")  # of no bytes at all Python decodes nothing
    Path("empty").mkdir()
    run("empty")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# What is no regular file


def test_a_fifo_is_not_opened_and_keeps_nobody_waiting(seen: list[str]) -> None:
    os.mkfifo("pipe.conf")
    Path("site.conf").write_bytes(SETTING)
    report = run()
    assert seen == ["site.conf"]
    assert reasons(report) == []


def test_a_fifo_that_is_named_is_told_of(seen: list[str]) -> None:
    os.mkfifo("pipe.conf")
    Path("site.conf").write_bytes(SETTING)
    assert reasons(run("pipe.conf", "site.conf")) == [("pipe.conf", "is not a regular file")]
    assert seen == ["site.conf"]


def test_a_fifo_that_takes_a_file_s_place_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file.conf").write_bytes(SETTING)
    before = os.stat("file.conf")
    os.mkfifo("pipe.conf")
    monkeypatch.setattr(os, "stat", lambda path: before)
    assert read_bytes("pipe.conf") == b""


def test_a_socket_is_passed_over(seen: list[str]) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("app.conf")
        assert reasons(run()) == []
        assert reasons(run("app.conf")) == [("app.conf", "is not a regular file")]
    assert seen == []


def test_a_device_is_not_read() -> None:
    assert read_bytes("/dev/zero") == Unread("/dev/zero", "is not a regular file")


def test_a_folder_with_the_name_of_a_file_is_a_folder(seen: list[str]) -> None:
    Path("conf.conf").mkdir()
    Path("conf.conf/site.conf").write_bytes(SETTING)
    run()
    assert seen == ["conf.conf/site.conf"]


# Links


def test_a_link_that_leads_back_to_itself(seen: list[str]) -> None:
    Path("a.conf").symlink_to("b.conf")
    Path("b.conf").symlink_to("a.conf")
    Path("site.conf").write_bytes(SETTING)
    reason = "is a symbolic link that leads back to itself"
    assert reasons(run()) == [("a.conf", reason), ("b.conf", reason)]
    assert reasons(run("a.conf")) == [("a.conf", reason)]
    assert seen == ["site.conf"]


def test_a_link_to_the_folder_above_is_no_endless_tree(seen: list[str]) -> None:
    Path("app").mkdir()
    Path("app/again").symlink_to("..")
    Path("app/site.conf").write_bytes(SETTING)
    assert reasons(run()) == []
    assert seen == ["app/site.conf"]


def test_a_link_to_nothing_holds_nothing(seen: list[str]) -> None:
    Path("gone.conf").symlink_to("nowhere")
    assert reasons(run()) == []
    assert seen == []


def test_a_link_to_nothing_that_is_named_is_missing(seen: list[str]) -> None:
    Path("gone.conf").symlink_to("nowhere")
    with pytest.raises(collect.MissingPathError, match=r"^gone\.conf: no such file"):
        run("gone.conf")


def test_a_file_that_vanishes_before_it_is_read(seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "listing", lambda *_, **__: [Listed("gone.conf", "gone.conf")])
    assert reasons(run()) == []


# Rights


def test_a_file_nobody_may_read_is_told_of(seen: list[str], here: Path) -> None:
    here.chmod(0o755)
    Path("secret.conf").write_bytes(SETTING)
    Path("secret.conf").chmod(0)
    Path("site.conf").write_bytes(SETTING)
    Path("site.conf").chmod(0o644)
    with as_nobody():
        report = run()
    assert reasons(report) == [("secret.conf", "cannot be opened: permission denied")]
    assert seen == ["site.conf"]


def test_a_folder_nobody_may_read_is_told_of(here: Path) -> None:
    here.chmod(0o755)
    Path("secret").mkdir()
    Path("site.conf").write_bytes(SETTING)
    Path("secret").chmod(0)
    with as_nobody():
        found = list(listing(["."]))
    Path("secret").chmod(0o700)
    assert found == [Listed("site.conf", "site.conf"), Unread("secret", "cannot be opened: permission denied")]


# Bytes


@pytest.mark.parametrize("data", [b"\0" * 10 + SETTING, SETTING + b"\x7fELF\0", b"\x89PNG\r\n\x1a\n\0" + SETTING])
def test_a_binary_file_is_passed_over(seen: list[str], data: bytes) -> None:
    Path("data.conf").write_bytes(data)
    assert reasons(run()) == []
    assert seen == []


def test_a_binary_file_that_is_named_is_told_of(seen: list[str]) -> None:
    Path("data.conf").write_bytes(b"\0" + SETTING)
    assert reasons(run("data.conf")) == [("data.conf", "is a binary file")]


def test_a_binary_file_without_the_words_is_not_mentioned(seen: list[str]) -> None:
    Path("data.conf").write_bytes(bytes(range(256)))
    assert reasons(run("data.conf")) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_with_a_byte_order_mark_is_read(seen: list[str], encoding: str) -> None:
    Path("site.conf").write_bytes(SETTING.decode().encode(encoding))
    assert reasons(run()) == []
    assert seen == ["site.conf"]


def test_half_a_utf_16_file_is_read_as_far_as_it_goes() -> None:
    assert decode("site.conf", "cors".encode("utf-16")[:-1]) == "cor\ufffd"


def test_python_with_a_stray_byte_is_told_of_with_its_line(seen: list[str]) -> None:
    Path("app.py").write_bytes(b"x = 'Access-Control-Allow-Origin'\ny = 'caf\xe9'\n")
    assert reasons(run()) == [("app.py", "line 2: byte 0xe9 is not UTF-8")]
    assert seen == []


def test_python_with_a_stray_byte_and_nothing_of_cors_is_not_mentioned(seen: list[str]) -> None:
    Path("app.py").write_bytes(b"y = 'caf\xe9'\n")
    assert reasons(run()) == []


@pytest.mark.parametrize("codec", ["hex", "zlib", "base64", "rot13", "bz2"])
def test_a_codec_that_makes_no_text_is_no_encoding(codec: str) -> None:
    unread = decode("a.py", f"# coding: {codec}\nx = 1\n".encode())
    assert unread == Unread("a.py", f"its encoding is not known: unknown encoding: {codec}")


@pytest.mark.parametrize("codec", ["undefined", "idna", "punycode", "utf-16", "UTF_16_LE", "utf-32"])
def test_an_encoding_python_refuses_is_refused(codec: str) -> None:
    unread = decode("a.py", f"# coding: {codec}\nx = 1\n".encode())
    assert unread == Unread("a.py", f"says it is written in {codec}, in which Python reads no source")


def test_an_encoding_that_is_slow_by_design_is_not_tried() -> None:
    started = time.monotonic()
    decode("a.py", b"# coding: punycode\n" + b"a" * 1000 + b"-" + b"bcd9" * 250_000)
    assert time.monotonic() - started < QUICK


@pytest.mark.parametrize("codec", ["utf-7", "unicode_escape", "raw_unicode_escape", "cp037", "big5", "hz", "cp65001"])
def test_an_odd_encoding_gives_text_or_a_reason(codec: str) -> None:
    for tail in (b"x = 1\n", b"+AGEAYgBj-\n", b"\\u12", b"\xff\xfe\n", b"~{\n"):
        assert isinstance(decode("a.py", f"# coding: {codec}\n".encode() + tail), str | Unread)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_that_contradicts_the_declaration_gives_a_reason(mark: bytes) -> None:
    unread = decode("a.py", mark + b"# coding: latin-1\nx = 1\n")
    assert isinstance(unread, Unread)


# Size


def sparse(path: str, size: int, head: bytes = b"", tail: bytes = b"") -> None:
    """A file of this many bytes, most of them a hole that takes no room on disk."""
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(size - len(tail))
        file.seek(0, os.SEEK_END)
        file.write(tail)


def test_fifty_megabytes_without_the_words_are_passed_over_quickly(seen: list[str]) -> None:
    sparse("big.conf", 50_000_000)
    started = time.monotonic()
    assert reasons(run()) == []
    assert time.monotonic() - started < QUICK


def test_fifty_megabytes_that_speak_of_cors_are_told_of(seen: list[str]) -> None:
    sparse("big.conf", 50_000_000, tail=SETTING)
    Path("site.conf").write_bytes(SETTING)
    started = time.monotonic()
    assert reasons(run()) == [("big.conf", "mentions CORS but is too large to read (50 MB)")]
    assert time.monotonic() - started < QUICK
    assert seen == ["site.conf"]


def test_a_file_larger_than_memory_is_not_read(seen: list[str]) -> None:
    sparse("huge.conf", 10**12, head=SETTING)
    assert reasons(run()) == [("huge.conf", "is too large to read (1000000 MB)")]


def test_a_single_line_of_the_largest_size_is_decoded_quickly() -> None:
    started = time.monotonic()
    assert isinstance(decode("a.py", b"x" * collect.MAX_BYTES), str)
    assert isinstance(decode("a.py", b"\n" * collect.MAX_BYTES), str)
    assert time.monotonic() - started < QUICK


# Names


def test_a_name_that_is_no_utf_8(seen: list[str]) -> None:
    name = os.fsdecode(b"caf\xe9.conf")
    Path(name).write_bytes(SETTING)
    assert reasons(run()) == []
    assert seen == [name]


def test_a_name_that_is_no_utf_8_in_a_checkout(seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    name = os.fsdecode(b"caf\xe9.conf")
    Path(name).write_bytes(SETTING)
    subprocess.run(["git", "init", "-q"], check=True)
    run()
    assert seen == [name]


@pytest.mark.parametrize(
    "name", ["with space.conf", "new\nline.conf", "-rf.conf", "'\"$(x)`.conf", "*.conf", "[a].conf", "é.conf"]
)
def test_an_odd_name_is_a_name(seen: list[str], name: str) -> None:
    Path(name).write_bytes(SETTING)
    run()
    assert seen == [name]


@pytest.mark.parametrize("name", ["-C", "--help", "--output=x"])
def test_a_folder_with_the_name_of_an_option_is_a_folder(seen: list[str], name: str) -> None:
    Path(name).mkdir()
    Path(f"{name}/site.conf").write_bytes(SETTING)
    run(name)
    assert seen == [f"{name}/site.conf"]


@pytest.mark.parametrize("path", ["a\0b.conf", "\ud800.conf", "x" * 5000, ""])
def test_a_path_that_cannot_be_one_is_no_file(path: str) -> None:
    assert collect.Project().source(path) is None
    assert isinstance(read_bytes(path), Unread)


@pytest.mark.parametrize("path", ["a\0b.conf", "\ud800.conf"])
def test_a_path_that_cannot_be_one_is_missing(path: str) -> None:
    with pytest.raises(collect.MissingPathError):
        list(listing([path]))


def test_folders_deeper_than_a_path_may_be_long(seen: list[str], monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    for _ in range(30):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    monkeypatch.chdir(here)
    Path("site.conf").write_bytes(SETTING)
    report = run()
    assert seen == ["site.conf"]
    assert [one.reason for one in report.unread] == ["cannot be read: File name too long"]
