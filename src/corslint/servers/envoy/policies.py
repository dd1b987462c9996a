"""From a policy in the words of its product to the one that Envoy applies."""

from __future__ import annotations

from collections.abc import Callable

from corslint.policy import Policy
from corslint.servers.envoy.contour import Contour
from corslint.servers.envoy.emissary import Emissary
from corslint.servers.envoy.istio import Istio
from corslint.servers.envoy.native import Envoy
from corslint.servers.envoy.notation import Found
from corslint.servers.envoy.reader import Reader
from corslint.servers.envoy.security_policy import Gateway

_READERS: dict[str, Callable[[Found], Reader]] = {
    "envoy": Envoy,
    "istio": Istio,
    "gateway": Gateway,
    "contour": Contour,
    "emissary": Emissary,
}


def policy(found: Found) -> Policy:
    """The policy of one place."""
    return _READERS[found.notation](found).policy()
