"""From a mapping that holds annotations to the policy they amount to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from corslint.environment import Environment, of_path
from corslint.finding import Label, Severity
from corslint.origins import AnyOrigin, Origins
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.servers.ingress_nginx import controller
from corslint.servers.ingress_nginx.answer import respond
from corslint.servers.ingress_nginx.controller import PREFIX, Names, Reading
from corslint.syntax.yaml import Document, Entry, Mapping, Scalar, Sequence, Text, Visit, decide
from corslint.values import Condition, Known, Unknown, Value

T = TypeVar("T")

_SNIPPET = "configuration-snippet"
_LONGEST_SNIPPET = 20_000
"""How much of one is looked at, in characters."""
_HOW_TO = HowTo(
    list_origins=f'{PREFIX}cors-allow-origin: "https://app.example.com"',
    drop_credentials=f'{PREFIX}cors-allow-credentials: "false"',
    send_vary="send `Vary: Origin` from the application, or where snippets are allowed with"
    f' {PREFIX}{_SNIPPET}: more_set_headers "Vary: Origin";',
)
_ENABLE = "enable-cors"
_SENDS_VARY = re.compile(
    r"^[^#\n]*\b(?:more_set_headers|add_header)\s[^;#]*\bVary\b[^;#]*\bOrigin\b", re.IGNORECASE | re.MULTILINE
)
"""A line of nginx configuration that sends `Vary: Origin`."""
_ADDS_ORIGIN = re.compile(
    r"""^[^#\n]*?\badd_header\s+["']?Access-Control-Allow-Origin\b""", re.IGNORECASE | re.MULTILINE
)
"""A line of nginx configuration that adds Access-Control-Allow-Origin to what is sent already."""
_FOR_OPTIONS = re.compile(r"""\bif\s*\(\s*\$request_method\s*~?\*?=?[^)\n]*OPTIONS[^)\n]*\)\s*\{[^}]*\}""")
"""What is never reached, as the controller answers OPTIONS before."""
_RULES = {
    _ENABLE: ("shadowed-setting", 'write "true" or "false"'),
    "cors-allow-origin": (
        "malformed-origin",
        "write origins as browsers send them, with commas between: https://app.example.com",
    ),
    "cors-allow-credentials": ("invalid-credentials-value", 'write "true" or "false"'),
    "cors-allow-methods": ("malformed-header-list", 'write methods with commas between: "GET, POST"'),
    "cors-allow-headers": ("malformed-header-list", "write names of headers with commas between; `*` is not taken"),
    "cors-expose-headers": ("malformed-header-list", "write names of headers with commas between"),
    "cors-max-age": ("invalid-max-age", 'write seconds: "600"'),
}
"""Our annotations, each with the rule its invalid text feeds and the deed that mends it."""


def annotated(document: Document, visit: Visit) -> Policy | None:
    """The policy of a mapping; None where it holds none of our annotations, or says plainly that CORS is off."""
    own = {name: found for name in _RULES if (found := visit.mapping.all(PREFIX + name))}
    # What merge keys bring in is judged where it is written.
    if all(entry.merged for entries in own.values() for entry in entries):
        return None
    return _Annotated(document, visit, own).policy()


