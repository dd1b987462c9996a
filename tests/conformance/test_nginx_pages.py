"""The examples of the rule pages, put to a real nginx: what is refused there fails, what is accepted there works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_nginx import Nginx, free_port, running, upstream

from corslint import catalogue
from corslint.catalogue import Block

pytestmark = pytest.mark.needs_nginx

ORIGIN = "https://app.example.com"
PATHS = ("/api/items", "/files/items", "/v1/items", "/report")


def examples(slug: str) -> list[Block]:
    return [block for block in catalogue.page(slug).blocks if block.language == "nginx"]


EXAMPLES = {
    f"{slug}{n}": one for slug in ("blocked-preflight", "dead-resource") for n, one in enumerate(examples(slug))
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """An nginx with all examples, told apart by their server names; who is asked for a login wants one."""
    folder, port, login = tmp_path_factory.mktemp("pages"), free_port(), free_port()
    (folder / "users").write_text("u:{PLAIN}p\n")
    with upstream() as behind:
        shared = (
            f"upstream backend {{ server 127.0.0.1:{behind}; }}\n"
            f"upstream login {{ server 127.0.0.1:{login}; }}\n"
            f"server {{ listen 127.0.0.1:{login}; location / {{ if ($http_cookie) {{ return 204; }} return 401; }} }}\n"
        )
        servers = "\n".join(
            f"server {{ listen 127.0.0.1:{port}; server_name {name}.test;\n{block.code}\n}}"
            for name, block in EXAMPLES.items()
        )
        with running(shared + servers.replace("/etc/nginx/users", f"{folder}/users"), folder, port) as nginx:
            yield nginx


def path_of(block: Block) -> str:
    return next(path for path in PATHS if f"/{path.split('/')[1]}" in block.code)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("blocked-preflight")])
def test_a_preflight_is_turned_away_or_answered(name: str, real: Nginx) -> None:
    block = EXAMPLES[name]
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    preflight, _ = real.ask(f"{name}.test", "OPTIONS", path_of(block), headers)
    asks_for_preflights = "Allow-Methods" in block.code or "Allow-Headers" in block.code
    assert (200 <= preflight < 300) == (block.expect == "accept" and asks_for_preflights)
    # Whoever is logged in is let in; the help is to say so to the preflight as well.
    password = {"Origin": ORIGIN, "Cookie": "session=1", "Authorization": "Basic dTpw"}
    status, sent = real.ask(f"{name}.test", "GET", path_of(block), password)
    assert status < 400
    assert ("Access-Control-Allow-Origin", ORIGIN) in sent


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("dead-resource")])
def test_a_location_is_never_reached_or_is(name: str, real: Nginx) -> None:
    block = EXAMPLES[name]
    _, sent = real.ask(f"{name}.test", "GET", path_of(block), {"Origin": ORIGIN})
    assert sent == ([] if block.expect == "refuse" else [("Access-Control-Allow-Origin", ORIGIN)])


def test_the_examples_are_of_both_kinds() -> None:
    for slug in ("blocked-preflight", "dead-resource"):
        assert {block.expect for block in examples(slug)} == {"accept", "refuse"}
