"""What Django's protection against forged requests knows of the pages that may send some.

https://docs.djangoproject.com/en/stable/ref/csrf/#how-it-works
"""

from __future__ import annotations

from collections.abc import Iterator

from corslint.finding import Label
from corslint.policy import Fact
from corslint.resolve.conditions import UNBOUND
from corslint.servers.django_cors_headers.middleware import Lookup, texts_of
from corslint.values import Items, Known, Mapping, Value, alternatives

TRUSTED = "CSRF_TRUSTED_ORIGINS"
_MIDDLEWARE = "django.middleware.csrf.CsrfViewMiddleware"
_CLASSES = "DEFAULT_AUTHENTICATION_CLASSES"


def trusted_origins(look_up: Lookup) -> Iterator[Fact]:
    """A fact for each way in which the list of trusted origins is known; `given` holds them and Django's own hosts.

    None where nothing checks for forged requests, or Django REST framework does so for logins by cookie and has none.
    """
    middleware = look_up("MIDDLEWARE")
    checking = [] if middleware is None else texts_of(middleware)
    found = [next((entry for entry in entries if entry.value == _MIDDLEWARE), None) for entries in checking]
    if not found or found[0] is None or found[0].span is None or not all(found) or _logs_in_otherwise(look_up):
        return
    hosts = _texts(look_up("ALLOWED_HOSTS") or UNBOUND)
    if hosts is None:
        return
    guard = Label(found[0].span, "asks whether a POST comes from a page that it trusts")
    for way in alternatives(look_up(TRUSTED) or UNBOUND):
        trusted = _texts(way.value)
        if trusted is None or (isinstance(way.value, Known) and way.value.override is not None):
            continue
        place = way.value.span if way.value is not UNBOUND else None
        labels = (guard,) if place is None else (Label(place, "does not hold it", primary=True), guard)
        given = " ".join((*trusted, *(host for host in hosts if host != "*")))
        yield Fact("untrusted-csrf-origin", "", labels, "", TRUSTED, given=given, conditions=way.conditions)


def _texts(value: Value[object]) -> list[str] | None:
    """The texts of a list; none for one that is not set, and None where any is not known."""
    if value is UNBOUND:
        return []
    if not isinstance(value, Known) or not isinstance(value.value, Items):
        return None
    items = [item for item in value.value.items if isinstance(item, Known) and item.override is None]
    texts = [item.value for item in items if isinstance(item.value, str)]
    return texts if len(texts) == len(value.value.items) else None


def _logs_in_otherwise(look_up: Lookup) -> bool:
    """Whether Django REST framework, whose views are exempt, is told to log in by something else than a session."""
    settings = look_up("REST_FRAMEWORK")
    for way in alternatives(settings) if settings is not None else ():
        if not isinstance(way.value, Known) or not isinstance(way.value.value, Mapping):
            continue
        classes = way.value.value.get(_CLASSES)
        named = [] if classes is None else texts_of(classes)
        if classes is not None and not any("session" in entry.value.lower() for one in named for entry in one):
            return True
    return False
