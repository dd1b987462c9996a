"""From the settings of one CORS configuration to the policy it amounts to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

from corslint.collect import Project
from corslint.environment import Environment, of_name
from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Undecided
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.servers.spring import names, release
from corslint.servers.spring.answer import DEFAULT_METHODS, Detail, respond
from corslint.servers.spring.files import Document, Option, Site
from corslint.source import Span
from corslint.syntax.yaml import decide
from corslint.values import Known, Unknown, Value, combine

T = TypeVar("T")

_ORIGINS, _PATTERNS = "allowed-origins", "allowed-origin-patterns"
_GATEWAY = "Spring Cloud Gateway"
_GATEWAY_WITH_BOOT = f"{_GATEWAY} with Spring Boot"
"""What is said before the version, which is that of Spring Boot: the gateway has numbers of its own."""
_DEFAULT_SECONDS = 1800
"""`max-age` of Actuator and GraphQL; a gateway sends none."""
_DURATION = re.compile(r"(?P<count>[+-]?[0-9]{1,18})(?P<unit>ns|us|ms|s|m|h|d)?\Z")
_ISO_DURATION = re.compile(r"PT?(?:(?P<h>[0-9]{1,9})H)?(?:(?P<m>[0-9]{1,9})M)?(?:(?P<s>[0-9]{1,9})S)?\Z", re.IGNORECASE)
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
_WILD = re.compile(r"\*\*|\*|\?|\{(?:[^{}:]*:)?\*?[^{}]*\}")
_TAKES = {"actuator": ("GET",), "graphql": ("GET", "POST")}
_NAMES = {
    "gateway": "globalcors",
    "route": "metadata of route",
    "actuator": "Actuator endpoints",
    "graphql": "GraphQL endpoint",
}


def policy(project: Project, document: Document, site: Site, inherited: tuple[Option, ...]) -> Policy | None:
    """The policy of a configuration; None where nothing in it lets an origin in, or tries to."""
    return _Reader(project, document, site, inherited).policy()


class _Reader:
    """One configuration, and the facts found on the way."""

    def __init__(self, project: Project, document: Document, site: Site, inherited: tuple[Option, ...]) -> None:
        self.document = document
        self.site = site
        self.inherited = inherited
        self.facts: list[Fact] = []
        boot = release.of_boot(project, site.place.path)
        self.version = boot.version if boot else None
        self.version_reason = boot.reason if boot else ""
        self.refuses_any = release.refuses_any_with_credentials(self.version)

    def policy(self) -> Policy | None:
        scope = self.scope()
        is_dead = any(fact.kind == "dead-resource" for fact in self.facts)
        if not self.note_unknown() and not self.all(_ORIGINS) and not self.all(_PATTERNS):
            return None
        site, place = self.site, self.site.place
        origins = Setting(_ORIGINS, Known(Origins()), place) if is_dead else self.origins()
        credentials: Setting[bool | str | None] = self.option("allow-credentials", self.boolean, False)
        self.note_refused(origins, credentials)
        is_endpoint = site.kind in ("actuator", "graphql")
        label = f" {site.key}" if site.key else ""
        return Policy(
            server="spring",
            product="Spring Boot" if is_endpoint else _GATEWAY_WITH_BOOT if self.version else _GATEWAY,
            name=f"{_NAMES[site.kind]}{label}",
            key=f"{site.kind}@{site.key}" if site.key else site.kind,
            span=place,
            origins=origins,
            credentials=credentials,
            methods=self.option("allowed-methods", self.names, DEFAULT_METHODS),
            headers=self.option("allowed-headers", self.names, None),
            exposed=self.option("exposed-headers", self.names, None),
            max_age=self.option("max-age", self.seconds, _DEFAULT_SECONDS if is_endpoint else None),
            vary=Setting("Vary", Known(True), given="default"),
            private_network=self.option("allow-private-network", self.boolean, False),
            respond_with=respond,
            preflight=Preflight("product", 200, place, takes=_TAKES.get(site.kind, ())),
            scope=scope,
            environment=self.environment(),
            version=self.version,
            version_reason=self.version_reason,
            facts=tuple(dict.fromkeys(self.facts)),
            how_to=self.how_to(),
            detail=Detail(self.refuses_any),
        )

    # --- Settings

    def all(self, name: str) -> list[Option]:
        return self.site.all(name) or [option for option in self.inherited if option.name == name]

    def option(self, name: str, read: Callable[[Option], Known[T] | Unknown], default: T) -> Setting[T]:
        given = self.all(name)
        if not given:
            return Setting(name, Known(default), self.site.place, "default")
        value: Value[T] = read(given[-1])
        if self.document.tree is not None and self.site.all(name):
            ways = [(option.span.start, read(option)) for option in given]
            value = decide(self.document.tree, self.site.place.start, ways, Known(default))
        return Setting(name, value, given[-1].span, "explicit" if self.site.all(name) else "inherited")

    def boolean(self, option: Option) -> Known[Any] | Unknown:
        value = _text(option)
        if isinstance(value, Unknown):
            return value
        meant = {"true": True, "on": True, "yes": True, "1": True}.get(value.value.strip().lower(), False)
        if value.value.strip().lower() not in ("true", "on", "yes", "1", "false", "off", "no", "0", ""):
            self.fact(
                "rejected-configuration",
                f"Spring does not start: `{value.value}` is no boolean",
                [option.span],
                "write true or false",
                option.name,
            )
            return Unknown(f"`{value.value}` is no boolean", option.span)
        return Known(meant, value.span, override=value.override)

    def seconds(self, option: Option) -> Known[Any] | Unknown:
        value = _text(option)
        if isinstance(value, Unknown):
            return value
        text = value.value.strip()
        found: int | str = text
        if plain := _DURATION.match(text):
            found = int(int(plain["count"]) * _UNITS[plain["unit"] or "s"])
        elif text.upper() not in ("P", "PT") and (iso := _ISO_DURATION.match(text)):
            found = sum(int(iso[unit] or 0) * factor for unit, factor in (("h", 3600), ("m", 60), ("s", 1)))
        return Known(found, value.span, override=value.override)

    def names(self, option: Option) -> Known[Any] | Unknown:
        for piece in option.pieces:
            if isinstance(piece, Unknown):
                return piece
        known = [piece for piece in option.pieces if isinstance(piece, Known) and piece.value]
        override = next((piece.override for piece in known if piece.override), None)
        return Known(tuple(piece.value for piece in known) or None, option.span, override=override)

    # --- Origins

    def origins(self) -> Setting[Origins]:
        parts: list[Value[Any]] = [
            self.option(_ORIGINS, lambda option: _entries(option, _exact), ()).value,
            self.option(_PATTERNS, lambda option: _entries(option, _pattern), ()).value,
        ]
        given = (*self.all(_ORIGINS), *self.all(_PATTERNS))
        value = combine(parts, _joined)
        if not given:
            return Setting(_ORIGINS, value, self.site.place, "default")
        is_own = bool(self.site.all(given[0].name))
        return Setting(given[0].name, value, given[0].span, "explicit" if is_own else "inherited")

    # --- Facts

    def fact(
        self, kind: str, text: str, spans: Iterable[Span], deed: str, setting: str, label: str = "", meant: str = ""
    ) -> None:
        labels = tuple(Label(span, label if n == 0 else "", primary=n == 0) for n, span in enumerate(spans))
        self.facts.append(Fact(kind, text, labels, deed, setting, meant))

    def note_unknown(self) -> bool:
        """Tell of settings that there are none of; whether one of them was to name origins."""
        spelled = names.CAMEL if self.site.kind == "route" else names.OPTIONS
        about_origins = False
        for option in self.site.unknown:
            near = get_close_matches(names.uniform(option.written), names.OPTIONS, 1, 0.7)
            meant = names.OPTIONS[near[0]] if near else ""
            about_origins = about_origins or meant in (_ORIGINS, _PATTERNS)
            self.fact(
                "unknown-setting",
                f"Spring reads no `{option.written}` here, and goes on without it",
                [option.span],
                f"did you mean {spelled[near[0]]}?"
                if near
                else f"remove it, or use one of {', '.join(spelled.values())}",
                option.written,
                "not read",
                _ORIGINS if meant == _PATTERNS else meant,
            )
        return about_origins

    def note_refused(self, origins: Setting[Origins], credentials: Setting[bool | str | None]) -> None:
        entries = origins.value.value.entries if isinstance(origins.value, Known) else ()
        everybody = next((entry for entry in entries if isinstance(entry, AnyOrigin)), None)
        if everybody is None:
            return
        own = [option.span for option in self.site.options]
        others = [
            entry.span
            for entry in entries
            if entry is not everybody and entry.span and any(entry.span.touches(span) for span in own)
        ]
        if others:
            self.fact(
                "shadowed-setting",
                "`*` lets every origin in, so the others have no effect",
                others,
                "remove `*`, or the others",
                _ORIGINS,
                "has no effect",
            )
        switched_on = credentials.value
        if self.refuses_any and isinstance(switched_on, Known) and switched_on.value is True:
            spans = [span for span in (everybody.span, credentials.span) if span]
            since = "" if self.version else " since Spring Boot 2.4"
            self.fact(
                "rejected-configuration",
                "every request from another website fails with status 500: `*` and credentials exclude each other",
                spans,
                f"name the origins that need cookies: {self.how_to().list_origins}",
                _ORIGINS,
                f"with credentials Spring throws an exception for this{since}",
            )

    # --- The rest

    def scope(self) -> Scope:
        site = self.site
        if site.kind == "actuator":
            return Scope("/actuator", (PathTest("/actuator", "prefix"),))
        if site.kind == "graphql":
            return Scope("/graphql", (PathTest("/graphql", "prefix"),))
        if site.kind == "route":
            tests = tuple(PathTest(_expression(path), "fullmatch") for path in site.paths if path.startswith("/"))
            return Scope(f"route {site.key}" if site.key else "", tests)
        path = names.map_key(site.key)
        if not path.startswith("/"):
            self.fact(
                "dead-resource",
                f"no answer carries these headers: of the key `{site.key}` Spring keeps `{path}`, which is no path",
                [site.place],
                f'put it into brackets: "[{site.key}]"',
                site.key,
                "letters, digits, dots and dashes are all that is kept of a key without brackets",
            )
            return Scope(site.key, (PathTest(path, "exact"),))
        return Scope() if path == "/**" else Scope(path, (PathTest(_expression(path), "fullmatch"),))

    def environment(self) -> Environment:
        profile = self.document.profile.strip()
        return of_name(profile, "the profile") if re.fullmatch(r"[\w.-]+", profile) else Environment()

    def how_to(self) -> HowTo:
        spelled = names.CAMEL if self.site.kind == "route" else names.OPTIONS
        origins, credentials = spelled["allowedorigins"], spelled["allowcredentials"]
        # Either list lets origins in.
        patterns = tuple(dict.fromkeys(option.written for option in self.site.all(_PATTERNS)))
        if self.document.tree is None:
            prefix = self.site.place.text.rpartition(".")[0]
            return HowTo(
                list_origins=f"{prefix}.{origins}=https://app.example.com",
                close_others=tuple(f"{prefix}.{name}=" for name in patterns),
                drop_credentials=f"{prefix}.{credentials}=false",
            )
        return HowTo(
            list_origins=f'{origins}: ["https://app.example.com"]',
            close_others=tuple(f"{name}: []" for name in patterns),
            drop_credentials=f"{credentials}: false",
        )


def _text(option: Option) -> Known[str] | Unknown:
    if option.whole is None:
        return Unknown(f"how Spring reads `{option.written}` here is not known", option.span)
    return option.whole


def _entries(option: Option, make: Callable[[str, Span | None], Entry]) -> Known[Any]:
    entries: list[Entry] = []
    override: str | None = None
    for piece in option.pieces:
        if isinstance(piece, Unknown):
            entries.append(Undecided(piece.reason, piece.span))
        elif piece.value:
            entries.append(make(piece.value, piece.span))
            override = override or piece.override
    return Known(tuple(entries), option.span, override=override)


def _exact(text: str, span: Span | None) -> Entry:
    if text == "*":
        return AnyOrigin(span)
    # Spring takes a slash at the end off, and compares without case.
    return Null(span) if text == "null" else Exact(text.removesuffix("/"), span, ignore_case=True)


def _pattern(text: str, span: Span | None) -> Entry:
    if text == "null":
        return Null(span)
    if "*" not in text and not re.search(r":\[[0-9,*]+\]\Z", text):
        return Exact(text.removesuffix("/"), span)
    return Pattern(text.removesuffix("/"), "java", "glob", span=span)


def _joined(parts: Iterable[Known[Any] | Unknown]) -> Known[Origins] | Unknown:
    entries: list[Entry] = []
    override: str | None = None
    for part in parts:
        if isinstance(part, Unknown):
            entries.append(Undecided(part.reason, part.span))
        else:
            entries += part.value
            override = override or part.override
    return Known(Origins(tuple(entries)), override=override)


def _expression(path: str) -> str:
    """The regular expression for a pattern of Spring's PathPattern."""
    pieces: list[str] = []
    last = 0
    for found in _WILD.finditer(path):
        pieces.append(re.escape(path[last : found.start()]))
        pieces.append({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(found[0], "[^/]+"))
        last = found.end()
    pieces.append(re.escape(path[last:]))
    # `/api/**` matches `/api` as well.
    return re.sub(r"/\.\*\Z", "(?:/.*)?", "".join(pieces))
