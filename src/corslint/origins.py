"""Origins: what one is, how a policy names them, and whether a policy lets one in.

An origin is a scheme, a host and a port (https://html.spec.whatwg.org/multipage/browsers.html#origin); browsers send
it serialised, in lower case, without the scheme's default port and without a trailing slash.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from corslint.source import Span

DEFAULT_PORTS = {"http": 80, "https": 443}
MATCH_SECONDS = 0.25
"""How long one pattern may take on one origin before the answer counts as undecided."""
MAX_PATTERN = 10_000
"""How long a pattern may be, in characters, to be tested."""
_RECURSION = re.compile(r"\(\?(?:R|[+-]?[0-9]+|&\w+|P>\w+)\)")
"""Only PCRE knows patterns that call themselves, and nobody needs them for origins: they eat memory without end."""
_PORT_LIST = re.compile(r"(?P<host>.*):\[(?P<ports>\*|[0-9]+(?:,[0-9]+)*)\]\Z")
MAX_COPIES = 50_000
"""How many copies the engine may make, inside, of what is repeated again and again: they take memory without end."""
_REPEATED = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)|(?P<opens>\()|(?P<closes>\))(?P<again>\+|\{)?", re.DOTALL
)
_TOO_SLOW: set[str] = set()
"""Patterns that took too long once: each is put to many origins, and shall not take that long every time."""

Dialect: TypeAlias = Literal["python", "pcre", "go", "java", "rust", "js"]
Match: TypeAlias = Literal["search", "match", "fullmatch", "glob", "prefix", "suffix", "contains", "within"]
"""How the text of a pattern and the origin are compared; `within`: the origin is a part of the text."""
_LEADING_HOME = ("localtest.me", "lvh.me", "localhost.tiangolo.com")
_NAMED_ADDRESS = re.compile(
    r"(?:\A|[.-])((?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[0-9]{1,3}-){3}[0-9]{1,3})\.(?:nip|sslip)\.io\Z"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*\Z")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")


class UndecidedError(Exception):
    """Raised when it cannot be said whether an origin is let in; the message says what decides it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A tuple origin, as a browser would serialise it."""

    scheme: str
    host: str
    port: int | None = None
    """None where it is the scheme's default."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + ("" if self.port is None else f":{self.port}")

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine or a private network, where http is nobody else's business."""
        return is_local_host(self.host)


def is_local_host(host: str) -> bool:
    """Whether a host name or address means this machine or a private network.

    The names are those of RFC 6761 (`localhost`), RFC 6762 (`.local`), RFC 9476, the ones container tools give to the
    host machine, and public ones kept for development; a name without a dot can only be resolved inside somebody's
    network.
    """
    host = host.strip("[]")
    if leads_home(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names = ("localhost", "local", "internal", "lan", "home.arpa", "test")
        return "." not in host or host.endswith(tuple(f".{name}" for name in names))
    return address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified


def leads_home(host: str) -> bool:
    """Whether a public name is kept for development: the whole world resolves it to the machine that asks.

    It is of a domain whose owner promises that (http://readme.localtest.me/; FastAPI's documentation uses
    `localhost.tiangolo.com`), or holds a private address that https://nip.io and https://sslip.io give back. Any other
    `localhost.example.com` is where the owner of `example.com` wants it to be.
    """
    if any(host == name or host.endswith(f".{name}") for name in _LEADING_HOME):
        return True
    found = _NAMED_ADDRESS.search(host)
    return found is not None and is_local_host(found[1].replace("-", "."))


def parse_origin(text: str) -> Origin | None:
    """The origin that `text` serialises, byte for byte; None if no browser ever sends this text as an Origin."""
    scheme, separator, authority = text.partition("://")
    if not separator or not _SCHEME.match(scheme):
        return None
    host, port = authority, None
    if (found := re.fullmatch(r"(.*):(\d{1,5})", authority)) and not authority.endswith("]"):
        host, port = found[1], int(found[2])
        if str(port) != found[2] or port > 65535 or DEFAULT_PORTS.get(scheme) == port:
            return None
    if not _is_host(host):
        return None
    return Origin(scheme, host, port)


def _is_host(host: str) -> bool:
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1])) == host[1:-1]
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(_LABEL.match(label) for label in labels)


@dataclass(frozen=True, slots=True)
class AnyOrigin:
    """Every origin is allowed. Whether it is told as `*` or by repeating the origin is the product's affair."""

    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Reflected:
    """The request's own origin (or another value of the request) is repeated without a check."""

    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Exact:
    """One origin, compared as text."""

    text: str
    span: Span | None = None
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A test of the origin that more than one text can pass."""

    text: str
    dialect: Dialect
    match: Match
    ignore_case: bool = False
    negated: bool = False
    """True where the origin is let in when the test fails."""
    span: Span | None = None
    remedy: str = field(default="", compare=False)
    """The deed that mends it, for people, where the text is not to blame but what the product makes of it."""


@dataclass(frozen=True, slots=True)
class Null:
    """The opaque origin `null`: sandboxed frames, `data:` documents, local files."""

    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """An entry that only the running program knows."""

    reason: str
    span: Span | None = None


Entry: TypeAlias = AnyOrigin | Reflected | Exact | Pattern | Null | Undecided


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that a policy lets in: any entry that accepts one is enough."""

    entries: tuple[Entry, ...] = ()

    def match(self, origin: str) -> Entry | None:
        """The first entry that lets `origin` in, or None.

        Raises UndecidedError if no entry is known to, but one that is not known might.
        """
        undecided: UndecidedError | None = None
        for entry in self.entries:
            try:
                if accepts(entry, origin):
                    return entry
            except UndecidedError as error:
                undecided = error
        if undecided is not None:
            raise undecided
        return None


