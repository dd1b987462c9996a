"""The smallest change of a configuration with which a browser would let a request through.

Changes are found by trying: settings are changed, the server's model is asked again and the browser's model judges.
Where the product sends headers word for word (nginx), its answers are changed instead.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corslint.advice import add_origin, allow_credentials, answer_preflight, list_names, list_origins
from corslint.browser import CHROMIUM, Request, Response, judge
from corslint.browser.cors_checks import combined
from corslint.browser.safelist import may_be_safelisted, normalise_method, unsafe_header_names
from corslint.finding import Proof
from corslint.origins import AnyOrigin, Exact, Null, Origins, Reflected
from corslint.policy import Policy, Preflight, Setting
from corslint.preflights import MAX_NAMES, names
from corslint.questions import anyone, ask
from corslint.source import Span
from corslint.values import Items, Known

MAX_CHANGES = 5
"""How many settings are changed together at most."""
MAKING_IT_DEAD = (
    "rejected-configuration",
    "middleware-missing",
    "decorator-order",
    "dead-resource",
    "middleware-order",
    "late-setting",
    "duplicate-cors-layer",
)
"""Rules whose facts may say why no setting makes a difference: the policy is not what is answered with."""
_ALLOW = "Access-Control-Allow-"
_SAME_HEADERS = "send the same Access-Control headers with the answer to OPTIONS as with every other answer"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change."""

    text: str
    """What to write, in the product's notation."""
    span: Span | None
    """Where it stands now; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that together let a request through."""

    changes: tuple[Change, ...]
    proof: Proof | None
    """The same request after the change; None where what stands in the way is no setting, and nothing was tried."""


def smallest(policy: Policy, request: Request, status: int = 200) -> Remedy | None:
    """The fewest changes with which the browser gives the answer to the script; None where none is known.

    One that lets every website in with the visitor's cookies is only given where there is no other.

    `policy` is a concrete one (see `Policy.variants`), `status` what the application answers. None too where the
    request passes already, or where run time decides.
    """
    proof = ask(policy, request, status)
    if proof is None or proof.verdict.allowed is not False or proof.verdict.error is None:
        return None
    wanted = list(_settings(policy, request, status))
    too_wide: Remedy | None = None
    for size in range(1, min(MAX_CHANGES, len(wanted)) + 1):
        for picked in itertools.combinations(wanted, size):
            if len({field for field, _, _ in picked}) == size:
                changed = replace(policy, **{field: value for field, value, _ in picked})
                after = ask(changed, request, status)
                if after is None or not after.verdict.allowed:
                    continue
                # A setting that says so already is sent as soon as the others let the origin in.
                needed = [one for one in picked if not _says(policy, *one[:2])] or picked
                remedy = Remedy(tuple(change for _, _, changes in needed for change in changes), after)
                if request.credentials != "include" or not anyone(changed, "include"):
                    return remedy
                too_wide = too_wide or remedy
    if too_wide is not None:
        return too_wide
    if dead := next((fact for fact in policy.facts if fact.kind in MAKING_IT_DEAD), None):
        label = next(label for label in dead.labels if label.primary)
        return Remedy((Change(dead.help, label.span),), None)
    return _by_the_answers(policy, proof)


def _says(policy: Policy, field: str, wanted: Any) -> bool:
    """Whether a setting has that value as it is."""
    now = getattr(policy, field)
    return isinstance(now, Setting) and isinstance(now.value, Known) and now.value.value == wanted.value.value


