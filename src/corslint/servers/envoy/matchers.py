"""Origins in the words of Envoy, Istio, Contour and Emissary, as entries of a policy.

Envoy asks each matcher about the text `*` too, and lets everybody in where it says yes: `isOriginAllowed` in
https://github.com/envoyproxy/envoy/blob/v1.40.0/source/extensions/filters/http/cors/cors_filter.cc. Regular expressions
are RE2's and match the whole origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from corslint.origins import AnyOrigin, Entry, Exact, Match, Null, Pattern, Undecided, UndecidedError, accepts
from corslint.resolve.yaml_fields import MAX_ITEMS, Fields, known, texts
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax import yaml as y
from corslint.values import Known, Unknown

_MATCHES: dict[str, Match] = {"prefix": "prefix", "suffix": "suffix", "contains": "contains"}
_ENVOY = ("exact", "prefix", "suffix", "contains", "safe_regex", "safeRegex", "regex", "custom")
_ISTIO = ("exact", "prefix", "regex")
_SYNTAX = "write an expression that https://github.com/google/re2/wiki/Syntax describes"
# What Go's url.Parse leaves of a host as it stands: https://pkg.go.dev/net/url, `shouldEscape` for a host.
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?!\[)[A-Za-z0-9._~!$&'()*+,;=\[\]<>\"\x80-\U0010ffff-]+(?::[0-9]*)?\Z")

# https://github.com/envoyproxy/gateway/blob/v1.5.0/api/v1alpha1/cors_types.go, `Origin`
_GATEWAY = re.compile(r"\*\Z|https?://(?:\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*)(?::(?:\*|[0-9]{1,5}))?\Z", re.ASCII)


def of_envoy(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """`allow_origin_string_match`: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/type/matcher/v3/string.proto."""
    return _matchers(fields, entry, _ENVOY)


def of_istio(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """`allowOrigins`: https://istio.io/latest/docs/reference/config/networking/virtual-service/#StringMatch."""
    return _matchers(fields, entry, _ISTIO)