class _Annotated:
    """The annotations of one mapping, and where it stands."""

    def __init__(self, document: Document, visit: Visit, own: dict[str, tuple[Entry, ...]]) -> None:
        self.document = document
        self.path = visit.path
        self.own = own
        self.anchor = next(iter(own.values()))[-1]
        """The entry that stands for the whole: the one that switches CORS on, where there is one."""
        self.snippets = visit.mapping.all(PREFIX + _SNIPPET)
        self.facts: list[Fact] = []
        above = visit.above[-1] if visit.above else None
        self.is_filled = above is not None and any(e.filled for e in above.entries if e.value is visit.mapping)
        """Whether a template prints further annotations among these."""
        owner = visit.above[-2] if visit.path[-2:] == ("metadata", "annotations") else None
        self.kind = owner.scalar("kind") if owner else None
        self.resource = owner if self.kind else None
        """The Kubernetes object that carries them, unless they stand elsewhere."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing adds annotations to these, as happens to patches and values, and where templates print."""
        return self.resource is not None and self.resource.mapping("spec") is not None and not self.is_filled

    def policy(self) -> Policy | None:
        if self.kind is not None and not self.kind.template and self.kind.value != "Ingress":
            return None
        conditions: tuple[Condition, ...] = ()
        if _ENABLE in self.own:
            states = [self.read(entry, _ENABLE, controller.enabled) for entry in self.own[_ENABLE]]
            chosen = next((i for i, s in enumerate(states) if not (isinstance(s, Known) and s.value is False)), None)
            if chosen is None:
                return self.off() if self.facts else None
            self.anchor = self.own[_ENABLE][chosen]
            state = states[chosen]
            if isinstance(state, Unknown):
                conditions = (Condition(_ENABLE, "is true"),)
        elif self.is_whole:
            self.facts.append(self.without_switch())
            return self.off()
        self.note_unquoted()
        self.note_second_layer()
        return self.on(conditions)

    def on(self, conditions: tuple[Condition, ...]) -> Policy:
        origins: Setting[Origins] = self.setting(
            "cors-allow-origin", controller.origins, Origins((AnyOrigin(self.anchor.span),))
        )
        credentials: Setting[bool | str | None] = self.setting("cors-allow-credentials", controller.credentials, True)
        methods: Setting[Names] = self.setting("cors-allow-methods", controller.methods, controller.DEFAULT_METHODS)
        headers: Setting[Names] = self.setting("cors-allow-headers", controller.headers, controller.DEFAULT_HEADERS)
        exposed: Setting[Names] = self.setting("cors-expose-headers", controller.exposed, None)
        max_age: Setting[int | str | None] = self.setting(
            "cors-max-age", controller.max_age, controller.DEFAULT_MAX_AGE
        )
        nobody = isinstance(origins.value, Known) and not origins.value.value.entries
        return self.make(
            origins,
            credentials,
            methods,
            headers,
            exposed,
            max_age,
            Preflight("application", None, origins.span, "no origin is left, so OPTIONS goes to the application")
            if nobody
            else Preflight("product", 204, self.anchor.span),
            conditions,
        )

    def off(self) -> Policy:
        place = self.anchor.span
        return self.make(
            Setting("cors-allow-origin", Known(Origins()), place, "default"),
            Setting("cors-allow-credentials", Known(False), place, "default"),
            Setting("cors-allow-methods", Known(None), place, "default"),
            Setting("cors-allow-headers", Known(None), place, "default"),
            Setting("cors-expose-headers", Known(None), place, "default"),
            Setting("cors-max-age", Known(None), place, "default"),
            Preflight("application", None, place, "CORS is off, so OPTIONS goes to the application"),
            (),
        )

    def make(
        self,
        origins: Setting[Origins],
        credentials: Setting[bool | str | None],
        methods: Setting[Names],
        headers: Setting[Names],
        exposed: Setting[Names],
        max_age: Setting[int | str | None],
        preflight: Preflight,
        conditions: tuple[Condition, ...],
    ) -> Policy:
        name, key = self.names()
        return Policy(
            server="ingress_nginx",
            product="ingress-nginx",
            name=name,
            key=key,
            span=self.anchor.span,
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
            scope=scope(self.resource),
            environment=self.environment(),
            facts=tuple(self.facts),
            how_to=_HOW_TO,
            conditions=conditions,
        )

    def vary(self) -> Setting[bool]:
        """`Vary: Origin` is sent where a snippet says so, and never otherwise."""
        for entry in self.snippets:
            if isinstance(entry.value, Scalar) and _SENDS_VARY.search(entry.value.value[:_LONGEST_SNIPPET]):
                return Setting("Vary", Known(True), entry.span)
        return Setting("Vary", Known(False), self.anchor.span, "default")

    def note_second_layer(self) -> None:
        """A snippet that adds the header which the controller sets: one does not replace the other."""
        for entry in self.snippets:
            if not isinstance(entry.value, Scalar):
                continue
            if _ADDS_ORIGIN.search(_FOR_OPTIONS.sub("", entry.value.value[:_LONGEST_SNIPPET])):
                self.facts.append(
                    Fact(
                        "duplicate-cors-layer",
                        "Access-Control-Allow-Origin is sent twice, and browsers refuse such an answer",
                        (
                            Label(entry.span, "adds a second line", primary=True),
                            Label(self.anchor.span, "sends the first"),
                        ),
                        "take the headers out of the snippet, and say in annotations who is let in",
                        _SNIPPET,
                    )
                )

    def names(self) -> tuple[str, str]:
        """The policy's name for people and its key."""
        if self.resource is None:
            path = ".".join(self.path)
            return f"annotations under `{path}`" if path else "annotations", f"annotations@{path}"
        parts = [self.metadata(key) for key in ("namespace", "name")]
        full = "/".join(part.value for part in parts if part is not None and not part.template)
        return (f"Ingress `{full}`", f"Ingress@{full}") if full else ("Ingress", "Ingress")

    def metadata(self, key: str) -> Scalar | None:
        metadata = self.resource.mapping("metadata") if self.resource else None
        return metadata.scalar(key) if metadata else None

    def environment(self) -> Environment:
        namespace = self.metadata("namespace")
        if namespace is None or namespace.template:
            return Environment()
        judged = of_path(namespace.value)
        reason = f"its namespace is {namespace.value!r}"
        return Environment(judged.kind, reason, marked=True) if judged.marked else judged

    def read(self, entry: Entry, name: str, reader: Callable[[Text], Reading[T]]) -> Known[T] | Unknown:
        if not isinstance(entry.value, Scalar):
            return Unknown(f"`{name}` is no text here", entry.span)
        reading = reader(entry.value.text)
        rule, deed = _RULES[name]
        # The default list holds every method that is in use.
        is_harmless = name == "cors-allow-methods" and entry.value.value == "*"
        for complaint in reading.complaints:
            labels = (Label(complaint.span, "not taken as it stands", primary=True),)
            meant = name if rule == "malformed-header-list" else ""
            severity = Severity.LOW if is_harmless else None
            self.facts.append(Fact(rule, complaint.text, labels, deed, name, meant, severity))
        return reading.value

    def setting(self, name: str, reader: Callable[[Text], Reading[T]], default: T) -> Setting[T]:
        entries = self.own.get(name, ())
        given = [(entry.key.start, self.read(entry, name, reader)) for entry in entries]
        absent: Known[T] | Unknown = Known(default)
        if not (self.is_whole or (_ENABLE in self.own and not self.is_filled)):
            absent = Unknown(f"`{name}` is not set here, and may be where this is merged with other annotations")
        value: Value[T] = decide(self.document, self.anchor.key.start, given, absent)
        if not entries:
            return Setting(name, value, self.anchor.span, "default")
        written = entries[-1].value
        return Setting(
            name,
            value,
            entries[-1].span,
            written=Known(written.value, written.span) if isinstance(written, Scalar) else None,
        )

    def without_switch(self) -> Fact:
        entries = [entry for found in self.own.values() for entry in found]
        return Fact(
            "shadowed-setting",
            f"without `{_ENABLE}` the controller sends no CORS header",
            tuple(Label(e.span, "" if n else "has no effect", primary=n == 0) for n, e in enumerate(entries)),
            f'add {PREFIX}{_ENABLE}: "true", or remove the rest',
            entries[0].name.removeprefix(PREFIX),
        )

    def note_unquoted(self) -> None:
        """Annotations are texts to the API server; it refuses an object where YAML makes something else of one.

        https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
        """
        if self.resource is None:
            return
        bare = [
            (entry, value)
            for found in self.own.values()
            for entry in found
            if isinstance(value := entry.value, Scalar) and value.kind in ("boolean", "number")
        ]
        if bare:
            entry, value = bare[0]
            self.facts.append(
                Fact(
                    "rejected-configuration",
                    "Kubernetes refuses this Ingress: the values of annotations must be texts",
                    tuple(Label(v.span, f"a {v.kind} without quotes", primary=n == 0) for n, (_, v) in enumerate(bare)),
                    f'quote it: {entry.name}: "{value.value}"',
                    entry.name.removeprefix(PREFIX),
                )
            )


