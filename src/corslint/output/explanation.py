"""`corslint explain "<console text>"`: what the browser saw, which settings make it say so, and where else to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit

from corslint.blame import Blame, Inquiry
from corslint.console import Complaint, look_for
from corslint.failures import NETWORK
from corslint.finding import Report
from corslint.output.frame import frame, gutter
from corslint.output.json import TOOL, dumped, place
from corslint.output.json import proof as proof_json
from corslint.output.proof import line as proof_line
from corslint.output.summary import count, notes
from corslint.output.terminal import Painter, one_line, shown
from corslint.output.text import policy_line
from corslint.policy import Policy
from corslint.remedies import Change

WIDTH = 100
MAX_SHOWN = 5
"""How many policies are shown with their source; the others are counted."""
MAX_HINTS = 3
"""How many hints are given where a policy explains it all."""
BROWSERS = {
    "chromium": "Chrome, Edge or another Chromium",
    "firefox": "Firefox",
    "safari": "Safari",
}
_GOOD_TO_KNOW = (
    "curl, Postman and your own tests work because only browsers enforce CORS: it protects the visitor, whose cookies"
    " a browser would send along, and there is no visitor in curl.",
    "`*` everywhere is not the fix: it opens the answers to every website, it does not go together with cookies, and"
    " it does nothing for an answer that comes from somewhere else. Name the websites you trust.",
    "It is fixed where the headers are sent, on the server or its proxy. Nothing in the page can do it: `mode:"
    " 'no-cors'` only hides the answer, and extensions that switch CORS off do so for you alone.",
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say about a console text."""

    complaint: Complaint
    paths: tuple[str, ...] = ()
    """Where policies were looked for; empty where nobody looked."""
    assumed: bool = False
    """Whether the paths are those of the working directory because none were given."""
    report: Report | None = None
    inquiry: Inquiry = field(default_factory=Inquiry)


def reached(complaint: Complaint) -> str:
    """Whether the request came to the server and was carried out."""
    failure = complaint.failure
    if not complaint.refused:
        return "The request reached the server, and the page got its answer."
    if failure is None:
        return "The request may well have reached the server and been carried out."
    if not failure.sent:
        return "Nothing was sent to the server."
    if failure.cause == NETWORK:
        return "Whether the request reached the server cannot be told from here; mostly it did not."
    if complaint.preflight:
        return (
            "The request itself never left the browser: it asked the server first, with an OPTIONS request, and stopped"
            " at the answer. So nothing was changed on the server."
        )
    if complaint.status is not None and complaint.status >= 300:
        return f"The request did reach the server, which answered with {complaint.status}; the page may not see that."
    sure = "did reach the server and was" if complaint.certain else "may well have reached the server and been"
    return (
        f"The request {sure} carried out there; only its answer is kept from the page. So an order may be placed"
        " although the page shows an error."
    )


def text(explanation: Explanation, *, color: bool = False, quiet: bool = False) -> Iterator[str]:
    """The explanation for people, line by line."""
    paint = Painter(color)
    complaint = explanation.complaint
    yield paint("bold", one_line(f"{complaint.cause}: {complaint.title}" if complaint.cause else complaint.title))
    if facts := "; ".join(_facts(complaint)):
        yield from _wrapped(facts)
    yield ""
    yield from _wrapped(complaint.plain)
    if said := reached(complaint):
        yield ""
        yield from _wrapped(said)
    if explanation.report is not None:
        yield ""
        yield from _policies(explanation, explanation.report, paint)
    elif complaint.failure is not None and complaint.failure.is_by_the_answer:
        yield ""
        yield "Name files or folders after the text, and corslint looks for the setting that causes it."
    if hints := look_for(complaint):
        yield ""
        blamed = any(one.certainty == "exact" for one in explanation.inquiry.blamed)
        yield paint("bold", "If that is not it, look for" if blamed else _heading(complaint))
        for number, hint in enumerate(hints[:MAX_HINTS] if blamed else hints, 1):
            yield from _wrapped(hint, f"{number}. ")
    if not quiet and (remarks := _remarks(complaint)):
        yield ""
        yield paint("bold", "Good to know")
        for remark in remarks:
            yield from _wrapped(remark, "- ")


