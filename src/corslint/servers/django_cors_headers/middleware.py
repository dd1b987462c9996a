"""Whether the middleware runs, and what runs before it.

https://docs.djangoproject.com/en/stable/topics/http/middleware/#middleware-order-and-layering
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from corslint.finding import Label, Severity
from corslint.policy import Fact
from corslint.resolve.conditions import UNBOUND
from corslint.servers.django_cors_headers.versions import Behaviour
from corslint.source import Span
from corslint.values import Items, Known, Value, alternatives, truth

MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"
APP = "corsheaders"
_REMOVED = "corsheaders.middleware.CorsPostCsrfMiddleware"
_COMMON = "django.middleware.common.CommonMiddleware"
_SECURITY = "django.middleware.security.SecurityMiddleware"

Lookup: TypeAlias = Callable[[str], "Value[object] | None"]
"""The value of a setting by its name, with `UNBOUND` for the ways in which it is not set; None where it never is."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What the settings say of the middleware."""

    runs: bool = True
    """False where `MIDDLEWARE` is known in full and nothing in it can be the middleware."""
    is_checked: bool = True
    """False where `INSTALLED_APPS` is known in full and nothing in it can be the app, which brings system checks."""
    facts: tuple[Fact, ...] = ()
    over_http: tuple[Fact, ...] = ()
    """What only pages without TLS meet: browsers keep those on https:// from calling http:// (mixed content).

    https://www.w3.org/TR/mixed-content/#should-block-fetch
    """


def installation(look_up: Lookup, where: Span, how: Behaviour) -> Installation:
    """Judge the lists of a settings module; `where` is the place of a CORS setting, for where there is no better."""
    name = "MIDDLEWARE"
    value = look_up(name)
    if value is None:
        name, value = "MIDDLEWARE_CLASSES", look_up("MIDDLEWARE_CLASSES")  # before Django 2.0
    lists = [] if value is None else texts_of(value)
    if lists and not any(_mentions_cors(entries) for entries in lists):
        return Installation(False, facts=(_missing(name, _place(value, lists) or where, where),))
    certain = _in_each([fact for entries in lists for fact in _order(entries, look_up, how)], len(lists))
    over_http = _in_each([fact for entries in lists for fact in _behind_redirect(entries, look_up)], len(lists))
    apps = look_up("INSTALLED_APPS")
    installed = [] if apps is None else texts_of(apps)
    # An empty list is filled elsewhere, by a star import of what is not here.
    is_checked = not installed or not all(installed) or any(_mentions_cors(entries) for entries in installed)
    if not is_checked:
        certain.append(_missing_app(_place(apps, installed) or where, where))
    return Installation(True, is_checked, tuple(certain), tuple(over_http))


def _in_each(facts: list[Fact], lists: int) -> list[Fact]:
    """Those that hold whichever way the list turns out."""
    return [fact for fact in dict.fromkeys(facts) if facts.count(fact) == lists]


def is_installed(look_up: Lookup) -> bool:
    """Whether one of the lists names the product."""
    return any(
        _mentions_cors(entries)
        for name in ("MIDDLEWARE", "MIDDLEWARE_CLASSES", "INSTALLED_APPS")
        if (value := look_up(name)) is not None
        for entries in texts_of(value)
    )


def texts_of(value: Value[object]) -> list[list[Known[str]]]:
    """The list in each way it can turn out; empty where any of it is not known."""
    found: list[list[Known[str]]] = []
    for way in alternatives(value):
        if way.value is UNBOUND:
            continue
        if not isinstance(way.value, Known) or not isinstance(way.value.value, Items):
            return []
        entries = [
            Known(item.value, item.span)
            for item in way.value.value.items
            if isinstance(item, Known) and isinstance(item.value, str)
        ]
        if len(entries) < len(way.value.value.items):
            return []
        found.append(entries)
    return found


