"""The reasons for which a browser refuses: what each is called, and what the consoles print for it.

Names and sentences of Chromium: enum `CorsError` in services/network/public/mojom/cors.mojom and
third_party/blink/renderer/platform/loader/cors/cors_error_string.cc. Names of Firefox: the keys in
dom/locales/en-US/chrome/security/security.properties, as netwerk/protocol/http/nsCORSListenerProxy.cpp uses them, and
in dom/locales/en-US/chrome/security/caps.properties.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corslint.browser.safelist import is_token

MEND = " Have the server send the header with a valid value."
"""What Chromium appends for `fetch()`, and for no other kind of request, to sentences about a wrong value."""

_PREFLIGHT = "Response to preflight request doesn't pass access control check: "

_ABSOLUTE_URL = re.compile(r"([a-z][a-z0-9+.\-]*):(.*)", re.IGNORECASE | re.DOTALL)
_SPECIAL_SCHEMES = frozenset({"ftp", "http", "https", "ws", "wss"})
_AUTHORITY = re.compile(r"[/\\]*([^/\\?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[^\x00-\x20#%/:<>?@\[\\\]^|\x7f]+)(?::([0-9]*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason for which a browser withholds an answer."""

    error: str
    """Chromium's `CorsError` name, or its network error where CORS is not to blame."""
    firefox_error: str | None
    """Firefox's name for the same reason; None where Firefox prints nothing."""
    sentence: str | None
    """What Chromium prints behind "has been blocked by CORS policy: ", printable ASCII only; None where it does not."""
    plain: str
    """The reason in plain words, values escaped, without a full stop."""
    firefox_reason: str
    """What Firefox prints behind "Reason: ", typographic quotes and all; header values in it are not escaped."""
    status: int | str | None = None
    """What Firefox prints behind it as status code; None where it prints none."""
    headers: tuple[str, ...] = ()
    """The request headers not allowed, lower case and sorted: Chromium names any of them, Firefox the first."""

    def at_preflight(self) -> Refusal:
        """The same reason, found in the answer to the preflight: Chromium names and prints it differently there."""
        return replace(self, error=f"Preflight{self.error}", sentence=f"{_PREFLIGHT}{self.sentence}")


_FIREFOX_ORDER = (
    "CORSMultipleAllowOriginNotAllowed",
    "CORSMissingAllowOrigin2",
    "CORSNotSupportingCredentials",
    "CORSAllowOriginNotMatchingOrigin",
    "CORSMissingAllowCredentials",
    "CORSExternalRedirectNotAllowed",
    "CORSPreflightDidNotSucceed3",
    "CORSInvalidAllowMethod",
    "CORSMethodNotFound",
    "CORSInvalidAllowHeader",
    "CORSMissingAllowHeaderFromPreflight2",
)
_QUOTED_ORIGIN = "‘Access-Control-Allow-Origin’"


def firefox_first(refusals: Sequence[Refusal]) -> Refusal:
    """The one Firefox names where several hold: it looks at a redirect, and at methods before headers, unlike Chromium.

    `refusals` must not be empty.
    """
    names = [refusal.firefox_error for refusal in refusals]
    return next((refusals[names.index(name)] for name in _FIREFOX_ORDER if name in names), refusals[0])


def missing_allow_origin(status: int) -> Refusal:
    """The answer, of this status, has no Access-Control-Allow-Origin."""
    return Refusal(
        "MissingAllowOriginHeader",
        "CORSMissingAllowOrigin2",
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        "the answer has no Access-Control-Allow-Origin",
        f"CORS header {_QUOTED_ORIGIN} missing",
        status,
    )


def wildcard_with_credentials() -> Refusal:
    """Access-Control-Allow-Origin is `*` and the request includes credentials."""
    return Refusal(
        "WildcardOriginNotAllowed",
        "CORSNotSupportingCredentials",
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the"
        " request's credentials mode is 'include'.",
        "Access-Control-Allow-Origin is *, which a request with credentials may not rely on",
        f"Credential is not supported if the CORS header {_QUOTED_ORIGIN} is ‘*’",
    )


