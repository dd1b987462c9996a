"""Finds the policies in the words of Envoy, Istio, Envoy Gateway, Contour and Emissary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from corslint.resolve.yaml_fields import Fields, fields_of, name_of
from corslint.source import Span
from corslint.syntax.yaml import Document, Entry, Mapping, Node, Scalar, Sequence, Visit, walk

Notation: TypeAlias = Literal["envoy", "istio", "gateway", "contour", "emissary"]

PER_FILTER = ("typed_per_filter_config", "typedPerFilterConfig")
_ENVOY_FIELDS = frozenset(
    {"allow_origin_string_match", "allowOriginStringMatch", "allow_origin", "allow_origin_regex", "allowOriginRegex"}
)
_ENVOY_OTHERS = frozenset(
    {
        "allow_methods",
        "allow_headers",
        "allow_credentials",
        "allow_private_network_access",
        "expose_headers",
        "forward_not_matching_preflights",
        "filter_enabled",
    }
)
_ISTIO_FIELDS = frozenset(
    {"allowOrigins", "allowOrigin", "allowMethods", "allowHeaders", "exposeHeaders", "allowCredentials", "maxAge"}
)
_FILTER_CONFIG = "envoy.config.route.v3.FilterConfig"


@dataclass(frozen=True, slots=True)
class Found:
    """One policy, in the words of its product."""

    notation: Notation
    name: str
    """For people: "VirtualService `shop`"."""
    key: str
    """Stable against edits elsewhere: "VirtualService@shop"."""
    fields: Fields
    holder: Mapping
    """The mapping that the policy is said of: a route, a virtual host, an object of Kubernetes."""
    above: tuple[Mapping, ...] = ()
    """What stands around the holder, the outermost first."""
    resource: Mapping | None = None
    """The object of Kubernetes, where it is one."""
    is_typed: bool = True
    """Of Envoy: whether it is the configuration of the filter, and not the old `cors` of a route."""
    ignored_for: Span | None = field(default=None, compare=False)
    """Of Envoy: the configuration of the filter, for which an old `cors` is ignored."""


def policies(document: Document) -> Iterator[Found]:
    """Every policy of a document, once, in the order of the text."""
    seen: set[int] = set()
    for visit in walk(document.root()):
        for found in (
            *_of_envoy(document, visit),
            *_of_cors_policy(document, visit),
            *_of_gateway(document, visit.mapping),
            *_of_emissary(document, visit),
        ):
            node = found.fields.mapping
            if node is None or id(node) not in seen:
                seen.add(id(node))
                yield found


# Envoy


def _of_envoy(document: Document, visit: Visit) -> Iterator[Found]:
    holder = visit.mapping
    own = [(entry, True) for entry in _typed(holder)] + [(entry, False) for entry in _old(visit)]
    if not own:
        return
    around = [_Level(above) for above in reversed(visit.above)]
    for entry, is_typed in own:
        outer = [
            replace(fields_of(document, one), needs_content=True)
            for level in around
            for one in (level.typed if is_typed else level.old)
        ]
        # https://github.com/envoyproxy/envoy/blob/v1.40.0/source/extensions/filters/http/cors/cors_filter.cc: what is
        # empty is looked for in the policy of the virtual host.
        fields = replace(fields_of(document, entry), outer=tuple(outer), needs_content=True)
        typed = [one for level in (_Level(holder), *around) for one in level.typed]
        name = _name_in_envoy(visit)
        yield Found(
            "envoy",
            name or "CORS policy",
            name.replace("`", "").replace(" ", "@", 1) if name else "CorsPolicy",
            fields,
            holder,
            visit.above,
            is_typed=is_typed,
            ignored_for=typed[0].key.span if typed and not is_typed else None,
        )


class _Level:
    """A route, a virtual host or whatever stands around one, and what it says of CORS."""

    def __init__(self, mapping: Mapping) -> None:
        self.typed = list(_typed(mapping))
        self.old = [
            entry
            for entry in mapping.all("cors")
            if isinstance(entry.value, Mapping) and {one.name for one in mapping.entries} & {"domains", "cluster"}
        ]


def _typed(holder: Mapping) -> Iterator[Entry]:
    """The configuration of the filter among those of all filters; where it is wrapped, what is inside."""
    for name in PER_FILTER:
        for outer in holder.all(name):
            for entry in outer.value.entries if isinstance(outer.value, Mapping) and not outer.merged else ():
                kind = entry.value.scalar("@type") if isinstance(entry.value, Mapping) else None
                if kind is None or entry.merged or not isinstance(entry.value, Mapping):
                    continue
                if kind.value.endswith(".CorsPolicy"):
                    yield entry
                elif kind.value.endswith(_FILTER_CONFIG):
                    inner = entry.value.mapping("config")
                    of = inner.scalar("@type") if inner else None
                    if of is not None and of.value.endswith(".CorsPolicy"):
                        yield from entry.value.all("config")


def _old(visit: Visit) -> Iterator[Entry]:
    """The `cors` of a virtual host or a route action, which other products have too: it must hold Envoy's own words."""
    for entry in visit.mapping.all("cors"):
        if isinstance(entry.value, Mapping) and not entry.merged:
            names = {one.name for one in entry.value.entries}
            keys = {one.name for one in visit.mapping.entries}
            is_place = keys >= {"domains", "routes"} or (visit.path[-1:] == ("route",) and "match" in _names(visit))
            if names & _ENVOY_FIELDS or (is_place and names & _ENVOY_OTHERS):
                yield entry


