"""From a policy in the words of its product to the one that Envoy applies: what the notations have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, ClassVar, TypeAlias, TypeGuard

from corslint.finding import Label
from corslint.origins import AnyOrigin, Entry, Origins
from corslint.policy import Fact, HowTo, PathTest, Policy, Preflight, Scope, Setting
from corslint.resolve import yaml_fields
from corslint.resolve.yaml_fields import Fields, environment_of, known, replace_value, sends_vary
from corslint.servers.envoy import chain
from corslint.servers.envoy.answer import Detail, respond
from corslint.servers.envoy.notation import Found
from corslint.source import Span
from corslint.syntax import go
from corslint.syntax import yaml as y
from corslint.values import Known, Unknown, convert

Names: TypeAlias = "tuple[str, ...] | None"


class Reader:
    """What the notations have in common."""

    product: ClassVar[str]
    origins_name: ClassVar[str]
    credentials_name: ClassVar[tuple[str, ...]]
    methods_name: ClassVar[tuple[str, ...]]
    headers_name: ClassVar[tuple[str, ...]]
    exposed_name: ClassVar[tuple[str, ...]]
    max_age_name: ClassVar[tuple[str, ...]]
    network_name: ClassVar[tuple[str, ...]] = ()
    others: ClassVar[tuple[str, ...]] = ()
    """Further fields of the mapping."""
    how_to: ClassVar[HowTo]

    def __init__(self, found: Found) -> None:
        self.found = found
        self.fields = found.fields
        self.facts: list[Fact] = []

    def policy(self) -> Policy:
        found, fields = self.found, self.fields
        origins = self.origins()
        credentials: Setting[bool | str | None] = fields.setting(self.credentials_name, self.boolean, False)
        methods: Setting[Names] = fields.setting(self.methods_name, self.methods, None)
        headers: Setting[Names] = fields.setting(self.headers_name, self.headers, None)
        exposed: Setting[Names] = fields.setting(self.exposed_name, self.headers, None)
        max_age: Setting[int | str | None] = fields.setting(self.max_age_name, self.max_age, None)
        network: Setting[bool] = (
            fields.setting(self.network_name, self.boolean, False)
            if self.network_name
            else Setting("Access-Control-Allow-Private-Network", Known(False), fields.place, "default")
        )
        self.note_unknown()
        self.note_missing()
        is_dead = self.note_dead()
        self.note_others(origins)
        barrier = None if is_dead else self.barrier()
        closed, is_passed_by = (None, False) if is_dead or barrier else self.without_options()
        for wrong in dict.fromkeys(fields.wrong):
            self.fact("rejected-configuration", f"{self.refusal}: {wrong.why}", wrong.span, wrong.deed, wrong.field)
        place = fields.place
        return Policy(
            server="envoy",
            product=self.product,
            name=found.name,
            key=found.key,
            span=place,
            origins=origins,
            credentials=credentials,
            methods=methods,
            headers=headers,
            exposed=exposed,
            max_age=max_age,
            vary=self.vary(),
            private_network=network,
            respond_with=respond,
            preflight=self.preflight(barrier, closed, is_passed_by),
            scope=self.scope(),
            environment=environment_of(found.resource),
            facts=tuple(self.facts),
            how_to=self.how_to,
            detail=Detail(
                self.forwards(), is_dead, barrier.status if barrier else 404 if closed else None, is_passed_by
            ),
        )

    # What differs

    @property
    def refusal(self) -> str:
        """Who refuses what is wrong."""
        return f"{self.product} refuses this {self.found.name.partition(' ')[0]}"

    def origins(self) -> Setting[Origins]:
        raise NotImplementedError

    def max_age(self, fields: Fields, entry: y.Entry) -> Known[int | str | None] | Unknown:
        """As a duration, such as `24h`."""
        text = self.text(fields, entry)
        if isinstance(text, Unknown):
            return text
        seconds = go.seconds(text.value)
        if seconds is None or seconds < 0:
            why = f"`{text.value}` is no duration"
            return fields.note(entry.name, entry.span, why, "write a number with its unit, such as 1h")
        return replace_value(text, int(seconds))

    def methods(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        return yaml_fields.names(fields, entry)

    def headers(self, fields: Fields, entry: y.Entry) -> Known[Names] | Unknown:
        return yaml_fields.names(fields, entry)

    def boolean(self, fields: Fields, entry: y.Entry) -> Known[Any] | Unknown:
        return yaml_fields.boolean(fields, entry)

    def forwards(self) -> bool:
        return True

    def note_dead(self) -> bool:
        """Whether Envoy never applies the policy; with the fact that says why."""
        return False

    def barrier(self) -> chain.Barrier | None:
        return None

    def routes(self) -> tuple[Span | None, list[Span | None]]:
        """Where the own route, and each route beside it, asks for what no preflight has."""
        return None, []

    def note_missing(self) -> None:
        """What must be said and is not."""

    def scope(self) -> Scope:
        return Scope()

    def vary_nodes(self) -> Iterable[y.Node | None]:
        """Where headers of answers are set beside the policy."""
        return ()

    # What is shared

    def without_options(self) -> tuple[Span | None, bool]:
        """Where no route takes OPTIONS; or whether another than the own one does."""
        own, others = self.routes()
        if own is None:
            return None, False
        return (own, False) if all(others) else (None, True)

    def preflight(self, barrier: chain.Barrier | None, closed: Span | None, is_passed_by: bool) -> Preflight:
        if barrier is not None:
            return Preflight("product", barrier.status, barrier.span, barrier.reason, barrier.span)
        if closed is not None:
            return Preflight("nobody", 404, closed, "no route takes an OPTIONS request")
        if is_passed_by:
            return Preflight("application", None, self.fields.place, "another route takes OPTIONS")
        return Preflight("product", 200, self.fields.place)

    def text(self, fields: Fields, entry: y.Entry) -> Known[str] | Unknown:
        """A text, which must be quoted where YAML would make a number of it."""
        value = entry.value
        if not isinstance(value, y.Scalar) or value.kind in ("number", "boolean"):
            shown = value.span.text if isinstance(value, y.Scalar) else "this"
            return fields.note(
                entry.name, entry.span, f"`{entry.name}` must be a text, and `{shown}` is none", "quote it"
            )
        return known(value.text)

    def listed(
        self, names: tuple[str, ...], read: Callable[[Fields, y.Entry], Known[tuple[Entry, ...]] | Unknown]
    ) -> Setting[Origins]:
        """A setting of origins, by any of its names."""
        nothing: tuple[Entry, ...] = ()
        setting = self.fields.setting(names, read, nothing)
        value = convert(setting.value, lambda one: replace_value(one, Origins(one.value)))  # type: ignore[arg-type]
        return Setting(setting.name, value, setting.span, setting.given)

    def fact(self, kind: str, text: str, span: Span, deed: str, setting: str, label: str = "", meant: str = "") -> None:
        self.facts.append(Fact(kind, text, (Label(span, label, primary=True),), deed, setting, meant))

    def vary(self) -> Setting[bool]:
        for node in self.vary_nodes():
            if (span := sends_vary(node)) is not None:
                return Setting("Vary", Known(True), span)
        return Setting("Vary", Known(False), self.fields.place, "default")

    @property
    def known_names(self) -> tuple[str, ...]:
        """All fields of the mapping."""
        return (
            self.origins_name,
            *self.credentials_name,
            *self.methods_name,
            *self.headers_name,
            *self.exposed_name,
            *self.max_age_name,
            *self.network_name,
            *self.others,
        )

    def note_unknown(self) -> None:
        """Fields that the schema does not know: Kubernetes drops them."""
        if self.found.resource is None or self.fields.mapping is None:
            return
        for entry in self.fields.mapping.entries:
            if not entry.name or entry.name in self.known_names or entry.merged or "{{" in entry.name:
                continue
            meant = closest(entry.name, self.known_names)
            deed = f"write {meant}" if meant else "remove it"
            text = f"Kubernetes drops `{entry.name}`: a CORS policy of {self.product} has no such field"
            self.fact("unknown-setting", text, entry.span, deed, entry.name, "dropped", meant)

    def note_others(self, origins: Setting[Origins]) -> None:
        if not isinstance(origins.value, Known):
            return
        entries = origins.value.value.entries
        everybody = next((entry for entry in entries if isinstance(entry, AnyOrigin)), None)
        others = [entry.span for entry in entries if entry is not everybody and entry.span]
        if everybody is not None and others:
            self.facts.append(
                Fact(
                    "shadowed-setting",
                    "`*` lets every origin in, so the others in the list have no effect",
                    tuple(Label(span, "" if n else "has no effect", primary=n == 0) for n, span in enumerate(others)),
                    "remove `*`, or the others",
                    origins.name,
                )
            )
        says = self.fields.mapping is not None and bool(self.fields.mapping.entries)
        if not entries and says and not self.fields.wrong and not self.fields.filled:
            text = f"without {self.origins_name} no origin is let in, so the rest of this policy has no effect"
            self.fact("shadowed-setting", text, self.fields.place, f"add {self.how_to.list_origins}", self.origins_name)


def closest(written: str, known_names: Iterable[str]) -> str:
    """The field that was probably meant; empty where none is near."""
    plain = {name.replace("_", "").lower(): name for name in known_names}
    near = get_close_matches(written.replace("_", "").replace("-", "").lower(), plain, n=1, cutoff=0.8)
    return plain[near[0]] if near else ""


def is_list(node: y.Node | None) -> TypeGuard[y.Sequence]:
    """Whether a node is a list."""
    return isinstance(node, y.Sequence)


def scope_of(
    matches: Iterable[y.Mapping | None], prefixes: tuple[str, ...] = ("prefix",), paths: tuple[str, ...] = ("exact",)
) -> Scope:
    """The paths that one of several conditions asks for; everything where one of them asks for none."""
    tests: list[PathTest] = []
    for match in matches:
        found: PathTest | None = None
        for entry in match.entries if match is not None else ():
            value = entry.value.get("regex") if isinstance(entry.value, y.Mapping) else entry.value
            if not isinstance(value, y.Scalar) or value.template:
                continue
            if entry.name in prefixes and value.value not in ("", "/"):
                found = PathTest(value.value, "prefix")
            elif entry.name in paths:
                found = PathTest(value.value, "exact")
            elif entry.name in ("regex", "safe_regex"):
                found = PathTest(value.value, "fullmatch")
        if found is None:
            return Scope()
        tests.append(found)
    return Scope(", ".join(test.text for test in tests), tuple(tests))