def accepts(entry: Entry, origin: str) -> bool:
    """Whether one entry lets in the serialised `origin`.

    Raises UndecidedError for an entry that is decided at run time, and for a pattern that cannot be read or takes
    longer than MATCH_SECONDS.
    """
    match entry:
        case AnyOrigin() | Reflected():
            return True
        case Null():
            return origin == "null"
        case Exact():
            return origin.lower() == entry.text.lower() if entry.ignore_case else origin == entry.text
        case Pattern():
            return _passes(entry, origin) is not entry.negated
        case Undecided():
            raise UndecidedError(entry.reason)


def compiles(pattern: str) -> bool:
    """Whether Python's own `re` accepts a regular expression; a product written in Python raises where it does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError):
            return False
    return True


def _passes(pattern: Pattern, origin: str) -> bool:
    text, candidate = pattern.text, origin
    if pattern.match in ("prefix", "suffix", "contains", "within", "glob") and pattern.ignore_case:
        text, candidate = text.lower(), candidate.lower()
    match pattern.match:
        case "prefix":
            return candidate.startswith(text)
        case "suffix":
            return candidate.endswith(text)
        case "contains":
            return text in candidate
        case "within":
            return candidate in text
        case "glob":
            return _search("fullmatch", glob_expression(text, pattern.dialect), candidate, False)
        case "search" | "match" | "fullmatch":
            return _search(pattern.match, text, candidate, pattern.ignore_case)


def glob_expression(glob: str, dialect: Dialect) -> str:
    """The regular expression that matches the whole of what a glob does: `*` is any run of characters.

    Spring's globs (java) may end with a list of ports, `:[8080,8081]` or `:[*]`:
    https://docs.spring.io/spring-framework/docs/current/javadoc-api/org/springframework/web/cors/CorsConfiguration.html#setAllowedOriginPatterns(java.util.List)
    """
    ports = ""
    if dialect == "java" and (found := _PORT_LIST.match(glob)):
        glob = found["host"]
        ports = r"(?::\d+)?" if found["ports"] == "*" else f":(?:{found['ports'].replace(',', '|')})"
    return ".*".join(map(re.escape, glob.split("*"))) + ports


def _search(how: Literal["search", "match", "fullmatch"], text: str, candidate: str, ignore_case: bool) -> bool:
    # The standard `re` has no timeout, and what is scanned may be hostile.
    import regex

    shown = text if len(text) <= 80 else f"{text[:77]}..."
    if text in _TOO_SLOW:
        raise UndecidedError(f"the pattern {shown!r} takes too long to test")
    if _RECURSION.search(text):
        raise UndecidedError(f"the pattern {shown!r} calls itself")
    if len(text) > MAX_PATTERN:
        raise UndecidedError(f"the pattern {shown!r} is too long to test")
    if _copies(text) > MAX_COPIES:
        raise UndecidedError(f"the pattern {shown!r} repeats too much to be tested")
    try:
        compiled = regex.compile(text, regex.IGNORECASE if ignore_case else 0)
        found = getattr(compiled, how)(candidate, timeout=MATCH_SECONDS)
    except regex.error as error:
        raise UndecidedError(f"the pattern {shown!r} cannot be read: {error}") from None
    except (RecursionError, MemoryError):
        raise UndecidedError(f"the pattern {shown!r} is nested too deeply to be read") from None
    except TimeoutError:
        _TOO_SLOW.add(text)
        raise UndecidedError(f"the pattern {shown!r} takes too long to test") from None
    return found is not None


def _copies(text: str) -> int:
    """About how many copies of its groups the engine makes: each repetition of what must be there multiplies them."""
    open_groups = [1]
    for found in _REPEATED.finditer(text):
        if found["opens"]:
            open_groups.append(1)
        elif found["closes"] and len(open_groups) > 1:
            inside = open_groups.pop() * (3 if found["again"] == "{" else 2 if found["again"] else 1)
            open_groups[-1] += inside
    return max(open_groups)


def find_witness(
    pattern: str, *, dialect: Dialect, match: Match, own: Iterable[str] = (), ignore_case: bool = False
) -> str | None:
    """An http or https origin that a pattern lets in and that a stranger can own; None where there provably is none.

    `dialect` is the syntax of a regular expression; of a `glob`, whose `*` is any run of characters, it says whether it
    may end with Spring's `:[8080,8081]` or `:[*]` (java). Not a stranger's are: the registrable domains that the
    pattern names (by https://publicsuffix.org/, both sections), on shared platforms the names that begin or end with
    three or more characters of the pattern, local and private hosts, and `own`: domains with all below them, or globs
    of origins such as `https://*.example.com`. The top-level domain `.example` stands for one anybody can register
    under. Plain http on a domain of the owner and `null` are never a witness. The nicest is given: https before http,
    `https://example.com.evil.example` before `https://evilexample.com`, those before the shortest.

    Raises UndecidedError where it cannot be decided: the pattern cannot be read or is too large, it looks around or
    refers back and none of the natural origins gets in, or it takes longer than some seconds; ValueError for a dialect
    or a match that there is none of.
    """
    for name, given, known in (("dialect", dialect, get_args(Dialect)), ("match", match, get_args(Match))):
        if given not in known:
            raise ValueError(f"there is no {name} {given!r}: it is one of {', '.join(known)}")
    from corslint import witness

    return witness.find_witness(pattern, dialect=dialect, match=match, own=own, ignore_case=ignore_case)
