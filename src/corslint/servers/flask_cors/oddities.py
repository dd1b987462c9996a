"""What is odd about options of flask-cors, beyond their values."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from corslint.collect import Project
from corslint.finding import Label
from corslint.mistyped import text_for_flag, text_for_list
from corslint.options import Option
from corslint.origins import compiles
from corslint.policy import Fact
from corslint.resolve.python import Resolver
from corslint.servers.flask_cors.answer import is_regex
from corslint.servers.flask_cors.configuration import NAMES, Configuration, Entry
from corslint.servers.flask_cors.options import elements, flaws, refuses_methods
from corslint.servers.flask_cors.resources import Resource
from corslint.servers.flask_cors.versions import NEWEST, Behaviour
from corslint.source import Span
from corslint.values import Known, alternatives, spread

RENAMED: Mapping[str, str] = {"headers": "allow_headers", "CORS_HEADERS": "CORS_ALLOW_HEADERS"}
"""Names that stopped being read with flask-cors 2.0 (2015), and what they are called since."""
MAX_SEARCHED_FILES = 2000
"""Files looked through for one that has a say in what is read here."""
_MEANT: Mapping[str, str] = {
    "allow_credentials": "supports_credentials",
    "allow_methods": "methods",
    "allow_origin": "origins",
    "allow_origins": "origins",
    "allowed_origins": "origins",
    "credentials": "supports_credentials",
}
"""Names that other products give to what the options do."""


def unread(name: str, span: Span, how: Behaviour) -> Fact:
    """A name that is not read: an old one, a later one, or none that ever was."""
    new = RENAMED.get(name)
    if new is not None:
        return Fact(
            "renamed-setting",
            f"flask-cors has not read `{name}` since version 2.0",
            (Label(span, f"now called `{new}`", primary=True),),
            f"write `{new}`",
            name,
        )
    meant = meaning(name)
    if meant is not None and meant not in how.defaults:
        meant = None
    if _option(name) in NEWEST.defaults:
        help_ = "remove it, or install a newer release of flask-cors"
    elif meant is None:
        help_ = "remove it, or use one of " + ", ".join(how.defaults)
    else:
        help_ = f"did you mean `{f'CORS_{meant.upper()}' if name.startswith('CORS_') else meant}`?"
    return Fact(
        "unknown-setting",
        f"flask-cors reads no `{name}`, and goes on without it",
        (Label(span, "not read", primary=True),),
        help_,
        name,
        meant or "",
    )


@lru_cache(maxsize=1024)
def meaning(name: str) -> str | None:
    """The option that somebody meant by the name of a keyword or of a CORS_* entry; None where it cannot be told."""
    name = _option(name)
    close = difflib.get_close_matches(name, [*NEWEST.defaults, *_MEANT], 1, 0.75)
    return _MEANT.get(close[0], close[0]) if close else None


def _option(name: str) -> str:
    return name.removeprefix("CORS_").lower() if name.startswith("CORS_") else name


def unread_entries(project: Project, resolver: Resolver, configuration: Configuration) -> Iterator[Fact]:
    """The CORS_* entries of a configuration that are not read.

    An application may have such entries of its own: one is reported if it looks like an option and nobody uses it.
    """
    for entry in configuration.entries:
        if not entry.is_known:
            continue
        if entry.name in RENAMED:
            yield unread(entry.name, entry.span, configuration.how)
            continue
        is_read = NAMES.get(entry.name) in configuration.how.defaults
        looks_so = not is_read and meaning(entry.name) is not None
        if looks_so and not _is_used(project, resolver, configuration, entry):
            yield unread(entry.name, entry.span, configuration.how)


def _is_used(project: Project, resolver: Resolver, configuration: Configuration, entry: Entry) -> bool:
    """Whether an entry is named anywhere besides the places that set it."""
    source = resolver.module.source
    written = sum(other.name == entry.name for other in configuration.entries)
    if len(re.findall(rf"\b{re.escape(entry.name)}\b", source.text)) > written:
        return True
    paths = [listed.path for listed in project.files if listed.path.endswith(".py") and listed.path != source.path]
    others = filter(None, map(project.source, paths[:MAX_SEARCHED_FILES]))
    return any(entry.name in other.text for other in others)


def late(entry: Entry, where: Span) -> Fact:
    """An entry that is set after the extension, at `where`, has read the configuration."""
    return Fact(
        "late-setting",
        f"`{entry.name}` has no effect: flask-cors has read the configuration before",
        (Label(entry.span, "set too late", primary=True), Label(where, "the configuration is read here")),
        f"set `{entry.name}` above the call, or pass the option to it",
        entry.name,
        NAMES[entry.name],
    )


def dead(resource: Resource, where: Span) -> Fact:
    """A resource that no path matches."""
    first = resource.text.partition(", ")[0].removeprefix("^")
    folder = first.rstrip("/*.$")
    if not re.fullmatch(r"[\w/-]+", folder):
        help_ = "begin the pattern with a slash"
    elif first == folder:
        help_ = f"write `/{folder}`, or `/{folder}/.*` for all paths below it"
    else:
        help_ = f"write `/{folder}/.*`"
    return Fact(
        "dead-resource",
        f"no path ever matches `{resource.text}`: paths begin with a slash",
        (Label(resource.span or where, "never matches", primary=True),),
        help_,
        "resources",
    )


def single_paths(resource: Resource, where: Span, routes: Sequence[str]) -> Iterator[Fact]:
    """A fact for a resource of plain paths that no route of the file has, while there are routes below them.

    `routes` are those that `routes_of` finds.
    """
    tests = resource.scope.includes
    if not tests or any(test.match != "exact" or not test.text.startswith("/") for test in tests):
        return
    beside: list[str] = []
    for test in tests:
        folder = test.text.rstrip("/") + "/"
        for path in (test.text, folder):
            if _from(routes, path) == path:
                return
        if (found := _from(routes, folder)) is not None and found.startswith(folder):
            beside.append(found)
    if beside:
        folder = tests[0].text.rstrip("/") + "/"
        yield Fact(
            "dead-resource",
            f"no route of this file matches `{resource.text}`, which stands for this one path and none below it",
            (Label(resource.span or where, f"does not match {beside[0].rstrip('.')}", primary=True),),
            f"write `{folder}.*` for all paths below it",
            "resources",
        )


def _from(routes: Sequence[str], path: str) -> str | None:
    """The first of sorted paths that does not come before another."""
    place = bisect_left(routes, path)
    return routes[place] if place < len(routes) else None


def routes_of(resolver: Resolver) -> list[str]:
    """The paths of the routes of a file, sorted; for a prefix that others are put below, one of those."""
    import libcst

    found: set[str] = set()
    for call in resolver.module.calls():
        prefix = resolver.argument(call, None, "url_prefix")
        if prefix is not None and isinstance(prefix.value, Known) and isinstance(prefix.value.value, str):
            found.add(prefix.value.value.rstrip("/") + "/...")
        if isinstance(call.func, libcst.Attribute) and call.func.attr.value in _ROUTING and call.args:
            path = resolver.argument(call, 0, "rule")
            if path is not None and isinstance(path.value, Known) and isinstance(path.value.value, str):
                found.add(path.value.value)
    return sorted(found)


_ROUTING = frozenset({"route", "get", "post", "put", "patch", "delete", "add_url_rule"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that flask-cors raises on."""

    span: Span
    why: str
    deed: str
    """What mends it."""
    raised: str = "ValueError"
    at_start: bool = True
    """Whether it is raised when the options are read; else with each request that is compared with it."""


