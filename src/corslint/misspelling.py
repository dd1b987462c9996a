"""What somebody meant who listed a text that no browser ever sends as an origin."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from corslint.origins import DEFAULT_PORTS, Pattern, UndecidedError, is_local_host, parse_origin

_PLACEHOLDER = re.compile(r"\$(?=[\w{(])|[<>]|\{\{|\{\w*\}|%[(sd]|__")
_REGEX = re.compile(r"[\\^|()\[\]]|\.\*|\.\+|\$\Z")
_IPV6 = re.compile(r"//\[[0-9a-f:.]+\]", re.IGNORECASE)
_BROKEN_SCHEME = re.compile(r"(https?)(?::|/|:/|//|;//)(?=[a-z0-9])", re.IGNORECASE)
_NAMES_SOMETHING = re.compile(r"[a-z0-9]{2}", re.IGNORECASE)
_FINAL_SLASH = re.compile(r"(?:\\?/)+(\$?)\Z")
_UPPER = re.compile(r"(?<![\\A-Z\[-])[A-Z]+(?![\]-])")
_DEFAULT_PORT = re.compile(r":(?:80|443)(?=\$?\Z|\))")
_PATH = re.compile(r"\A([^/]*//?(?:\\?/)?[^/]*?)\\?/[^/].*?(\$?)\Z")
_BARE_HOST = re.compile(r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::\d{1,5})?(?=/|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Misspelling:
    """Why a text can never equal an origin, and which origin it was meant to be."""

    flaw: str
    """A phrase that says what is wrong, without a full stop."""
    meant: str | None = None
    """The origin as browsers send it, or `*` for every origin; None where it cannot be told."""
    certain: bool = False
    """Whether nothing but `meant` can have been meant."""
    pattern: str | None = None
    """A regular expression of the origins meant, where the text stands for many."""


_OWN_NAME = "is the name of the server itself, without a scheme, and not the origin of the page that asks"
_AN_ADDRESS = "is an address without a scheme, and no origin"
_A_PATH = "is the path that is asked for, and no origin"
NO_ORIGINS: Mapping[str, str] = {
    "$http_referer": "the Referer is the address of a page, and no origin",
    "$host": _OWN_NAME,
    "$http_host": _OWN_NAME,
    "$server_name": _OWN_NAME,
    "$hostname": _OWN_NAME,
    "$remote_addr": _AN_ADDRESS,
    "$server_addr": _AN_ADDRESS,
    "$uri": _A_PATH,
    "$request_uri": _A_PATH,
}
"""Variables of nginx that people send as an origin, with what is wrong (https://nginx.org/en/docs/varindex.html)."""


HEADERS = {
    name.lower(): name
    for name in (
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers",
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
        "Access-Control-Allow-Private-Network",
    )
}
"""https://fetch.spec.whatwg.org/#http-responses, and https://wicg.github.io/private-network-access/."""
_OF_REQUESTS = frozenset({"access-control-request-method", "access-control-request-headers"})
_LIKENESS = 0.85


def misspelt_header(name: str) -> str | None:
    """The header of the CORS protocol that a name is nearly that of; None for one that is right, or far from any.

    >>> misspelt_header("Access-Control-Allow-Method")
    'Access-Control-Allow-Methods'
    """
    key = name.lower()
    if not key.startswith("access-control-") or key in HEADERS or key in _OF_REQUESTS:
        return None
    near = get_close_matches(key, HEADERS, 1, _LIKENESS)
    return HEADERS[near[0]] if near else None


def misspelling(text: str) -> Misspelling | None:
    """What is wrong with a text that stands where an origin should.

    None for an origin in the form that browsers send, for a placeholder that something else fills in, and for texts
    with a meaning of their own: "*", "null", the empty text, and `file://`, which old Android web views do send.
    """
    bare = text.strip()
    if flaw := NO_ORIGINS.get(bare.lower().replace("{", "").replace("}", "")):
        return Misspelling(flaw)
    if parse_origin(text) or bare.lower() in ("", "*", "null", "file://") or _PLACEHOLDER.search(text):
        return None
    if bare.strip("'\"`: ") == "*":
        return Misspelling("only a bare `*` stands for every origin", meant="*")
    if text.count("://") > 1 or "," in text:
        return Misspelling("one text holds several origins, and is compared as a whole")
    if _REGEX.search(_IPV6.sub("", text)):
        return Misspelling("a pattern is compared as text here", pattern=bare)
    if "*" in text:
        return Misspelling("`*` stands for nothing inside an origin", pattern=regex_of_glob(bare))
    flaws: list[str] = []
    if bare != text:
        flaws.append("an origin has no space around it")
    if (unquoted := bare.strip("'\"`")) != bare:
        flaws.append("the quotes are part of the text")
    if (rest := unquoted.lstrip(": ")) != unquoted:
        flaws.append("the colon before it is part of the text")
    certain = True
    if "://" not in rest and (broken := _BROKEN_SCHEME.match(rest)):
        rest, certain = f"{broken[1]}://{rest[broken.end() :]}", False
        flaws.append("`://` is misspelt")
    elif "://" not in rest:
        if not (found := _BARE_HOST.match(rest.removeprefix("//"))):
            return Misspelling("; ".join((*flaws, "this is no origin: it has no scheme and no host")))
        host = found.group().partition(":")[0]
        rest, certain = f"{'http' if is_local_host(host) else 'https'}://{rest.removeprefix('//')}", False
        flaws.append("the scheme is missing")
    return _of_url(rest, flaws, certain)


def _of_url(url: str, flaws: list[str], certain: bool) -> Misspelling:
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if (behind := rest[len(authority) :]) == "/":
        flaws.append("an origin ends without a slash")
    elif behind:
        flaws.append("an origin ends after the host and the port, and has no path")
        certain = False
    if "@" in authority:
        flaws.append("an origin holds no user name")
        certain = False
        authority = authority.rpartition("@")[2]
    if (scheme + authority) != (scheme + authority).lower():
        flaws.append("browsers send an origin in lower case")
        scheme, authority = scheme.lower(), authority.lower()
    if (port := DEFAULT_PORTS.get(scheme)) and authority.endswith(f":{port}"):
        flaws.append(f"browsers leave out the port {port}, which is the default of {scheme}")
        authority = authority.removesuffix(f":{port}")
    if not authority.isascii():
        flaws.append("browsers send the name of the host in Punycode")
        authority = _punycode(authority)
    origin = parse_origin(f"{scheme}://{authority}")
    if origin is None or not flaws:
        return Misspelling("; ".join(flaws) or "no page has this scheme, host and port")
    return Misspelling("; ".join(flaws), str(origin), certain)


def _punycode(authority: str) -> str:
    try:
        return authority.encode("idna").decode("ascii")
    except UnicodeError:
        return authority


def misspelt_pattern(pattern: Pattern) -> Misspelling | None:
    """Why a regular expression matches nothing that browsers send, and how it would; None where it matches something.

    Also None where that cannot be told, and for texts that name nothing: those are meant to match nothing.
    """
    if not _NAMES_SOMETHING.search(pattern.text) or not _matches_nothing(pattern, pattern.text):
        return None
    flaws: list[str] = []
    text = pattern.text
    for flaw, repair in _REPAIRS:
        repaired = repair(text)
        if repaired != text:
            flaws.append(flaw)
            text = repaired
            if not _matches_nothing(pattern, text):
                return Misspelling("; ".join(flaws), pattern=text)
    return Misspelling("no origin has the form that this matches")


def _matches_nothing(pattern: Pattern, text: str) -> bool:
    from corslint.witness.unmatched import matches_nothing

    try:
        return matches_nothing(text, dialect=pattern.dialect, match=pattern.match, ignore_case=pattern.ignore_case)
    except UndecidedError:
        return False


def _with_scheme(text: str) -> str:
    caret, rest = ("^", text[1:]) if text.startswith("^") else ("", text)
    scheme = "https?" if re.match(r"localhost|[0-9]", rest) else "https"
    return text if "://" in rest else f"{caret}{scheme}://{rest.lstrip('/')}"


_REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("two backslashes stand for one, which no origin holds", lambda text: text.replace("\\\\", "\\")),
    ("an origin ends without a slash", lambda text: _FINAL_SLASH.sub(r"\1", text)),
    ("browsers send an origin in lower case", lambda text: _UPPER.sub(lambda found: found.group().lower(), text)),
    ("browsers leave out the port that is the default of the scheme", lambda text: _DEFAULT_PORT.sub("", text)),
    ("an origin ends after the host and the port, and has no path", lambda text: _PATH.sub(r"\1\2", text)),
    ("the scheme is missing, with which each origin begins", _with_scheme),
)
"""What is wrong most often, and what mends it."""


def regex_of_glob(glob: str) -> str | None:
    """The origins meant by a glob such as `https://*.example.com`: one label for each star, digits for a port.

    None for a text that is no origin with stars in it.
    """
    glob = glob if "://" in glob else f"https://{glob}"
    if not re.fullmatch(r"[a-z]+://[a-z0-9.*-]+(?::(?:\d+|\*))?", glob, re.IGNORECASE):
        return None
    host = glob.removesuffix(":*").lower()
    port = r":\d+" if glob.endswith(":*") else ""
    return "[a-z0-9-]+".join(part.replace(".", r"\.") for part in host.split("*")) + port
