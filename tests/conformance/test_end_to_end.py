"""`simulate` against the real pair: a server that runs what corslint read, and a Chromium that fetches from it.

What is drawn depends on SEED alone.
"""

from __future__ import annotations

import importlib.metadata
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import real_nginx
import real_sites
from accuracy import compared
from generated_sites import ADMIN, APP, EVIL, LOOKALIKE, PATH, PORT, generated
from real_chromium import Outcome, running, with_any_name
from real_sites import Running
from scripted_server import FRAMED, PAGE, serving

import corslint
from corslint.browser import CredentialsMode, Headers, Request, Verdict
from corslint.browser.console_lines import chromium_lines
from corslint.policy import Policy

pytestmark = [pytest.mark.needs_chromium, pytest.mark.needs_nginx]

SEED = 20261122
SITES_OF_EACH = 10
REQUESTS = 8
TITLES = {
    "starlette": "Starlette",
    "flask_cors": "flask-cors",
    "django_cors_headers": "django-cors-headers",
    "nginx": "nginx",
}

PAGES = (APP, ADMIN, PORT, EVIL, LOOKALIKE)
JSON = (("Content-Type", "application/json"),)
TOKEN = (("X-Token", "1"),)
LOGIN = (("Authorization", "Bearer abc"),)
ASKED: tuple[tuple[str, Headers, CredentialsMode], ...] = (
    ("GET", (), "omit"),
    ("GET", (), "include"),
    ("HEAD", (), "same-origin"),
    ("POST", (), "include"),
    ("POST", JSON, "omit"),
    ("POST", JSON, "include"),
    ("PUT", (), "omit"),
    ("PUT", JSON, "include"),
    ("DELETE", TOKEN, "omit"),
    ("PATCH", TOKEN, "include"),
    ("GET", LOGIN, "omit"),
    ("GET", LOGIN, "include"),
)


def requests(site: Running, chance: random.Random) -> Iterator[Request]:
    """REQUESTS of them, most from the page that most sites let in."""
    for number, (method, headers, credentials) in enumerate(chance.sample(ASKED, REQUESTS)):
        origin = APP if number % 3 else chance.choice((*PAGES, "null"))
        yield Request(origin, f"http://127.0.0.1:{site.port}{PATH}?{number}", method, headers, credentials)


def policy_of(site: Running) -> Policy:
    """The one policy that corslint finds for the path."""
    found = [one for one in corslint.check(str(site.folder)).policies if one.covers(PATH)]
    assert [one.server for one in found] == [site.site.product], site.site.texts
    return found[0]


def version(product: str) -> str:
    if product == "nginx":
        told = subprocess.run([real_nginx.executable(), "-v"], capture_output=True, text=True, check=True, timeout=10)
        return told.stderr.strip().rpartition("/")[2]
    return importlib.metadata.version(TITLES[product])


def differences(request: Request, verdict: Verdict, outcome: Outcome) -> list[str]:
    """What came otherwise than simulated."""
    printed = () if verdict.allowed else chromium_lines(request, verdict)
    pairs = {
        "allowed": (verdict.allowed, outcome.allowed),
        "preflight": (verdict.preflight, outcome.preflight),
        "error": (verdict.error, outcome.error),
        "console": (with_any_name(printed), with_any_name(outcome.console)),
    }
    return [f"{what}: simulated {ours!r}, real {theirs!r}" for what, (ours, theirs) in pairs.items() if ours != theirs]


def test_the_real_server_and_the_real_browser_together_do_what_is_simulated(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    outcomes: dict[str, Outcome] = {}
    with (
        serving() as pages,
        real_sites.running(generated(SEED, SITES_OF_EACH), tmp_path / "sites") as sites,
        running(tmp_path / "browser", named_hosts_port=pages.port) as chromium,
    ):
        asked = {site.port: list(requests(site, chance)) for site in sites}
        opened = [chromium.page(origin + PAGE, origin) for origin in PAGES]
        opened.append(chromium.sandboxed_page(f"http://localhost:{pages.port}{FRAMED}"))
        for page in opened:
            its = [one for several in asked.values() for one in several if one.origin == page.origin]
            outcomes |= zip((one.url for one in its), page.fetch_all(its), strict=True)

    found: dict[str, list[str]] = {product: [] for product in TITLES}
    allowed, refused = Counter[str](), Counter[str]()
    for site in sites:
        policy, product = policy_of(site), site.site.product
        for request in asked[site.port]:
            outcome = outcomes[request.url]
            (allowed if outcome.allowed else refused)[product] += 1
            if differs := differences(request, corslint.simulate(policy, request), outcome):
                found[product].append("\n".join([*site.site.texts.values(), repr(request), *differs]))
    for product, title in TITLES.items():
        what = f"fetches by Chromium {chromium.version} from the running server"
        compared(title, version(product), what, SITES_OF_EACH * REQUESTS, len(found[product]))

    assert not any(found.values()), "\n\n".join(text for texts in found.values() for text in texts)
    assert all(allowed[product] >= 12 and refused[product] >= 12 for product in TITLES), (allowed, refused)
    assert sum(outcome.preflight for outcome in outcomes.values()) >= 80
    assert len({outcome.error for outcome in outcomes.values()}) >= 10
