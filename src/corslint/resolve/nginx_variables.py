"""The variables of nginx: those of the request, those that `set` gives, those that a `map` works out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from corslint.origins import Exact, Pattern, UndecidedError, accepts
from corslint.resolve.nginx_blocks import Configuration, Definition
from corslint.resolve.nginx_state import (
    ORIGIN,
    Asked,
    Guess,
    Opaque,
    State,
    Text,
    captured,
    captured_of_origin,
    join,
    opaque,
    plain,
    search,
)
from corslint.syntax.nginx import Word

MAX_ENTRIES = 256
"""Entries of one `map` that are told apart while the origin is open, and patterns that are tried in any case; what the
later ones do is left undecided."""
MAX_WAYS = 1_024
"""Ways one text can turn out."""
MAX_DEPTH = 8
"""Maps of maps; more is a circle."""
MAX_OUTCOMES = 10_000
"""Entries of maps that are looked at to fill in one text."""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: Word
    value: Word


@dataclass(frozen=True, slots=True)
class _Map:
    """A `map` block. https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_map_module.c"""

    source: Word
    exact: Mapping[str, _Entry]
    """By key in lower case: plain keys compare without case."""
    wildcards: tuple[tuple[Pattern, _Entry], ...]
    """Of a map with `hostnames`, the longest first."""
    patterns: tuple[tuple[Pattern, _Entry], ...]
    default: Word | None


def _read_map(definition: Definition) -> _Map:
    exact: dict[str, _Entry] = {}
    wildcards: list[tuple[Pattern, _Entry]] = []
    patterns: list[tuple[Pattern, _Entry]] = []
    default: Word | None = None
    hostnames = any(one.name.value == "hostnames" and not one.args for one in definition.entries)
    for one in definition.entries:
        if len(one.args) != 1:
            continue
        key, entry, span = one.name.value, _Entry(one.name, one.args[0]), one.name.span
        if key == "default" and not one.name.templated:
            default = one.args[0]
        elif key.startswith("~"):
            ignore_case = key.startswith("~*")
            patterns.append((Pattern(key[2 if ignore_case else 1 :], "pcre", "search", ignore_case, span=span), entry))
        elif hostnames and key.startswith("*."):
            wildcards.append((Pattern(key[1:], "pcre", "suffix", True, span=span), entry))
        elif hostnames and key.startswith("."):
            exact.setdefault(key[1:].lower(), entry)
            wildcards.append((Pattern(key, "pcre", "suffix", True, span=span), entry))
        elif hostnames and key.endswith(".*"):
            wildcards.append((Pattern(key[:-1], "pcre", "prefix", True, span=span), entry))
        else:
            exact.setdefault(key.removeprefix("\\").lower(), entry)
    wildcards.sort(key=lambda one: (one[0].match == "prefix", -len(one[0].text)))
    return _Map(definition.directive.args[0], exact, tuple(wildcards), tuple(patterns), default)


_VARIABLE = re.compile(r"\$(?:\{([^}]*)\}|([1-9])|([A-Za-z0-9_]+))")
_PLACEHOLDER = re.compile(
    r"@[A-Z][A-Z0-9_]+@|%%?[A-Z][A-Z0-9_]+%%?|__[A-Z][A-Z0-9_]*__|<[A-Za-z][\w .-]*>|\{[A-Z][A-Z0-9_]+\}"
)

_FROM_UPSTREAM = re.compile(r"upstream_http_|sent_http_|upstream_cookie_|upstream_trailer_")
_OF_THE_REQUEST = frozenset(
    {
        "http_user_agent", "http_referer", "http_host", "http_cookie", "http_authorization", "http_via",
        "http_x_forwarded_for", "http_x_forwarded_proto", "http_x_forwarded_host", "http_x_forwarded_scheme",
        "http_x_forwarded_port", "http_x_real_ip", "http_cf_connecting_ip", "http_cf_visitor", "http_cf_ipcountry",
        "http_cloudfront_forwarded_proto", "http_x_scheme", "http_accept", "http_accept_encoding",
        "http_accept_language", "http_upgrade", "http_connection", "http_sec_fetch_site", "http_sec_fetch_mode",
        "http_sec_fetch_dest",
    }
)  # fmt: skip
"""Headers that other parties than the script set, so that a request without them says nothing."""
_RUN_TIME = re.compile(
    r"(?:host|hostname|scheme|https|remote_\w+|binary_remote_addr|server_\w+|proxy_\w+|realip_\w+|geoip\w*|ssl_\w+|"
    r"tcpinfo_\w+|time_\w+|date_\w+|msec|connection\w*|request_\w+|upstream_\w+|nginx_version|pid|pipe|status|"
    r"document_root|realpath_root|fastcgi_\w+|invalid_referer|body_bytes_sent|bytes_sent|content_\w+|limit_\w+|"
    r"cookie_\w+|jwt_\w+|secure_link\w*|uid_\w+|gzip_ratio|http2|http3|quic|modern_browser|ancient_browser|msie|"
    r"slice_range|sent_\w+|is_request_port|protocol|namespace|ingress_name|service_name|service_port|location_path)"
)
_BUILT_IN = re.compile(
    rf"(?:{_FROM_UPSTREAM.pattern})\w+|{_RUN_TIME.pattern}|uri|document_uri|args|query_string|is_args|(?:arg|http)_\w+|[0-9]+"
)


def names_in(text: str) -> Iterator[str]:
    """The variables a text is filled in with."""
    for found in _VARIABLE.finditer(text):
        yield found[1] if found[1] is not None else found[2] or found[3]


def is_built_in(name: str) -> bool:
    """Whether nginx itself gives a variable its value, or may do so with one of its modules."""
    return _BUILT_IN.fullmatch(name) is not None


class Variables:
    """The variables of a configuration."""

    def __init__(self, configuration: Configuration) -> None:
        """The variables that the blocks of `configuration` define."""
        self.configuration = configuration
        self._maps = cast("dict[str, _Map]", configuration.maps_read)
        self._looked_up = 0

    def fill(self, text: str, state: State, *, templated: bool = False, depth: int = 0) -> Iterator[tuple[State, Text]]:
        """The ways in which the variables of a text can be filled in."""
        if templated:
            yield state, (Opaque("a template fills it in"),)
            return
        ways: list[tuple[State, Text]] = [(state, ())]
        position = 0
        for found in _VARIABLE.finditer(text):
            before = text[position : found.start()]
            position = found.end()
            name = found[1] if found[1] is not None else found[2] or found[3]
            ways = [
                (after, join(*so_far, *_literal(before), *value))
                for now, so_far in ways
                for after, value in self.value(name, now, depth)
            ]
            if len(ways) > MAX_WAYS:
                yield state, (Opaque(f"`{text}` has too many ways to turn out"),)
                return
        for now, so_far in ways:
            yield now, join(*so_far, *_literal(text[position:]))

    def word(self, word: Word, state: State, depth: int = 0) -> Iterator[tuple[State, Text]]:
        """The ways in which the variables of a word can be filled in."""
        return self.fill(word.value, state, templated=word.templated, depth=depth)

    def value(self, name: str, state: State, depth: int = 0) -> Iterator[tuple[State, Text]]:
        """The ways in which one variable can turn out."""
        if name in state.variables:
            yield state.via(state.places.get(name)), state.variables[name]
            return
        definition = self.configuration.definitions.get(name)
        if definition is None and not _BUILT_IN.fullmatch(name):
            definition = self.configuration.defined_elsewhere(name)
        if definition is not None and definition.directive.name.value == "map" and len(definition.directive.args) == 2:
            if not depth:
                self._looked_up = 0
            if depth >= MAX_DEPTH or self._looked_up > MAX_OUTCOMES:
                yield state, (Opaque(f"`${name}` depends on too many maps"),)
            elif state.asked.headers is None or any(one.name.value == "volatile" for one in definition.entries):
                yield from self._mapped(name, definition, state, depth)
            else:
                # One request works out a map once, whatever becomes of its variables later.
                for after, text in self._mapped(name, definition, state, depth):
                    yield after.assign(name, text, after.trail[-1] if after.trail else definition.directive.head), text
        elif definition is not None:
            yield state, (Opaque(f"`{definition.directive.name.value}` gives `${name}` its value"),)
        elif name in self.configuration.assigned:
            yield state, ()
        else:
            yield state, self._of_request(name, state)

    def _of_request(self, name: str, state: State) -> Text:
        asked = state.asked
        match name:
            case "request_method":
                return join(asked.method)
            case "http_origin":
                return (ORIGIN,) if asked.origin is None else join(asked.origin)
            case "uri" | "document_uri" if asked.path is not None:
                return join(asked.path)
            case "request_uri" if asked.target is not None:
                return join(asked.target)
            case "request_uri" if asked.path is not None:
                return join(asked.path, f"?{asked.query}" if asked.query else "")
            case "args" | "query_string":
                return join(asked.query) if asked.headers is not None else (_chosen(name),)
            case "is_args":
                return join("?" if asked.query else "")
        if name.startswith("arg_"):
            if asked.headers is None:
                return (_chosen(name),)
            pairs = (pair.partition("=") for pair in asked.query.split("&"))
            return join(next((value for key, _, value in pairs if key.lower() == name[4:].lower()), ""))
        if name.startswith("http_"):
            return self._of_header(name, asked)
        if _FROM_UPSTREAM.match(name):
            return (Opaque(f"`${name}` is what the server behind nginx answers"),)
        if _RUN_TIME.fullmatch(name):
            return (Opaque(f"`${name}` is known only when a request comes in"),)
        if name.isdecimal():
            return ()
        if name.isupper() or not re.fullmatch(r"\w+", name):
            return (Opaque(f"`${{{name}}}` is filled in when the file is deployed"),)
        return (Opaque(f"`${name}` is set in no file that was read"),)

    def _of_header(self, name: str, asked: Asked) -> Text:
        header = name[5:].replace("_", "-")
        if asked.is_preflight and name in ("http_authorization", "http_cookie"):
            return ()
        if asked.headers is not None:
            if header in asked.headers:
                return join(asked.headers[header])
            return (Opaque(f"the request has no `{header}` header to say"),) if name in _OF_THE_REQUEST else ()
        if name in _OF_THE_REQUEST and name != "http_referer":
            return (Opaque(f"`${name}` is known only when a request comes in"),)
        return (_chosen(name),)

    def _mapped(self, name: str, definition: Definition, state: State, depth: int) -> Iterator[tuple[State, Text]]:
        found = self._maps.get(name)
        if found is None:
            found = self._maps[name] = _read_map(definition)
        for now, source in self.word(found.source, state, depth + 1):
            text = plain(source)
            if text is not None:
                yield from self._entry_of(found, text, now, depth)
            elif source == (ORIGIN,):
                yield from self._origin_mapped(name, found, now, depth)
            else:
                yield from self._any_entry(found, source, now, depth)

    def _entry_of(self, found: _Map, text: str, state: State, depth: int) -> Iterator[tuple[State, Text]]:
        entry = found.exact.get(text.lower())
        value = entry.value if entry else found.default
        if entry is None:
            for number, (pattern, candidate) in enumerate((*found.wildcards, *found.patterns)):
                if number == MAX_ENTRIES:
                    raise UndecidedError(f"the map of `{found.source.value}` has more than {MAX_ENTRIES} patterns")
                if pattern.match != "search":
                    if accepts(pattern, text):
                        value = candidate.value
                        break
                elif match := search(pattern.text, text, ignore_case=pattern.ignore_case):
                    state, value = captured(state, pattern.text, match, pattern.ignore_case), candidate.value
                    break
        yield from self._outcome(value, state, depth)

    def _origin_mapped(self, name: str, found: _Map, state: State, depth: int) -> Iterator[tuple[State, Text]]:
        """The outcomes of a map of the origin while that is open: one for each entry that can be met."""
        exact = [(Exact(key, one.key.span, ignore_case=True), one) for key, one in found.exact.items()]
        tests: list[tuple[Exact | Pattern, _Entry]] = [*exact, *found.wildcards, *found.patterns]
        for test, entry in tests[:MAX_ENTRIES]:
            decided = state.decides(test)
            if decided is False:
                continue
            taken = state if decided else state.tested(test, True)
            if isinstance(test, Pattern):
                taken = captured_of_origin(taken, test)
            yield from self._outcome(entry.value, taken, depth)
            if decided:
                return
            state = state.tested(test, False, asserted=False)
        if len(tests) > MAX_ENTRIES:
            yield state, (Opaque(f"the map of `${name}` has more than {MAX_ENTRIES} entries"),)
        yield from self._outcome(found.default, state, depth)

    def _any_entry(self, found: _Map, source: Text, state: State, depth: int) -> Iterator[tuple[State, Text]]:
        """The outcomes of a map of something we do not know: each value, as a guess."""
        part = opaque(source)
        subject = f"the map of `{found.source.value}`: {part.reason}" if part else f"the map of `{found.source.value}`"
        values: dict[str, Word | None] = {found.default.value if found.default else "": found.default}
        for entry in [*found.exact.values(), *(one for _, one in (*found.wildcards, *found.patterns))][:MAX_ENTRIES]:
            values.setdefault(entry.value.value, entry.value)
        for number, value in enumerate(values.values()):
            guess = Guess(subject, number > 0, value.span if value else found.source.span)
            yield from self._outcome(value, state.guessed(guess), depth)

    def _outcome(self, value: Word | None, state: State, depth: int) -> Iterator[tuple[State, Text]]:
        self._looked_up += 1
        if value is None:
            yield state, ()
            return
        yield from self.word(value, state.via(value.span), depth + 1)


def _chosen(name: str) -> Opaque:
    return Opaque(f"`${name}` is whatever the request says", chosen=True)


def _literal(text: str) -> Text:
    if _PLACEHOLDER.search(text):
        return (Opaque(f"`{text}` holds a placeholder"),)
    return join(text)
