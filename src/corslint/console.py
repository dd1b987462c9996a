"""Reading what a browser printed: which browser, what it objects to, and to which request.

People paste what they have: several lines, lines broken by a terminal or a chat, with stack traces and times between
them, with straight or typographic quotes, from old browsers and from translated ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from corslint.browser import refusals
from corslint.failures import BROWSERS, NETWORK, Browser, Failure, Table, folded, table

MAX_TEXT = 60_000
"""Characters that are looked at. A console message has a few hundred, so that this leaves room for a lot of noise."""
MAX_NAMES = 500
"""How many words of a text are tried as names."""

_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[@-~]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACE = re.compile(r"[\t\n\r \xa0\u2028\u2029\u202f]+")
_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛“”„«»‹›「」『』`´′", "'"))
_LINE_END = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_QUOTE_MARK = re.compile(r"^[ \t]*(?:(?:[>#|]|//)[ \t]*)+", re.MULTILINE)
_ESCAPED = re.compile(r"\\u(00(?:22|26|27|3[cCeE]|60|[aA]0|[aAbB][bB])|20(?:1[89cCdD]))")
_LINK = re.compile(r"\[([^\[\]\s]{1,2000})\]\([^()\s]{1,2000}\)|<(https?://[^\s<>]{1,2000})>")

_URL = r"https?://[^\s'\"<>]{1,2000}"
_METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|QUERY"
_CHROMIUM_FRAME = re.compile(
    r"Access to (?P<kind>[\w ]{1,30}) at '(?P<url>.{1,2000}?)'(?: \(redirected from '(?P<redirected>.{1,2000}?)'\))?"
    r" from origin '(?P<origin>[^']{0,300})' has been blocked by CORS policy"
)
_WITHOUT_QUOTES = re.compile(
    r"Access to (?P<kind>[\w ]{1,30}?)(?: at)? '?(?P<url>\w{1,10}://[^ ']{1,2000})'?"
    r" from origin '?(?P<origin>[^' ]{0,300})'? has been blocked by CORS policy"
)
_ADDRESS_ONLY = re.compile(
    r"Access to (?P<kind>[\w ]{1,30}) at '(?P<url>[^']{1,2000})' has been blocked by CORS policy"
)
_ORIGIN_ONLY = re.compile(r"from origin '(?P<origin>[^']{1,300})' has been blocked by CORS policy")
_OLD_REDIRECT = re.compile(
    r"Redirect (?:at|from) '(?P<redirected>[^']{1,2000})' (?:to '(?P<url>[^']{1,2000})' )?"
    r"(?:from origin '(?P<origin>[^']{0,300})' )?has been blocked by CORS policy"
)
_OLD_ORIGIN = re.compile(r"Origin '{1,2}(?P<origin>[^']{0,300})'{1,2} is therefore not allowed access")
_OLD_STATUS = re.compile(r"The response had HTTP status code (?P<status>\d{3})")
_REMOTE_RESOURCE = re.compile(
    r"remote resource at '?(?P<url>\w{1,10}://[^\s']{1,2000}?)'?\.? ?(?=\(Reason|\(|soon|This|$)"
)
_CANNOT_LOAD = re.compile(
    r"(?:(?P<kind>XMLHttpRequest|Fetch API|EventSource|Image|Script|Font) cannot load|Cannot load|Failed to load)"
    r" '?(?P<url>\w{1,10}://[^\s']{1,2000}?)'?[.:]?(?= |$)"
)
_FROM_OLD_ORIGIN = re.compile(
    r"(?P<kind>\w{1,20}) from origin '(?P<url>[^']{1,2000})' has been blocked from loading by Cross-Origin"
)
_REQUEST_LINE = re.compile(
    rf"\b(?P<method>{_METHODS}) ?(?P<url>{_URL}) net::ERR_[A-Z_]{{1,60}}(?: (?P<status>[1-5]\d\d))?"
)
_FIREFOX_REQUEST_LINE = re.compile(rf"\bXHR ?(?P<method>{_METHODS}) ?(?P<url>{_URL})")
_ANGULAR = re.compile(rf"Http failure response for (?P<url>{_URL}): \d")
# The words before the address in the languages of Firefox, from its security.properties.
_TRANSLATED_RESOURCE = re.compile(
    r"(?:externen Ressource auf|ressource distante située sur|recursos? remotos? en|recurso remoto em|读取位于"
    r"|удаленного ресурса на|risorsa remota da|同一生成元ポリシーにより、) ?"
    r"'?(?P<url>\w{1,10}://[^\s'。]{1,2000}?)'?[.,]?(?= |$)"
)
_UNANSWERED_ELSEWHERE = re.compile(r"[:：] ?[^'\d:：]{0,60}CORS[^'\d:：]{0,60}[.。] ?[^'\d:：.]{1,30}[:：] ?\(null\)")
_FRAMES = (
    _CHROMIUM_FRAME,
    _WITHOUT_QUOTES,
    _ADDRESS_ONLY,
    _ORIGIN_ONLY,
    _OLD_REDIRECT,
    _OLD_ORIGIN,
    _OLD_STATUS,
    _REMOTE_RESOURCE,
    _CANNOT_LOAD,
    _FROM_OLD_ORIGIN,
    _REQUEST_LINE,
    _FIREFOX_REQUEST_LINE,
    _ANGULAR,
)
_SHOWN_BY_FIREFOX = re.compile(r"Cross-Origin Request|\(Reason: ")
_SHOWN_BY_CHROMIUM = re.compile(r"has been blocked by CORS policy|is therefore not allowed access|net::ERR_")
_PREFLIGHT_FAILED = "CORS request did not succeed"
_MDN_PAGE = re.compile(r"CORS/Errors/(\w{1,80})")
_WORDS = re.compile(r"\bk?[A-Z][A-Za-z]{7,80}\d?\b|\bCORS(?: [A-Z][a-z]{1,15}){2,6}\b")
_ABOUT_THE_PAGE = ("MissingAllowOriginHeader", "AllowOriginMismatch", "InvalidAllowOriginValue")
_ANY_STATUS = ("proxy-answered", "refused-preflight")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_REASON = re.compile(r"\w ?[:：] ?(?=[^:：]{0,60}CORS[^']{0,60}' ?Access-Control-)")
_QUOTED = re.compile(r"'([^']{0,300})'")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a browser printed, as far as the text tells."""

    browser: Browser | None
    cause: str | None
    """Chromium's `CorsError` name, `Network`, or None where the text does not tell."""
    title: str
    """What the browser objects to, in one line without a full stop."""
    plain: str
    """The same for somebody who has never heard of CORS."""
    causes: tuple[str, ...] = ()
    """Everything that prints this text, the likeliest first; empty where it does not tell."""
    failure: Failure | None = None
    """The kind of failure in the table."""
    preflight: bool = False
    """Whether the preflight failed, so that the request itself was not sent."""
    refused: bool = True
    """False where the page got the answer all the same."""
    origin: str | None = None
    """The origin of the page."""
    url: str | None = None
    method: str | None = None
    header: str | None = None
    """The request header that is not allowed, in lower case."""
    value: str | None = None
    """The value of the response header that is at fault."""
    status: int | None = None
    """Of the answer that was refused."""
    redirected_from: str | None = None
    kind: str | None = None
    """What asked, as Chromium puts it: fetch, XMLHttpRequest, font, image."""
    net_error: str | None = None
    """Chromium's name of a failure of the transport, such as ERR_CONNECTION_REFUSED."""

    @property
    def certain(self) -> bool:
        """Whether the text has only one cause."""
        return len(self.causes) == 1