def _settings(policy: Policy, request: Request, status: int) -> Iterator[tuple[str, Any, tuple[Change, ...]]]:
    """Settings that may be to blame: the field of the policy, its new value, and how it is written."""
    origins = policy.origins
    newcomer = Null() if request.origin == "null" else Exact(request.origin)
    entries = policy.entries()
    if not any(isinstance(entry, AnyOrigin | Reflected) for entry in entries):
        yield (
            "origins",
            _with(origins, Origins((*entries, newcomer))),
            (_line(policy, add_origin(policy, request.origin), origins),),
        )
    yield "origins", _with(origins, Origins((newcomer,))), _only(policy, request.origin)
    if request.credentials == "include":
        written = policy.credentials.value
        text = isinstance(written, Known) and not isinstance(written.value, bool)
        yield (
            "credentials",
            _with(policy.credentials, "true" if text else True),
            (_line(policy, allow_credentials(policy), policy.credentials),),
        )
    lists = [
        ("methods", [normalise_method(request.method)]),
        ("headers", unsafe_header_names(request.headers, CHROMIUM)),
    ]
    for field, wanted in lists:
        if wanted:
            setting, change = _list(policy, field, wanted)
            yield field, setting, (change,)
    if policy.preflight.answered_by == "nobody":
        answered = Preflight("product", 204, policy.preflight.span)
        yield "preflight", answered, (Change(answer_preflight(policy), policy.preflight.span),)
    if status >= 400 and policy.how_to.send_on_errors:
        change = Change(policy.how_to.send_on_errors, _place(policy, policy.on_errors))
        yield "on_errors", _with(policy.on_errors, True), (change,)


def _line(policy: Policy, text: str, setting: Setting[Any]) -> Change:
    """A line to copy; what is said in words stays as it is."""
    is_code = policy.how_to.end and not text.startswith("`")
    return Change(f"{text}{policy.how_to.end}" if is_code else text, _place(policy, setting))


def _only(policy: Policy, origin: str) -> tuple[Change, ...]:
    """The changes with which one origin is let in and no other, whatever else lets origins in now."""
    texts = (list_origins(policy, origin), *policy.how_to.close_others)
    return tuple(_line(policy, text, policy.origins) for text in texts)


def _list(policy: Policy, field: str, wanted: Sequence[str]) -> tuple[Setting[Any], Change]:
    """A setting that lists methods or headers, with these listed too."""
    setting: Setting[tuple[str, ...] | None] = getattr(policy, field)
    known = {name.lower() for name in wanted}
    # Another spelling of the same name is no use; neither is a star, or the request would not have failed for it.
    listed = (*(name for name in _listed(setting) if name != "*" and name.lower() not in known), *wanted)
    return _with(setting, listed), _line(policy, list_names(policy, setting, listed), setting)


def _listed(setting: Setting[tuple[str, ...] | None]) -> Iterator[str]:
    """The names as somebody wrote them, without those that the product adds of itself and that need no listing."""
    written = setting.written.value if isinstance(setting.written, Known) else None
    if isinstance(written, Items):
        texts = [item.value for item in written.items if isinstance(item, Known)]
        if len(texts) == len(written.items):
            yield from (text for text in texts[:MAX_NAMES] if isinstance(text, str))
            return
    for name in names(setting):
        if setting.given != "default" or name.lower() == "content-type" or not may_be_safelisted(name.lower()):
            yield name


def _with(setting: Setting[Any], value: object) -> Setting[Any]:
    return replace(setting, value=Known(value), written=None, given="explicit")


def _place(policy: Policy, setting: Setting[Any]) -> Span:
    return setting.span or policy.span


def _by_the_answers(policy: Policy, proof: Proof) -> Remedy | None:
    """What the answers would have to hold, flaw by flaw as the browser meets them."""
    request, preflight, response = proof.request, proof.preflight, proof.response
    if 300 <= response.status < 400 and (location := response.values("Location")):
        # What is redirected as a whole has moved, and no header makes a preflight pass there.
        text = f"let the page ask the address that this leads to: {location[0]}"
        return Remedy((Change(text, policy.preflight.blocked_by or policy.preflight.span or policy.span),), None)
    changes: dict[Change, None] = {}
    verdict = proof.verdict
    for _ in range(12):
        if verdict.allowed:
            return Remedy(tuple(changes), Proof(request, preflight, response, verdict))
        error = verdict.error or ""
        if error.startswith("Preflight") or "PreflightResponse" in error:
            assert preflight is not None
            preflight = _mended(policy, request, preflight, error.removeprefix("Preflight"), changes)
        elif error:
            response = _mended(policy, request, response, error, changes, actual=True)
        else:
            return None
        verdict = judge(request, preflight=preflight, response=response, profile=CHROMIUM)
    return None