def scope(resource: Mapping | None) -> Scope:
    """The paths of an Ingress; everything where they are not to be seen.

    How path types become nginx locations: `updateServerLocations` and `buildLocation` in internal/ingress/controller.
    """
    spec = resource.mapping("spec") if resource else None
    rules = spec.get("rules") if spec else None
    if spec is None or not isinstance(rules, Sequence) or spec.get("defaultBackend") or spec.get("backend"):
        return Scope()
    metadata = resource.mapping("metadata") if resource else None
    others = metadata.mapping("annotations") if metadata else None
    with_regex = others is not None and any(others.get(PREFIX + n) for n in ("use-regex", "rewrite-target"))
    tests: list[PathTest] = []
    texts: list[str] = []
    for rule in rules.items:
        http = rule.mapping("http") if isinstance(rule, Mapping) else None
        paths = http.get("paths") if http else None
        if not isinstance(rule, Mapping) or not isinstance(paths, Sequence):
            return Scope()
        host = rule.scalar("host")
        for one in paths.items:
            path = one.scalar("path") if isinstance(one, Mapping) else None
            kind = one.scalar("pathType") if isinstance(one, Mapping) else None
            if path is None or path.template or not path.value.startswith("/") or (kind and kind.template):
                return Scope()
            tests += _tests(path.value, kind.value if kind else "", with_regex)
            texts.append(("" if host is None else host.value) + path.value)
    if not tests or any(test == PathTest("/", "prefix") for test in tests):
        return Scope(", ".join(texts))
    return Scope(", ".join(texts), tuple(tests))


def _tests(path: str, kind: str, with_regex: bool) -> list[PathTest]:
    if with_regex:
        return [PathTest(path, "match", ignore_case=True)]
    if kind == "Exact":
        return [PathTest(path, "exact")]
    if kind == "Prefix" and path != "/":
        bare = path.rstrip("/")
        return [PathTest(path, "exact"), PathTest(f"{bare}/", "prefix")]
    return [PathTest(path, "prefix")]