def read(text: str) -> Complaint | None:
    """What the text says; None where it is nothing that a browser prints, and no name of such a thing.

    Looks at the first MAX_TEXT characters, and takes no more than linear time for them.
    """
    text = _QUOTE_MARK.sub("", text[:MAX_TEXT])
    spaced = _normalised(text)
    known = table()
    if found := _named(spaced, known, whole=True):
        return found
    # A terminal or a chat may have broken the lines between words or anywhere.
    closed = _normalised(_LINE_END.sub("", text))
    for flat in dict.fromkeys((spaced, closed, spaced.replace('"', "'"))):
        if found := _printed(flat, known):
            return found
    return _translated(spaced, known) or _named(spaced, known, whole=False) or _vague(spaced, known)


def _normalised(text: str) -> str:
    """The text on one line, with straight single quotes and single spaces, and nothing invisible."""
    text = _INVISIBLE.sub("", _ESCAPE_SEQUENCE.sub("", text))
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    text = text.replace("\\'", "'").replace("&#39;", "'").replace("&#x27;", "'").replace("&apos;", "'")
    text = text.replace("&quot;", '"').replace('\\"', '"')
    text = _LINK.sub(lambda found: found[1] or found[2], text)
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip()


def _printed(text: str, known: Table) -> Complaint | None:
    """The complaint of the first sentence in the text that tells the cause."""
    hits: list[tuple[int, int, int, int, Failure, Browser, re.Match[str]]] = []
    for failure in known.failures:
        for browser, pattern in failure.patterns:
            if found := pattern.search(text):
                weight = failure.vague + (failure.cause == NETWORK) + 2 * (not failure.refused)
                hits.append((weight, found.start(), BROWSERS.index(browser), len(hits), failure, browser, found))
    if not hits:
        return None
    *_, failure, browser, found = min(hits, key=lambda hit: hit[:4])
    if browser == "firefox" and "value" in found.groupdict() and failure.cause == "AllowOriginMismatch":
        failure = _behind_mismatch(found["value"], known)
    told = found.groupdict()
    preflight = failure.preflight == "always" or bool(told.get("preflight"))
    if browser == "firefox" and failure.preflight == "either":
        preflight = _PREFLIGHT_FAILED in text[found.end() :]
    complaint = replace(_of(failure, preflight), browser=_really(browser, text), **_parts(told))
    if failure.cause == NETWORK and not failure.vague:
        complaint = replace(complaint, net_error=complaint.value, value=None)
    complaint = _framed(complaint, text)
    if browser == "firefox" and complaint.status in (301, 302, 303, 307, 308) and preflight:
        # Firefox looks for the header before it minds the redirect.
        causes = (failure.name(True), "PreflightDisallowedRedirect", failure.cause)
        complaint = replace(complaint, causes=tuple(dict.fromkeys(causes)))
    return complaint