def wrong_allow_origin(lines: Sequence[str], combined: str, origin: str) -> Refusal:
    """Access-Control-Allow-Origin is neither `*` nor the origin: too many values, no URL at all, or another origin.

    `lines` are the values as sent, `combined` what the browser makes of them.
    """
    shown = _printed(combined)
    mismatch = f"CORS header {_QUOTED_ORIGIN} does not match ‘{_decoded(combined)}’"
    if " " in combined or "," in combined:
        return Refusal(
            "MultipleAllowOriginValues",
            "CORSMultipleAllowOriginNotAllowed" if len(lines) > 1 else "CORSAllowOriginNotMatchingOrigin",
            f"The 'Access-Control-Allow-Origin' header contains multiple values '{shown}', but only one is"
            f" allowed.{MEND}",
            f"Access-Control-Allow-Origin is sent {len(lines)} times ({combined!r} in all): exactly one is allowed"
            if len(lines) > 1
            else f"Access-Control-Allow-Origin is {combined!r}: it may hold one origin, no list",
            f"Multiple CORS header {_QUOTED_ORIGIN} not allowed" if len(lines) > 1 else mismatch,
        )
    plain = (
        f"Access-Control-Allow-Origin is {combined!r}, the page's origin is {origin!r}: {_difference(combined, origin)}"
    )
    if combined != "null" and not _is_url(combined):
        return Refusal(
            "InvalidAllowOriginValue",
            "CORSAllowOriginNotMatchingOrigin",
            f"The 'Access-Control-Allow-Origin' header contains the invalid value '{shown}'.{MEND}",
            plain,
            mismatch,
        )
    return Refusal(
        "AllowOriginMismatch",
        "CORSAllowOriginNotMatchingOrigin",
        f"The 'Access-Control-Allow-Origin' header has a value '{shown}' that is not equal to the supplied"
        f" origin.{MEND}",
        plain,
        mismatch,
    )


def allow_credentials_not_true(value: str | None) -> Refusal:
    """The request includes credentials and Access-Control-Allow-Credentials is not exactly `true`; None: not sent."""
    given = "not sent" if value is None else repr(value)
    return Refusal(
        "InvalidAllowCredentials",
        "CORSMissingAllowCredentials",
        "The value of the 'Access-Control-Allow-Credentials' header in the response is"
        f" '{_printed(value or '')}' which must be 'true' when the request's credentials mode is 'include'.",
        f"Access-Control-Allow-Credentials is {given}: a request with credentials needs exactly true",
        "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’",
    )


def preflight_redirected(status: int) -> Refusal:
    """The preflight is answered with a redirect."""
    return Refusal(
        "PreflightDisallowedRedirect",
        "CORSExternalRedirectNotAllowed",
        f"{_PREFLIGHT}Redirect is not allowed for a preflight request.",
        f"OPTIONS is answered with a redirect ({status}): a preflight may not be redirected",
        "CORS request external redirect not allowed",
    )


def preflight_not_ok(status: int) -> Refusal:
    """The preflight is answered with a status outside 200-299."""
    login = (
        " (a preflight carries no cookie and no Authorization, so it passes no login)" if status in (401, 403) else ""
    )
    return Refusal(
        "PreflightInvalidStatus",
        "CORSPreflightDidNotSucceed3",
        f"{_PREFLIGHT}It does not have HTTP ok status.",
        f"status {status} is not one of 200 to 299{login}",
        "CORS preflight response did not succeed",
        status,
    )


def unreadable_methods(value: str) -> Refusal:
    """Access-Control-Allow-Methods is no list of tokens."""
    return Refusal(
        "InvalidAllowMethodsPreflightResponse",
        "CORSInvalidAllowMethod",
        "Cannot parse Access-Control-Allow-Methods response header field in preflight response.",
        f"Access-Control-Allow-Methods is {value!r}: no list of names divided by commas",
        f"invalid token ‘{_decoded(_first_invalid(value))}’ in CORS header ‘Access-Control-Allow-Methods’",
    )


def unreadable_headers(value: str) -> Refusal:
    """Access-Control-Allow-Headers is no list of tokens."""
    return Refusal(
        "InvalidAllowHeadersPreflightResponse",
        "CORSInvalidAllowHeader",
        "Cannot parse Access-Control-Allow-Headers response header field in preflight response.",
        f"Access-Control-Allow-Headers is {value!r}: no list of names divided by commas",
        f"invalid token ‘{_decoded(_first_invalid(value))}’ in CORS header ‘Access-Control-Allow-Headers’",
    )


def method_not_allowed(method: str, allowed: Sequence[str], *, wildcard_is_literal: bool) -> Refusal:
    """The method is not in Access-Control-Allow-Methods, byte for byte."""
    if wildcard_is_literal and "*" in allowed:
        hint = ": with credentials * is no wildcard"
    elif method.upper() in {name.upper() for name in allowed}:
        hint = ": upper and lower case are compared too"
    else:
        hint = ""
    return Refusal(
        "MethodDisallowedByPreflightResponse",
        "CORSMethodNotFound",
        f"Method {method} is not allowed by Access-Control-Allow-Methods in preflight response.",
        f"{method} is not in Access-Control-Allow-Methods ({', '.join(allowed) or 'empty or not sent'}){hint}",
        "Did not find method in CORS header ‘Access-Control-Allow-Methods’",
    )


