"""What an origin is, and whether an entry lets one in."""

from __future__ import annotations

import time

import pytest

from corslint.origins import (
    AnyOrigin,
    Dialect,
    Entry,
    Exact,
    Match,
    Null,
    Origin,
    Origins,
    Pattern,
    Reflected,
    Undecided,
    UndecidedError,
    accepts,
    is_local_host,
    parse_origin,
)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://app.example.com", Origin("https", "app.example.com")),
        ("http://localhost:3000", Origin("http", "localhost", 3000)),
        ("http://app.example.com:443", Origin("http", "app.example.com", 443)),
        ("https://app.example.com:80", Origin("https", "app.example.com", 80)),
        ("http://127.0.0.1", Origin("http", "127.0.0.1")),
        ("http://[::1]:3000", Origin("http", "[::1]", 3000)),
        ("http://[2001:db8::1]", Origin("http", "[2001:db8::1]")),
        ("https://xn--bcher-kva.example", Origin("https", "xn--bcher-kva.example")),
        ("https://my_host.example.com", Origin("https", "my_host.example.com")),
        ("https://example.com.", Origin("https", "example.com.")),
        ("capacitor://localhost", Origin("capacitor", "localhost")),
        ("chrome-extension://abcdefghijklmnop", Origin("chrome-extension", "abcdefghijklmnop")),
    ],
)
def test_text_that_browsers_send_is_an_origin(text: str, origin: Origin) -> None:
    assert parse_origin(text) == origin
    assert str(origin) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "app.example.com",
        "//app.example.com",
        "https://",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?x",
        "https://app.example.com#x",
        "https://user@app.example.com",
        "https://App.example.com",
        "HTTPS://app.example.com",
        "https://app.example.com:443",
        "http://app.example.com:80",
        "http://app.example.com:080",
        "http://app.example.com:",
        "http://app.example.com:99999",
        "http://app.example.com:123456",
        " https://app.example.com",
        "https://app.example.com ",
        "https://app.example.com\n",
        "https://*.example.com",
        "https://app..example.com",
        "https://-app.example.com",
        "https://bücher.example",
        "http://[::1",
        "http://[0:0::1]",
        "http://::1",
        "file://",
        "https://" + "a" * 64 + ".example",
        "https://" + "a." * 130 + "example",
    ],
)
def test_text_that_no_browser_sends_is_no_origin(text: str) -> None:
    assert parse_origin(text) is None


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "app.localhost",
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "printer.local",
        "host.docker.internal",
        "nas.lan",
        "router.home.arpa",
        "app.test",
        "intranet",
        "localtest.me",
        "app.localtest.me",
        "lvh.me",
        "shop.lvh.me",
        "localhost.tiangolo.com",
        "127.0.0.1.nip.io",
        "app.192.168.0.10.nip.io",
        "app-10-0-0-1.nip.io",
        "10-0-0-1.sslip.io",
    ],
)
def test_host_is_local(host: str) -> None:
    assert is_local_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "localhost.example.com",
        "localhost.evil.example",
        "8.8.8.8",
        "172.32.0.1",
        "[2606:4700::1111]",
        "mylocalhost.com",
        "app.testing.com",
        "local.example.com",
        "lan.example",
        "localhost.lvh.me.evil.example",
        "evillvh.me",
        "mylocaltest.me",
        "tiangolo.com",
        "app.tiangolo.com",
        "localhost.nip.io",
        "nip.io",
        "8.8.8.8.nip.io",
        "127.0.0.1.nip.io.evil.example",
        "127.0.0.1.evil-nip.io",
        "999.0.0.1.nip.io",
        "8.8.127.0.0.1.example.com",
    ],
)
def test_host_is_not_local(host: str) -> None:
    assert not is_local_host(host)


@pytest.mark.parametrize("origin", ["https://app.example.com", "null", "https://evil.example"])
def test_any_origin_accepts_all(origin: str) -> None:
    assert accepts(AnyOrigin(), origin)
    assert accepts(Reflected(), origin)


def test_null_accepts_null_only() -> None:
    assert accepts(Null(), "null")
    assert not accepts(Null(), "https://app.example.com")


def test_exact_compares_letter_by_letter_unless_told_otherwise() -> None:
    assert accepts(Exact("https://app.example.com"), "https://app.example.com")
    assert not accepts(Exact("https://App.example.com"), "https://app.example.com")
    assert accepts(Exact("https://App.example.com", ignore_case=True), "https://app.example.com")
    assert not accepts(Exact("https://app.example.com"), "https://app.example.com.evil.example")
    assert not accepts(Exact("https://app.example.com/"), "https://app.example.com")


@pytest.mark.parametrize(
    ("text", "match", "origin", "accepted"),
    [
        (r"https://.*\.example\.com", "fullmatch", "https://a.example.com", True),
        (r"https://.*\.example\.com", "fullmatch", "https://a.example.com.evil.example", False),
        (r"https://.*\.example\.com", "match", "https://a.example.com.evil.example", True),
        (r"https://.*\.example\.com$", "match", "https://a.example.com.evil.example", False),
        ("example.com", "search", "https://evilexample.com", True),
        ("example.com", "match", "https://evilexample.com", False),
        ("^https://app.example.com$", "search", "https://app-example.com", True),
        ("https://*.example.com", "glob", "https://a.example.com", True),
        ("https://*.example.com", "glob", "https://a.b.example.com", True),
        ("https://*.example.com", "glob", "https://example.com", False),
        ("https://*.example.com", "glob", "https://a-example.com", False),
        ("https://*.example.com", "glob", "https://a.example.com.evil.example", False),
        ("http://localhost:*", "glob", "http://localhost:3000", True),
        ("https://app.example.com", "prefix", "https://app.example.com.evil.example", True),
        ("https://app.example.com", "prefix", "http://app.example.com", False),
        ("example.com", "suffix", "https://evilexample.com", True),
        (".example.com", "suffix", "https://evilexample.com", False),
        ("example", "contains", "https://example.evil", True),
        ("example", "contains", "https://evil.test", False),
        ("https://a.example,https://b.example", "within", "https://b.example", True),
        ("https://a.example.com", "within", "https://a.example.co", True),
        ("https://a.example", "within", "https://a.example.evil", False),
    ],
)
def test_pattern_compares_as_it_says(text: str, match: Match, origin: str, accepted: bool) -> None:
    assert accepts(Pattern(text, "python", match), origin) is accepted
    assert accepts(Pattern(text, "python", match, negated=True), origin) is not accepted


