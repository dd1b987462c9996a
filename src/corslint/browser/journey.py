"""A request on its way through the browser: what happens to it, noted step by step, up to the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from corslint.browser import refusals
from corslint.browser.cors_checks import (
    cors_check,
    only_wildcard_covers_authorization,
    preflight_refusals,
    readable_headers,
    redirect_target,
)
from corslint.browser.deviations import Profile
from corslint.browser.exchange import Blocked, Request, Response, Stage, Verdict, is_same_origin, origin_of
from corslint.browser.refusals import Refusal
from corslint.browser.safelist import SIMPLE_METHODS, normalise_method, why_not_sendable
from corslint.browser.wire import actual_request, dropped_headers, preflight_request, shortened


class Journey:
    """The steps of one request, in order; each method notes one and returns the verdict if the request ends there."""

    def __init__(self, profile: Profile) -> None:
        """An empty journey through the browser that `profile` describes."""
        self._profile = profile
        self._steps: list[str] = []
        self._sent: list[Request] = []
        self._warnings: list[str] = []
        self._preflight = False

    def set_out(self, request: Request) -> Verdict | None:
        """Start: the verdict if nothing is ever sent, else None, with what can be said beforehand noted."""
        if origin_of(request.url) is None:
            self.note(f"only absolute http and https URLs are judged, not {shortened(request.url)!r}")
            return self._verdict(None)
        if trouble := _why_not_fetchable(request):
            self.note(f"the script gets a TypeError and nothing is sent: {trouble}")
            return self._verdict(False)
        if dropped := dropped_headers(request, self._profile):
            self.note(f"browser drops what a script may not set: {', '.join(f'`{name}`' for name in dropped)}")
        if is_same_origin(request):
            self.note("page and URL have the same origin: CORS plays no part")
        elif request.mode == "same-origin":
            return self.never_sent(request, refusals.other_origin(request.origin))
        return None

    def note(self, step: str) -> None:
        """Note what happened, one plain sentence without a full stop."""
        self._steps.append(step)

    def none_needed(self, request: Request) -> None:
        """Note why the server is not asked first."""
        method = normalise_method(request.method)
        self.note(f"no preflight needed: {method} is a simple method, and its headers are safelisted")

    def preflighted(self, request: Request, reasons: Sequence[str], answer: Response | None) -> Verdict | None:
        """Ask the server first, for these reasons, and read its answer to OPTIONS; None: it is not known."""
        self._preflight = True
        self._sent.append(preflight_request(request, self._profile))
        self.note(f"preflight needed: {'; '.join(reasons)}")
        if answer is None:
            return self.undetermined("what the server answers to OPTIONS is not known")
        self.note(f"server answers OPTIONS with {answer.status}")
        if flaws := list(preflight_refusals(request, answer, self._profile)):
            method = normalise_method(request.method)
            self.note(f"browser refuses the preflight, {method} is never sent: {flaws[0].plain}")
            self._steps += [f"mending that is not enough: {flaw.plain}" for flaw in flaws[1:]]
            return self.refused("preflight", request, answer, flaws)
        self.note("browser accepts the preflight")
        if only_wildcard_covers_authorization(request, answer):
            self.note("* covers `authorization` in the browsers of today, not in the standard: list it by name")
            self._warnings.append(request.url)
        return None

    def sent(self, request: Request) -> None:
        """Send the request itself."""
        self._sent.append(actual_request(request, self._profile))

    def answered(self, request: Request, answer: Response) -> Verdict | None:
        """Check the answer to the request itself; no verdict where the answer may be looked at."""
        self.note(f"server carries out {normalise_method(request.method)} and answers with {answer.status}")
        if request.mode == "no-cors" or is_same_origin(request):
            return None
        if flaw := cors_check(request, answer):
            self.note(f"browser keeps the answer from the script: {flaw.plain}")
            led_on = redirect_target(answer) is not None and request.redirect == "follow"
            return self.refused("redirect" if led_on else "answer", request, answer, [flaw])
        return None

    def given(self, request: Request, answer: Response, *, opaque: bool) -> Verdict:
        """Give the answer to the script; of an `opaque` one it sees nothing."""
        if opaque:
            self.note("browser gives the script an opaque answer, of which nothing can be read")
            names: tuple[str, ...] = ()
        else:
            self.note("browser gives the answer to the script")
            names = readable_headers(request.credentials, answer, same_origin=is_same_origin(request))
        return self._verdict(True, readable=names, status=0 if opaque else answer.status)

    def is_opaque(self, request: Request) -> bool:
        """Whether the script sees nothing of the answer it gets: the standard's response tainting."""
        return request.mode == "no-cors" and not is_same_origin(request)

    def never_sent(self, request: Request, flaw: Refusal) -> Verdict:
        """End before anything is sent for the URL."""
        self.note(f"browser sends nothing: {flaw.plain}")
        return self.refused("start", request, None, [flaw])

    def refused(self, stage: Stage, request: Request, answer: Response | None, flaws: Sequence[Refusal]) -> Verdict:
        """End here, for flaws in the order in which Chromium looks for them; at least one."""
        return self._verdict(False, blocked=Blocked(stage, request, answer, tuple(flaws)))

    def undetermined(self, why: str) -> Verdict:
        """End here because what follows cannot be said."""
        self.note(f"undetermined: {why}")
        return self._verdict(None)

    def _verdict(
        self,
        allowed: bool | None,
        *,
        blocked: Blocked | None = None,
        readable: tuple[str, ...] = (),
        status: int | None = None,
    ) -> Verdict:
        return Verdict(
            allowed,
            self._preflight,
            tuple(self._steps),
            error=blocked.flaws[0].error if blocked else None,
            firefox_error=refusals.firefox_first(blocked.flaws).firefox_error if blocked else None,
            readable_headers=readable,
            sentence=blocked.flaws[0].sentence if blocked else None,
            status=status,
            sent=tuple(self._sent),
            blocked=blocked,
            wildcard_warnings=tuple(self._warnings),
        )


def _why_not_fetchable(request: Request) -> str | None:
    # https://fetch.spec.whatwg.org/#dom-request, the steps on credentials in the URL and on the mode
    if "@" in urlsplit(request.url).netloc:
        return "the URL holds a user name or password"
    if request.mode == "no-cors" and normalise_method(request.method) not in SIMPLE_METHODS:
        return f"{request.method} cannot be sent in mode no-cors"
    return why_not_sendable(request.method, request.headers)