def _of(failure: Failure, preflight: bool) -> Complaint:
    """The complaint of a failure, before anything is known of the request."""
    cause = failure.name(preflight)
    ways = (preflight, not preflight) if failure.either_way else (preflight,)
    kinds = {one.cause: one for one in table().failures}
    others = [kinds[name].name(way) for way in ways for name in (failure.cause, *failure.could_be)]
    return Complaint(
        browser=None,
        cause=cause,
        title=failure.title,
        plain=failure.plain,
        causes=tuple(dict.fromkeys((cause, *others))),
        failure=failure,
        preflight=preflight,
        refused=failure.refused,
    )


def _behind_mismatch(value: str, known: Table) -> Failure:
    """Which of Chromium's three reasons Firefox means: it prints one sentence for all of them."""
    cause = refusals.wrong_allow_origin((value,), value, "").error
    return next(failure for failure in known.failures if failure.cause == cause)


def _really(browser: Browser, text: str) -> Browser:
    """The browser by the words round the reason, where these are plainer: old Chromium shares sentences with WebKit."""
    if _SHOWN_BY_FIREFOX.search(text):
        return "firefox"
    return "chromium" if _SHOWN_BY_CHROMIUM.search(text) else browser


def _parts(told: dict[str, str | Any]) -> dict[str, Any]:
    """The groups of a match as fields."""
    parts: dict[str, Any] = {}
    for name in ("origin", "url", "value", "kind"):
        if (value := told.get(name)) is not None:
            parts[name] = value
    if method := (told.get("method") or "").strip("'\""):
        parts["method"] = method
    if told.get("redirected"):
        parts["redirected_from"] = told["redirected"]
    if header := (told.get("header") or "").strip("'\""):
        parts["header"] = header.lower()
    if status := told.get("status"):
        parts["status"] = int(status)
    return parts