def _names(visit: Visit) -> set[str]:
    return {entry.name for entry in visit.above[-1].entries} if visit.above else set()


def _name_in_envoy(visit: Visit) -> str:
    """What a virtual host or a route is called, from the inside out."""
    for mapping in (visit.mapping, *reversed(visit.above)):
        name = mapping.scalar("name")
        if mapping.get("domains") is not None and name is not None and not name.template:
            return f"virtual host `{name.value}`"
    return ""


# Istio and Contour


def _of_cors_policy(document: Document, visit: Visit) -> Iterator[Found]:
    for entry in visit.mapping.all("corsPolicy"):
        if entry.merged:
            continue
        resource = _resource((visit.mapping, *reversed(visit.above)))
        notation = _notation_of(resource, visit, entry)
        if notation is None:
            continue
        kind = "VirtualService" if notation == "istio" else "HTTPProxy"
        name = name_of(resource)
        path = ".".join((*visit.path, "corsPolicy"))
        yield Found(
            notation,
            (f"{kind} `{name}`" if name else kind) if resource else f"`{path}`",
            (f"{kind}@{name}" if name else kind) if resource else f"corsPolicy@{path}",
            fields_of(document, entry),
            visit.mapping,
            visit.above,
            resource,
        )


def _resource(mappings: tuple[Mapping, ...]) -> Mapping | None:
    return next((one for one in mappings if one.scalar("kind") and one.get("spec") is not None), None)


def _notation_of(resource: Mapping | None, visit: Visit, entry: Entry) -> Notation | None:
    kind = resource.scalar("kind") if resource else None
    if resource is not None and kind is not None and not kind.template:
        version = resource.scalar("apiVersion")
        group = version.value if version and not version.template else ""
        if kind.value == "VirtualService" and (not group or ".istio.io/" in group):
            return "istio"
        if kind.value == "HTTPProxy" and (not group or group.startswith("projectcontour.io/")):
            return "contour"
        return None
    if not isinstance(entry.value, Mapping) or not {one.name for one in entry.value.entries} & _ISTIO_FIELDS:
        return None
    if visit.path[-1:] == ("virtualhost",):
        return "contour"
    origins = entry.value.get("allowOrigins")
    # The values of a chart may be in a form of its own.
    return "istio" if isinstance(origins, Sequence) and any(isinstance(one, Mapping) for one in origins.items) else None


# Envoy Gateway


def _of_gateway(document: Document, resource: Mapping) -> Iterator[Found]:
    kind, version, spec = resource.scalar("kind"), resource.scalar("apiVersion"), resource.mapping("spec")
    if kind is None or kind.value != "SecurityPolicy" or version is None or spec is None:
        return
    if version.value.startswith("gateway.envoyproxy.io/"):
        name = name_of(resource)
        for entry in spec.all("cors"):
            if not entry.merged:
                shown = f"SecurityPolicy `{name}`" if name else "SecurityPolicy"
                key = f"SecurityPolicy@{name}" if name else "SecurityPolicy"
                fields = fields_of(document, entry)
                if spec.get("mergeType") is not None:
                    fields = replace(fields, filled=fields.filled or "it is merged with the policy above it")
                yield Found("gateway", shown, key, fields, spec, (resource,), resource)


# Emissary


def _of_emissary(document: Document, visit: Visit) -> Iterator[Found]:
    mapping = visit.mapping
    kind, version = mapping.scalar("kind"), mapping.scalar("apiVersion")
    if kind is None or kind.value not in ("Mapping", "AmbassadorMapping", "Module"):
        return
    if version is None or not ("getambassador.io/" in version.value or version.value.startswith("ambassador/")):
        return
    spec: Mapping | None = mapping.mapping("spec") or mapping
    if kind.value == "Module" and spec is not None:
        spec = spec.mapping("config")
    for entry in spec.all("cors") if spec is not None else ():
        if entry.merged or spec is None:
            continue
        name = name_of(mapping) or _text(mapping.get("name"))
        yield Found(
            "emissary",
            f"{kind.value} `{name}`" if name else kind.value,
            f"{kind.value}@{name}" if name else kind.value,
            fields_of(document, entry),
            spec,
            (mapping,),
            mapping if mapping.get("spec") is not None else None,
        )


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and not node.template else ""