def headers_not_allowed(missing: Sequence[str], allowed: Sequence[str], *, wildcard_is_literal: bool) -> Refusal:
    """Request headers, in lower case and sorted, are not in Access-Control-Allow-Headers.

    Chromium names one of them, in the order of a hash table that nobody can foretell; the sentence here names the
    first of the alphabet, as Firefox does.
    """
    if "*" not in allowed:
        hint = ""
    elif wildcard_is_literal:
        hint = ": with credentials * is no wildcard"
    else:
        hint = ": * does not cover it"
    names = ", ".join(f"`{name}`" for name in missing)
    verb = "is" if len(missing) == 1 else "are"
    return Refusal(
        "HeaderDisallowedByPreflightResponse",
        "CORSMissingAllowHeaderFromPreflight2",
        f"Request header field {missing[0]} is not allowed by Access-Control-Allow-Headers in preflight response.",
        f"{names} {verb} not in Access-Control-Allow-Headers ({', '.join(allowed) or 'empty or not sent'}){hint}",
        f"header ‘{missing[0]}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight"
        " response",
        headers=tuple(missing),
    )


def other_origin(origin: str) -> Refusal:
    """The URL is of another origin than the page, and the request's mode is `same-origin`."""
    return Refusal(
        "DisallowedByMode",
        "CheckSameOriginError",
        "Cross origin requests are not allowed by request mode.",
        f"the request's mode is same-origin, and the URL's origin is not {origin!r}",
        "",
    )


def scheme_without_cors() -> Refusal:
    """The URL is neither http nor https, so that no server could allow anything."""
    return Refusal(
        "CorsDisabledScheme",
        "CORSRequestNotHttp",
        "Cross origin requests are only supported for protocol schemes: chrome, chrome-extension, chrome-untrusted,"
        " data, http, https, isolated-app.",
        "only http and https can be asked across origins",
        "CORS request not http",
    )


def user_in_location() -> Refusal:
    """A redirect leads to a URL with user name or password. Chromium leaves the quotes in its sentence empty."""
    return _failed(
        "RedirectContainsCredentials",
        "the redirect leads to a URL with a user name or password",
        "Redirect location '' contains a username and password, which is disallowed for cross-origin requests.",
    )


def user_in_own_location() -> Refusal:
    """A redirect that never left the page's origin leads to a URL with user name or password.

    Chromium blocks what is loaded from such URLs whatever CORS says (since Chrome 59), and prints nothing; observed.
    """
    return _failed("net::ERR_ABORTED", "the redirect leads to a URL with a user name or password")


def too_many_redirects() -> Refusal:
    """More than twenty redirects."""
    return _failed("net::ERR_TOO_MANY_REDIRECTS", "after twenty redirects the browser gives up")


def unsafe_redirect() -> Refusal:
    """A redirect leads to a `data:` URL."""
    return _failed("net::ERR_UNSAFE_REDIRECT", "a redirect may not lead to a data: URL")


def unreadable_location(location: str) -> Refusal:
    """A redirect leads to something that is no URL."""
    return _failed("net::ERR_INVALID_REDIRECT", f"the redirect leads to {location!r}, which is no URL")


def redirect_unwanted() -> Refusal:
    """The answer is a redirect, and the script said `redirect: 'error'`. Firefox prints nothing."""
    return replace(_failed("net::ERR_FAILED", "the script wants redirects to fail"), firefox_error=None)


def did_not_succeed() -> Refusal:
    """The network failed, or Firefox says so."""
    return _failed("net::ERR_FAILED", "nothing could be loaded")


def _failed(error: str, plain: str, sentence: str | None = None) -> Refusal:
    """What Firefox blames on the network, though it decided so itself."""
    return Refusal(error, "CORSDidNotSucceed2", sentence, plain, "CORS request did not succeed", "(null)")


def _first_invalid(value: str) -> str:
    items = (item.strip("\t ") for item in value.split(","))
    return next(item for item in items if item and not is_token(item))


def _printed(value: str) -> str:
    r"""A header value as Chromium's console shows it: printable ASCII, anything else as `\u000B`."""
    return re.sub(r"[^ -~]", lambda character: f"\\u{ord(character[0]):04X}", value)


def _decoded(value: str) -> str:
    """A header value as Firefox's console shows it: its bytes, one for each character here, taken for UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _difference(value: str, origin: str) -> str:
    if value == f"{origin}/":
        return "an origin ends without a slash"
    if value.lower() == origin.lower():
        return "upper and lower case are compared too"
    if "*" in value:
        return "* stands for every origin only when alone, and never for a part of one"
    return "they must be equal byte for byte"


def _is_url(text: str) -> bool:
    """Whether Chromium takes `text` for a URL: it tells an invalid value from another origin by that.

    https://url.spec.whatwg.org/#url-parsing, without the checks of numbers in hosts.
    """
    text = re.sub(r"[\t\n\r]", "", text.strip("".join(map(chr, range(0x21)))))
    if (url := _ABSOLUTE_URL.fullmatch(text)) is None:
        return False
    if url[1].lower() not in _SPECIAL_SCHEMES:
        return True
    authority = _AUTHORITY.match(url[2])
    host = _HOST_AND_PORT.fullmatch(authority[1].rpartition("@")[2]) if authority else None
    if host is None:
        return False
    port = (host[2] or "").lstrip("0")
    return len(port) <= 5 and int(port or 0) <= 65535