def _framed(complaint: Complaint, text: str) -> Complaint:
    """The complaint with what stands round the reason: the address, the page's origin, the method, the status."""
    for frame in _FRAMES:
        if found := frame.search(text):
            parts = _parts(found.groupdict())
            if frame in (_REQUEST_LINE, _FIREFOX_REQUEST_LINE) and parts.get("method") == "OPTIONS":
                del parts["method"]
            missing = {name: value for name, value in parts.items() if getattr(complaint, name) is None}
            complaint = replace(complaint, **missing)
    origin = complaint.origin
    if origin is None or origin.endswith("://"):
        return complaint
    return replace(complaint, origin=origin.rstrip("/") or None)


def _named(text: str, known: Table, *, whole: bool) -> Complaint | None:
    """The complaint that a name stands for: Chromium's, Firefox's, or that of a page of MDN.

    Such a name does not tell whether the preflight failed, unless it is one of Chromium's.
    """
    if page := _MDN_PAGE.search(text):
        words: Iterator[str] = iter((page[1],))
    elif whole:
        words = iter((text.strip(" .()'\"")[:100],))
    else:
        words = (found.group() for found, _ in zip(_WORDS.finditer(text), range(MAX_NAMES), strict=False))
    for word in words:
        if found := known.named(word):
            failure, preflight = found
            own = folded(word).removeprefix("k") in (folded(failure.name(True)), folded(failure.name(False)))
            complaint = _of(replace(failure, either_way=not own), preflight and (own or failure.preflight == "always"))
            browser: Browser = "firefox" if folded(word).startswith("cors") and not own else "chromium"
            if page and not own:
                return replace(complaint, browser=None)
            if failure.cause == "AllowOriginMismatch" and not own:
                others = ("InvalidAllowOriginValue", "MultipleAllowOriginValues")
                complaint = _of(replace(failure, either_way=True, could_be=others), False)
            return _framed(replace(complaint, browser=browser), text)
    return None


def _translated(text: str, known: Table) -> Complaint | None:
    """The complaint of a Firefox that speaks another language: the names of the headers are not translated."""
    resource = _resource(text)
    place = resource or re.search(_URL, text) or _REASON.search(text)
    if place is None:
        return _without_header(text, None, known)
    url = place.groupdict().get("url") or place.group()
    url = url.rstrip(".,;)。") if "://" in url else None
    if resource is None and "CORS" not in text[place.start() :]:
        return _without_header(text, url, known)
    told = _APOSTROPHE.sub("", text[place.end() :][:2000])
    quoted = [found[1].strip() for found in _QUOTED.finditer(told)]
    # The French sentence quotes the name of the policy, and there may be another sentence behind this one.
    others = [word for word in quoted if not word.startswith("Access-Control-") and word != "Same Origin"]
    cause, could_be = _by_header([word for word in quoted if word.startswith("Access-Control-")], others)
    if cause is None:
        return _without_header(text, url, known)
    failure = next(one for one in known.failures if one.cause == cause and not one.either_way)
    failed_twice = "(null)" in text and (text.count(url) > 1 if url else len(re.findall(_URL, text)) > 1)
    complaint = _of(replace(failure, could_be=could_be), failure.preflight == "always" or failed_twice)
    header = others[0].lower() if cause == "HeaderDisallowedByPreflightResponse" else None
    value = others[0] if cause == "AllowOriginMismatch" else None
    if value is not None:
        complaint = _of(_behind_mismatch(value, known), failed_twice)
    status = _status(told)
    return replace(complaint, browser="firefox", url=url, header=header, value=value, status=status)


def _resource(text: str) -> re.Match[str] | None:
    """The address in the first translated sentence that names a header, or in the first one."""
    found = list(_TRANSLATED_RESOURCE.finditer(text))
    ends = (*(one.start() for one in found[1:]), len(text))
    told = (one for one, end in zip(found, ends, strict=False) if "Access-Control-" in text[one.end() : end])
    return next(told, found[0] if found else None)


def _without_header(text: str, url: str | None, known: Table) -> Complaint | None:
    """The complaint of a translated sentence that names no header, so that only its words tell."""
    for cause, pattern in known.translated:
        if found := pattern.search(text):
            failure = next(one for one in known.failures if one.cause == cause and one.prints("firefox"))
            complaint = _of(failure, failure.preflight == "always")
            return replace(complaint, browser="firefox", url=url, status=_status(text[found.end() :]))
    if url is not None and _UNANSWERED_ELSEWHERE.search(text):
        failure = next(one for one in known.failures if one.cause == NETWORK and one.prints("firefox"))
        return replace(_of(failure, False), browser="firefox", url=url)
    if _TRANSLATED_RESOURCE.search(text):
        title, plain = known.vague_words
        return Complaint("firefox", None, title, plain, url=url)
    return None