def _mentions_cors(entries: list[Known[str]]) -> bool:
    # A project's own subclass does as well.
    return any("cors" in entry.value.lower() for entry in entries)


def _place(value: Value[object] | None, lists: list[list[Known[str]]]) -> Span | None:
    if value is not None:
        for way in alternatives(value):
            if way.value.span is not None:
                return way.value.span
    return next((entry.span for entries in lists for entry in entries if entry.span), None)


def _order(entries: list[Known[str]], look_up: Lookup, how: Behaviour) -> Iterator[Fact]:
    names = [entry.value for entry in entries]
    if _REMOVED in names and not how.replaces_referer:
        old = entries[names.index(_REMOVED)]
        if old.span is not None:
            yield Fact(
                "rejected-configuration",
                "Django does not start: django-cors-headers 4 has no CorsPostCsrfMiddleware",
                (Label(old.span, "removed in version 4.0", primary=True),),
                "remove the line; CSRF_TRUSTED_ORIGINS does its work since Django 4.0",
                "MIDDLEWARE",
            )
    cors, common = _behind(entries, _COMMON)
    if cors is not None and common is not None and _may_be_true(look_up("APPEND_SLASH"), unset=True):
        yield _late(
            cors,
            common.span,
            "a URL without its last slash is answered with a redirect that carries no CORS headers, and the browser"
            " blocks it",
            "adds the slash by a redirect, before the CORS headers are",
            "put CorsMiddleware above CommonMiddleware",
        )


def _behind_redirect(entries: list[Known[str]], look_up: Lookup) -> Iterator[Fact]:
    cors, security = _behind(entries, _SECURITY)
    if cors is not None and security is not None and _may_be_true(look_up("SECURE_SSL_REDIRECT"), unset=False):
        yield _late(
            cors,
            security.span,
            "a preflight to http:// is answered with a redirect to https://, which browsers do not follow",
            "redirects to https:// before the preflight is answered",
            "put CorsMiddleware above SecurityMiddleware",
            Severity.LOW,  # met by whoever still calls http://
        )


def _behind(entries: list[Known[str]], other: str) -> tuple[Span | None, Known[str] | None]:
    """The place of the middleware, and the entry of another one where that stands above it."""
    names = [entry.value for entry in entries]
    if MIDDLEWARE not in names:
        return None, None
    at = names.index(MIDDLEWARE)
    return entries[at].span, next((entry for entry in entries[:at] if entry.value == other), None)


def _may_be_true(value: Value[object] | None, *, unset: bool) -> bool:
    if value is None:
        return unset
    return any(
        unset if way.value is UNBOUND else isinstance(way.value, Known) and truth(way.value.value)
        for way in alternatives(value)
    )


def _late(cors: Span, other: Span | None, text: str, why: str, help_: str, severity: Severity | None = None) -> Fact:
    labels = [Label(cors, "the CORS headers are only added here", primary=True)]
    if other is not None:
        labels.append(Label(other, why))
    return Fact("middleware-order", text, tuple(labels), help_, "MIDDLEWARE", severity=severity)


def _missing(name: str, place: Span, where: Span) -> Fact:
    labels = [Label(place, f"no {MIDDLEWARE} in it", primary=True)]
    if where != place:
        labels.append(Label(where, "does nothing without the middleware"))
    return Fact(
        "middleware-missing",
        "no answer carries a CORS header: the middleware of django-cors-headers is not installed",
        tuple(labels),
        f'put "{MIDDLEWARE}" at the top of {name}',
        name,
    )


def _missing_app(place: Span, where: Span) -> Fact:
    labels = [Label(place, f"no {APP} in it", primary=True)]
    if where != place:
        labels.append(Label(where, "is not checked without the app"))
    return Fact(
        "middleware-missing",
        "`manage.py check` does not look at the CORS settings: the app of django-cors-headers is not installed",
        tuple(labels),
        f'add "{APP}" to INSTALLED_APPS',
        "INSTALLED_APPS",
    )