_PATTERN_DEED = r'write a regular expression, such as r"^https://[a-z0-9-]+\.example\.com$"'


def reasons(options: Mapping[str, Option], how: Behaviour) -> list[Refusal]:
    """The options that flask-cors refuses by themselves."""
    found: list[Refusal] = []
    for flaw in flaws(options, how):
        span = flaw.option.span
        if span is None or (flaw.is_pattern and how.bad_pattern == "unmatched"):
            continue
        if not flaw.is_pattern:
            found.append(Refusal(span, flaw.why, "leave out what is no text", "TypeError", False))
        elif how.bad_pattern == "start":
            found.append(Refusal(span, flaw.why, _PATTERN_DEED))
        else:
            found.append(Refusal(span, flaw.why, _PATTERN_DEED, "re.error", False))
    if refuses_methods(options, how) and (span := options["methods"].span):
        found.append(Refusal(span, "`methods` is None", "write methods=[]", "AttributeError"))
    return found


def unmatched(options: Mapping[str, Option], how: Behaviour) -> Iterator[Fact]:
    """The patterns that are none, in releases that pass over them silently."""
    if how.bad_pattern != "unmatched":
        return
    for flaw in flaws(options, how):
        if not flaw.is_pattern or flaw.option.span is None:
            continue
        is_origin = flaw.option.name.lower().endswith("origins")
        yield Fact(
            "malformed-origin" if is_origin else "malformed-header-list",
            f"this lets nobody in: {flaw.why}" if is_origin else f"this allows no header: {flaw.why}",
            (Label(flaw.option.span, "passed over silently; flask-cors 6.0.5 does not start with it", primary=True),),
            _PATTERN_DEED if is_origin else "write the name of the header, or a regular expression",
            flaw.option.name,
        )


