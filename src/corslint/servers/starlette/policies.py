"""From one use of CORSMiddleware to its policy, and to what the product makes of odd options."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from corslint.collect import Project
from corslint.environment import KINDS, Environment
from corslint.finding import Label
from corslint.mistyped import LETTERS, text_for_flag, text_for_list, variable_for_list
from corslint.options import Option, Settings
from corslint.origins import AnyOrigin, Exact, Null
from corslint.policy import Fact, HowTo, Policy, Preflight, Setting
from corslint.releases import Release
from corslint.resolve.routes import PREFLIGHTED, routes_of
from corslint.servers.starlette import answer
from corslint.servers.starlette.options import DEFAULTS, Reading, holds_star
from corslint.servers.starlette.sites import Site
from corslint.servers.starlette.versions import FIRST_RELEASES, Behaviour
from corslint.values import Known, alternatives

_HOW_TO = HowTo(
    list_origins='allow_origins=["https://app.example.com"]',
    match_origins='allow_origin_regex=r"PATTERN"',
    drop_credentials="allow_credentials=False",
)


def owner_of(target: str, function: object) -> str:
    """What tells the uses of a file apart: the application, and the function it is made in."""
    name = getattr(getattr(function, "name", None), "value", None)
    return f"{name}.{target}" if name else target or "module"


def policy_of(project: Project, site: Site, key: str, how: Behaviour, release: Release | None) -> Policy:
    """The policy of one use of the middleware, as a release applies it that behaves in this way."""
    options = {name: option for name, option in site.options.items() if name in how.options}
    hidden = site.changed or site.unfollowed
    if hidden is not None:
        for name in DEFAULTS:
            if site.changed is not None or name not in options:
                given = options.get(name)
                options[name] = Option(name, hidden, given.span if given else hidden.span)
    reading = Reading(how, options, site.span)
    settings, detail = reading.settings()
    for part, why in site.decided.items():
        settings[part] = replace(settings[part], value=why)  # type: ignore[literal-required]
    # https://connexion.readthedocs.io/en/stable/middleware.html: its own `add_middleware` takes a position.
    outer = {"position"} if "connexion" in site.span.source.text else set()
    strange = [option for name, option in site.options.items() if name not in {*how.options, *outer}]
    refused = tuple(_refused(site, reading, strange))
    facts = (
        *refused,
        *_shadowed(settings, options),
        *(() if refused else _for_nobody(settings, options)),
        *_mistyped(options),
        *_to_cookies(settings, how),
    )
    if site.changed is None and (strange or (site.nameless is not None and not how.takes_positions)):
        detail = answer.Detail(detail.methods_from_text, rejected=True)
    environment = Environment()
    if site.reached.environment in KINDS:
        reason = "; ".join(map(str, site.reached.conditions))
        environment = Environment(site.reached.environment, reason, marked=True)
    name = f"CORSMiddleware on `{site.target}`" if site.target else "CORSMiddleware"
    return Policy(
        server="starlette",
        product="Starlette",
        name=name,
        key=key,
        span=site.span,
        **settings,
        respond_with=answer.respond,
        preflight=_preflight(project, site, options),
        on_errors=Setting("unhandled exceptions", Known(site.wraps), site.span, "default"),
        scope=site.scope,
        environment=environment,
        version=release.version if release else None,
        version_reason=release.reason if release else "",
        facts=facts,
        how_to=_how_to(options),
        conditions=site.reached.conditions,
        detail=detail,
    )


def _preflight(project: Project, site: Site, options: Mapping[str, Option]) -> Preflight:
    """Who answers OPTIONS: the middleware, for the routes of the application that it is added to."""
    methods = options.get("allow_methods")
    everything = methods is not None and (not isinstance(methods.value, Known) or holds_star(methods.value))
    if not site.target or everything:
        return Preflight("product", 200, site.span)
    routes = routes_of(project, site.resolver, site.target)
    served = tuple((name, span) for name, span in routes.methods.items() if name in PREFLIGHTED)
    # What is listed is what pages are meant to use.
    is_told = methods is None and routes.are_all and routes.seen
    takes = tuple(sorted({"GET", *routes.methods})) if is_told else ()
    return Preflight("product", 200, site.span, takes=takes, served=served)


def _how_to(options: Mapping[str, Option]) -> HowTo:
    regex = options.get("allow_origin_regex")
    if regex is None or (isinstance(regex.value, Known) and regex.value.value is None):
        return _HOW_TO
    return replace(_HOW_TO, close_others=("allow_origin_regex=None",))


def _refused(site: Site, reading: Reading, strange: list[Option]) -> Iterator[Fact]:
    """Options with which the class raises; since it is built with the first request, every request fails."""
    if site.changed is None:
        for option in strange:
            first = FIRST_RELEASES.get(option.name)
            yield Fact(
                "rejected-configuration",
                f"every request fails: CORSMiddleware takes no `{option.name}`"
                + (f" before Starlette {first}" if first else ""),
                (Label(option.span or site.span, "no such option", primary=True),),
                "remove it, or update Starlette" if first else _instead(option.name, reading.how.options),
                option.name,
            )
        if site.nameless is not None and not reading.how.takes_positions:
            yield Fact(
                "rejected-configuration",
                "every request fails: before Starlette 0.41.3 options are taken by name only",
                (Label(site.nameless, "has no name", primary=True),),
                f"write its name before it, such as `{reading.how.options[0]}=`",
            )
    for rejection in reading.rejections():
        yield Fact(
            "rejected-configuration",
            f"every request fails: {rejection.why}",
            (Label(rejection.option.span or site.span, rejection.why, primary=True),),
            f"give `{rejection.option.name}` what the documentation asks for",
            rejection.option.name,
        )


def _instead(option: str, known: Sequence[str]) -> str:
    """What to do about an option that the class does not take."""
    close = difflib.get_close_matches(option, known, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else f"it takes {', '.join(sorted(known))}"


def _to_cookies(settings: Settings, how: Behaviour) -> Iterator[Fact]:
    """What `*` and credentials come to in releases that send `*`, but repeat the origin to a request with a cookie."""
    credentials = settings["credentials"]
    ways = [way.value.value.entries for way in alternatives(settings["origins"].value) if isinstance(way.value, Known)]
    is_open = any(isinstance(entry, AnyOrigin) for entries in ways for entry in entries)
    is_off = isinstance(credentials.value, Known) and not credentials.value.value
    if is_open and not is_off and how.repeats_to == "cookies" and credentials.span is not None:
        text = "and cookies are allowed: who sends one gets its own origin back, and not `*`, before Starlette 1.0"
        if not how.repeats_to_preflights:
            text += "; only plain requests, as preflights get `*`"
        yield Fact(
            "any-origin-with-credentials", text, (Label(credentials.span, text, primary=True),), "", credentials.name
        )


def _mistyped(options: Mapping[str, Option]) -> Iterator[Fact]:
    """Texts where the class looks through a list, or asks for a yes or a no."""
    for name in ("allow_credentials", "allow_private_network"):
        if name in options:
            yield from text_for_flag(options[name])
    for name in ("allow_methods", "allow_headers", "expose_headers"):
        if name in options:
            yield from text_for_list(options[name], LETTERS)
    if "allow_origins" in options:
        yield from text_for_list(options["allow_origins"], _SOUGHT)
        yield from variable_for_list(options["allow_origins"], _SOUGHT)


_SOUGHT = "the origin is sought in this text, so that each part of it that is an origin gets in"


def _shadowed(settings: Settings, options: Mapping[str, Option]) -> Iterator[Fact]:
    """Origins that make no difference beside `*`. Where only some branches hold `*`, the others have their use."""
    ways = [way.value for way in alternatives(settings["origins"].value)]
    open_entries = [
        next((entry for entry in way.value.entries if isinstance(entry, AnyOrigin)), None)
        for way in ways
        if isinstance(way, Known)
    ]
    if len(open_entries) < len(ways) or not open_entries or None in open_entries:
        return
    everyone = open_entries[0]
    assert everyone is not None
    first = ways[0]
    useless = [] if len(ways) > 1 or not isinstance(first, Known) else first.value.entries
    spans = [entry.span for entry in useless if isinstance(entry, (Exact, Null)) and entry.span is not None]
    regex = options.get("allow_origin_regex")
    if regex is not None and regex.span is not None and not (isinstance(regex.value, Known) and not regex.value.value):
        spans.append(regex.span)
    if spans and everyone.span is not None:
        yield Fact(
            "shadowed-setting",
            "the origins named here make no difference: `*` lets every origin in",
            (
                *(Label(span, "has no effect", primary=number == 0) for number, span in enumerate(spans)),
                Label(everyone.span, "lets every origin in"),
            ),
            'remove `"*"` if only the others are meant',
            settings["origins"].name,
        )


def _for_nobody(settings: Settings, options: Mapping[str, Option]) -> Iterator[Fact]:
    """Options for those who are let in, where no option says who that is; an empty list is somebody's choice."""
    if "allow_origins" in options or "allow_origin_regex" in options:
        return
    origins = settings["origins"].value
    if not isinstance(origins, Known) or origins.value.entries:
        return
    spans = sorted((one.span for one in options.values() if one.span is not None), key=lambda span: span.start)
    if spans:
        yield Fact(
            "shadowed-setting",
            "nobody is let in, so what is said here makes no difference: `allow_origins` is missing",
            tuple(Label(span, "has no effect", primary=number == 0) for number, span in enumerate(spans)),
            'name the origins that need access: allow_origins=["https://app.example.com"]',
            settings["origins"].name,
        )
