"""`localhost` in a production configuration: whatever runs on a visitor's machine may read the answers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from corslint.environment import of_path
from corslint.finding import Problem
from corslint.origins import Entry, Exact, Origin, Pattern, is_local_host, leads_home, parse_origin
from corslint.policy import Policy
from corslint.questions import anyone, at_origins, each_entry, entering, replaced_by
from corslint.rule import rule
from corslint.values import DEPLOYMENT

_TRIED_ON_PATTERNS = ("http://localhost:3000", "http://localhost", "http://127.0.0.1:3000", "http://192.168.0.10:3000")
_APP_SHELLS = ("capacitor://", "ionic://")


@rule("local-origin-in-production")
def check(policy: Policy) -> Iterator[Problem]:
    """Judge configuration that says it is production: where nothing says so, developers may need the origin."""
    if not (policy.environment.marked and policy.environment.kind == "production") or anyone(policy):
        return
    if _is_on_a_desk(policy):
        return
    for_apps = any(isinstance(entry, Exact) and entry.text.startswith(_APP_SHELLS) for entry in policy.entries())
    for asked, entry in each_entry(policy):
        for text in _local_origins(entry, for_apps=for_apps):
            # What a variable replaces is there for developers: production sets the variable.
            if replaced_by(policy, entry) is not None:
                continue
            if proof := entering(asked, text, "include") or entering(asked, text):
                fact = "is nobody's production" if isinstance(entry, Exact) else f"lets in {text}"
                yield Problem(
                    f"whatever serves a page on {text} of a visitor's machine or network can read the answers",
                    (at_origins(policy, entry, fact),),
                    "move it to the configuration of development, so that production allows production only",
                    proof,
                    series="local",
                )
                break


def _is_on_a_desk(policy: Policy) -> bool:
    """Whether a deployment that is not called production serves local pages only, as one for trying things out does.

    That it switches off debugging is not enough: so does who tries whether it runs without.
    """
    states = [one.state for one in policy.conditions if one.subject == DEPLOYMENT]
    deployments = [state[len('is "') : -1].replace("#", "/") for state in states if state.startswith('is "')]
    return (
        bool(deployments)
        and all(of_path(one).kind != "production" or not of_path(one).marked for one in deployments)
        and all(isinstance(entry, Exact) and is_local_host(_host(entry.text)) for entry in policy.entries())
    )


def _host(text: str) -> str:
    return text.lower().partition("://")[2].partition(":")[0]


def _local_origins(entry: Entry, *, for_apps: bool) -> Iterator[str]:
    if isinstance(entry, Pattern):
        yield from _TRIED_ON_PATTERNS
    elif isinstance(entry, Exact) and (origin := parse_origin(entry.text.lower())):
        # Apps in a web view have such origins in production: https://capacitorjs.com/docs/config (`androidScheme`),
        # https://v2.tauri.app/reference/config/#usehttpsscheme.
        is_app = origin.host == "tauri.localhost" or (for_apps and origin.host == "localhost" and origin.port is None)
        if origin.scheme in ("http", "https") and not is_app and _is_here(origin):
            yield str(origin)


def _is_here(origin: Origin) -> bool:
    """Whether the host is the visitor's own machine or network; a name such as `intranet` may be somebody's product."""
    if origin.host.rpartition(".")[2] in ("localhost", "test") or leads_home(origin.host):
        return True
    try:
        ipaddress.ip_address(origin.host.strip("[]"))
    except ValueError:
        return False
    return origin.is_local