_FLAGS = (
    "supports_credentials",
    "send_wildcard",
    "vary_header",
    "automatic_options",
    "always_send",
    "intercept_exceptions",
    "allow_private_network",
)
_SEVERAL_ORIGINS = re.compile(r"""\A\s*\[["']|[\s,;]["']?https?://""")
_SEVERAL_HEADERS = re.compile(r"[\w-][\s,;]+[\w-]")
_LETTER = "is taken for a regular expression, and what begins with one of its letters passes"
_ONE = "one text is one {}: it is not divided at its commas"


def mistyped(options: Mapping[str, Option]) -> Iterator[Fact]:
    """Texts that hold several names where one text is one name, or stand where True or False belongs.

    What is taken for a regular expression and is none keeps the application from starting, which is told elsewhere.
    """
    for name in _FLAGS:
        if name in options:
            yield from text_for_flag(options[name])
    for name, several, what in (("origins", _SEVERAL_ORIGINS, "origin"), ("allow_headers", _SEVERAL_HEADERS, "header")):
        if name not in options:
            continue
        for fact in text_for_list(options[name], _ONE.format(what)):
            if several.search(fact.given) and (not is_regex(fact.given) or compiles(fact.given)):
                # Brackets make a regular expression of it, which one letter of those between them passes.
                reading = _LETTER if fact.given.lstrip().startswith("[") else fact.labels[0].text
                yield replace(fact, labels=(replace(fact.labels[0], text=reading),))


def unset(configuration: Configuration, options: Mapping[str, Option]) -> Iterator[Fact]:
    """What an unset variable leaves behind: None as the origins, or as one of them."""
    for entry in configuration.entries:
        if NAMES.get(entry.name) != "origins":
            continue
        for way in alternatives(entry.value):
            known = way.value
            if isinstance(known, Known) and known.value is None and known.override is not None and known.span:
                yield Fact(
                    "unset-origin",
                    "",
                    (Label(known.span, "None counts as not given, and then every origin is allowed", primary=True),),
                    f'give a default: os.getenv("{known.override}", "https://app.example.com")',
                    entry.name,
                    conditions=way.conditions,
                )
    option = options.get("origins")
    if option is None or configuration.how.takes_anything:
        return
    for way in alternatives(spread(option.value)):
        for element in elements(way.value) if isinstance(way.value, Known) else ():
            if isinstance(element, Known) and element.value is None and element.override is not None and element.span:
                yield Fact(
                    "unset-origin",
                    f"every request fails where {element.override} is not set",
                    (Label(element.span, "None, which this release of flask-cors cannot compare", primary=True),),
                    "leave out what is None, or give a default",
                    option.name,
                    conditions=way.conditions,
                )


def of_wildcard(options: Mapping[str, Option], where: Span) -> list[Refusal]:
    """`*` and credentials, which it refuses together."""
    option = options.get("send_wildcard")
    why = "`send_wildcard`, credentials and every origin exclude each other"
    return [Refusal(option.span if option and option.span else where, why, "remove send_wildcard, or name the origins")]


def of_resources(options: Mapping[str, Option], where: Span, why: str, *, at_start: bool) -> Refusal:
    """Resources that it cannot read."""
    span, deed = options["resources"].span or where, 'write patterns of paths, such as r"/api/.*"'
    return Refusal(span, why, deed) if at_start else Refusal(span, why, deed, "re.error", False)


def refusals(what: str, found: Sequence[Refusal]) -> Iterator[Fact]:
    """A fact for each refusal, once; `what` is what comes of those at the start: "the application does not start"."""
    for one in dict.fromkeys(found):
        labels = (Label(one.span, f"raises {one.raised}", primary=True),)
        text = f"{what if one.at_start else 'requests fail'}: {one.why}"
        yield Fact("rejected-configuration", text, labels, one.deed)
