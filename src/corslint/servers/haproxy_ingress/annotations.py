"""From a mapping that holds annotations to the policy they amount to.

https://github.com/jcmoraisjr/haproxy-ingress/blob/v0.16.1/pkg/converters/ingress/annotations/validator.go: invalid text
is logged, and the default takes its place. The regular expressions accept the same texts, without nested repetition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Exact, Origins, Pattern, Undecided
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.resolve.yaml_fields import environment_of, known, name_of, replace_value
from corslint.servers.haproxy_ingress.answer import respond
from corslint.syntax import go
from corslint.syntax.yaml import Document, Mapping, Scalar, Sequence, Visit, decide
from corslint.syntax.yaml import Entry as Field
from corslint.values import Condition, Known, Unknown, Value, combine

T = TypeVar("T")
Names: TypeAlias = "tuple[str, ...] | None"

PREFIXES = ("haproxy-ingress.github.io/", "ingress.kubernetes.io/")
"""Of every annotation, unless the controller runs with --annotations-prefix."""
DEFAULT_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
DEFAULT_HEADERS = (
    "DNT", "X-CustomHeader", "Keep-Alive", "User-Agent", "X-Requested-With", "If-Modified-Since", "Cache-Control",
    "Content-Type", "Authorization",
)  # fmt: skip
DEFAULT_MAX_AGE = 86400

_ENABLE = "cors-enable"
_ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[A-Za-z0-9.-]*(?::[0-9]+)?\Z|\*\Z")
_METHODS = re.compile(r"[A-Za-z](?:,?[\t\n\f\r ]?[A-Za-z])*,?[\t\n\f\r ]?\Z")
_HEADERS = re.compile(r"[A-Za-z0-9_-]|.*\*\Z", re.DOTALL)
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")


def annotated(document: Document, visit: Visit) -> Iterator[Policy]:
    """The policy of a mapping; none where it holds none of our annotations, or says plainly that CORS is off."""
    for prefix in PREFIXES:
        own = {
            entry.name.removeprefix(prefix): entry
            for entry in visit.mapping.entries
            if entry.name.startswith(f"{prefix}cors-") and not entry.merged
        }
        if own and (found := _Annotated(document, visit, prefix, own).policy()) is not None:
            yield found


class _Annotated:
    """The annotations of one mapping, and where it stands."""

    def __init__(self, document: Document, visit: Visit, prefix: str, own: dict[str, Field]) -> None:
        self.document = document
        self.visit = visit
        self.prefix = prefix
        self.own = own
        self.anchor = own.get(_ENABLE) or next(iter(own.values()))
        self.facts: list[Fact] = []
        is_resource = visit.path[-2:] == ("metadata", "annotations")
        self.resource = visit.above[-2] if is_resource and visit.above[-2].scalar("kind") is not None else None

    def policy(self) -> Policy | None:
        enable = self.own.get(_ENABLE)
        if enable is None:
            # A Service or the global configuration may switch it on for this Ingress.
            return None
        state = self.read(
            enable, lambda text: go.boolean(text) is True, lambda text: go.boolean(text) is not None, False
        )
        if isinstance(state, Known) and state.value is False:
            return None
        origins = self.origins()
        credentials: Setting[bool | str | None] = self.setting(
            "cors-allow-credentials", lambda text: go.boolean(text) is True, lambda text: go.boolean(text) is not None,
            False, "invalid-credentials-value", "is no boolean to the controller, so credentials are not allowed",
            'write "true" or "false"',
        )  # fmt: skip
        methods: Setting[Names] = self.setting(
            "cors-allow-methods", _split, lambda text: bool(_METHODS.match(text)), DEFAULT_METHODS,
            "malformed-header-list", "is not a list of methods to the controller, so it sends its default list",
            'write methods with commas between: "GET, POST"',
        )  # fmt: skip
        headers: Setting[Names] = self.setting(
            "cors-allow-headers", _split, lambda text: bool(_HEADERS.match(text)), DEFAULT_HEADERS,
            "malformed-header-list", "is not a list of header names to the controller, so it sends its default list",
            "write names of headers with commas between",
        )  # fmt: skip
        exposed: Setting[Names] = self.setting(
            "cors-expose-headers", _split, lambda text: bool(_HEADERS.match(text)), None,
            "malformed-header-list", "is not a list of header names to the controller, so it sends none",
            "write names of headers with commas between",
        )  # fmt: skip
        max_age: Setting[int | str | None] = self.setting(
            "cors-max-age", int, lambda text: bool(_INTEGER.match(text)), DEFAULT_MAX_AGE,
            "invalid-max-age", f"is no integer, so the controller sends {DEFAULT_MAX_AGE}", 'write seconds: "600"',
        )  # fmt: skip
        self.note_unquoted()
        kind = self.resource.scalar("kind") if self.resource else None
        name = name_of(self.resource)
        path = ".".join(self.visit.path)
        place = self.anchor.span
        return Policy(
            server="haproxy_ingress",
            product="HAProxy Ingress",
            name=f"{kind.value} `{name}`" if kind and name else kind.value if kind else f"annotations under `{path}`",
            key=f"{kind.value}@{name}" if kind else f"annotations@{path}",
            span=place,
            origins=origins,
            credentials=credentials,
            methods=methods,
            headers=headers,
            exposed=exposed,
            max_age=max_age,
            vary=Setting("Vary", Known(True), place, "default"),
            private_network=Setting("Access-Control-Allow-Private-Network", Known(False), given="default"),
            respond_with=respond,
            preflight=Preflight("product", 204, place),
            scope=_scope(self.resource),
            environment=environment_of(self.resource),
            facts=tuple(self.facts),
            conditions=(Condition(_ENABLE, "is true"),) if isinstance(state, Unknown) else (),
            how_to=HowTo(
                list_origins=f'{self.prefix}cors-allow-origin: "https://app.example.com"',
                drop_credentials=f'{self.prefix}cors-allow-credentials: "false"',
                send_vary="name a second origin, for then the controller does, or send it from the application",
            ),
        )

    def setting(
        self,
        name: str,
        make: Callable[[str], Any],
        is_valid: Callable[[str], bool],
        default: T,
        rule: str,
        why: str,
        deed: str,
    ) -> Setting[T]:
        """One annotation; where its text is not valid, the default with the fact that says so."""
        entry = self.own.get(name)
        if entry is None:
            return Setting(name, Known(default), self.anchor.span, "default")
        value: Known[T] | Unknown = self.read(entry, make, is_valid, default, rule, why, deed)
        decided: Value[T] = decide(self.document, self.anchor.key.start, [(entry.key.start, value)], Known(default))
        return Setting(name, decided, entry.span)

    def read(
        self,
        entry: Field,
        make: Callable[[str], Any],
        is_valid: Callable[[str], bool],
        default: T,
        rule: str = "",
        why: str = "",
        deed: str = "",
    ) -> Known[T] | Unknown:
        if not isinstance(entry.value, Scalar):
            return Unknown(f"`{entry.name}` is no text here", entry.span)
        text = known(entry.value.text)
        if isinstance(text, Unknown):
            return text
        if is_valid(text.value):
            return replace_value(text, make(text.value))
        if rule:
            self.complain(entry, rule, f"{_quoted(text.value)} {why}", deed)
        return Known(default, text.span)

    def complain(self, entry: Field, rule: str, text: str, deed: str) -> None:
        name = entry.name.removeprefix(self.prefix)
        place = entry.value.span if isinstance(entry.value, Scalar) else entry.span
        label = Label(place, "not taken as it stands", primary=True)
        self.facts.append(Fact(rule, text, (label,), deed, name, name if rule == "malformed-header-list" else ""))

    def note_unquoted(self) -> None:
        """Annotations are texts to the API server, which refuses an object where YAML makes something else of one."""
        for entry in self.own.values() if self.resource else ():
            value = entry.value
            if isinstance(value, Scalar) and value.kind in ("boolean", "number"):
                label = Label(value.span, f"a {value.kind} without quotes", primary=True)
                text = "Kubernetes refuses this object: the values of annotations must be texts"
                deed = f'quote it: {entry.name}: "{value.value}"'
                self.facts.append(Fact("rejected-configuration", text, (label,), deed, entry.name))
                return

    def origins(self) -> Setting[Origins]:
        """The list, `*` without one, and beside it the expressions."""
        name, other = "cors-allow-origin", "cors-allow-origin-regex"
        entry, regex = self.own.get(name), self.own.get(other)
        place = self.anchor.span
        parts: list[Value[Any]] = [
            Known((AnyOrigin(place),)) if entry is None else self.under_branches(entry, self.listed(entry)),
            Known(()) if regex is None else self.under_branches(regex, self.expressions(regex)),
        ]
        value: Value[Origins] = combine(parts, _joined)
        if entry is None:
            return Setting(name, value, place, "default")
        return Setting(name, value, entry.span)

    def under_branches(self, entry: Field, value: Known[Any] | Unknown) -> Value[Any]:
        absent: Known[Any] = Known((AnyOrigin(self.anchor.span),) if entry.name.endswith("-origin") else ())
        return decide(self.document, self.anchor.key.start, [(entry.key.start, value)], absent)

    def listed(self, entry: Field) -> Known[Any] | Unknown:
        if not isinstance(entry.value, Scalar):
            return Unknown(f"`{entry.name}` is no text here", entry.span)
        found: list[Entry] = []
        for part in entry.value.text.split(","):
            text = known(part)
            if isinstance(text, Unknown):
                found.append(Undecided(text.reason, part.span))
                continue
            for one in text.value.split(",") if text.override else (text.value,):
                if not _ORIGIN.match(one):
                    why = f"{_quoted(one)} is not valid here, so the controller allows every origin"
                    deed = "write origins as browsers send them, with commas and no blanks between"
                    span = part.span if part.value else entry.span
                    label = Label(span, "not taken as it stands", primary=True)
                    self.facts.append(Fact("malformed-origin", why, (label,), deed, "cors-allow-origin"))
                    return Known((AnyOrigin(span),), entry.span)
                found.append(AnyOrigin(part.span) if one == "*" else Exact(one, part.span))
        return Known(tuple(found), entry.span)

    def expressions(self, entry: Field) -> Known[Any] | Unknown:
        if not isinstance(entry.value, Scalar):
            return Unknown(f"`{entry.name}` is no text here", entry.span)
        found: list[Entry] = []
        for part in entry.value.text.split(" "):
            text = known(part)
            if isinstance(text, Unknown):
                found.append(Undecided(text.reason, part.span))
            elif why := go.regex_error(text.value):
                deed = "write an expression that https://github.com/google/re2/wiki/Syntax describes"
                said = f"{_quoted(text.value)} is no expression to the controller ({why}), so it takes none of them"
                self.complain(entry, "shadowed-setting", said, deed)
                return Known((), entry.span)
            elif text.value:
                found.append(Pattern(text.value, "pcre", "search", span=part.span))
        return Known(tuple(found), entry.span)


def _joined(parts: Any) -> Known[Origins]:
    entries: list[Entry] = []
    for part in parts:
        entries += (Undecided(part.reason, part.span),) if isinstance(part, Unknown) else part.value
    return Known(Origins(tuple(entries)))


def _quoted(text: str) -> str:
    return f"`{text}`" if text else "an empty text"


def _split(text: str) -> Names:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _scope(resource: Mapping | None) -> Scope:
    """The paths of an Ingress; everything where they are not to be seen."""
    spec = resource.mapping("spec") if resource else None
    rules = spec.get("rules") if spec else None
    if spec is None or not isinstance(rules, Sequence) or spec.get("defaultBackend") or spec.get("backend"):
        return Scope()
    tests: list[PathTest] = []
    for rule in rules.items:
        http = rule.mapping("http") if isinstance(rule, Mapping) else None
        paths = http.get("paths") if http else None
        for one in paths.items if isinstance(paths, Sequence) else (None,):
            path = one.scalar("path") if isinstance(one, Mapping) else None
            kind = one.scalar("pathType") if isinstance(one, Mapping) else None
            if path is None or path.template or not path.value.startswith("/") or path.value == "/":
                return Scope()
            tests.append(PathTest(path.value, "exact" if kind and kind.value == "Exact" else "prefix"))
    return Scope(", ".join(test.text for test in tests), tuple(tests))