def _heading(complaint: Complaint) -> str:
    return "What to look for, the likeliest first" if complaint.refused else "What to do"


def json(explanation: Explanation) -> Iterator[str]:
    """The explanation for programs.

    `version`, `tool`; `browser` (chromium, firefox, safari), `cause` (Chromium's `CorsError` name, or `Network`),
    `url`, `origin`, `method`, `header`, `value` (of the response header at fault), `status`, `redirected_from`,
    `net_error`: null where the text does not say; `preflight`; `refused` (false: the page got the answer); `causes[]`
    and `certain`: other causes that print the same; `title`, `explanation`; `look_for[]`; `searched[]`, the paths;
    `policies[]`: a place each, with `policy` (its id), `server`, `certainty` (exact, possible), `when[]` (what has to
    be so besides), `fact`, `rule` (or null), `change` (or null), `changes[]` (`text`, and `location`: a place or
    null), `proof` (or null); `admitting[]`, `outside[]` (they do not speak for the path) and `undetermined[]`: a place
    each with `policy`, the second with `scope`, the third with `reason`.
    """
    complaint = explanation.complaint
    yield from dumped(
        {
            "version": 1,
            "tool": TOOL,
            "browser": complaint.browser,
            "cause": complaint.cause,
            "causes": list(complaint.causes),
            "certain": complaint.certain,
            "refused": complaint.refused,
            "preflight": complaint.preflight,
            "origin": complaint.origin,
            "url": complaint.url,
            "method": complaint.method,
            "header": complaint.header,
            "value": complaint.value,
            "status": complaint.status,
            "redirected_from": complaint.redirected_from,
            "net_error": complaint.net_error,
            "title": complaint.title,
            "explanation": " ".join(filter(None, (complaint.plain, reached(complaint), *_remarks(complaint)))),
            "look_for": list(look_for(complaint)),
            "searched": list(explanation.paths),
            "policies": [_blame(one) for one in explanation.inquiry.blamed],
            "admitting": [_at(one) for one in explanation.inquiry.admitting],
            "outside": [{**_at(one), "scope": one.scope.text} for one in explanation.inquiry.outside],
            "undetermined": [{**_at(one), "reason": why} for one, why in explanation.inquiry.undecided],
        }
    )


def _remarks(complaint: Complaint) -> Sequence[str]:
    by_the_answer = complaint.failure is None or complaint.failure.is_by_the_answer
    return _GOOD_TO_KNOW if complaint.refused and by_the_answer else ()


def _facts(complaint: Complaint) -> Iterator[str]:
    """What the text tells of the request, for one line."""
    if complaint.browser is not None:
        yield BROWSERS[complaint.browser]
    if complaint.origin is not None:
        yield f"page {one_line(complaint.origin)}"
    asked = " ".join(filter(None, (complaint.method, complaint.url)))
    if asked:
        yield f"asked for {one_line(asked)}"
    if complaint.redirected_from is not None:
        yield f"redirected from {one_line(complaint.redirected_from)}"
    if complaint.header is not None:
        yield f"with the header {one_line(complaint.header)}"
    if complaint.status is not None:
        yield f"answered with {complaint.status}"
    if complaint.failure is None or complaint.cause is None:
        return
    names = [name for name in complaint.failure.names if "CORS" in name]
    if names and complaint.cause not in names:
        yield f"Firefox and MDN call it {names[0]}"
    if len(complaint.causes) > 1:
        yield f"it may also stand for {', '.join(complaint.causes[1:])}"


