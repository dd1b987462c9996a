"""What a script may ask for without a preflight: methods, and request headers by name and value.

https://fetch.spec.whatwg.org/#cors-safelisted-request-header
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from types import MappingProxyType

from corslint.browser.deviations import SPEC, Profile

SIMPLE_METHODS = frozenset({"GET", "HEAD", "POST"})
"""Methods that need no preflight. https://fetch.spec.whatwg.org/#cors-safelisted-method"""

_NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_FORBIDDEN_NAMES = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
_SIMPLE_CONTENT_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

_HTTP_WHITESPACE = "\t\n\r "
_LONGEST_VALUE = 128
_LARGEST_SUM = 1024

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_SINGLE_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
_DIGITS = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_CONNECTION_TYPE = re.compile(r"slow-2g|[234]g")
_ON = re.compile(r"on", re.IGNORECASE)

_CLIENT_HINTS = MappingProxyType(
    {
        "device-memory": _DECIMAL,
        "downlink": _DECIMAL,
        "dpr": _DECIMAL,
        "ect": _CONNECTION_TYPE,
        "rtt": _DIGITS,
        "save-data": _ON,
        "viewport-width": _DIGITS,
        "width": _DIGITS,
    }
)


def is_token(text: str) -> bool:
    """Whether `text` is a token, the shape of methods and header names. https://httpwg.org/specs/rfc9110.html#tokens"""
    return _TOKEN.fullmatch(text) is not None


def normalise_method(method: str) -> str:
    """The method as the browser sends it: six names in upper case, every other (`patch`!) as written.

    https://fetch.spec.whatwg.org/#concept-method-normalize
    """
    # The token comes first: upper() turns some letters outside ASCII into ASCII ones.
    return method.upper() if is_token(method) and method.upper() in _NORMALISED_METHODS else method


def why_not_sendable(method: str, headers: Iterable[tuple[str, str]]) -> str | None:
    """Why `fetch()` throws a TypeError for this method and these headers, or None when it does not.

    https://fetch.spec.whatwg.org/#dom-request and https://fetch.spec.whatwg.org/#headers-validate
    """
    if not is_token(method):
        return f"{method!r} is no method"
    if method.upper() in _FORBIDDEN_METHODS:
        return f"a script may not use {method}"
    for name, value in headers:
        if not is_token(name):
            return f"{name!r} is no header name"
        if any(character in "\0\r\n" or character > "\xff" for character in value.strip(_HTTP_WHITESPACE)):
            return f"the value of `{name}` holds a character no header can carry"
    return None


def sent_headers(headers: Iterable[tuple[str, str]], profile: Profile = SPEC) -> tuple[tuple[str, str], ...]:
    """The script's headers that leave the browser: forbidden ones are dropped in silence, values are trimmed.

    https://fetch.spec.whatwg.org/#forbidden-request-header
    """
    trimmed = ((name, value.strip(_HTTP_WHITESPACE)) for name, value in headers)
    return tuple((name, value) for name, value in trimmed if not _is_forbidden(name.lower(), value, profile))


def unsafe_header_names(headers: Iterable[tuple[str, str]], profile: Profile = SPEC) -> tuple[str, ...]:
    """The names, in lower case, sorted and each once, that a preflight must ask for.

    https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    """
    unsafe: set[str] = set()
    safelisted: set[str] = set()
    total = 0
    for name, value in _judged_lines(sent_headers(headers, profile), profile):
        if _is_safelisted(name, value, profile):
            safelisted.add(name)
            total += len(value)
        else:
            unsafe.add(name)
    if total > _LARGEST_SUM and not profile.sum_is_unlimited:
        unsafe |= safelisted
    return tuple(sorted(unsafe))


def may_be_safelisted(name: str) -> bool:
    """Whether a header of this name, in lower case, needs no preflight as long as its value is harmless."""
    return name in _VALUE_RULES


def _judged_lines(headers: Iterable[tuple[str, str]], profile: Profile) -> Iterable[tuple[str, str]]:
    lines = [(name.lower(), value) for name, value in headers]
    if not profile.repeats_are_combined:
        return lines
    combined: dict[str, str] = {}
    for name, value in lines:
        combined[name] = f"{combined[name]}, {value}" if name in combined else value
    return combined.items()


def _is_forbidden(name: str, value: str, profile: Profile) -> bool:
    if name in _METHOD_OVERRIDES:
        return any(method.strip("\t ").upper() in _FORBIDDEN_METHODS for method in value.split(","))
    if name == "user-agent":
        return profile.user_agent_is_forbidden
    return name in _FORBIDDEN_NAMES or name.startswith(("proxy-", "sec-"))


def _is_safelisted(name: str, value: str, profile: Profile) -> bool:
    # Header values are bytes, one for each character up to U+00FF.
    if len(value) > _LONGEST_VALUE:
        return False
    if rule := _VALUE_RULES.get(name):
        return rule(value, profile)
    hint = _CLIENT_HINTS.get(name) if profile.client_hints_are_safelisted else None
    return hint is not None and hint.fullmatch(value) is not None


def _is_safe_accept(value: str, profile: Profile) -> bool:
    if profile.non_ascii_is_unsafe and not value.isascii():
        return False
    return _UNSAFE_BYTE.search(value) is None


def _is_safe_language(value: str, _: Profile) -> bool:
    return _LANGUAGE.fullmatch(value) is not None


def _is_safe_content_type(value: str, profile: Profile) -> bool:
    return _is_safe_accept(value, profile) and _essence(value) in _SIMPLE_CONTENT_TYPES


def _is_safe_range(value: str, profile: Profile) -> bool:
    if (match := _SINGLE_RANGE.fullmatch(value)) is None:
        return False
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    return first <= last and not (profile.range_fits_64_bits and last >= 2**63)


def _essence(value: str) -> str:
    """The MIME type without parameters, lower case. https://mimesniff.spec.whatwg.org/#parse-a-mime-type"""
    return value.partition(";")[0].strip(_HTTP_WHITESPACE).lower()


_VALUE_RULES: MappingProxyType[str, Callable[[str, Profile], bool]] = MappingProxyType(
    {
        "accept": _is_safe_accept,
        "accept-language": _is_safe_language,
        "content-language": _is_safe_language,
        "content-type": _is_safe_content_type,
        "range": _is_safe_range,
    }
)