@pytest.mark.parametrize(
    ("glob", "origin", "let_in"),
    [
        ("https://*.example.com:[8080,8443]", "https://a.example.com:8443", True),
        ("https://*.example.com:[8080,8443]", "https://a.example.com", False),
        ("https://*.example.com:[8080,8443]", "https://a.example.com:80808", False),
        ("https://*.example.com:[*]", "https://a.example.com:9000", True),
        ("https://*.example.com:[*]", "https://a.example.com", True),
        ("https://*.example.com:[*]", "https://a.example.com:9000.evil.example", False),
        ("http://[::1]:[*]", "http://[::1]:3000", True),
    ],
)
def test_springs_globs_may_end_with_ports(glob: str, origin: str, let_in: bool) -> None:
    assert accepts(Pattern(glob, "java", "glob"), origin) is let_in
    assert not accepts(Pattern(glob, "go", "glob"), origin)


@pytest.mark.parametrize("match", ["search", "match", "fullmatch", "glob", "prefix", "suffix", "contains", "within"])
def test_pattern_minds_case_unless_told_otherwise(match: Match) -> None:
    assert not accepts(Pattern("https://App.example.com", "pcre", match), "https://app.example.com")
    assert accepts(Pattern("https://App.example.com", "pcre", match, ignore_case=True), "https://app.example.com")


@pytest.mark.parametrize("dialect", ["python", "pcre", "go", "java", "rust", "js"])
def test_usual_patterns_mean_the_same_everywhere(dialect: Dialect) -> None:
    pattern = Pattern(r"^https://(?:[a-z0-9-]+\.)?example\.com(:\d+)?$", dialect, "search")
    assert accepts(pattern, "https://app.example.com:8443")
    assert not accepts(pattern, "https://app.example.com.evil.example")


@pytest.mark.parametrize("text", ["(", "[", "(?P<x", "*a", "(" * 5000 + ")" * 5000, "a{99999999999}", "a" * 10_001])
def test_pattern_that_cannot_be_read_is_undecided(text: str) -> None:
    with pytest.raises(UndecidedError, match=r"cannot be read|nested too deeply|too long"):
        accepts(Pattern(text, "pcre", "search"), "https://app.example.com")


@pytest.mark.parametrize("text", ["(?R)(?R)(?R)", "(?:(?R)|a)+", "(?P<x>a(?&x))", "(a(?1))"])
def test_pattern_that_calls_itself_is_undecided(text: str) -> None:
    with pytest.raises(UndecidedError, match="calls itself"):
        accepts(Pattern(text, "pcre", "search"), "https://app.example.com")


def test_pattern_that_takes_forever_is_stopped_and_not_tried_again() -> None:
    pattern = Pattern(r"(x|xx)+$", "pcre", "search")
    moments = [time.perf_counter()]
    for number in range(20):
        with pytest.raises(UndecidedError, match="takes too long"):
            accepts(pattern, "https://" + "x" * 200 + f"!{number}")
        moments.append(time.perf_counter())
    assert moments[-1] - moments[1] < moments[1] - moments[0]


@pytest.mark.parametrize(
    "text", ["(((a{1,1000}){1,1000}){1,1000}){1,1000}", "(a?){5000}" * 50, "|".join(["a*"] * 3000)]
)
def test_pattern_that_is_large_is_read_in_time(text: str) -> None:
    start = time.perf_counter()
    assert accepts(Pattern(text, "pcre", "search"), "https://app.example.com")
    assert time.perf_counter() - start < 30


def test_undecided_entry_says_what_decides() -> None:
    with pytest.raises(UndecidedError, match="ORIGINS is read at run time"):
        accepts(Undecided("ORIGINS is read at run time"), "https://app.example.com")


APP, UNKNOWN = Exact("https://app.example.com"), Undecided("it is read at run time")


@pytest.mark.parametrize("entries", [(APP, UNKNOWN), (UNKNOWN, APP)])
def test_known_entry_decides_before_an_unknown_one(entries: tuple[Entry, ...]) -> None:
    assert Origins(entries).match("https://app.example.com") == APP
    with pytest.raises(UndecidedError):
        Origins(entries).match("https://other.example")


def test_first_entry_that_accepts_is_given() -> None:
    assert Origins((Null(), APP, AnyOrigin())).match("https://app.example.com") == APP
    assert Origins((APP,)).match("null") is None
    assert Origins().match("https://app.example.com") is None


def test_unreadable_pattern_leaves_open_what_no_other_entry_decides() -> None:
    origins = Origins((Pattern("(", "python", "search"), APP))
    assert origins.match("https://app.example.com") == APP
    with pytest.raises(UndecidedError, match="cannot be read"):
        origins.match("https://other.example")
