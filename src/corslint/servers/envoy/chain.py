"""What stands around Envoy's CORS filter, and may keep it from answering.

A preflight that matches no route meets no filter with a policy: https://github.com/envoyproxy/envoy/issues/7833. That,
that a redirect or a direct response carries none of its headers, and that a filter of authentication ahead of it turns
preflights away, was seen with Envoy 1.40; the tests of conformance repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass

from corslint.origins import Pattern, UndecidedError, accepts
from corslint.resolve.yaml_fields import Fields
from corslint.source import Span
from corslint.syntax.yaml import Mapping, Scalar, Sequence

_CORS = ("envoy.filters.http.cors", "envoy.cors")
_STATUS = {"jwt_authn": 401, "basic_auth": 401, "api_key_auth": 401, "ext_authz": 403}
"""Filters that turn a request without credentials away, by the last part of their name, and how."""
_DIRECT = ("redirect", "direct_response", "directResponse")


@dataclass(frozen=True, slots=True)
class Barrier:
    """A filter ahead of the CORS filter that turns preflights away."""

    status: int
    span: Span
    reason: str


def answered_by_envoy(route: Mapping) -> Span | None:
    """Where a route says that Envoy redirects or answers itself."""
    return next((entry.key.span for name in _DIRECT for entry in route.all(name)), None)


def without_options(match: Mapping | None) -> Span | None:
    """Where a condition of a route asks for what no preflight has: gRPC, or another method; None where none does."""
    if match is None:
        return None
    if (grpc := match.all("grpc")) and isinstance(grpc[-1].value, Mapping):
        return grpc[-1].span
    headers = match.get("headers")
    for item in headers.items if isinstance(headers, Sequence) else ():
        name = item.scalar("name") if isinstance(item, Mapping) else None
        if name is None or name.value != ":method" or not isinstance(item, Mapping) or item.get("invert_match"):
            continue
        text = item.mapping("string_match") or item
        exact = text.scalar("exact") or text.scalar("exact_match")
        if exact is not None and not exact.template and exact.value != "OPTIONS":
            return item.span
    return None


def without_options_in_istio(route: Mapping) -> Span | None:
    """Where each condition of a route names a method that is not OPTIONS; None where one may take it."""
    matches = route.get("match")
    spans: list[Span] = []
    for item in matches.items if isinstance(matches, Sequence) else ():
        method = item.mapping("method") if isinstance(item, Mapping) else None
        exact, regex = (method.scalar("exact"), method.scalar("regex")) if method else (None, None)
        if method is None or (said := exact or regex) is None or said.template:
            return None
        if said.value == "OPTIONS" if said is exact else may_match(said.value, "OPTIONS"):
            return None
        spans.append(method.span)
    return spans[0] if spans else None


def may_match(pattern: str, text: str) -> bool:
    """Whether an expression of RE2 matches a text as a whole, or that cannot be told."""
    try:
        return accepts(Pattern(pattern, "go", "fullmatch"), text)
    except UndecidedError:
        return True


def is_switched_off(fields: Fields) -> bool:
    """Whether the filter is enabled for none of the requests, by the configuration alone."""
    for entry in fields.entries("enabled"):
        if isinstance(entry.value, Scalar) and entry.value.value == "false":
            return True
    for entry in fields.entries("filter_enabled", "filterEnabled"):
        if not isinstance(entry.value, Mapping) or entry.value.get("runtime_key") or entry.value.get("runtimeKey"):
            continue
        share = entry.value.mapping("default_value") or entry.value.mapping("defaultValue")
        numerator = share.scalar("numerator") if share else None
        if share is not None and (numerator is None or numerator.value == "0"):
            return True
    return False


def filters_around(above: tuple[Mapping, ...]) -> tuple[Mapping, ...] | None:
    """The filters of the connection manager that a route stands in; None where they are not all to be seen."""
    for mapping in reversed(above):
        for name in ("http_filters", "httpFilters"):
            filters = mapping.get(name)
            if not isinstance(filters, Sequence) or any(entry.filled for entry in mapping.all(name)):
                continue
            found = tuple(item for item in filters.items if isinstance(item, Mapping))
            is_plain = all((text := item.scalar("name")) is not None and not text.template for item in found)
            return found if len(found) == len(filters.items) and is_plain else None
    return None


def has_cors(filters: tuple[Mapping, ...]) -> bool:
    """Whether the CORS filter is among them, whatever it is called."""
    return any(_is_cors(one) for one in filters)


def barrier(filters: tuple[Mapping, ...]) -> Barrier | None:
    """The first filter ahead of the CORS filter that asks for a login."""
    for one in filters:
        if _is_cors(one):
            return None
        name = one.scalar("name")
        kind = name.value.rpartition(".")[2] if name is not None else ""
        if name is not None and kind in _STATUS and not _lets_preflights_by(one):
            reason = "answers every preflight, which carries no login, before the CORS filter sees it"
            return Barrier(_STATUS[kind], name.span, reason)
    return None


def _is_cors(one: Mapping) -> bool:
    name, config = one.scalar("name"), one.mapping("typed_config") or one.mapping("typedConfig")
    kind = config.scalar("@type") if config else None
    return (name is not None and name.value in _CORS) or (kind is not None and kind.value.endswith(".Cors"))


def _lets_preflights_by(one: Mapping) -> bool:
    """Whether a filter makes an exception for preflights, or asks only where a route says so."""
    config = one.mapping("typed_config") or one.mapping("typedConfig")
    if config is None or one.get("disabled") is not None:
        return True
    bypass = config.scalar("bypass_cors_preflight") or config.scalar("bypassCorsPreflight")
    if bypass is not None and bypass.value == "true":
        return True
    kind, rules = config.scalar("@type"), config.get("rules")
    if kind is None or "jwt_authn" not in kind.value:
        return False
    return not isinstance(rules, Sequence) or not any(
        isinstance(rule, Mapping) and rule.get("requires") is not None and _is_for_all(rule) for rule in rules.items
    )


def _is_for_all(rule: Mapping) -> bool:
    match = rule.mapping("match")
    prefix = match.scalar("prefix") if match else None
    return match is not None and prefix is not None and prefix.value == "/" and match.get("headers") is None
