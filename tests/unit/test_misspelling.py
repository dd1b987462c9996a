"""Texts that no browser sends as an origin, and what was meant."""

from __future__ import annotations

import pytest

from corslint.misspelling import misspelling, misspelt_header, regex_of_glob


@pytest.mark.parametrize(
    ("text", "meant", "flaw"),
    [
        ("https://app.example.com/", "https://app.example.com", "ends without a slash"),
        ("https://app.example.com/login", "https://app.example.com", "has no path"),
        ("https://app.example.com?x=1", "https://app.example.com", "has no path"),
        ("https://App.Example.com", "https://app.example.com", "lower case"),
        ("HTTPS://app.example.com", "https://app.example.com", "lower case"),
        ("https://app.example.com:443", "https://app.example.com", "leave out the port 443"),
        ("http://app.example.com:80", "http://app.example.com", "leave out the port 80"),
        (" https://app.example.com", "https://app.example.com", "no space"),
        ("https://app.example.com\t", "https://app.example.com", "no space"),
        ("'https://app.example.com'", "https://app.example.com", "quotes"),
        (": https://app.example.com", "https://app.example.com", "colon"),
        ("app.example.com", "https://app.example.com", "scheme is missing"),
        ("localhost:3000", "http://localhost:3000", "scheme is missing"),
        ("192.168.1.5:8080", "http://192.168.1.5:8080", "scheme is missing"),
        ("//app.example.com", "https://app.example.com", "scheme is missing"),
        ("http:/app.example.com", "http://app.example.com", "misspelt"),
        ("https//app.example.com", "https://app.example.com", "misspelt"),
        ("https://bücher.example", "https://xn--bcher-kva.example", "Punycode"),
        ("https://user@app.example.com", "https://app.example.com", "no user name"),
        ("http://[::1]:3000/", "http://[::1]:3000", "ends without a slash"),
        ("capacitor://localhost/", "capacitor://localhost", "ends without a slash"),
        ("'*'", "*", "only a bare `*`"),
        (": *", "*", "only a bare `*`"),
    ],
)
def test_meant_one_origin(text: str, meant: str, flaw: str) -> None:
    wrong = misspelling(text)
    assert wrong is not None
    assert wrong.meant == meant
    assert flaw in wrong.flaw


@pytest.mark.parametrize(
    "text",
    [
        "https://app.example.com",
        "https://app.example.com:8443",
        "http://app.example.com:443",
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://[::1]:3000",
        "https://xn--bcher-kva.example",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
        "https://my_host.example.com",
        "null",
        "*",
        "",
        "file://",
        "${FRONTEND_URL}",
        "https://${DOMAIN}",
        "https://$host",
        "https://{tenant}.example.com",
        "https://{{ domain }}",
        "<your-frontend-url>",
        "__ORIGIN__",
        "https://%s.example.com",
    ],
)
def test_nothing_to_say(text: str) -> None:
    assert misspelling(text) is None


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("https://a.example.com, https://b.example.com", "several origins"),
        ("https://a.example.com https://b.example.com", "several origins"),
        (r"^https://.*\.example\.com$", "a pattern is compared as text"),
        ("https://.+.example.com", "a pattern is compared as text"),
        ("https://*.example.com", "`*` stands for nothing"),
        ("http://localhost:*", "`*` stands for nothing"),
        ("frontend", "no scheme and no host"),
        ("$http_referer", "the Referer is the address of a page"),
        ("https://", "no page"),
        ("https://exa mple.com", "no page"),
        ("https://app.example.com:99999", "no page"),
    ],
)
def test_no_single_origin_was_meant(text: str, flaw: str) -> None:
    wrong = misspelling(text)
    assert wrong is not None
    assert wrong.meant is None
    assert flaw in wrong.flaw


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("https://app.example.com/", True),
        ("https://App.example.com:443", True),
        ("https://app.example.com/login", False),
        ("app.example.com", False),
        ("http:/app.example.com", False),
    ],
)
def test_only_what_keeps_scheme_host_and_port_is_certain(text: str, certain: bool) -> None:
    wrong = misspelling(text)
    assert wrong is not None
    assert wrong.certain is certain


@pytest.mark.parametrize(
    ("glob", "pattern"),
    [
        ("https://*.example.com", r"https://[a-z0-9-]+\.example\.com"),
        ("https://app-*.example.com", r"https://app-[a-z0-9-]+\.example\.com"),
        ("http://localhost:*", r"http://localhost:\d+"),
        ("*.example.com", r"https://[a-z0-9-]+\.example\.com"),
        ("https://*.example.com/", None),
        ("*://*", None),
    ],
)
def test_regex_of_glob(glob: str, pattern: str | None) -> None:
    assert regex_of_glob(glob) == pattern


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Access-Control-Allow-Method", "Access-Control-Allow-Methods"),
        ("access-control-allow-orgin", "Access-Control-Allow-Origin"),
        ("Access-Control-Allowed-Headers", "Access-Control-Allow-Headers"),
        ("Access-Control-Expose-Header", "Access-Control-Expose-Headers"),
        ("Access-Control-Max-Ages", "Access-Control-Max-Age"),
        ("Access-Control-Allow-Credential", "Access-Control-Allow-Credentials"),
        # Right as they are, or nothing that was meant for a browser.
        ("Access-Control-Allow-Methods", None),
        ("ACCESS-CONTROL-ALLOW-ORIGIN", None),
        ("Access-Control-Request-Method", None),
        ("Access-Control-Request-Headers", None),
        ("Access-Control-Request-Header", None),
        ("Access-Control-Policy", None),
        ("Access-Control-List", None),
        ("X-Access-Control-Allow-Method", None),
        ("Access-Control-", None),
        ("", None),
    ],
)
def test_names_of_headers_that_are_nearly_right(name: str, meant: str | None) -> None:
    assert misspelt_header(name) == meant