def _status(told: str) -> int | None:
    """The status at the end of a translated sentence."""
    found = re.search(r"[:：] ?([1-5]\d\d)\b(?!.*[:：] ?[1-5]\d\d\b)", told[:2000])
    return int(found[1]) if found else None


def _by_header(headers: list[str], others: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """The cause of a translated sentence, by the header it names and what else it quotes; and other causes."""
    name = headers[0].removeprefix("Access-Control-").lower() if headers else ""
    if name == "allow-origin":
        if not others:
            return "MissingAllowOriginHeader", ("MultipleAllowOriginValues",)
        return ("WildcardOriginNotAllowed" if others[0] == "*" else "AllowOriginMismatch"), ()
    if name == "allow-credentials":
        # The Spanish sentence about a wildcard names this header.
        return ("WildcardOriginNotAllowed" if others[:1] == ["*"] else "InvalidAllowCredentials"), ()
    if name == "allow-methods":
        return ("InvalidAllowMethodsPreflightResponse" if others else "MethodDisallowedByPreflightResponse"), ()
    if name == "allow-headers" and others[:1] == ["*"]:
        return "AuthorizationCoveredByWildcard", ()
    if name == "allow-headers" and others:
        return "HeaderDisallowedByPreflightResponse", ("InvalidAllowHeadersPreflightResponse",)
    return None, ()


def _vague(text: str, known: Table) -> Complaint | None:
    """The complaint of a text that comes from a browser and does not tell the cause."""
    for browser, answered in known.answered:
        if found := answered.search(text):
            title, plain = known.answered_words
            complaint = Complaint(browser, None, title, plain, refused=False, **_parts(found.groupdict()))
            return _framed(complaint, text)
    for browser, pattern in known.vague:
        if pattern.search(text):
            title, plain = known.vague_words
            complaint = _framed(Complaint(browser, None, title, plain), text)
            return complaint if complaint.origin is None else _of_any_cause(complaint, known)
    return None


def _of_any_cause(complaint: Complaint, known: Table) -> Complaint:
    """The same complaint where the page is known: whatever the reason was, it can be asked who does not let it in."""
    kinds = [one for one in known.failures if one.cause in _ABOUT_THE_PAGE and not one.either_way]
    causes = [kind.name(preflight) for preflight in (False, True) for kind in kinds]
    title, plain = known.cut_off_words
    return replace(complaint, failure=kinds[0], causes=tuple(causes), title=title, plain=plain)


def look_for(complaint: Complaint) -> tuple[str, ...]:
    """Where to look when no policy explains the complaint: what the text hints at first, then the likeliest."""
    hints = table().hints
    if complaint.failure is None:
        keys: tuple[str, ...] = ("copy-the-line", "not-running", "extension") if complaint.refused else ()
    elif complaint.cause is None:
        keys = ("copy-the-line", *complaint.failure.look_for)
    else:
        keys = complaint.failure.look_for
        if complaint.preflight:
            keys = complaint.failure.look_for_at_preflight or keys
    if complaint.origin == "null" and complaint.refused:
        keys = ("null-origin", *keys)
    local = host_of(complaint.url) in ("localhost", "127.0.0.1", "::1")

    def is_hinted_at(key: str) -> bool:
        hint = hints[key]
        redirected = complaint.redirected_from is not None
        return complaint.status in hint.status or (hint.redirected and redirected) or (hint.local and local)

    fitting = [key for key in keys if hints[key].browser in (None, complaint.browser)]
    told = complaint.status is not None
    # A hint at a status is worth nothing where the answer had another one.
    fitting = [key for key in fitting if not (told and hints[key].status) or is_hinted_at(key) or key in _ANY_STATUS]
    return tuple(hints[key].text for key in sorted(fitting, key=lambda key: not is_hinted_at(key)))


def host_of(url: str | None) -> str:
    """The host of a URL in lower case; empty where there is none."""
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