def _policies(explanation: Explanation, report: Report, paint: Painter) -> Iterator[str]:
    """What came of asking the policies."""
    where = ", ".join(map(shown, explanation.paths))
    if explanation.assumed:
        where = "the working directory"
    found, number = explanation.inquiry, len(report.policies)
    exact = [one for one in found.blamed if one.certainty == "exact"]
    if not report.policies:
        yield from _wrapped(f"No CORS settings found in {where} ({count(report.files, 'file')} looked at).")
    elif exact:
        yield paint("bold", f"Where it comes from ({where})")
        yield from _shown_blames(exact, paint)
    elif found.blamed:
        yield paint("bold", f"Where it may come from ({where})")
        yield from _shown_blames(found.blamed, paint)
    elif found.outside:
        yield paint("bold", f"Where it may come from ({where})")
        path = one_line(urlsplit(explanation.complaint.url or "").path or "/")
        for policy in found.outside[:MAX_SHOWN]:
            only = f"speaks for {one_line(policy.scope.text)} only" if policy.scope.text else "leaves it out"
            yield from _wrapped(
                f"{_where(policy)} {one_line(policy.name)} {only}, so the answer at {path} gets no CORS headers", "- "
            )
    else:
        none = "The policy" if number == 1 else f"None of the {number} policies"
        yield from _wrapped(f"{none} in {where} {'does not explain' if number == 1 else 'explains'} it.")
    others = len(found.blamed) - len(exact) + len(found.undecided)
    if exact and others:
        yield ""
        more = "1 more policy" if others == 1 else f"{others} more policies"
        yield from _wrapped(f"{more} may do so under further conditions: --format json has them all.")
    if not exact:
        if found.blamed and (found.admitting or found.undecided):
            yield ""
        for policy in found.admitting[:MAX_SHOWN]:
            yield from _wrapped(
                f"{_where(policy)} {one_line(policy.name)} lets this request through: the answer came from somewhere"
                " else, or that is not what runs.",
                "- ",
            )
        for policy, why in found.undecided[:MAX_SHOWN]:
            yield from _wrapped(f"{_where(policy)} {one_line(policy.name)}: cannot be told, {one_line(why)}", "- ")
    if found.not_asked:
        yield from _wrapped(f"note: {found.not_asked} policies were left out; name fewer files to have them asked")
    yield from notes(report)


def _shown_blames(blamed: Sequence[Blame], paint: Painter) -> Iterator[str]:
    for number, one in enumerate(blamed[:MAX_SHOWN]):
        if number:
            yield ""
        yield from _shown_blame(one, paint)
    if len(blamed) > MAX_SHOWN:
        yield f"and {len(blamed) - MAX_SHOWN} more: --format json has them all"


def _where(policy: Policy) -> str:
    return f"{shown(policy.span.path)}:{policy.span.line}"


def _shown_blame(one: Blame, paint: Painter) -> Iterator[str]:
    width = gutter((one.label,))
    yield from frame((one.label,), width, "error" if one.certainty == "exact" else "warning", paint)
    lines = [("policy", policy_line(one.policy))]
    if one.when:
        lines.append(("if", ", and ".join(one.when)))
    if one.proof is not None:
        lines.append(("proof", proof_line(one.proof)))
    lines += [("change", change.text + _elsewhere(change, one)) for change in one.changes]
    if one.rule is not None:
        lines.append(("more", f"corslint explain {one.rule}"))
    for word, said in lines:
        yield f"{' ' * width} {paint('frame', '=')} {paint('bold', f'{word}:')} {one_line(said)}"


def _elsewhere(change: Change, one: Blame) -> str:
    """Where a change is to be made, if not on the line that is shown."""
    span = change.span
    if span is None or (span.path, span.line) == (one.label.span.path, one.label.span.line):
        return ""
    return f" ({span.path}:{span.line})"


def _blame(one: Blame) -> dict[str, Any]:
    return {
        "policy": one.policy.id,
        "server": one.policy.server,
        **place(one.label.span),
        "certainty": one.certainty,
        "when": list(one.when),
        "fact": one.label.text,
        "rule": one.rule,
        "change": "; ".join(change.text for change in one.changes) or None,
        "changes": [
            {"text": change.text, "location": None if change.span is None else place(change.span)}
            for change in one.changes
        ],
        "proof": one.proof and proof_json(one.proof),
    }


def _at(policy: Policy) -> dict[str, Any]:
    return {"policy": policy.id, **place(policy.span)}


def _wrapped(said: str, lead: str = "") -> Iterator[str]:
    yield from wrap(
        said,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