def exact(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """A list of origins that are compared as they stand."""
    return _listed(fields, entry, lambda text, span: _exact(text, span))


def regexes(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """`allow_origin_regex` of the API before v3: expressions that match the whole origin."""
    return _listed(fields, entry, _regex)


def of_contour(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """`allowOrigin`: what Go takes for scheme and host is compared, without case; anything else is an expression."""

    def made(text: str, span: Span | None) -> Entry | None:
        if text == "*" or is_url(text):
            return _exact(text, span, ignore_case=True)
        if why := go.regex_error(text):
            fields.note(
                entry.name, span or entry.span, f"`{text}` is neither an origin nor an expression: {why}", _URLS
            )
        return _regex(text, span)

    return _listed(fields, entry, made)


_URLS = "write each origin as https://app.example.com, or as an expression"


def is_url(text: str) -> bool:
    """Whether Contour takes a text for an origin: Go parses it as a URL of nothing but a scheme and a host."""
    return _URL.match(text) is not None


def of_gateway(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """`allowOrigins` of Envoy Gateway: what holds `*` becomes an expression, in which that is any run of characters."""

    def made(text: str, span: Span | None) -> Entry | None:
        if not _GATEWAY.match(text):
            why = f"`{text}` is no origin to it"
            deed = "write scheme and host: https://app.example.com"
            return _undecided(fields.note(entry.name, span or entry.span, why, deed))
        if text == "*" or "*" not in text:
            return _exact(text, span)
        return Pattern(text, "go", "glob", span=span)

    return _listed(fields, entry, made)


def of_emissary(fields: Fields, entry: y.Entry) -> Known[tuple[Entry, ...]] | Unknown:
    """`origins`: a list, or one text with commas between, around which blanks count."""
    if isinstance(entry.value, y.Scalar):
        parts = tuple(known(part) for part in entry.value.text.split(","))
        return Known(_entries(parts, lambda text, span: _exact(text, span)), entry.span)
    return exact(fields, entry)


def _listed(
    fields: Fields, entry: y.Entry, make: Callable[[str, Span | None], Entry | None]
) -> Known[tuple[Entry, ...]] | Unknown:
    listed = texts(fields, entry)
    return listed if isinstance(listed, Unknown) else Known(_entries(listed, make), entry.span)


def _entries(
    listed: Iterable[Known[str] | Unknown], make: Callable[[str, Span | None], Entry | None]
) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for item in listed:
        one = Undecided(item.reason, item.span) if isinstance(item, Unknown) else make(item.value, item.span)
        if one is not None:
            found.append(one)
    return tuple(found)


def _matchers(fields: Fields, entry: y.Entry, allowed: tuple[str, ...]) -> Known[tuple[Entry, ...]] | Unknown:
    value = entry.value
    if isinstance(value, y.Scalar) and isinstance(unknown := known(value.text), Unknown):
        return unknown
    if not isinstance(value, y.Sequence):
        return fields.note(
            entry.name, entry.span, f"`{entry.name}` must be a list", "write one item a line, after `- `"
        )
    found = (_matcher(fields, entry, item, allowed) for item in value.items[:MAX_ITEMS])
    return Known(tuple(one for one in found if one is not None), entry.span)


def _matcher(fields: Fields, entry: y.Entry, item: y.Node, allowed: tuple[str, ...]) -> Entry | None:
    if isinstance(item, y.Scalar) and isinstance(unknown := known(item.text), Unknown):
        return Undecided(unknown.reason, unknown.span)
    if not isinstance(item, y.Mapping):
        why = f"an item of `{entry.name}` must say how it is compared"
        return _undecided(fields.note(entry.name, item.span, why, f"write `exact: {_shown(item)}`"))
    given = [one for name in allowed for one in item.all(name)]
    if len(given) != 1:
        words = ", ".join(name for name in allowed if name not in ("safeRegex", "custom"))
        why = f"an item of `{entry.name}` must hold one of {words}"
        return _undecided(fields.note(entry.name, item.span, why, "say how it is compared, once"))
    how, node = given[0].name, given[0].value
    if how in ("safe_regex", "safeRegex") and isinstance(node, y.Mapping):
        node = node.get("regex") or node
    if how == "custom" or not isinstance(node, y.Scalar):
        return Undecided(f"how `{how}` compares is not known", given[0].span)
    text = known(node.text)
    if isinstance(text, Unknown):
        return Undecided(text.reason, text.span)
    span = node.text.span if text.value else given[0].span
    ignore = [one for one in (item.scalar("ignore_case"), item.scalar("ignoreCase")) if one is not None]
    ignore_case = any(go.boolean(one.value) is True for one in ignore)
    if how == "exact" and (text.value or allowed == _ENVOY):
        return _exact(text.value, span, ignore_case) if text.value else None
    if not text.value:
        why = f"`{how}` must not be empty"
        return _undecided(fields.note(entry.name, span, why, "write what the origin is compared with"))
    if how in _MATCHES:
        return (
            AnyOrigin(span) if text.value == "*" else Pattern(text.value, "go", _MATCHES[how], ignore_case, span=span)
        )
    if why := go.regex_error(text.value):
        fields.note(entry.name, span, why, _SYNTAX)
    return _regex(text.value, span)


def _undecided(unknown: Unknown) -> Undecided:
    return Undecided(unknown.reason, unknown.span)


def _shown(item: y.Node) -> str:
    return item.value if isinstance(item, y.Scalar) else "https://app.example.com"


def _exact(text: str, span: Span | None, ignore_case: bool = False) -> Entry | None:
    if text == "*":
        return AnyOrigin(span)
    if text == "null":
        return Null(span)
    return Exact(text, span, ignore_case) if text else None


def _regex(text: str, span: Span | None) -> Entry:
    pattern = Pattern(text, "go", "fullmatch", span=span)
    try:
        return AnyOrigin(span) if accepts(pattern, "*") else pattern
    except UndecidedError:
        return pattern
