"""From a `headers` middleware to the policy it amounts to.

https://github.com/traefik/traefik/blob/v3.7.9/pkg/config/dynamic/middlewares.go, `Headers`, with its defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from corslint.collect import Project
from corslint.environment import Environment, of_path
from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Exact, Null, Origins, Pattern, Reflected, Undecided
from corslint.policy import Fact, HowTo, Policy, Preflight, Setting
from corslint.servers.traefik import release, routing
from corslint.servers.traefik.answer import Detail, respond
from corslint.servers.traefik.notation import Middleware, Option
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax.yaml import Document, decide
from corslint.values import Known, Unknown, Value, combine

T = TypeVar("T")
Read: TypeAlias = "Callable[[Option], Known[T] | Unknown]"
Names: TypeAlias = "tuple[str, ...] | None"

_LIST = "accessControlAllowOriginList"
_REGEX = "accessControlAllowOriginListRegex"
_SINGLE = "accessControlAllowOrigin"
_ORIGIN_HEADER = "access-control-allow-origin"
_SECONDS = re.compile(r"[+-]?[0-9]{1,18}\Z")


def policy(project: Project, document: Document, found: Middleware) -> Policy | None:
    """The policy of a middleware; None where nothing it sets concerns CORS."""
    return _Reader(project, document, found).policy()


class _Reader:
    """One middleware, and the facts found on the way."""

    def __init__(self, project: Project, document: Document, found: Middleware) -> None:
        self.project = project
        self.document = document
        self.found = found
        told = project.versions.get("traefik")
        api_version = found.resource.scalar("apiVersion") if found.resource else None
        known = release.release_of(project, found.place.source, found.root, api_version.value if api_version else "")
        self.version = told or (known.version if known else None)
        self.version_reason = "the configuration says so" if told else known.reason if known else ""
        self.reflects = release.reflects(self.version)
        self.facts: list[Fact] = []
        # An empty value takes a header of the application away, and gives none.
        self.static = {header.name: header for header in found.headers if header.text.value}
        self.fixed: set[str] = set()

    def policy(self) -> Policy | None:
        found = self.found
        own = [option for option in found.options if self.is_set(option)]
        if not own and not found.misspelled and _ORIGIN_HEADER not in self.static:
            return None
        self.note_names()
        origins, fixed_origin = self.origins()
        credentials = self.credentials()
        methods: Setting[Names] = self.setting("methods", "accessControlAllowMethods", self.names, None, _split)
        headers: Setting[Names] = self.setting("headers", "accessControlAllowHeaders", self.names, None, _split)
        exposed: Setting[Names] = self.setting("exposed", "accessControlExposeHeaders", self.names, None, _split)
        max_age: Setting[int | str | None] = self.setting(
            "max_age", "accessControlMaxAge", self.seconds, None if self.reflects else 0, _number
        )
        self.note_shadowed(origins, credentials, exposed, fixed_origin)
        self.note_everyone(origins, credentials, fixed_origin)
        handles = any(option.name != _SINGLE or self.knows_single for option in own)
        preflight = (
            Preflight("product", 200, found.place)
            if handles
            else Preflight("application", None, found.place, "custom response headers leave OPTIONS to the application")
        )
        name = f"middleware `{found.name}`" if found.name else "middleware"
        return Policy(
            server="traefik",
            product="Traefik",
            name=name,
            key=f"Middleware@{found.name}" if found.name else "Middleware",
            span=found.place,
            origins=origins,
            credentials=credentials,
            methods=methods,
            headers=headers,
            exposed=exposed,
            max_age=max_age,
            vary=self.vary(),
            private_network=Setting("Access-Control-Allow-Private-Network", Known(False), given="default"),
            respond_with=respond,
            preflight=preflight,
            scope=routing.scope(found),
            environment=self.environment(),
            version=self.version,
            version_reason=self.version_reason,
            facts=tuple(self.facts),
            how_to=self.how_to(),
            detail=Detail(handles, self.reflects, frozenset(self.fixed), fixed_origin),
        )

    # Options

    def is_set(self, option: Option) -> bool:
        """Whether an option counts in `HasCorsHeadersDefined`; one that is not known yet does."""
        if option.items is not None:
            return bool(option.items)
        if option.text is None or isinstance(value := self.found.known(option.text), Unknown):
            return True
        if option.name in ("accessControlAllowCredentials", "addVaryHeader"):
            return go.boolean(value.value) is not False
        if option.name == "accessControlMaxAge" and not self.reflects:
            return value.value != "0"
        return bool(value.value)

    def setting(self, name: str, option: str, read: Read[T], default: T, static: Callable[[str], T]) -> Setting[T]:
        """An option, or the header of `customResponseHeaders` that takes its place, or the default."""
        given = self.found.all(option)
        header = self.static.get("access-control-" + _HEADERS[name].lower())
        if given or header is None:
            return self.option(option, read, default)
        self.fixed.add(name)
        known = self.found.known(header.text)
        value: Value[T] = known if isinstance(known, Unknown) else _as(known, static(known.value))
        return Setting(f"Access-Control-{_HEADERS[name]}", value, header.span)

    def option(self, name: str, read: Read[T], default: T) -> Setting[T]:
        given = self.found.all(name)
        if not given:
            return Setting(name, Known(default), self.found.place, "default")
        value = decide(
            self.document, self.found.start, [(option.span.start, read(option)) for option in given], Known(default)
        )
        return Setting(name, value, given[-1].span)

    def boolean(self, option: Option) -> Known[Any] | Unknown:
        value = self.text(option)
        if isinstance(value, Unknown):
            return value
        # Kubernetes has made JSON of the YAML, and holds the type against its schema.
        is_fine = (
            go.boolean(value.value) is not None
            if self.found.notation != "resource"
            else option.text is not None and option.text.scalar.kind == "boolean"
        )
        meant = {"true": True, "yes": True, "on": True, "1": True, "t": True}.get(value.value.lower(), False)
        if not is_fine:
            self.refused(option, f"`{self.written(option)}` is no boolean", "write true or false, without quotes")
        return _as(value, meant)

    def seconds(self, option: Option) -> Known[Any] | Unknown:
        value = self.text(option)
        if isinstance(value, Unknown):
            return value
        is_number = self.found.notation != "resource" or (option.text and option.text.scalar.kind == "number")
        if not is_number or not _SECONDS.match(value.value):
            why = self.refused(option, f"`{self.written(option)}` is no number", "write seconds, without quotes")
            if not _SECONDS.match(value.value):
                return why
        return _as(value, int(value.value))

    def written(self, option: Option) -> str:
        if option.text is None:
            return option.span.text
        return option.text.scalar.span.text if self.found.notation == "resource" else option.text.value

    def text(self, option: Option) -> Known[str] | Unknown:
        if option.text is None:
            return Unknown(f"how Traefik reads `{option.written}` here is not known", option.span)
        return self.found.known(option.text)

    def names(self, option: Option) -> Known[Any] | Unknown:
        listed = self.listed(option)
        if isinstance(listed, Unknown):
            return listed
        for item in listed:
            if isinstance(item, Unknown):
                return item
        names = tuple(item.value for item in listed if isinstance(item, Known) and item.value)
        override = next((item.override for item in listed if isinstance(item, Known) and item.override), None)
        return Known(names or None, option.span, override=override)

    def listed(self, option: Option) -> tuple[Known[str] | Unknown, ...] | Unknown:
        if self.found.notation == "resource" and option.text is not None and not option.text.scalar.template:
            return self.refused(option, f"`{option.written}` must be a list", "write one item a line, after `- `")
        return self.found.listed(option)

    def refused(self, option: Option, why: str, deed: str) -> Unknown:
        who = "Kubernetes refuses this Middleware" if self.found.notation == "resource" else "Traefik refuses this"
        self.fact("rejected-configuration", f"{who}: {why}", [option.span], deed, option.name, "refused")
        return Unknown(why, option.span)

    # Origins

    @property
    def knows_single(self) -> bool:
        return release.knows_single_origin(self.version)

    def origins(self) -> tuple[Setting[Origins], Entry | None]:
        """All origins that are let in, and the entry that stands for the header of `customResponseHeaders`."""
        parts: list[Value[Any]] = [
            self.option(_LIST, self.exact, ()).value,
            self.option(_REGEX, self.patterns, ()).value,
        ]
        given = [option for option in self.found.options if option.name in (_LIST, _REGEX)]
        if self.knows_single and (single := self.found.all(_SINGLE)):
            parts.append(self.option(_SINGLE, self.single, ()).value)
            given += single
        header = self.static.get(_ORIGIN_HEADER)
        fixed: Entry | None = None
        if header is not None:
            text = self.found.known(header.text)
            place = header.text.span
            fixed = Undecided(text.reason, place) if isinstance(text, Unknown) else _entry(text.value, place)
            parts.append(Known((fixed,)))
        value = combine(parts, _joined)
        if given:
            return Setting(given[0].name, value, given[0].span), fixed
        if header is not None:
            return Setting("Access-Control-Allow-Origin", value, header.span), fixed
        return Setting(_LIST, value, self.found.place, "default"), fixed

    def exact(self, option: Option) -> Known[Any] | Unknown:
        listed = self.listed(option)
        if isinstance(listed, Unknown):
            return listed
        return _entries(listed, _entry, option.span)

    def patterns(self, option: Option) -> Known[Any] | Unknown:
        listed = self.listed(option)
        if isinstance(listed, Unknown):
            return listed
        for item in listed:
            if isinstance(item, Known) and (why := go.regex_error(item.value)):
                self.fact(
                    "rejected-configuration",
                    f"Traefik refuses this middleware: {why}",
                    [item.span or option.span],
                    "write an expression that https://github.com/google/re2/wiki/Syntax describes",
                    option.name,
                    "refused",
                )
        return _entries(listed, lambda text, span: Pattern(text, "go", "search", span=span), option.span)

    def single(self, option: Option) -> Known[Any] | Unknown:
        """The option of Traefik 2.0 and 2.1: any other text than these two allows nobody."""
        value = self.text(option)
        if isinstance(value, Unknown):
            return value
        if value.value == "*":
            return Known((AnyOrigin(value.span),))
        return Known((Reflected(value.span),) if value.value == "origin-list-or-null" else ())

    def credentials(self) -> Setting[bool | str | None]:
        name = "accessControlAllowCredentials"
        option: Setting[bool | str | None] = self.option(name, self.boolean, False)
        header = self.static.get("access-control-allow-credentials")
        # The option can only switch the header on; one that is off leaves a custom header as it is.
        if header is None or (isinstance(option.value, Known) and option.value.value is True):
            return option
        self.fixed.add("credentials")
        return Setting("Access-Control-Allow-Credentials", self.found.known(header.text), header.span)  # type: ignore[arg-type]

    def vary(self) -> Setting[bool]:
        option: Setting[bool] = self.option("addVaryHeader", self.boolean, False)
        header = self.static.get("vary")
        if header is None or (isinstance(option.value, Known) and option.value.value):
            return option
        names = [name.strip().lower() for name in header.text.value.split(",")]
        return Setting("Vary", Known("origin" in names or "*" in names), header.span)

    # Facts

    def fact(
        self, kind: str, text: str, spans: Iterable[Span], deed: str, setting: str, label: str = "", meant: str = ""
    ) -> None:
        labels = tuple(Label(span, label if n == 0 else "", primary=n == 0) for n, span in enumerate(spans))
        self.facts.append(Fact(kind, text, labels, deed, setting, meant))

    def note_names(self) -> None:
        for option in self.found.misspelled:
            why = f"Kubernetes drops `{option.written}`: the resource has no such field"
            deed = f"write {option.name}"
            self.fact("unknown-setting", why, [option.span], deed, option.written, "dropped", option.name)
        for option in () if self.knows_single else self.found.all(_SINGLE):
            is_resource = self.found.notation == "resource"
            does = "Kubernetes drops" if is_resource else "Traefik refuses a configuration with"
            why = f"{does} `{option.written}`: {_LIST} took its place in Traefik 2.2"
            self.fact("renamed-setting", why, [option.span], f"write {_LIST}", option.name, "gone since Traefik 2.2")

    def note_shadowed(
        self,
        origins: Setting[Origins],
        credentials: Setting[bool | str | None],
        exposed: Setting[Names],
        fixed_origin: Entry | None,
    ) -> None:
        entries = origins.value.value.entries if isinstance(origins.value, Known) else ()
        own = [entry for entry in entries if entry is not fixed_origin]
        everybody = next((entry for entry in own if isinstance(entry, AnyOrigin)), None)
        others = [entry.span for entry in own if entry is not everybody and entry.span]
        if everybody is not None and others:
            self.fact(
                "shadowed-setting",
                "`*` lets every origin in, so the others in the list have no effect",
                others,
                "remove `*`, or the others",
                _LIST,
                "has no effect",
            )
        if fixed_origin is not None and own and fixed_origin.span:
            self.fact(
                "shadowed-setting",
                "the list lets every origin in already, so this header has no effect"
                if everybody is not None
                else "an origin that is not in the list still gets this header, and preflights never do",
                [fixed_origin.span],
                "remove the header from customResponseHeaders, and leave it to the list",
                "customResponseHeaders",
            )
        names = exposed.value.value if isinstance(exposed.value, Known) else None
        if self.reflects and names and "*" in names and credentials.value == Known(True, credentials.value.span):
            self.fact(
                "shadowed-setting",
                "with credentials Traefik sends no Access-Control-Expose-Headers that holds `*`",
                [exposed.span or self.found.place],
                "name the headers",
                exposed.name,
            )
        self.note_unused()

    def note_everyone(
        self, origins: Setting[Origins], credentials: Setting[bool | str | None], fixed_origin: Entry | None
    ) -> None:
        """What `*` in the list and credentials come to depends on the release."""
        entries = origins.value.value.entries if isinstance(origins.value, Known) else ()
        listed = any(isinstance(entry, AnyOrigin) and entry is not fixed_origin for entry in entries)
        if not listed or not isinstance(credentials.value, Known) or credentials.value.value is not True:
            return
        if self.version is None:
            told = (
                "with this, Traefik 3.6.22, 3.7.6 and later repeat the origin of whoever asks; those before send `*`,"
                " and browsers refuse that"
            )
        elif self.reflects:
            told = f"with this, Traefik {self.version} repeats the origin of whoever asks in place of `*`"
        else:
            told = (
                f"and cookies are allowed, which browsers refuse together with the `*` of Traefik {self.version};"
                " 3.6.22, 3.7.6 and later let every website in"
            )
        self.fact(
            "any-origin-with-credentials",
            told,
            [credentials.span or self.found.place],
            "name the origins you trust",
            credentials.name,
        )

    def note_unused(self) -> None:
        if routing.is_unused(self.project, self.found):
            self.fact(
                "shadowed-setting",
                "no router uses this middleware, so none of its headers is sent",
                [self.found.place],
                f"name it at the router: middlewares={self.found.name}"
                if self.found.notation == "labels"
                else f"name it at the router: middlewares: [{self.found.name}]",
                self.found.name,
            )

    # The rest

    def environment(self) -> Environment:
        metadata = self.found.resource.mapping("metadata") if self.found.resource else None
        namespace = metadata.scalar("namespace") if metadata else None
        if namespace is None or namespace.template:
            return Environment()
        judged = of_path(namespace.value)
        return replace(judged, reason=f"its namespace is {namespace.value!r}") if judged.marked else judged

    def how_to(self) -> HowTo:
        is_custom = "credentials" in self.fixed
        custom = "remove Access-Control-Allow-Credentials from customResponseHeaders" if is_custom else ""
        preflight = f"{_LIST}, accessControlAllowMethods and accessControlAllowHeaders make Traefik do it"
        if self.found.notation == "labels":
            label = f"traefik.http.middlewares.{self.found.name}.headers."
            return HowTo(
                list_origins=f"{label}accesscontrolalloworiginlist=https://app.example.com",
                drop_credentials=custom
                if "credentials" in self.fixed
                else f"{label}accesscontrolallowcredentials=false",
                send_vary=f"{label}addvaryheader=true",
                answer_preflight=preflight,
            )
        gives = " =" if re.search(r"\.toml(?:\.|\Z)", self.found.place.path, re.IGNORECASE) else ":"
        return HowTo(
            list_origins=f'{_LIST}{gives} ["https://app.example.com"]',
            match_origins=f"{_REGEX}{gives} ['^(?:PATTERN)$']",
            drop_credentials=custom or f"accessControlAllowCredentials{gives} false",
            send_vary=f"addVaryHeader{gives} true",
            answer_preflight=preflight,
        )


_HEADERS = {
    "methods": "Allow-Methods",
    "headers": "Allow-Headers",
    "exposed": "Expose-Headers",
    "max_age": "Max-Age",
}


def _as(value: Known[Any], other: T) -> Known[T]:
    """Another value with the same provenance."""
    return Known(other, value.span, value.trail, value.override)


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


def _entries(
    listed: Iterable[Known[str] | Unknown], make: Callable[[str, Span | None], Entry], span: Span
) -> Known[Any]:
    entries: list[Entry] = []
    override: str | None = None
    for item in listed:
        if isinstance(item, Unknown):
            entries.append(Undecided(item.reason, item.span))
        elif item.value:
            entries.append(make(item.value, item.span))
            override = override or item.override
    return Known(tuple(entries), span, override=override)


def _entry(text: str, span: Span | None) -> Entry:
    if text == "*":
        return AnyOrigin(span)
    return Null(span) if text == "null" else Exact(text, span)


def _split(text: str) -> Names:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _number(text: str) -> int | str | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text.strip()) else text
