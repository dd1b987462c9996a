"""The names by which Python code gives away what a thing is: a request, a response, a client, a check of the origin."""

from __future__ import annotations

import re
from functools import lru_cache

ALLOW_ORIGIN = "access-control-allow-origin"
HEADERS = frozenset(
    {
        ALLOW_ORIGIN,
        "access-control-allow-credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-max-age",
        "access-control-allow-private-network",
        "vary",
    }
)
"""The response headers that are followed, in lower case."""
ASKED = frozenset({"access-control-request-headers", "access-control-request-method"})
"""What a preflight asks for, and some answers repeat."""


def header_name(key: object) -> str | None:
    """The header a key of the program means, if it is one that is followed."""
    if isinstance(key, bytes):
        key = key.decode("latin-1")
    if not isinstance(key, str):
        return None
    name = key.lower()
    return name if name in HEADERS else None


def request_header(key: object) -> str | None:
    """The request header that a key means, in lower case; WSGI spells it `HTTP_ORIGIN`."""
    if isinstance(key, bytes):
        key = key.decode("latin-1")
    if not isinstance(key, str):
        return None
    name = key.lower()
    return name.removeprefix("http_").replace("_", "-") if name.startswith("http_") else name


_REQUEST = re.compile(r"(?:^|_)(?:request|req|event|scope|environ|wsgi_environ)$")
_REQUEST_HEADERS = re.compile(r"^(?:(?:request_|req_|http_)?headers|hdrs|meta|environ)$", re.IGNORECASE)
_CLIENT = re.compile(
    r"^(?:requests|httpx|urllib|urllib3|aiohttp|http_client|client|session|_session|_client|http|api|curl|opener|fetcher|"
    r"scraper|requester|proxy|s|sess)$"
)
_CLIENT_CALLS = re.compile(
    r"""
    get|post|put|patch|delete|head|options|request|fetch|urlopen|stream|ws_connect|connect|open|send|Request|
    Session|ClientSession|AsyncClient|Client|HTTPConnection|HTTPSConnection|AsyncHTTPClient|HTTPRequest|
    create_connection|websocket_connect|WebSocketApp|get_json|post_json|api_call|call_api|make_request|
    do_request|send_request|http_get|http_post
    """,
    re.VERBOSE,
)
_MOCK = re.compile(r"mock|fake|stub|dummy", re.IGNORECASE)
_RESPONDING = re.compile(
    r"respon|reply|resp$|^json$|^html$|^text$|^file$|redirect|template|render|start_response|make_|build_|create_|return|"
    r"error|success|result|ok$|abort|output|serve|answer|^_?send|stream",
    re.IGNORECASE,
)
_RESPONSE_NAME = re.compile(r"resp|^r$|^res$|^rv$|^result$|^reply$|^answer$|^out$", re.IGNORECASE)
_CHECKS_ORIGIN = re.compile(
    r"origin|cors|allow|domain|referr?er|\bhost|trust|white_?list|permit|approved|cross|local",
    re.IGNORECASE,
)
_CONFIGURES = re.compile(r"conf|settings|flag|feature|option", re.IGNORECASE)
_HARMLESS_PARTS = re.compile(
    r"""
    method|path|url|full_path|path_info|endpoint|args|form|json|get_json|data|values|files|body|view_args|
    user|session|cookies|query_params|path_params|GET|POST|is_json|remote_addr|match_info|state|command|
    status_code|status|content_type|mimetype|streaming|is_secure|scheme|query_string|FILES|COOKIES|
    resolver_match
    """,
    re.VERBOSE,
)


def is_request(name: str) -> bool:
    """Whether a variable of this name holds the whole request."""
    return _REQUEST.search(name.lower()) is not None


def is_request_headers(name: str) -> bool:
    """Whether a parameter or attribute of this name holds the headers of the request."""
    return _REQUEST_HEADERS.match(name) is not None


def is_response(name: str) -> bool:
    """Whether a variable of this name holds a response."""
    return _RESPONSE_NAME.search(name) is not None


def is_client_call(dotted: str) -> bool:
    """Whether a call of this dotted name sends a request; `response.get` and `web.Response` do not."""
    *owners, name = dotted.split(".")
    if _MOCK.search(name):
        return True
    if _CLIENT_CALLS.fullmatch(name):
        return not (owners and (is_response(owners[-1]) or _RESPONDING.search(owners[-1]) is not None))
    is_client = any(_CLIENT.match(owner.lower()) for owner in owners)
    return is_client and _RESPONDING.search(name) is None


def is_responding(dotted: str) -> bool:
    """Whether a call of this dotted name makes or sends a response."""
    name = dotted.rpartition(".")[2]
    return _RESPONDING.search(name) is not None and not is_client_call(dotted)


@lru_cache(maxsize=4096)
def checks_origin(text: str) -> bool:
    """Whether a piece of source sounds as if it judged who is asking."""
    return _CHECKS_ORIGIN.search(text) is not None


def configures(text: str) -> bool:
    """Whether a name sounds as if the configuration were asked."""
    return _CONFIGURES.search(text) is not None


def is_harmless_part(name: str) -> bool:
    """Whether this attribute of a request has nothing to do with where it comes from."""
    return _HARMLESS_PARTS.fullmatch(name) is not None
