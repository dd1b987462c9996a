"""What becomes of one request under one policy: the proof, what would let it through, and what passes all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from corslint.browser import Request, preflight_request
from corslint.browser.deviations import CHROMIUM
from corslint.finding import Proof
from corslint.origins import UndecidedError
from corslint.policy import Policy
from corslint.provenance import decided
from corslint.questions import anyone, entering, prove
from corslint.remedies import MAKING_IT_DEAD, Remedy, smallest

Outcome: TypeAlias = Literal["allowed", "refused", "undetermined"]

_PRIVATE = "Access-Control-Request-Private-Network"


@dataclass(frozen=True, slots=True)
class Question:
    """A request of a page, as it is put to every policy."""

    origin: str
    """The serialised origin of the page, or `null`."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    credentials: bool = False
    url: str | None = None
    """A path or a whole URL; None: one that the policy answers."""
    status: int = 200
    """What the application behind the CORS layer answers."""
    private_network: bool = False
    """Whether the preflight asks for access to a private network, as Chromium from about 104 to 141 did."""

    def of(self, policy: Policy) -> Request:
        """The request, at a URL that the policy answers."""
        url = self.url or urlsplit(policy.url).path
        if url.startswith("/"):
            # A page of the very host would be of the same origin, and no CORS is at play there.
            host = "api.example" if self.origin.rpartition("/")[2] != "api.example" else "server.example"
            url = f"https://{host}{url}"
        return Request(
            self.origin, url, self.method, self.headers, credentials="include" if self.credentials else "omit"
        )


@dataclass(frozen=True, slots=True)
class Simulated:
    """The outcome of one request under one policy."""

    policy: Policy
    """A concrete one: with conditions, where it depends on something."""
    request: Request
    outcome: Outcome
    proof: Proof | None
    """None where run time decides."""
    reason: str = ""
    """What decides, where it is undetermined."""
    remedy: Remedy | None = None
    """The smallest change that would allow a refused request."""
    warnings: tuple[str, ...] = ()
    """What else a person who looks at this should know."""


def simulated(policy: Policy, question: Question) -> Iterator[Simulated]:
    """The outcomes under a policy: one for each variant that answers the URL."""
    for variant in policy.variants():
        request = question.of(variant)
        if question.url is not None and not variant.covers(urlsplit(request.url).path or "/"):
            continue
        try:
            proof = prove(variant, request, question.status)
        except UndecidedError as error:
            yield Simulated(variant, request, "undetermined", None, decided(variant, str(error)))
            continue
        verdict = proof.verdict
        beside = (*_facts(variant), *_private_network(variant, question, request))
        if verdict.allowed is None:
            yield Simulated(variant, request, "undetermined", proof, verdict.steps[-1].removeprefix("undetermined: "))
        elif verdict.allowed:
            warnings = (*beside, *_open_to_all(variant, request), *_null_allowed(variant, request))
            yield Simulated(variant, request, "allowed", proof, warnings=warnings)
        else:
            remedy = smallest(variant, request, question.status)
            warnings = (*beside, *_passing(variant, request), *_null(request))
            yield Simulated(variant, request, "refused", proof, remedy=remedy, warnings=warnings)


def _facts(policy: Policy) -> Iterator[str]:
    """What was seen around the policy and may keep it from being what is answered with."""
    for fact in policy.facts:
        if fact.kind in MAKING_IT_DEAD:
            yield f"{fact.text} ({fact.kind})"


def _passing(policy: Policy, request: Request) -> Iterator[str]:
    """A refused request does not mean that the origin is shut out: a plainer one may pass."""
    cookies = " with cookies" if request.credentials == "include" else ""
    plain = entering(policy, request.origin, request.credentials)
    if plain is None:
        return
    asked = f"a {plain.request.method}{cookies} from {request.origin} without further headers is allowed"
    if anyone(policy, request.credentials):
        rule = " (any-origin-with-credentials)" if cookies else ""
        yield f"{asked}, as it is from every website{rule}"
    else:
        yield asked


def _open_to_all(policy: Policy, request: Request) -> Iterator[str]:
    if request.credentials == "include" and anyone(policy, "include"):
        yield "every website is allowed this, with the visitor's cookies (any-origin-with-credentials)"


def _null_allowed(policy: Policy, request: Request) -> Iterator[str]:
    if request.origin == "null" and not anyone(policy, request.credentials):
        yield "every website can send `null`, from a sandboxed frame, and is allowed this too (null-origin)"


def _null(request: Request) -> Iterator[str]:
    if request.origin == "null":
        yield "`null` is the origin of any sandboxed frame, on any website: do not allow it for its own sake"


def _private_network(policy: Policy, question: Question, request: Request) -> Iterator[str]:
    if not question.private_network:
        return
    asked = preflight_request(request, CHROMIUM)
    asked = replace(asked, headers=(*asked.headers, (_PRIVATE, "true")))
    try:
        answer = policy.respond(asked)
    except UndecidedError as error:
        yield f"whether private networks are granted is undetermined: {error}"
        return
    granted = answer.values("Access-Control-Allow-Private-Network") == ["true"] and 200 <= answer.status <= 299
    yield (
        "older Chromium (about 104 to 141) asked for leave to reach a private network, and the answer "
        + ("grants it" if granted else f"refuses it (status {answer.status})")
        + "; later ones ask the user instead, and no header helps"
    )
