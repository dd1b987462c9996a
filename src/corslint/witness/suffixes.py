"""The suffixes under which names are given out: top-level domains, `co.uk`, and platforms such as `vercel.app`.

The list is https://publicsuffix.org/, both of its sections.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

_STAND_INS = ("example", "invalid", "test")
"""Top-level domains that stand for one anybody can register under (RFC 2606)."""
_NOT_GIVEN = frozenset({"arpa", "home.arpa", "onion", "local", "internal", "lan", "localhost"})
_UNLISTED = (
    "app.github.dev",
    "devtunnels.ms",
    "glitch.me",
    "gitpod.io",
    "lhr.life",
    "loca.lt",
    "manus.space",
    "nip.io",
    "sslip.io",
    "stackblitz.io",
    "webcontainer.io",
)
"""Platforms that give out names and are not in the list."""
_SINGLE = frozenset(
    {
        "azurestaticapps.net",
        "azurewebsites.net",
        "firebaseapp.com",
        "fly.dev",
        "github.io",
        "gitlab.io",
        "herokuapp.com",
        "loca.lt",
        "lovable.app",
        "netlify.app",
        "ngrok-free.app",
        "ngrok-free.dev",
        "ngrok.app",
        "ngrok.dev",
        "ngrok.io",
        "now.sh",
        "onrender.com",
        "surge.sh",
        "trycloudflare.com",
        "up.railway.app",
        "vercel.app",
        "vercel.dev",
        "web.app",
    }
)
"""Platforms that serve nothing below the names they give out: their certificates are for one label."""


def gives_one_label(suffix: str) -> bool:
    """Whether a suffix belongs to a platform that serves nothing below the names it gives out."""
    return suffix in _SINGLE or suffix.endswith(tuple(f".{platform}" for platform in _SINGLE))


class Suffixes:
    """A list of public suffixes that can be read from the end of a host."""

    def __init__(self, rules: Iterable[str]) -> None:
        given = {rule for rule in rules if not rule.startswith("!") and rule not in _NOT_GIVEN}
        self._rules = given
        self._mirrored = sorted(rule[::-1] for rule in given)
        self._labels = max((rule.count(".") + 1 for rule in given), default=1)

    def __contains__(self, suffix: str) -> bool:
        # Each name below `*.ck` is a suffix.
        return suffix in self._rules or f"*.{suffix.partition('.')[2]}" in self._rules

    def gives_any_below(self, suffix: str) -> bool:
        """Whether each name directly below is a suffix of its own, as with `*.ck`."""
        return f"*.{suffix}" in self._rules

    def has_end(self, text: str) -> bool:
        """Whether a suffix ends with this text."""
        mirrored = text[::-1]
        at = bisect_left(self._mirrored, mirrored)
        return at < len(self._mirrored) and self._mirrored[at].startswith(mirrored)

    def below(self, domain: str) -> list[str]:
        """The suffixes that lie below a domain, such as `up.railway.app` below `railway.app`."""
        mirrored = f"{domain[::-1]}."
        at = bisect_left(self._mirrored, mirrored)
        found = []
        while at < len(self._mirrored) and self._mirrored[at].startswith(mirrored):
            found.append(self._mirrored[at][::-1])
            at += 1
        return found

    def of(self, host: str) -> str | None:
        """The longest suffix that ends a host, on a label; None where the top-level domain is not given out."""
        # No suffix has more labels than the longest rule, but a host may have thousands.
        labels = host.rsplit(".", self._labels)
        is_whole = len(labels) <= self._labels
        for start in range(0 if is_whole else 1, len(labels)):
            if (suffix := ".".join(labels[start:])) in self:
                return suffix
        return None

    def registrable(self, host: str) -> str | None:
        """The name that somebody owns: the suffix and one label more; None where the host has no such part."""
        suffix = self.of(host)
        if suffix is None or suffix == host:
            return None
        return f"{host.removesuffix(suffix).rstrip('.').rpartition('.')[2]}.{suffix}"


@lru_cache(maxsize=1)
def _listed() -> tuple[frozenset[str], frozenset[str]]:
    """The rules of the registries, and those of the platforms."""
    from publicsuffixlist import PSLFILE

    sections: tuple[set[str], set[str]] = (set(), set())
    section = 0
    with open(PSLFILE, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("// ===BEGIN PRIVATE"):
                section = 1
            elif rule := line.partition("//")[0].strip():
                sections[section].add(rule if rule.isascii() else ".".join(map(_encoded, rule.split("."))))
    return frozenset(sections[0]), frozenset(sections[1])


def _encoded(label: str) -> str:
    """A label in Punycode (RFC 3492); the list is normalised already."""
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


@lru_cache(maxsize=1)
def all_suffixes() -> Suffixes:
    """Both sections of the list, and the platforms that are missing in it."""
    registries, platforms = _listed()
    return Suffixes((*registries, *platforms, *_STAND_INS, *_UNLISTED))


@lru_cache(maxsize=1)
def _registries() -> Suffixes:
    return Suffixes((*_listed()[0], *_STAND_INS))


def is_shared(suffix: str) -> bool:
    """Whether a suffix belongs to a platform that hands out names below it, not to a registry."""
    return suffix in all_suffixes() and suffix not in _registries()


def platform_of(host: str) -> str:
    """The suffix of the platform that gives out a host, such as `vercel.app`; empty where none does."""
    suffix = all_suffixes().of(host)
    return suffix if suffix is not None and is_shared(suffix) else ""


def owner_of(platform: str) -> str | None:
    """The domain that a platform's suffix lies below, as `up.railway.app` does below `railway.app`, if it does."""
    domain = _registries().registrable(platform)
    return domain if domain != platform else None


COMMON = ("com", "net", "org", "io", "dev", "app", "info", "example", "invalid")
"""Suffixes that are enough for most witnesses."""
