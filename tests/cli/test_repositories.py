"""The whole thing over small repositories: the real servers, the real checks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import Done, Run, write

from corslint import cli

BAD = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
"""
GOOD = (
    BAD.replace('"*"', '"https://app.example.com"', 1)
    .replace('["*"]', '["PUT", "GET"]', 1)
    .replace('["*"]', '["content-type"]')
)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `corslint check` with everything real."""

    def call(*arguments: str) -> Done:
        code = cli.run(["check", *arguments])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return call


def found(done: Done) -> list[str]:
    """The paths with findings that are reported, each once."""
    report = json.loads(done.out)
    return sorted({one["location"]["path"] for one in report["findings"] if one["status"] == "reported"})


def test_a_bad_application_fails_with_its_frame_and_proof(check: Run) -> None:
    write("app/main.py", BAD)
    done = check()
    assert done.code == 1
    assert done.lines[:7] == [
        "error[any-origin-with-credentials]: any website can read this API with the visitor's cookies",
        " --> app/main.py:7:20",
        "  |",
        '7 |     allow_origins=["*"],',
        "  |                    ^^^ every origin is allowed",
        "8 |     allow_credentials=True,",
        "  |     ---------------------- and cookies are allowed with it",
    ]
    assert any(line.startswith("  = proof: Origin: https://") for line in done.lines)
    assert "  = more: corslint explain any-origin-with-credentials" in done.lines


def test_a_good_application_passes_and_says_so(check: Run) -> None:
    write("app/main.py", GOOD)
    done = check()
    assert done == Done(0, "No problems in 1 policy (1 file).\n", "")


def test_a_file_that_does_not_parse_and_has_no_cors_is_not_our_business(check: Run) -> None:
    write("app/broken.py", "def f(:\n")
    write("app/main.py", GOOD)
    assert check() == Done(0, "No problems in 1 policy (1 file).\n", "")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/broken.py", BAD.replace("allow_origins=[", "allow_origins=[[")),
        ("nginx/site.conf", "server {\n  location / {\n    add_header Access-Control-Allow-Origin *;\n"),
        (
            "deploy/ingress.yaml",
            "kind: Ingress\nmetadata:\n  annotations: [\n    nginx.ingress.kubernetes.io/enable-cors: 'true'\n",
        ),
    ],
)
def test_a_file_with_cors_that_does_not_parse_is_told_and_the_others_are_judged(
    check: Run, path: str, text: str
) -> None:
    write(path, text)
    write("app/main.py", GOOD)
    done = check("--select", "unreadable-input")
    assert done.code == 3
    assert f"note: 1 file was not read whole: {path} (" in done.out
    write("app/main.py", BAD)
    done = check("--format", "json")
    assert done.code == 1
    assert "app/main.py" in found(done)


def test_a_link_in_a_circle_is_told_and_one_to_nowhere_or_to_a_folder_passed_over(check: Run) -> None:
    write("app/main.py", BAD)
    os.symlink("loop.py", "app/loop.py")
    os.symlink("nowhere.py", "app/dangling.py")
    os.symlink("..", "app/up")
    done = check("--format", "json")
    assert done.code == 1
    assert found(done) == ["app/loop.py", "app/main.py"]


def test_binary_and_huge_files_stop_nothing(check: Run) -> None:
    write("app/main.py", BAD)
    Path("app/data.py").write_bytes(b"\0\xff" * 1000)
    Path("app/dump.py").write_bytes(b"x = 1\n" * 9_000_000)
    done = check("--format", "json")
    assert done.code == 1
    assert found(done) == ["app/main.py"]


def test_a_pipe_among_the_files_does_not_hang(check: Run) -> None:
    write("app/main.py", GOOD)
    os.mkfifo("app/pipe.py")
    assert check().code in (0, 3)


def test_the_same_report_whatever_folder_is_named(check: Run) -> None:
    write("app/main.py", BAD)
    reports = [check("--format", "json", path).out for path in (".", "app", "app/main.py", "./app/../app")]
    assert len(set(reports)) == 1


def test_findings_keep_their_fingerprint_when_lines_move(check: Run) -> None:
    write("app/main.py", BAD)
    before = [one["fingerprint"] for one in json.loads(check("--format", "json").out)["findings"]]
    write("app/main.py", "# one\n# two\n" + BAD)
    assert [one["fingerprint"] for one in json.loads(check("--format", "json").out)["findings"]] == before


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github"])
def test_nothing_changes_between_two_runs(check: Run, form: str) -> None:
    write("app/main.py", BAD)
    write("nginx/site.conf", "server {\n  add_header Access-Control-Allow-Origin *;\n}\n")
    assert check("--format", form) == check("--format", form)
