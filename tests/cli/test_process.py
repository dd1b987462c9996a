"""corslint as a process of its own: what it imports, and streams that fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import write

COMMAND = [sys.executable, "-c", "from corslint.cli import main; main()"]


def call(
    *arguments: str, environment: dict[str, str] | None = None, **rest: object
) -> subprocess.CompletedProcess[bytes]:
    """Run corslint; nothing may hang."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, *arguments],
        **{"capture_output": True, "timeout": 60, "env": {**os.environ, **(environment or {})}, **rest},
    )


def imported(*arguments: str) -> tuple[int, set[str]]:
    """The exit code of a run and the modules it imported."""
    program = (
        "import json, sys\n"
        "from corslint.cli import run\n"
        f"code = run({list(arguments)!r})\n"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules)


HEAVY = {"libcst", "yaml", "regex", "tomli", "jsonschema", "importlib.metadata"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", "import os\n\n\ndef main() -> None:\n    print(os.environ)\n"),
        ("deploy.yaml", "kind: Deployment\n"),
        ("nginx.conf", "server { listen 80; }\n"),
    ],
)
def test_a_file_without_cors_imports_no_library_no_check_and_no_format_but_text(path: str, text: str) -> None:
    write(path, text)
    code, modules = imported("check", path)
    assert code == 0
    assert sorted(modules & HEAVY) == []
    assert sorted(name for name in modules if name.startswith("corslint.checks.")) == []
    assert sorted(name for name in modules if name.startswith("corslint.output.")) == [
        "corslint.output.summary",
        "corslint.output.terminal",
        "corslint.output.text",
    ]


def test_the_version_needs_neither_engine_nor_servers() -> None:
    code, modules = imported("-V")
    assert code == 0
    assert sorted(name for name in modules if name.startswith(("corslint.engine", "corslint.servers"))) == []


def test_a_reader_that_goes_away_is_no_error_and_changes_no_exit_code() -> None:
    read, pipe = os.pipe()
    os.close(read)
    write("broken.py", "")
    done = call("rules", stdout=pipe, stderr=subprocess.PIPE, capture_output=False)
    os.close(pipe)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    with open("/dev/full", "wb") as full:
        done = call("rules", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 2
    assert done.stderr == b"corslint: error: cannot write the report: No space left on device\n"


def test_a_terminal_without_unicode_gets_escapes() -> None:
    write("\u65e5.toml", "")
    done = call("config", "--config", "\u65e5.toml", environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == b"# \\u65e5.toml"


def test_a_file_name_that_is_no_unicode_is_shown_escaped() -> None:
    name = os.fsencode("caf\udce9.toml")
    with open(name, "wb") as file:
        file.write(b"zzz = 1\n")
    done = call("check", "--config", os.fsdecode(name))
    assert done.returncode == 2
    assert done.stderr == b"corslint: error: caf\\udce9.toml:1: unknown key 'zzz'\n"


def test_an_error_message_cannot_write_to_the_terminal() -> None:
    done = call("check", "\x1b[2Jx")
    assert done.returncode == 2
    assert done.stderr == b"corslint: error: \\x1b[2Jx: no such file or folder\n"


def test_it_can_be_run_as_a_console_script() -> None:
    script = Path(sys.executable).parent / "corslint"
    if not script.exists():
        pytest.fail(f"corslint is not installed beside {sys.executable}")
    done = subprocess.run([script, "check"], capture_output=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith(b"No CORS settings found in 0 files (looked for: ")