def _mended(
    policy: Policy, request: Request, answer: Response, error: str, changes: dict[Change, None], *, actual: bool = False
) -> Response:
    """The answer without the flaw that an error of Chromium names; notes the change that takes."""
    match error:
        case "InvalidStatus" | "DisallowedRedirect":
            at = policy.preflight.blocked_by or policy.preflight.span
            changes[Change(answer_preflight(policy), at)] = None
            return Response(204, tuple(header for header in answer.headers if header[0].lower() != "location"))
        case "MissingAllowOriginHeader" if actual and answer.status >= 400 and (told := _told(policy, request)):
            added = _line(policy, add_origin(policy, request.origin), policy.origins)
            if policy.how_to.always and any(change in changes for change in (*_only(policy, request.origin), added)):
                return _set(answer, f"{_ALLOW}Origin", request.origin)  # the line to copy says so itself
            text = policy.how_to.send_on_errors or "send the Access-Control headers with errors too"
            changes[Change(text, _place(policy, policy.origins))] = None
            return _set(answer, f"{_ALLOW}Origin", told)
        case "MissingAllowOriginHeader" if not actual and (told := _told(policy, request)):
            text = _SAME_HEADERS if 200 <= answer.status <= 299 else answer_preflight(policy)
            changes[Change(text, policy.preflight.span or policy.span)] = None
            return _set(answer, f"{_ALLOW}Origin", told)
        case "InvalidAllowCredentials":
            if anyone(policy):
                # Cookies for a server that repeats every origin would open the visitors' data to every website.
                changes.update(dict.fromkeys(_only(policy, request.origin)))
            written = policy.credentials.value
            if not changes or not isinstance(written, Known) or written.value not in (True, "true"):
                # Otherwise it is sent as soon as the origin is let in.
                changes[_line(policy, allow_credentials(policy), policy.credentials)] = None
            return _set(answer, f"{_ALLOW}Credentials", "true")
        case "MethodDisallowedByPreflightResponse" | "InvalidAllowMethodsPreflightResponse":
            setting, change = _list(policy, "methods", [normalise_method(request.method)])
            changes[change] = None
            return _set(answer, f"{_ALLOW}Methods", ", ".join(setting.known()))
        case "HeaderDisallowedByPreflightResponse" | "InvalidAllowHeadersPreflightResponse":
            setting, change = _list(policy, "headers", unsafe_header_names(request.headers, CHROMIUM))
            changes[change] = None
            return _set(answer, f"{_ALLOW}Headers", ", ".join(setting.known()))
        case "WildcardOriginNotAllowed" | "MultipleAllowOriginValues":
            # One more among others, as told for the preflight, would not be enough.
            changes.pop(_line(policy, add_origin(policy, request.origin), policy.origins), None)
            changes.update(dict.fromkeys(_only(policy, request.origin)))
        case _ if any(change in changes for change in _only(policy, request.origin)):
            pass  # told for the preflight already
        case _:
            changes[_line(policy, add_origin(policy, request.origin), policy.origins)] = None
    return _set(answer, f"{_ALLOW}Origin", request.origin)


def _told(policy: Policy, request: Request) -> str:
    """What a plain GET of the same page is told of origins; empty where it is told nothing."""
    proof = ask(policy, Request(request.origin, request.url))
    return (combined(proof.response, f"{_ALLOW}Origin") or "") if proof is not None else ""


def _set(answer: Response, name: str, value: str) -> Response:
    others = tuple(header for header in answer.headers if header[0].lower() != name.lower())
    return replace(answer, headers=(*others, (name, value)))
