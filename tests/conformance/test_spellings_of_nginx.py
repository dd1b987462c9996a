"""The servers of tests/servers/nginx/test_nginx_spellings.py in a real nginx: what is judged there is what is sent."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from accuracy import compared
from real_nginx import free_port, running, upstream, version, without_target
from test_nginx import EVIL, GOOD, Case, filled_in, policies, requests

from corslint.browser import Request
from corslint.origins import UndecidedError
from corslint.releases import numbers
from corslint.servers.nginx.answer import respond

pytestmark = pytest.mark.needs_nginx

TABLE = Path(__file__).parents[1] / "servers/nginx/test_nginx_spellings.py"
FILES = {"/": 200, "/f.txt": 200, "/index.html": 200}
"""What nginx answers for its files; 404 for any other."""
PATHS = ("/", "/f.txt", "/api/x", "/b", "/n", "/c?q=1", "/x.y", "/fonts/a.woff2", "/health", "/upload/x", "/none")
ASKED = Case("", origins=(GOOD, EVIL, None), headers={"Authorization": "Basic dTpw"})
NEEDS_MERGE = (1, 29, 3)


def servers() -> dict[str, str]:
    """The bodies of the table, by name."""
    spec = spec_from_file_location("nginx_spellings", TABLE)
    assert spec is not None
    assert spec.loader is not None
    table = module_from_spec(spec)
    spec.loader.exec_module(table)
    found: dict[str, str] = {**table.FOUND, **table.SILENT}
    return found


SERVERS = servers()


def runnable(body: str, folder: Path, other: int) -> str:
    """A body with programs, files and zones that are there."""
    body = body.replace("proxy_pass http://auth;", "if ($http_authorization = '') { return 401; } return 204;")
    body = body.replace("http://app", "http://UP").replace("/srv", f"{folder}/html").replace("10.0.0.0/8", "127.0.0.1")
    body = re.sub(r"auth_basic_user_file \w+;", "auth_basic_user_file DIR/users;", body)
    body = re.sub(r"proxy_cache\w* [^;]+;|dav_methods \w+;", "", body)
    return filled_in(body, folder, other)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the servers give."""
    made = tmp_path_factory.mktemp("spellings")
    (made / "html").mkdir()
    for name in ("f.txt", "index.html"):
        (made / "html" / name).write_text("x")
    (made / "users").write_text("u:{PLAIN}p\n")
    return made


def test_what_is_judged_is_what_is_sent(folder: Path) -> None:
    known = {
        name: body
        for name, body in SERVERS.items()
        if "add_header_inherit" not in body or numbers(version()) >= NEEDS_MERGE
    }
    differing: list[str] = []
    pairs = 0
    with upstream() as behind:
        port = free_port()
        texts = {
            name: f"server {{ listen 127.0.0.1:{port}; server_name case{number}.test;\n"
            f"{runnable(body, folder, behind)}\n}}"
            for number, (name, body) in enumerate(known.items())
        }
        with running("\n".join(texts.values()), folder, port) as real:
            for number, (name, text) in enumerate(texts.items()):
                read = policies(f"http {{\n{text}\n}}", str(folder))
                for path in PATHS:
                    speaking = [policy for policy in read if policy.covers(path.partition("?")[0])]
                    for method, origin, headers in requests(ASKED):
                        asked = {**headers, **({"Origin": origin} if origin else {})}
                        theirs = real.ask(f"case{number}.test", method, path, asked)
                        url = f"http://case{number}.test{path}"
                        request = Request(origin or "", url, method, tuple(asked.items()))
                        shown = f"{name}: {method} {path} from {origin}"
                        if not speaking and any(name != "Location" for name, _ in theirs[1]):
                            differing.append(f"{shown}: nothing speaks for {theirs}")
                        for policy in speaking:
                            try:
                                answer = respond(policy, request, 200, (), lambda path: FILES.get(path, 404))
                            except UndecidedError:
                                continue
                            ours = answer.status, without_target(answer.headers)
                            pairs += 1
                            if ours != (theirs[0], without_target(theirs[1])):
                                differing.append(f"{shown}: {ours} is {theirs}")
    compared("nginx", version(), "headers of the spellings of the tests", pairs, len(differing))
    assert differing == []
    assert pairs > 1_000
