"""Reading console texts as people paste them: other browsers, other times, other languages, noise, names, nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corslint import catalogue
from corslint.console import MAX_TEXT, Complaint, look_for, read
from corslint.failures import names, table

CHROMIUM = (
    "Access to fetch at 'https://api.example/orders' from origin 'http://localhost:3000' has been blocked by CORS"
    " policy: "
)
PREFLIGHT = "Response to preflight request doesn't pass access control check: "
MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
FIREFOX = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at"
    " https://api.example/orders. (Reason: {}).{}"
)
SECOND = "\n" + FIREFOX.format("CORS request did not succeed", " Status code: (null).")


def complaint(text: str) -> Complaint:
    found = read(text)
    assert found is not None
    return found


def summary(text: str) -> tuple[str | None, str | None, bool, str | None, str | None]:
    """Browser, cause, preflight, origin, address."""
    found = complaint(text)
    return found.browser, found.cause, found.preflight, found.origin, found.url


def test_chromium() -> None:
    assert complaint(CHROMIUM + MISSING) == complaint(f"{CHROMIUM}{MISSING}\nFailed to load resource: net::ERR_FAILED")
    found = complaint(CHROMIUM + PREFLIGHT + MISSING)
    assert found.cause == "PreflightMissingAllowOriginHeader"
    assert (found.browser, found.preflight, found.certain, found.refused) == ("chromium", True, True, True)
    assert (found.origin, found.url, found.kind) == ("http://localhost:3000", "https://api.example/orders", "fetch")
    assert (found.method, found.header, found.status, found.redirected_from) == (None, None, None, None)


def test_chromium_after_a_redirect() -> None:
    text = (
        "Access to XMLHttpRequest at 'https://b.example/x/' (redirected from 'https://a.example/x') from origin 'null'"
        f" has been blocked by CORS policy: {MISSING}"
    )
    found = complaint(text)
    assert (found.url, found.redirected_from, found.origin) == ("https://b.example/x/", "https://a.example/x", "null")
    assert found.kind == "XMLHttpRequest"


@pytest.mark.parametrize(
    ("reason", "cause", "method", "header", "value"),
    [
        ("Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.",
         "MethodDisallowedByPreflightResponse", "PATCH", None, None),
        ("Request header field X-Api-Key is not allowed by Access-Control-Allow-Headers in preflight response.",
         "HeaderDisallowedByPreflightResponse", None, "x-api-key", None),
        ("The 'Access-Control-Allow-Origin' header has a value 'https://a.example/' that is not equal to the supplied"
         " origin. Have the server send the header with a valid value.",
         "AllowOriginMismatch", None, None, "https://a.example/"),
        ("The 'Access-Control-Allow-Origin' header contains the invalid value ''.",
         "InvalidAllowOriginValue", None, None, ""),
        ("The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed.",
         "MultipleAllowOriginValues", None, None, "*, *"),
        ("Permission was denied for this request to access the `loopback` address space.",
         "LocalNetworkAccessPermissionDenied", None, None, "loopback"),
        ("The request client is not a secure context and the resource is in more-private address space `local`.",
         "InsecureLocalNetwork", None, None, None),
        ("No 'Access-Control-Allow-Private-Network' header was present in the preflight response for this private"
         " network request targeting the `local` address space.",
         "PreflightMissingAllowPrivateNetwork", None, None, None),
        ("The 'Access-Control-Allow-Private-Network' header in the preflight response for this private network request"
         " targeting the `local` address space had a value of 'yes',  not 'true'.",
         "PreflightInvalidAllowPrivateNetwork", None, None, "yes"),
        ("Request had a target IP address space of `local` yet the resource is in address space `public`.",
         "InvalidLocalNetworkAccess", None, None, None),
        ("The response is invalid.", "InvalidResponse", None, None, None),
        ("Cross origin requests are not allowed by request mode.", "DisallowedByMode", None, None, None),
        ("Cross origin requests are only supported for protocol schemes: chrome, data, http, https.",
         "CorsDisabledScheme", None, None, None),
    ],
)  # fmt: skip
def test_what_chromium_s_reasons_tell(
    reason: str, cause: str, method: str | None, header: str | None, value: str | None
) -> None:
    found = complaint(CHROMIUM + reason)
    assert (found.cause, found.method, found.header, found.value) == (cause, method, header, value)
    assert found.browser == "chromium"


@pytest.mark.parametrize(
    ("text", "cause", "origin"),
    [
        ("XMLHttpRequest cannot load https://api.example/orders. No 'Access-Control-Allow-Origin' header is present on"
         " the requested resource. Origin 'http://localhost:3000' is therefore not allowed access. The response had"
         " HTTP status code 404.", "MissingAllowOriginHeader", "http://localhost:3000"),
        ("Failed to load https://api.example/orders: Response to preflight request doesn't pass access control check:"
         " No 'Access-Control-Allow-Origin' header is present on the requested resource. Origin 'http://a.example' is"
         " therefore not allowed access.", "PreflightMissingAllowOriginHeader", "http://a.example"),
        ("Fetch API cannot load https://api.example/orders. Response for preflight has invalid HTTP status code 405",
         "PreflightInvalidStatus", None),
        ("XMLHttpRequest cannot load https://api.example/orders. Response for preflight is invalid (redirect)",
         "PreflightDisallowedRedirect", None),
        ("XMLHttpRequest cannot load https://api.example/orders. A wildcard '*' cannot be used in the"
         " 'Access-Control-Allow-Origin' header when the credentials flag is true. Origin 'http://localhost:8100' is"
         " therefore not allowed access.", "WildcardOriginNotAllowed", "http://localhost:8100"),
        ("XMLHttpRequest cannot load https://api.example/orders. Credentials flag is 'true', but the"
         " 'Access-Control-Allow-Credentials' header is ''. It must be 'true' to allow credentials. Origin"
         " 'http://a.example' is therefore not allowed access.", "InvalidAllowCredentials", "http://a.example"),
        ("XMLHttpRequest cannot load https://api.example/orders. The 'Access-Control-Allow-Origin' header contains the"
         " invalid value 'a'. Origin 'http://a.example' is therefore not allowed access.",
         "InvalidAllowOriginValue", "http://a.example"),
        ("Font from origin 'https://api.example/orders' has been blocked from loading by Cross-Origin Resource Sharing"
         " policy: No 'Access-Control-Allow-Origin' header is present on the requested resource. Origin"
         " 'http://a.example' is therefore not allowed access.", "MissingAllowOriginHeader", "http://a.example"),
        (CHROMIUM + MISSING + " If an opaque response serves your needs, set the request's mode to 'no-cors' to fetch"
         " the resource with CORS disabled.", "MissingAllowOriginHeader", "http://localhost:3000"),
    ],
)  # fmt: skip
def test_older_wordings_of_chromium(text: str, cause: str, origin: str | None) -> None:
    assert (complaint(text).cause, complaint(text).origin) == (cause, origin)
    assert complaint(text).url == "https://api.example/orders"


def test_an_old_status_is_read() -> None:
    assert (
        complaint(
            f"XMLHttpRequest cannot load https://a.example/. {MISSING} The response had HTTP status code 502."
        ).status
        == 502
    )


def test_firefox() -> None:
    text = FIREFOX.format("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: 401.")
    found = complaint(text)
    assert summary(text) == ("firefox", "MissingAllowOriginHeader", False, None, "https://api.example/orders")
    assert (found.status, found.certain) == (401, True)
    assert complaint(text + SECOND).cause == "PreflightMissingAllowOriginHeader"
    assert complaint(text + SECOND).status == 401


@pytest.mark.parametrize(
    ("reason", "cause", "header"),
    [
        ("CORS header ‘Access-Control-Allow-Origin’ does not match ‘https://a.example’", "AllowOriginMismatch", None),
        ("CORS header ‘Access-Control-Allow-Origin’ does not match ‘(null)’", "InvalidAllowOriginValue", None),
        ("CORS header ‘Access-Control-Allow-Origin’ does not match ‘’", "InvalidAllowOriginValue", None),
        ("CORS header ‘Access-Control-Allow-Origin’ does not match ‘https://a.example, *’",
         "MultipleAllowOriginValues", None),
        ("Multiple CORS headers ‘Access-Control-Allow-Origin’ not allowed", "MultipleAllowOriginValues", None),
        ("missing token ‘x-token’ in CORS header ‘Access-Control-Allow-Headers’ from CORS preflight channel",
         "HeaderDisallowedByPreflightResponse", "x-token"),
        ("CORS preflight channel did not succeed", "PreflightInvalidStatus", None),
        ("CORS request failed", "Network", None),
        ("CORS disabled", "CORSDisabled", None),
        ("CORS header ‘Origin’ cannot be added", "CORSOriginHeaderNotAdded", None),
    ],
)  # fmt: skip
def test_what_firefox_s_reasons_tell(reason: str, cause: str, header: str | None) -> None:
    for text in (reason, reason.replace("‘", "'").replace("’", "'")):
        found = complaint(FIREFOX.format(text, ""))
        assert (found.browser, found.cause, found.header) == ("firefox", cause, header)


def test_firefox_alone_without_an_answer_is_no_cors() -> None:
    found = complaint(FIREFOX.format("CORS request did not succeed", " Status code: (null)."))
    assert (found.cause, found.preflight, found.refused) == ("Network", False, True)


def test_a_redirected_preflight_of_firefox_may_be_two_things() -> None:
    found = complaint(
        FIREFOX.format("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: 301.") + SECOND
    )
    assert found.causes == (
        "PreflightMissingAllowOriginHeader", "PreflightDisallowedRedirect", "MissingAllowOriginHeader",
    )  # fmt: skip
    assert not found.certain


def test_a_warning_of_firefox_is_no_refusal_and_gives_way_to_one() -> None:
    warning = (
        "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at"
        " https://api.example/orders soon. (Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization`"
        " header is not covered. To include the `Authorization` header, it must be explicitly listed in CORS header"
        " `Access-Control-Allow-Headers`)."
    )
    found = complaint(warning)
    assert (found.browser, found.cause, found.refused) == ("firefox", "AuthorizationCoveredByWildcard", False)
    blocked = FIREFOX.format("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: 200.")
    assert complaint(f"{warning}\n{blocked}").cause == "MissingAllowOriginHeader"


@pytest.mark.parametrize(
    ("text", "cause", "other"),
    [
        ("Quellübergreifende (Cross-Origin) Anfrage blockiert: Die Gleiche-Quelle-Regel verbietet das Lesen der"
         " externen Ressource auf https://api.example/orders. (Grund: CORS-Kopfzeile 'Access-Control-Allow-Origin'"
         " fehlt). Statuscode: 404.", "MissingAllowOriginHeader", 404),
        ("Blocage d’une requête multiorigine (Cross-Origin Request) : la politique « Same Origin » ne permet pas de"
         " consulter la ressource distante située sur https://api.example/orders. Raison : l’en-tête CORS"
         " « Access-Control-Allow-Origin » ne correspond pas à « https://a.example ».", "AllowOriginMismatch", None),
        ("已拦截跨源请求：同源策略禁止读取位于 https://api.example/orders 的远程资源。（原因：CORS 头缺少"
         " 'Access-Control-Allow-Origin'）。", "MissingAllowOriginHeader", None),
        ("Solicitud desde otro origen bloqueada: la política de mismo origen impide leer el recurso remoto en"
         " https://api.example/orders (razón: no se encontró el método en la cabecera CORS"
         " 'Access-Control-Allow-Methods').", "MethodDisallowedByPreflightResponse", None),
        ("Запрос из постороннего источника заблокирован: Политика одного источника запрещает чтение удаленного ресурса"
         " на https://api.example/orders. (Причина: ожидалось «true» в заголовке CORS"
         " «Access-Control-Allow-Credentials»).", "InvalidAllowCredentials", None),
    ],
)  # fmt: skip
def test_a_firefox_that_speaks_another_language(text: str, cause: str, other: int | None) -> None:
    found = complaint(text)
    assert (found.browser, found.cause, found.url) == ("firefox", cause, "https://api.example/orders")
    assert found.status == other


@pytest.mark.parametrize(
    ("text", "cause", "preflight"),
    [
        ("Origin http://localhost:3000 is not allowed by Access-Control-Allow-Origin. Status code: 200",
         "MissingAllowOriginHeader", False),
        ("Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.",
         "WildcardOriginNotAllowed", False),
        ("Access-Control-Allow-Origin cannot contain more than one origin.", "MultipleAllowOriginValues", False),
        ('Credentials flag is true, but Access-Control-Allow-Credentials is not "true".',
         "InvalidAllowCredentials", False),
        ("Preflight response is not successful. Status code: 404", "PreflightInvalidStatus", True),
        ("Preflight response is not successful", "PreflightInvalidStatus", True),
        ("Header Access-Control-Allow-Methods has an invalid value: GET PUT",
         "InvalidAllowMethodsPreflightResponse", True),
        ("Header Access-Control-Allow-Headers has an invalid value: a b", "InvalidAllowHeadersPreflightResponse", True),
        ("Method PUT is not allowed by Access-Control-Allow-Methods.", "MethodDisallowedByPreflightResponse", True),
        ("Request header field X-Api-Key is not allowed by Access-Control-Allow-Headers.",
         "HeaderDisallowedByPreflightResponse", True),
        ("Cross-origin redirection to https://u:p@b.example/ denied by Cross-Origin Resource Sharing policy:"
         " redirection URL https://u:p@b.example/ has credentials", "RedirectContainsCredentials", False),
        ("Unsafe attempt to load URL https://b.example/ from origin http://localhost:3000. Domains, protocols and ports"
         " must match.", "DisallowedByMode", False),
    ],
)  # fmt: skip
def test_safari(text: str, cause: str, preflight: bool) -> None:
    generic = "Fetch API cannot load https://api.example/orders due to access control checks."
    for pasted in (
        text,
        f"[Error] {text}\n[Error] {generic}\n[Error] Failed to load resource: {text} (orders, line 0)",
    ):
        found = complaint(pasted)
        assert (found.browser, found.cause, found.preflight) == ("safari", cause, preflight)


def test_safari_says_the_same_for_no_header_and_for_another_origin() -> None:
    found = complaint(
        "[Error] Origin http://localhost:3000 is not allowed by Access-Control-Allow-Origin. Status code: 401\n"
        "[Error] Fetch API cannot load https://api.example/orders due to access control checks."
    )
    assert found.causes == (
        "MissingAllowOriginHeader", "AllowOriginMismatch", "InvalidAllowOriginValue",
        "PreflightMissingAllowOriginHeader", "PreflightAllowOriginMismatch", "PreflightInvalidAllowOriginValue",
    )  # fmt: skip
    assert not found.certain
    assert (found.origin, found.url, found.status) == ("http://localhost:3000", "https://api.example/orders", 401)


BARE = CHROMIUM + PREFLIGHT + MISSING
READ = ("chromium", "PreflightMissingAllowOriginHeader", True, "http://localhost:3000", "https://api.example/orders")


@pytest.mark.parametrize(
    "text",
    [
        BARE,
        BARE.replace("'", "’"),
        BARE.replace("'", "`"),
        BARE.replace("'", "\\'"),
        BARE.replace("'", "&#39;"),
        f"app.js:12 {BARE}",
        f"index.html:1 {BARE}\napp.js:12 PUT https://api.example/orders net::ERR_FAILED",
        f"10:15:22.184 (index):1 {BARE}",
        f"[12:01:02] ERROR {BARE} (anonymous) @ app.js:12",
        f"> await load()\n{BARE}\nUncaught (in promise) TypeError: Failed to fetch\n    at load (app.js:12:9)",
        f"AxiosError: Network Error\n    at XMLHttpRequest.handleError (axios.js:1:2)\n{BARE}",
        f"\x1b[31m{BARE}\x1b[0m",
        f"\ufeff{BARE}\u200b\r\n",
        f"```\n{BARE}\n```",
        f"> {BARE}",
        BARE.replace(" ", "\n"),
        BARE.replace(" ", "\r\n    "),
        BARE.replace(" ", "\xa0"),
        "\n".join(BARE[start : start + 61] for start in range(0, len(BARE), 61)),
        f"GET https://other.example/x 404 (Not Found)\n{BARE}",
        f"{BARE}\nGET http://localhost:3000/favicon.ico net::ERR_CONNECTION_REFUSED",
        "x" * 20_000 + "\n" + BARE,
    ],
)  # fmt: skip
def test_noise_is_no_matter(text: str) -> None:
    assert summary(text) == READ


def test_the_line_of_the_request_tells_the_method_and_the_status() -> None:
    found = complaint(
        f"{CHROMIUM}{MISSING}\napi.js:3 POST https://api.example/orders net::ERR_FAILED 500 (Internal Server Error)"
    )
    assert (found.method, found.status) == ("POST", 500)


def test_options_in_a_list_of_requests_is_not_what_the_page_asked() -> None:
    assert complaint("XHROPTIONS https://api.example/orders\nCORS Missing Allow Origin").method is None
    assert complaint("XHRPUT https://api.example/orders\nCORS Missing Allow Origin").method == "PUT"


def test_the_first_of_two_messages_is_explained() -> None:
    other = "The 'Access-Control-Allow-Origin' header contains the invalid value 'x'."
    assert complaint(f"{CHROMIUM}{MISSING}\n{CHROMIUM}{other}").cause == "MissingAllowOriginHeader"
    assert complaint(f"{CHROMIUM}{other}\n{CHROMIUM}{MISSING}").cause == "InvalidAllowOriginValue"


@pytest.mark.parametrize("name", [name for name in names() if name != "Network"])
def test_every_name_is_understood(name: str) -> None:
    for text in (name, f" {name}2\n", f"k{name}", name.lower()):
        found = complaint(text)
        assert found.cause is not None
        if not name.lower().startswith("cors") and "Private" not in name and "External" not in name:
            assert found.cause == name
            assert found.certain


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("MissingAllowOriginHeader", ("MissingAllowOriginHeader",)),
        ("PreflightMissingAllowOriginHeader", ("PreflightMissingAllowOriginHeader",)),
        ("CORSMissingAllowOrigin2", ("MissingAllowOriginHeader", "PreflightMissingAllowOriginHeader")),
        ("CORS Missing Allow Origin", ("MissingAllowOriginHeader", "PreflightMissingAllowOriginHeader")),
        ("https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS/Errors/CORSMissingAllowOrigin",
         ("MissingAllowOriginHeader", "PreflightMissingAllowOriginHeader")),
        ("https://developer.mozilla.org/de/docs/Web/HTTP/CORS/Errors/CORSPreflightDidNotSucceed",
         ("PreflightInvalidStatus",)),
        ("CORSMethodNotFound", ("MethodDisallowedByPreflightResponse",)),
        ("CORSMissingAllowHeaderFromPreflight2", ("HeaderDisallowedByPreflightResponse",)),
        ("Reason: CORS header 'Access-Control-Allow-Origin' missing", ("MissingAllowOriginHeader",)),
        ("CORSAllowOriginNotMatchingOrigin",
         ("AllowOriginMismatch", "InvalidAllowOriginValue", "MultipleAllowOriginValues", "PreflightAllowOriginMismatch",
          "PreflightInvalidAllowOriginValue", "PreflightMultipleAllowOriginValues")),
    ],
)  # fmt: skip
def test_what_a_name_can_mean(text: str, causes: tuple[str, ...]) -> None:
    assert complaint(text).causes == causes


@pytest.mark.parametrize(
    ("text", "browser"),
    [
        ("TypeError: Failed to fetch", "chromium"),
        ("Uncaught (in promise) TypeError: Failed to fetch\n    at app.js:12:9", "chromium"),
        ("GET https://api.example/orders net::ERR_FAILED 200 (OK)", "chromium"),
        ("TypeError: NetworkError when attempting to fetch resource.", "firefox"),
        ("Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at"
         " https://api.example/orders. This can be fixed by moving the resource to the same domain or enabling CORS.",
         "firefox"),
        ("TypeError: Load failed", "safari"),
        ("Fetch API cannot load https://api.example/orders due to access control checks.", "safari"),
        ("AxiosError: Network Error", None),
        ("Http failure response for https://api.example/orders: 0 Unknown Error", None),
        ("CORS error", None),
    ],
)  # fmt: skip
def test_texts_that_do_not_tell_the_cause_are_known_as_such(text: str, browser: str | None) -> None:
    found = complaint(text)
    assert (found.browser, found.cause, found.causes, found.certain) == (browser, None, (), False)
    assert "does not say why" in found.title


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("GET http://localhost:8000/api net::ERR_CONNECTION_REFUSED", "ERR_CONNECTION_REFUSED"),
        ("Failed to load resource: net::ERR_NAME_NOT_RESOLVED", "ERR_NAME_NOT_RESOLVED"),
        ("Failed to load resource: net::ERR_CERT_AUTHORITY_INVALID", "ERR_CERT_AUTHORITY_INVALID"),
        ("Failed to load resource: net::ERR_BLOCKED_BY_CLIENT", "ERR_BLOCKED_BY_CLIENT"),
    ],
)  # fmt: skip
def test_failures_of_the_network_are_not_cors(text: str, error: str) -> None:
    assert (complaint(text).cause, complaint(text).net_error) == ("Network", error)


def test_an_error_status_that_the_page_got_is_no_refusal() -> None:
    found = complaint("Failed to load resource: the server responded with a status of 404 (Not Found)")
    assert (found.cause, found.refused, found.status) == (None, False, 404)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "null-origin",
        "app/main.py",
        "hello world",
        "CORS",
        "Origin",
        "Access-Control-Allow-Origin",
        "Access-Control-Allow-Origin: *",
        "allow_origins=['*']",
        "why does my request fail?",
        "https://api.example/orders",
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS",
        "https://api.example/ sends 'Access-Control-Allow-Origin'",
        "GET https://api.example/orders 404 (Not Found)",
        "Uncaught ReferenceError: x is not defined",
        "SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        "Refused to connect to 'https://api.example/' because it violates the following Content Security Policy"
        " directive: \"connect-src 'self'\".",
        "Mixed Content: The page at 'https://a.example/' was loaded over HTTPS, but requested an insecure resource.",
        "DevTools failed to load source map: Could not load content for https://a.example/x.js.map",
        "[Deprecation] Listener added for a synchronous 'DOMNodeInserted' DOM Mutation Event.",
        "curl: (7) Failed to connect to localhost port 8000",
        "CSRF Failed: Origin checking failed - http://localhost:3000 does not match any trusted origins.",
        "WebSocket connection to 'wss://a.example/' failed:",
        "Cookie “x” has been rejected because it is in a cross-site context.",
        "MissingAllowOrigin",
        "PreflightAllow",
    ],
)  # fmt: skip
def test_what_no_browser_prints_about_cors_is_nothing(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "'" * 1_000_000,
        "Access to fetch at '" * 50_000,
        CHROMIUM[:-10] * 9_000,
        "Cross-Origin Request Blocked: " * 30_000,
        "header has a value '" * 50_000,
        "The 'Access-Control-Allow-Origin' header has a value '" * 20_000,
        "remote resource at http://a" * 40_000,
        "Redirect at '" * 70_000,
        "Origin " * 140_000,
        "Failed to load http://a" * 40_000,
        "CORS Aa" * 140_000,
        "CORS " + "Aaaa " * 200_000,
        "A" * 1_000_000,
        "https://" * 120_000,
        "https://a.example CORS " + "'Access-Control-Allow-Origin'" * 30_000,
        ": 100" * 200_000,
        "net::ERR_" * 100_000,
        "GET http://a" * 80_000,
        "\x1b[" * 500_000,
        "\n" * 1_000_000,
        "\x00\x07\u202e" * 300_000,
        "Access to " + "a " * 500_000,
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 2


def test_what_stands_past_the_limit_is_not_read() -> None:
    assert read("x" * MAX_TEXT + "\n" + BARE) is None


def test_the_table_names_rules_and_hints_that_exist() -> None:
    for failure in table().failures:
        assert set(failure.rules) | set(failure.beyond) <= set(catalogue.slugs())
        assert failure.look_for
        assert failure.patterns
    used = {key for one in table().failures for key in (*one.look_for, *one.look_for_at_preflight)}
    assert used | {"null-origin", "copy-the-line"} == set(table().hints)


def hints(text: str) -> list[str]:
    """The beginnings of the hints."""
    return [hint[:28] for hint in look_for(complaint(text))]


MISSED = FIREFOX.format("CORS header ‘Access-Control-Allow-Origin’ missing", " Status code: {}.")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (MISSED.format(500), "The server failed and its er"),
        (MISSED.format(502), "The application behind the p"),
        (MISSED.format(401), "A login stands before it (ba"),
        (MISSED.format(302), "The server redirects (http t"),
        (MISSED.format(200), "The page comes from a websit"),
        (MISSED.format(401) + SECOND, "A login stands before it (ba"),
        (MISSED.format(404) + SECOND, "Nothing answers OPTIONS at t"),
        (MISSED.format(308) + SECOND, "The preflight is redirected,"),
        (MISSED.format(200) + SECOND, "The page comes from a websit"),
        (f"Access to fetch at 'https://b.example/' (redirected from 'https://a.example/') from origin 'https://c.example'"
         f" has been blocked by CORS policy: {MISSING}", "The server redirects (http t"),
        (CHROMIUM.replace("http://localhost:3000", "null") + MISSING, "The page has no website of i"),
        ("GET http://localhost:8000/x net::ERR_CONNECTION_REFUSED", "The server does not run, or "),
        ("TypeError: Failed to fetch", "Open the developer tools (F1"),
    ],
)  # fmt: skip
def test_what_to_look_for_first_follows_from_the_text(text: str, first: str) -> None:
    assert hints(text)[0] == first


def test_hints_at_another_status_are_left_out() -> None:
    assert "A login stands before it (ba" not in hints(MISSED.format(500))
    assert "The server failed and its er" not in hints(MISSED.format(200))


def test_nothing_is_to_be_looked_for_where_the_page_got_its_answer() -> None:
    assert hints("Failed to load resource: the server responded with a status of 500 (X)") == []


def test_a_hint_for_one_browser_is_given_for_that_browser_only() -> None:
    crowded = "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed"
    assert "Firefox prints this also whe" in hints(FIREFOX.format(crowded, ""))
    multiple = "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed."
    assert "Firefox prints this also whe" not in hints(CHROMIUM + multiple)


CHROMIUM_NAMES = (
    "DisallowedByMode InvalidResponse WildcardOriginNotAllowed MissingAllowOriginHeader MultipleAllowOriginValues"
    " InvalidAllowOriginValue AllowOriginMismatch InvalidAllowCredentials CorsDisabledScheme PreflightInvalidStatus"
    " PreflightDisallowedRedirect PreflightWildcardOriginNotAllowed PreflightMissingAllowOriginHeader"
    " PreflightMultipleAllowOriginValues PreflightInvalidAllowOriginValue PreflightAllowOriginMismatch"
    " PreflightInvalidAllowCredentials InvalidAllowMethodsPreflightResponse InvalidAllowHeadersPreflightResponse"
    " MethodDisallowedByPreflightResponse HeaderDisallowedByPreflightResponse RedirectContainsCredentials"
    " InsecureLocalNetwork InvalidLocalNetworkAccess LocalNetworkAccessPermissionDenied"
)
FIREFOX_NAMES = (
    "CORSDisabled CORSDidNotSucceed CORSOriginHeaderNotAdded CORSExternalRedirectNotAllowed CORSRequestNotHttp"
    " CORSMissingAllowOrigin CORSMultipleAllowOriginNotAllowed CORSAllowOriginNotMatchingOrigin"
    " CORSNotSupportingCredentials CORSMethodNotFound CORSMissingAllowCredentials CORSPreflightDidNotSucceed"
    " CORSInvalidAllowMethod CORSInvalidAllowHeader CORSMissingAllowHeaderFromPreflight"
    " CORSAllowHeaderFromPreflightDeprecation"
)


@pytest.mark.parametrize(("listed", "number"), [(CHROMIUM_NAMES, 25), (FIREFOX_NAMES, 16)])
def test_the_table_knows_every_name(listed: str, number: int) -> None:
    assert len(listed.split()) == number
    assert set(listed.split()) <= set(names())


def test_a_message_without_its_reason_still_tells_the_page() -> None:
    for text in (CHROMIUM, CHROMIUM.rstrip(" :"), CHROMIUM.replace("'", ""), CHROMIUM.replace(" at ", " ")):
        found = complaint(text)
        assert summary(text) == ("chromium", None, False, "http://localhost:3000", "https://api.example/orders")
        assert found.causes[:2] == ("MissingAllowOriginHeader", "InvalidAllowOriginValue")
        assert not found.certain
        assert hints(text)[0] == "Open the developer tools (F1"


@pytest.mark.parametrize(
    ("text", "url", "origin"),
    [
        ("XMLHttpRequest cannot load `http://b.example/`. No 'Access-Control-Allow-Origin' header is present on the"
         " requested resource. Origin `'http://a.example'` is therefore not allowed access.",
         "http://b.example/", "http://a.example"),
        ("[Error] XMLHttpRequest cannot load https://b.example/x?y=1. Origin http://a.example is not allowed by"
         " Access-Control-Allow-Origin.", "https://b.example/x?y=1", "http://a.example"),
        ("[Error] Origin https://a.example is not allowed by Access-Control-Allow-Origin.\n[Error] Fetch API cannot"
         " load https://b.example/search?query=CS%201114&size=1000 due to access control checks.\n[Error] Failed to"
         " load resource: Origin https://a.example is not allowed by Access-Control-Allow-Origin. (search, line 0)",
         "https://b.example/search?query=CS%201114&size=1000", "https://a.example"),
        ("XMLHttpRequest cannot load https://b.example/. Response to preflight request doesn't pass access control"
         " check: No 'Access-Control-Allow-Origin' header is present on the requested resource. Origin"
         " 'https://a.example' is therefore not allowed access.", "https://b.example/", "https://a.example"),
    ],
)  # fmt: skip
def test_forms_that_people_have_posted(text: str, url: str, origin: str) -> None:
    found = complaint(text)
    assert (found.cause or "").endswith("MissingAllowOriginHeader")
    assert (found.url, found.origin) == (url, origin)


@pytest.mark.parametrize(
    "text",
    [
        "Raison : l'en-tête CORS « Access-Control-Allow-Origin » est manquant",
        "Grund: CORS-Header 'Access-Control-Allow-Origin' fehlt",
        "原因：CORS 头缺少 'Access-Control-Allow-Origin'",
    ],
)
def test_a_translated_reason_alone(text: str) -> None:
    found = complaint(text)
    assert (found.browser, found.cause, found.url) == ("firefox", "MissingAllowOriginHeader", None)
    assert found.causes == ("MissingAllowOriginHeader", "MultipleAllowOriginValues")


@pytest.mark.parametrize(
    "text",
    [
        "how do I set the CORS header 'Access-Control-Allow-Origin' in nginx?",
        "CORS: Origin http://a.example is not allowed",
        '{"error": "cross-origin request blocked"}',
        "Forbidden: Cross-Origin request blocked.",
        "WARNING: CORS is enabled for all origins",
        "Header set 'Access-Control-Allow-Origin'",
    ],
)
def test_what_servers_and_people_say_of_cors_is_no_message_of_a_browser(text: str) -> None:
    assert read(text) is None


FRAGMENTS = (
    CHROMIUM, PREFLIGHT, MISSING, SECOND, "(Reason: ", "Origin ", "'", "’", " is not allowed by Access-Control-Allow-",
    "\n", "Headers", "Methods", "Origin", "https://a.example/", "net::ERR_", "FAILED", "CORS", "Status code: 40",
    "Redirect at '", "has a value '", "' that is not equal to the supplied origin", "\x1b[", "CORSMissingAllow",
    "Failed to load ", "(null)",
)  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), max_size=12).map("".join))
def test_any_text_is_read_or_not(text: str) -> None:
    found = read(text)
    if found is not None:
        assert found.cause is None or found.cause in found.causes
        assert found.certain == (len(found.causes) == 1)
        assert (found.failure is None) == (not found.causes)
        assert "\n" not in (found.url or "") + (found.origin or "") + (found.value or "")
        look_for(found)


WRAPPED = (
    "Access to fetch at 'https://api.example/orders' from origin 'http://localhost:3000' has been\n"
    "blocked by CORS policy: Request header field x-api-key is not\n"
    "allowed by Access-Control-Allow-Headers in preflight response."
)


@pytest.mark.parametrize("mark", ["> ", ">", ">> ", "# ", "// ", "  | ", "    "])
def test_marks_before_each_line_are_no_part_of_the_message(mark: str) -> None:
    text = "\n".join(mark + line for line in WRAPPED.split("\n"))
    assert complaint(text) == complaint(WRAPPED)
    assert complaint(text).header == "x-api-key"


@pytest.mark.parametrize(
    "around",
    [
        '{{"level": "SEVERE", "message": "{}"}}',
        '[101:0402/101112.131415:ERROR:CONSOLE(0)] "{}", source: http://localhost:3000/ (0)',
        'I/chromium( 4321): [INFO:CONSOLE(1)] "{}", source: file:///android_asset/www/app.js (1)',
        "04-02 10:11:12.131 E/Capacitor/Console( 4321): File: - Line 0 - Msg: {}",
        "[browser] {} (main.js:12:34)",
        "ERR! console.error {}\n    at Object.send (zone.js:1:2)",
        "1) {}\n2) PATCH https://api.example/orders net::ERR_FAILED",
        "```\n{}\n```\nand my server sends\n    Access-Control-Allow-Origin: *",
        "**`{}`**",
    ],
)  # fmt: skip
def test_what_logs_and_pages_put_round_a_message_is_no_part_of_it(around: str) -> None:
    found = complaint(around.format(CHROMIUM + PREFLIGHT + MISSING))
    assert (found.browser, found.cause, found.preflight) == ("chromium", "PreflightMissingAllowOriginHeader", True)
    assert (found.origin, found.url) == ("http://localhost:3000", "https://api.example/orders")


@pytest.mark.parametrize("quote", ["\\u0027", "\\u2018", "\\u2019", "&apos;", "&#39;", '"', '\\"', "\\'"])
def test_quotes_in_any_notation(quote: str) -> None:
    assert complaint((CHROMIUM + MISSING).replace("'", quote)) == complaint(CHROMIUM + MISSING)
    crowded = (
        CHROMIUM + "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed."
    )
    assert complaint(crowded.replace("'", quote)).value == "*, *"


def test_quotes_round_a_method_or_a_header_are_not_part_of_it() -> None:
    method = "Method 'PATCH' is not allowed by Access-Control-Allow-Methods in preflight response."
    header = "Request header field 'X-Api-Key' is not allowed by Access-Control-Allow-Headers in preflight response."
    assert complaint(CHROMIUM + method).method == "PATCH"
    assert complaint(CHROMIUM + header).header == "x-api-key"


def test_links_that_a_page_made_of_addresses() -> None:
    linked = CHROMIUM.replace("'http://localhost:3000'", "'[http://localhost:3000'](http://localhost:3000'/)")
    assert complaint(linked + MISSING) == complaint(CHROMIUM + MISSING)
    angled = CHROMIUM.replace("https://api.example/orders", "<https://api.example/orders>")
    assert complaint(angled + MISSING) == complaint(CHROMIUM + MISSING)


@pytest.mark.parametrize(
    "origin", ["file://", "capacitor://localhost", "ionic://localhost", "app://obsidian.md", "null"]
)
def test_pages_that_come_from_no_server(origin: str) -> None:
    assert complaint(CHROMIUM.replace("http://localhost:3000", origin) + MISSING).origin == origin
    assert (
        complaint(f"Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: 200").origin == origin
    )


def test_parts_of_a_frame_tell_their_part() -> None:
    page = f"Access to XMLHttpRequest from origin 'https://a.example' has been blocked by CORS policy: {MISSING}"
    assert summary(page) == ("chromium", "MissingAllowOriginHeader", False, "https://a.example", None)
    target = f"Access to fetch at 'https://api.example/orders' has been blocked by CORS policy: {MISSING}"
    assert summary(target) == ("chromium", "MissingAllowOriginHeader", False, None, "https://api.example/orders")
    angular = "Http failure response for https://api.example/orders: 0 Unknown Error"
    assert (complaint(angular).cause, complaint(angular).url) == (None, "https://api.example/orders")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Fetch API cannot load file://a.example/x.json. URL scheme must be \"http\" or \"https\" for CORS request.",
         "CorsDisabledScheme"),
        (CHROMIUM + "Cross-origin requests are only supported for protocol schemes: http, data, https.",
         "CorsDisabledScheme"),
        (CHROMIUM + "Invalid response. Origin 'null' is therefore not allowed access.", "InvalidResponse"),
        (CHROMIUM + "The value of the 'Access-Control-Allow-Origin' header must not be the wildcard '*' when the"
         " request's credentials mode is 'include'.", "WildcardOriginNotAllowed"),
        ("the resource is in more-private address space `loopback`.", "InsecureLocalNetwork"),
        ("No Access-Control-Allow-Origin header is present on the requested resource.", "MissingAllowOriginHeader"),
    ],
)  # fmt: skip
def test_wordings_of_other_versions(text: str, cause: str) -> None:
    assert (complaint(text).browser, complaint(text).cause) == ("chromium", cause)


FRAMES = {
    "de": "Quellübergreifende (Cross-Origin) Anfrage blockiert: Die Gleiche-Quelle-Regel verbietet das Lesen der"
    " externen Ressource auf {}. (Grund: {}).",
    "fr": "Blocage d’une requête multiorigine (Cross-Origin Request) : la politique « Same Origin » ne permet pas de"
    " consulter la ressource distante située sur {}. Raison : {}.",
    "es": "Solicitud de origen cruzado bloqueada: La misma política de origen no permite leer el recurso remoto en {}."
    " (Razón: {}).",
    "pt": "Requisição cross-origin bloqueada: A diretiva Same Origin (mesma origem) não permite a leitura do recurso"
    " remoto em {} (motivo: {}).",
    "it": "Bloccata richiesta multiorigine (cross-origin): il criterio di corrispondenza dell’origine non consente la"
    " lettura della risorsa remota da {}. Motivo: {}.",
    "ru": "Запрос из постороннего источника заблокирован: Политика одного источника запрещает чтение удаленного ресурса"
    " на {}. (Причина: {}).",
    "zh": "已拦截跨源请求：同源策略禁止读取位于 {} 的远程资源。（原因：{}）。",
    "ja": "クロスオリジン要求をブロックしました: 同一生成元ポリシーにより、{} にあるリモートリソースの読み込みは"
    "拒否されます (理由: {})。",
}
NO_ANSWER = {
    "de": "CORS-Anfrage schlug fehl",
    "fr": "échec de la requête CORS",
    "es": "Solicitud CORS sin éxito",
    "pt": "falha na requisição CORS",
    "it": "richiesta CORS non riuscita",
    "ru": "не удалось выполнить запрос CORS",
    "zh": "CORS 请求未能成功",
    "ja": "CORS 要求が成功しなかった",
}
TURNED_DOWN = {
    "de": "CORS-Preflight-Antwort schlug fehl",
    "fr": "échec de la réponse de pré-vérification des requêtes CORS",
    "es": "La respuesta CORS no tuvo éxito",
    "pt": "falha na resposta de comprovação (preflight) do CORS",
    "it": "risposta CORS preliminare (“preflight”) non riuscita",
    "ru": "неудача ответа CORS preflight",
    "zh": "CORS 预检通道未成功",
    "ja": "CORS プリフライトチャンネルが継承されていない",
}
NOT_HTTP = {
    "de": "CORS-Anfrage war nicht http",
    "fr": "la requête CORS n’utilise pas HTTP",
    "es": "la solicitud CORS no es http",
    "pt": "requisição CORS não é http",
    "it": "richiesta CORS non http",
    "ru": "запрос CORS выполнен не по http",
    "zh": "CORS 请求不是 http",
    "ja": "CORS 要求が http でない",
}


@pytest.mark.parametrize("language", FRAMES)
def test_a_translated_reason_that_names_no_header(language: str) -> None:
    frame, url = FRAMES[language], "https://api.example/orders?a=1"
    answerless = frame.format(url, NO_ANSWER[language])
    assert summary(answerless) == ("firefox", "Network", False, None, url)
    turned_down = frame.format(url, TURNED_DOWN[language])
    assert summary(turned_down) == ("firefox", "PreflightInvalidStatus", True, None, url)
    assert complaint(turned_down + " Statuscode: 405.").status == 405
    on_disk = frame.format("file:///home/me/x.html", NOT_HTTP[language])
    assert summary(on_disk) == ("firefox", "CorsDisabledScheme", False, None, "file:///home/me/x.html")


@pytest.mark.parametrize("language", FRAMES)
def test_a_translated_reason_that_names_a_header_goes_before_one_that_does_not(language: str) -> None:
    url = "https://api.example/orders"
    missing = FRAMES[language].format(url, "CORS 'Access-Control-Allow-Origin'")
    assert complaint(missing).cause == "MissingAllowOriginHeader"
    second = FRAMES[language].format(url, NO_ANSWER[language]) + " Status: (null)."
    assert complaint(f"{missing}\n{second}").cause == "PreflightMissingAllowOriginHeader"


def test_translated_messages_about_two_addresses_are_kept_apart() -> None:
    for language, frame in FRAMES.items():
        first = frame.format("https://api.example/a", NO_ANSWER[language]) + " Status: (null)."
        second = frame.format("https://api.example/b", "CORS 'Access-Control-Allow-Origin'")
        expected = ("firefox", "MissingAllowOriginHeader", False, None, "https://api.example/b")
        assert summary(f"{first}\n{second}") == expected


def test_a_french_reason_that_does_not_say_cors() -> None:
    text = FRAMES["fr"].format(
        "https://api.example/a", "méthode manquante dans l’en-tête « Access-Control-Allow-Methods »"
    )
    assert complaint(text).cause == "MethodDisallowedByPreflightResponse"


def test_a_translated_message_without_its_reason_is_still_one_of_firefox() -> None:
    for frame in FRAMES.values():
        found = complaint(frame.format("https://api.example/orders", "…"))
        assert (found.browser, found.cause, found.url) == ("firefox", None, "https://api.example/orders")


def test_no_answer_in_a_language_that_is_not_in_the_table() -> None:
    text = "Zablokowano: https://api.example/orders. (Powód: żądanie CORS nie powiodło się). Kod stanu: (null)."
    assert summary(text) == ("firefox", "Network", False, None, "https://api.example/orders")


def test_a_translated_warning_is_no_refusal() -> None:
    text = (
        "Warnung: Die Gleiche-Quelle-Regel wird das Lesen der externen Ressource auf https://api.example/orders bald"
        " verbieten. (Grund: Wenn 'Access-Control-Allow-Headers' den Wert '*' hat, wird die 'Authorization'-Kopfzeile"
        " nicht eingeschlossen, CORS)."
    )
    assert (complaint(text).cause, complaint(text).refused) == ("AuthorizationCoveredByWildcard", False)


@pytest.mark.parametrize(
    "error",
    ["ERR_BLOCKED_BY_ORB", "ERR_BLOCKED_BY_CSP", "ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
     "ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep"],
)  # fmt: skip
def test_other_rules_of_chromium_are_told_from_cors_and_from_no_answer(error: str) -> None:
    found = complaint(f"GET https://api.example/x.png net::{error} 200 (OK)")
    assert (found.cause, found.net_error) == ("Network", error)
    assert found.title == "another rule than CORS stopped it"
    assert (
        complaint(f"GET https://api.example/x.png net::{error}\n{CHROMIUM}{MISSING}").cause
        == "MissingAllowOriginHeader"
    )


def test_safari_without_an_answer() -> None:
    told = "Failed to load resource: Could not connect to the server. (orders, line 0)"
    generic = "Fetch API cannot load https://api.example/orders due to access control checks."
    assert summary(f"{told}\n{generic}") == ("safari", "Network", False, None, "https://api.example/orders")
    assert complaint(generic).cause is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("AxiosError: Request failed with status code 404", 404),
        ("Uncaught (in promise) AxiosError {message: 'Request failed with status code 500'}", 500),
        ("Http failure response for https://api.example/orders: 403 Forbidden", 403),
    ],
)
def test_a_status_that_a_script_could_read_is_no_refusal(text: str, status: int) -> None:
    found = complaint(text)
    assert (found.browser, found.cause, found.refused, found.status) == (None, None, False, status)


@pytest.mark.parametrize(
    "text",
    [
        "E: Failed to fetch http://deb.example/pool/x.deb  404  Not Found",
        "Error: Failed to fetch https://registry.example/x.tgz",
        "AxiosError: timeout of 5000ms exceeded",
        "Could not connect to the server.",
        "Cross-Origin Read Blocking (CORB) blocked cross-origin response https://a.example/x with MIME type text/html.",
        "The resource at “https://a.example/x” was blocked due to its Cross-Origin-Resource-Policy header (or lack"
        " thereof).",
        "A resource is blocked by OpaqueResponseBlocking, please check browser console for details.",
        "Refused to display 'https://a.example/' in a frame because it set 'X-Frame-Options' to 'sameorigin'.",
        "Uncaught DOMException: Blocked a frame with origin \"http://localhost\" from accessing a cross-origin frame.",
        "Failed to execute 'postMessage' on 'DOMWindow': The target origin provided ('https://a.example') does not"
        " match the recipient window's origin ('http://localhost:3000').",
        "Failed to execute 'toDataURL' on 'HTMLCanvasElement': Tainted canvases may not be exported.",
        "This Set-Cookie was blocked because it had the \"SameSite=Lax\" attribute but came from another site.",
        "CSRF verification failed. Origin checking failed - https://a.example does not match any trusted origins.",
        "ModuleNotFoundError: No module named 'flask_cors'",
        "src/app.ts(3,18): error TS7016: Could not find a declaration file for module 'cors'.",
        "When allowCredentials is true, allowedOrigins cannot contain the special value \"*\" since that cannot be set"
        " on the \"Access-Control-Allow-Origin\" response header.",
        "127.0.0.1:51942 - \"OPTIONS /api HTTP/1.1\" 405 Method Not Allowed",
        "WARNING: no CORS headers for https://a.example, cache: (null)",
        "How do I enable CORS? My page at http://localhost:3000 cannot call https://api.example.",
        "El recurso remoto en la nube, sin CORS",
    ],
)  # fmt: skip
def test_errors_of_other_kinds_are_nothing(text: str) -> None:
    assert read(text) is None
