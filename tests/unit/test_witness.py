"""Which patterns let strangers in, and the origin that shows it; which do not, though they look alike."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from corslint.origins import Dialect, Match, UndecidedError, find_witness, parse_origin

LETS_STRANGERS_IN: list[tuple[str, Dialect, Match, str]] = [
    # The end is open.
    (r"https://app\.example\.com", "python", "match", "https://app.example.com.evil.example"),
    (r"^https://app\.example\.com", "pcre", "search", "https://app.example.com.evil.example"),
    (r"^https://(app|api)\.shop\.io", "js", "search", "https://api.shop.io.evil.example"),
    (r"^https?://([a-z0-9-]+\.)?example\.com", "pcre", "search", "https://example.com.evil.example"),
    (r"^https?:\/\/example\.com", "js", "search", "https://example.com.evil.example"),
    (r"https://.*\.example\.com", "go", "search", "https://app.example.com.evil.example"),
    (r"^https:\/\/.*\.example\.com", "js", "search", "https://app.example.com.evil.example"),
    (r"^https://[^.]+\.example\.com", "go", "search", "https://app.example.com.evil.example"),
    (r"^https://example\.com(:\d+)?", "python", "match", "https://example.com.evil.example"),
    (r"^https://example\.co\.uk", "python", "match", "https://example.co.uk.evil.example"),
    (r".*\.x\.com.*", "python", "match", "https://app.x.com.evil.example"),
    (r"https://example\.com.*", "python", "fullmatch", "https://example.com.evil.example"),
    (r"https?://localhost.*", "python", "fullmatch", "https://localhost.evil.example"),
    (r"^https?://localhost", "python", "match", "https://localhost.evil.example"),
    (r"^http://localhost", "pcre", "search", "http://localhost.evil.example"),
    (r"^https?://127\.0\.0\.1", "pcre", "search", "https://127.0.0.1.evil.example"),
    (r"^http://192\.168\.", "python", "match", "http://192.168.evil.example"),
    (r"https?://(localhost|127\.0\.0\.1).*", "python", "fullmatch", "https://127.0.0.1.evil.example"),
    (r"^http://10\..*$", "python", "match", "http://10.evil.example"),
    # The dollar sign belongs to one branch only, or the caret does.
    (r"^https://(app|api)\.example\.com|https://x\.y\.io$", "pcre", "search", "https://api.example.com.evil.example"),
    (r"^https://example\.com$|example\.org", "pcre", "search", "https://example.org.evil.example"),
    # The beginning is open.
    (r"example\.com$", "js", "search", "https://evilexample.com"),
    (r"https://.*example\.com", "python", "fullmatch", "https://evilexample.com"),
    (r"^https://.*example\.com$", "pcre", "search", "https://evilexample.com"),
    (r"^https?://[a-z0-9.-]*example\.com$", "go", "search", "https://evilexample.com"),
    (r"^https://\S+example\.com$", "rust", "search", "https://evilexample.com"),
    (r"https://[\w.-]+example\.com", "java", "fullmatch", "https://evilexample.com"),
    (r"^https://(.*\.)?(.*)example\.com$", "js", "search", "https://evilexample.com"),
    (r"^https:\/\/(\w+)example\.com(:\d+)?$", "js", "search", "https://evilexample.com"),
    (r"(.*)shop\.co\.uk$", "python", "match", "https://evilshop.co.uk"),
    (r".*example\.org", "python", "fullmatch", "https://evilexample.org"),
    # Both are.
    (r"example.com", "pcre", "search", "https://example.com.evil.example"),
    (r"example\.com", "js", "search", "https://example.com.evil.example"),
    (r"(localhost|example\.com)", "pcre", "search", "https://example.com.evil.example"),
    # The dot is not escaped.
    (r"https://app.example.com", "python", "fullmatch", "https://app-example.com"),
    (r"^https://app.example.com$", "pcre", "search", "https://app-example.com"),
    (r"^https://app.example\.com$", "pcre", "search", "https://app-example.com"),
    (r"^https://www.shop.co.uk$", "js", "search", "https://www-shop.co.uk"),
    (r"^https://(app|api).example.com$", "js", "search", "https://api-example.com"),
    (r"^https://.*.example.com$", "pcre", "search", "https://evilexample.com"),
    (r"^https://[a-z]+.example.com$", "python", "match", "https://evilexample.com"),
    (r"https?://.+.example.com(:[0-9]+)?", "python", "fullmatch", "https://evilexample.com"),
    # Globs read as regular expressions.
    (r"https://*.example.com", "python", "match", "https://example.com.evil.example"),
    (r"https://*.example.com", "python", "fullmatch", "https://xexample.com"),
    (r"http://localhost:*", "python", "match", "http://localhost.evil.example"),
    # Alternatives for the top-level domain.
    (r"https://*.example.*", "go", "glob", "https://app.example.evil.example"),
    (r"^https://example\.[a-z]+$", "js", "search", "https://example.example"),
    (r"^https://example\..*$", "js", "search", "https://example.evil.example"),
    (r"^https://app\.[^/]+$", "js", "search", "https://app.evil.example"),
    # Hyphens and digits that anybody can have too.
    (r"^https://example-[a-z]+\.com$", "js", "search", "https://example-evil.com"),
    (r"^https://yandex[0-9]\.com$", "pcre", "search", "https://yandex1.com"),
    # Shared platforms.
    (r"https://.*\.vercel\.app", "python", "fullmatch", "https://evil.vercel.app"),
    (r"^https://[a-z0-9-]+\.vercel\.app$", "js", "search", "https://evil.vercel.app"),
    (r".*\.herokuapp\.com$", "python", "match", "https://evil.herokuapp.com"),
    (r"^https://\w+\.ngrok-free\.app$", "python", "match", "https://evil.ngrok-free.app"),
    (r"https://.*\.onrender\.com", "python", "fullmatch", "https://evil.onrender.com"),
    (r"^https://[^/]*\.github\.io$", "go", "search", "https://evil.github.io"),
    (r"https://.*\.ngrok\.io", "java", "fullmatch", "https://evil.ngrok.io"),
    (r"^https://([a-z0-9-]+)?\.netlify\.app$", "pcre", "search", "https://evil.netlify.app"),
    (r"^https://ab.*\.vercel\.app$", "js", "search", "https://abevil.vercel.app"),
    (r"^https://myapp.*\.pages\.dev$", "js", "search", "https://myapp.evil.pages.dev"),
    (r"^https://my-app\.vercel\.app", "js", "search", "https://my-app.vercel.app.evil.example"),
    (r"https://.*\.railway\.app", "python", "fullmatch", "https://evil.up.railway.app"),
    (r"https://.*.up\.railway\.app", "python", "fullmatch", "https://evil.up.railway.app"),
    (r"https://.*.app\.github\.dev", "python", "fullmatch", "https://evil.app.github.dev"),
    (r"^https://(.*-[a-z]+\.)?(vercel\.app|amplifyapp\.com)$", "js", "search", "https://evil-evil.vercel.app"),
    (r"^https://[a-z0-9-]+\.devtunnels\.ms$", "js", "search", "https://evil.devtunnels.ms"),
    (r"^https?://.*\.nip\.io$", "pcre", "search", "https://evil.nip.io"),
    (r"https://.*\.ngrok-free\.app|https://.*\.loca\.lt", "python", "fullmatch", "https://evil.ngrok-free.app"),
    (r"https://.*\.replit\.dev", "python", "fullmatch", "https://app.evil.replit.dev"),
    (r"^https://.*\.amazonaws\.com$", "pcre", "search", "https://evil.s3.amazonaws.com"),
    (r"https?://(localhost(:8090)?|47.94.90.143)", "pcre", "search", "https://47.94.90.143.evil.example"),
    (r"((^https://www\.yandex\.ru)|(^https://ya\.ru)$)", "pcre", "search", "https://www.yandex.ru.evil.example"),
    (r".*\.home\.nicdumz\.fr", "go", "search", "https://app.home.nicdumz.fr.evil.example"),
    # A domain of a stranger's own is shown before a name on a platform.
    (r"https://.*\.vercel\.\w+", "python", "fullmatch", "https://app.vercel.example"),
    (r"https://.*\.vercel\.app|http://localhost.*", "python", "fullmatch", "http://localhost.evil.example"),
    (r"^https://[a-z]+\.(pages\.dev|com)$", "js", "search", "https://evil.com"),
    # What stands between gaps is read as somebody would write it.
    (r"^https://deploy-preview-\d+--shop.netlify.app$", "js", "search", "https://deploy-preview-1--shop-netlify.app"),
    (r"https://shop-[a-z0-9]+\.vercel\.app", "pcre", "search", "https://shop-app.vercel.app.evil.example"),
    (r"^https://[a-z0-9-]+-preview--[a-z]+\.lovable\.app$", "js", "search", "https://evil-preview--evil.lovable.app"),
    (r"^https?://100\.\d+\.\d+\.\d+$", "js", "search", "https://100.1.1.1"),
    ("http://10.*.*.*", "java", "glob", "http://10.app.app.evil.example"),
    (r"https://.*|http://127.0.0.1:.*", "python", "fullmatch", "https://evil.example"),
    # Everything.
    (r".*", "python", "match", "https://evil.example"),
    (r"", "python", "search", "https://evil.example"),
    (r"^https?://.+$", "python", "match", "https://evil.example"),
    (r"^https://", "pcre", "search", "https://evil.example"),
    (r"^http://.*$", "pcre", "search", "http://evil.example"),
    (r"^https?://.*:3000$", "js", "search", "https://evil.example:3000"),
    (r"^https?://\d+\.\d+\.\d+\.\d+(:\d+)?$", "python", "match", "https://8.8.8.8"),
    (r"^https://[^@]*$", "rust", "search", "https://evil.example"),
    (r"^https://[[:alnum:].-]+$", "pcre", "search", "https://evil.example"),
    (r"^https://[\p{L}.]+$", "go", "search", "https://evil.example"),
    (r"^https://[a-z.&&[^x]]+$", "java", "search", "https://evil.com"),
    (r"^(?i)HTTPS://EXAMPLE\.COM", "pcre", "search", "https://example.com.evil.example"),
    (r"(?x) ^ https:// .* example \. com $  # ours", "python", "match", "https://evilexample.com"),
    (r"^https://\Qexample.com\E", "pcre", "search", "https://example.com.evil.example"),
    (r"^https:\x2f\x2f.*example\u002ecom$", "js", "search", "https://evilexample.com"),
    (r"^https://example\.com\b", "pcre", "search", "https://example.com.evil.example"),
    (r"\bexample\.com$", "pcre", "search", "https://app-example.com"),
    (r"^https://[^]*example\.com$", "js", "search", "https://evilexample.com"),
    # What no automaton reads, shown by an origin that gets in all the same.
    (r"^https://(?!evil).*example\.com$", "js", "search", "https://app-example.com"),
    (r"^(?!https://)http.*$", "js", "search", "http://evil.example"),
    (r"(?i)^(?=.*\.com$)(?!.*\..*\.)HTTPS://shop", "pcre", "search", "https://shopevil.com"),
    (r"\A(?=[\s\S]*?(?:^https://))(?=[\s\S]*?(?:example\.com$))", "pcre", "search", "https://evilexample.com"),
    (r"^(?!https://evil)|x", "js", "search", "https://evil.example"),
    (r"^https://(?=.*example\.com).*$", "pcre", "search", "https://example.com.evil.example"),
    (r"^https://(?>[a-z]+)\.com$", "pcre", "search", "https://evil.com"),
    (r"^https://[a-z]++\.com$", "java", "search", "https://evil.com"),
    (r"^https://(e)vil\.\1xample$", "pcre", "search", "https://evil.example"),
    # Globs, prefixes, suffixes and parts.
    ("https://*example.com", "java", "glob", "https://evilexample.com"),
    ("https://example.*", "python", "glob", "https://example.evil.example"),
    ("*.vercel.app", "python", "glob", "https://evil.vercel.app"),
    ("https://*", "python", "glob", "https://evil.example"),
    ("https://*.herokuapp.com:[*]", "java", "glob", "https://evil.herokuapp.com"),
    ("https://*:[8080,8081]", "java", "glob", "https://evil.example:8080"),
    ("https://example.com", "python", "prefix", "https://example.com.evil.example"),
    ("https://app.", "js", "prefix", "https://app.evil.example"),
    ("http://localhost", "python", "prefix", "http://localhost.evil.example"),
    ("example.com", "python", "suffix", "https://evilexample.com"),
    ("shop.co.uk", "js", "suffix", "https://evilshop.co.uk"),
    (".vercel.app", "js", "suffix", "https://evil.vercel.app"),
    ("example.com", "js", "contains", "https://example.com.evil.example"),
    ("localhost", "js", "contains", "https://localhost.evil.example"),
    ("good", "python", "contains", "https://good.evil.example"),
    ("https://app.example.com", "python", "within", "https://app.example.co"),
]

KEEPS_STRANGERS_OUT: list[tuple[str, Dialect, Match]] = [
    # One domain and what is below it.
    (r"https://app\.example\.com", "python", "fullmatch"),
    (r"^https://app\.example\.com$", "pcre", "search"),
    (r"\Ahttps://app\.example\.com\Z", "python", "match"),
    (r"\Ahttps://app\.example\.com\z", "pcre", "search"),
    (r"https://.*\.example\.com", "python", "fullmatch"),
    (r"^https://.*\.example\.com$", "go", "search"),
    (r"^https?://([a-z0-9-]+\.)*example\.com(:[0-9]+)?$", "pcre", "search"),
    (r"^https://(.+\.)?example\.com$", "js", "search"),
    (r"^https:\/\/(?:[\w-]+\.)?example\.(?:com|org|co\.uk)$", "js", "search"),
    (r"^https://(([a-z0-9-]+\.)*)example\.(com|org|co\.uk)(:[0-9]{1,5})?$", "python", "match"),
    (r"^(https?://)?(\w+\.)?example\.com$", "python", "match"),
    (r"^(https:\/\/)?(.+)\.codecov\.io$", "python", "match"),
    (r"^https://(app|api|www)\.example\.com$", "rust", "search"),
    (r"\.example\.com$", "js", "search"),
    (r"[.]example[.]com$", "js", "search"),
    (r"^https://[^.]+[.]example[.]com$", "pcre", "search"),
    (r"//(.*\.)?example\.com$", "pcre", "search"),
    (r"^https://shop[12]\.com$", "pcre", "search"),
    (r"^https://(foo|bar|baz)\.(com|net)$", "pcre", "search"),
    (r"^https://.*\.my-shop\.co\.uk$", "go", "search"),
    (r"^https://\Qapp.example.com\E$", "java", "search"),
    (r"^(?i:https://APP\.EXAMPLE\.COM)$", "go", "search"),
    (r"(?x) ^ https:// app \. example \. com $  # ours", "python", "match"),
    (r"^https://[[:alnum:]-]+\.example\.com$", "pcre", "search"),
    (r"^https://[\w&&[^_]]+\.example\.com$", "java", "fullmatch"),
    (r"^https://\x61pp\.example\.com$", "js", "search"),
    (r"^https://app\.example\.com\.?$", "pcre", "search"),
    (r"^https://app\.example\.com(?:\.)?(?::443)?$", "pcre", "search"),
    # The dot cannot be another character where the top-level domain begins.
    (r"https://.*\.example.com", "python", "fullmatch"),
    (r"^https://example.com$", "pcre", "search"),
    # What is named where a gap is left empty.
    (r"^https://shop(?:-[0-9]{2}\.io)?\.com$", "js", "search"),
    (r"^https://shop(?:-[a-z]+\.)?example\.com$", "js", "search"),
    # A boundary between words, which a hyphen has no right to be here.
    (r"^https://app\.example\.com\b$", "pcre", "search"),
    # Here, and in the network around.
    (r"https?://localhost(:\d+)?", "python", "fullmatch"),
    (r"^http://localhost:\d+$", "js", "search"),
    (r"^http:\/\/localhost:[0-9]{1,5}$", "js", "search"),
    (r"^http://localhost:", "python", "match"),
    (r"^https?://(localhost|127\.0\.0\.1)(:[0-9]+)?$", "go", "search"),
    (r"^(https?://)?127\.0\.0\.1:\d{4}$", "python", "match"),
    (r"http://127.0.0.1:\d+", "python", "fullmatch"),
    (r"https?://192\.168\.\d+\.\d+(:\d+)?", "python", "fullmatch"),
    (r"^http://10\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?$", "js", "search"),
    (r"^http://172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$", "js", "search"),
    (r"^http://192.168.\d+.\d+$", "js", "search"),
    (r"^https?://[a-z]+(:\d+)?$", "js", "search"),
    (r"^https?://.*\.local$", "js", "search"),
    (r"^https?://.*\.internal(:\d+)?$", "js", "search"),
    (r"^http://.*\.localhost:3000$", "js", "search"),
    (r"^https?://93\.184\.216\.34(:\d+)?$", "js", "search"),
    (r"http://127.0.0.1:.*", "python", "fullmatch"),
    (r"^(https?://)(0.0.0.0|127.0.0.1|localhost):4200$", "python", "match"),
    (r"^(https?://)?(\w*-*\w*\.+)*anikalegal\.com$", "python", "match"),
    (r"^(https?:\/\/)?(\w+\.)?(.*)?shop-space\.netlify\.com\/?$", "python", "match"),
    # Shared platforms, and who of their users is meant.
    (r"^https://proj-[^.]*-team\.vercel\.app$", "js", "search"),
    (r"^proj-[^.]*-team\.vercel\.app$", "js", "search"),
    (r"^https://my-?app\.vercel\.app$", "js", "search"),
    (r"^https://llama-app-frontend.*\.vercel\.app$", "python", "fullmatch"),
    (r"https://llama-app-frontend.*\.vercel\.app", "python", "fullmatch"),
    (r"^https://.*-myteam\.vercel\.app$", "js", "search"),
    (r"^https://[a-z0-9-]+-my-team\.vercel\.app$", "pcre", "search"),
    (r"^https://deploy-preview-\d+--shop\.netlify\.app$", "go", "search"),
    (r"^https://(main|dev)--shop\.netlify\.app$", "go", "search"),
    (r"^https://shop-pr-[0-9]+\.herokuapp\.com$", "python", "match"),
    (r"^https://shop-.*\.onrender\.com$", "python", "match"),
    (r"^https://[a-z0-9]+\.shop\.pages\.dev$", "js", "search"),
    (r"^https://shop\.github\.io$", "js", "search"),
    (r"^https://myapp.*\.azurewebsites\.net$", "js", "search"),
    (r"^https://myapp(-\d+)?(\.[a-z0-9-]+)+\.azurestaticapps\.net$", "js", "search"),
    (r"^https://.*.-myteam\.vercel\.app$", "js", "search"),
    (r"^https://.*.myapp\.vercel\.app$", "js", "search"),
    (r"^https://my-shop.preview.*\.vercel\.app$", "js", "search"),
    (r"^https://api\.shop.01\.pages\.dev$", "js", "search"),
    (r"^https://[a-z0-9-]+-my-shop.app\.github\.dev$", "js", "search"),
    # What the name begins with is a top-level domain too.
    (r"^https://shop[a-z0-9-]*\.web\.app$", "python", "match"),
    (r"^https://app.*\.vercel\.app$", "js", "search"),
    # Nobody's, or nothing that a browser sends.
    (r"null", "python", "match"),
    (r"", "python", "fullmatch"),
    (r"^https://example\.com/$", "pcre", "search"),
    (r"^https://.*/$", "pcre", "search"),
    (r"^HTTPS://.*$", "pcre", "search"),
    (r"^https://.*\.EXAMPLE\.com$", "pcre", "search"),
    (r"^ftp://.*$", "pcre", "search"),
    (r"^capacitor://localhost$", "js", "search"),
    (r"^chrome-extension://[a-z]{32}$", "js", "search"),
    (r"^https://$", "pcre", "search"),
    (r"^\*$", "pcre", "search"),
    (r"^https://.*:443$", "pcre", "search"),
    (r"^http://.*:80$", "pcre", "search"),
    (r"^https://.*:0\d*$", "pcre", "search"),
    (r"^https://.*:[7-9]\d{4}$", "pcre", "search"),
    (r"^https://[a-z]+\.nosuchtopleveldomain$", "pcre", "search"),
    (r"^https://co\.uk$", "pcre", "search"),
    (r"^https://[a-z]+\.my_shop\.pg$", "pcre", "search"),
    (r"^https://[0-9]+\.[0-9]+$", "pcre", "search"),
    (r"^https://-[a-z]+\.-com$", "pcre", "search"),
    (r"[^\s\S]", "pcre", "search"),
    (r"[]", "js", "search"),
    (r"^https://a{300}\.com$", "pcre", "search"),
    # What has to follow, and what must not, where the origin begins.
    (r"^(?!https://evil)https://.*\.example\.com$", "js", "search"),
    (r"^(?=https://.*\.example\.com$).*$", "js", "search"),
    (r"\A(?=[\s\S]*?(?:^https://.*$))(?=[\s\S]*?(?:\.example\.com$))", "pcre", "search"),
    (r"(?=https://.*\.example\.com$).*", "python", "fullmatch"),
    (r"^(?!https?://)", "js", "search"),
    # What no automaton reads, but a wider reading keeps strangers out already.
    (r"^https://(?!admin\.)[a-z]+\.example\.com$", "js", "search"),
    (r"^https://(?:(?<!-)[a-z-])+\.example\.com$", "pcre", "search"),
    (r"^https://([a-z])\1\.example\.com$", "js", "search"),
    # Globs, suffixes and parts.
    ("https://*.example.com", "java", "glob"),
    ("https://*.example.com:[8080,8081]", "java", "glob"),
    ("https://*.example.com:[*]", "java", "glob"),
    ("http://localhost:[*]", "java", "glob"),
    ("http://localhost:*", "python", "glob"),
    ("https://*.example.com", "python", "glob"),
    ("*.example.com", "python", "glob"),
    ("https://shop-*.vercel.app", "python", "glob"),
    ("https://example.com", "python", "glob"),
    ("https://example.com:", "python", "prefix"),
    ("http://localhost:", "js", "prefix"),
    (".example.com", "python", "suffix"),
    ("//example.com", "python", "suffix"),
    ("-my-team.vercel.app", "js", "suffix"),
    ("://localhost:", "js", "contains"),
    ("https://app.example.co", "python", "within"),
]


@pytest.mark.parametrize(("pattern", "dialect", "match", "witness"), LETS_STRANGERS_IN)
def test_a_stranger_gets_in(pattern: str, dialect: Dialect, match: Match, witness: str) -> None:
    assert parse_origin(witness)
    assert find_witness(pattern, dialect=dialect, match=match) == witness


@pytest.mark.parametrize(("pattern", "dialect", "match"), KEEPS_STRANGERS_OUT)
def test_no_stranger_gets_in(pattern: str, dialect: Dialect, match: Match) -> None:
    assert find_witness(pattern, dialect=dialect, match=match) is None


@pytest.mark.parametrize(
    "own", ["https://*.example.net", "example.net", "*.example.net", "https://*.evil.example.net"], ids=str
)
def test_what_we_say_is_ours_is_no_strangers(own: str) -> None:
    pattern = r"^https://[a-z]+\.evil\.example\.net$"
    assert find_witness(pattern, dialect="pcre", match="search", own=(own,)) is None


def test_what_is_ours_is_left_out_of_what_is_open() -> None:
    pattern = r"^https://[a-z0-9-]+\.vercel\.app$"
    assert find_witness(pattern, dialect="js", match="search", own=("https://*.vercel.app",)) is None
    assert (
        find_witness(pattern, dialect="js", match="search", own=("https://shop.vercel.app",))
        == "https://evil.vercel.app"
    )


def test_case_is_ignored_where_the_product_ignores_it() -> None:
    pattern = r"^HTTPS://APP\.EXAMPLE\.COM"
    assert find_witness(pattern, dialect="pcre", match="search") is None
    witness = find_witness(pattern, dialect="pcre", match="search", ignore_case=True)
    assert witness == "https://app.example.com.evil.example"


HOSTILE = [
    r"^(a|a)*$",
    "(" * 60 + "a|a" + ")*" * 60 + "$",
    "(" * 5_000 + "a" + ")" * 5_000,
    "[" * 5_000,
    "(" * 9_000,
    r"^https://(([a-z]{1,1000}){1,1000}){1,1000}\.com$",
    r"^https://(?:(?:a?){1000}){1000}$",
    r"(a{1000}){1000}",
    r"a{999999999}",
    r"a{99999999999999}",
    ".*a" * 2_500 + "$",
    ".*" * 5_000 + r"\.example\.com$",
    "(.*)*" * 1_000 + r"\.example\.com$",
    "^https://(" + "|".join(f"tenant{n}.example{n}" for n in range(400)) + r")\.com$",
    "^https://(" + "|".join(f"tenant{n}" for n in range(900)) + r")\.example\.com$",
    "^https://[a-z]*" + "[a-z]?" * 1_500 + r"\.example\.com$",
    r"^https://(?!.*(x+x+)+y).*$",
    r"^https://(x+x+)+y\.com$",
    r"^(?=(.+)+$)(?!.*\.).*$",
    r"^https://(.)(.)\2\1\.(.)\3$",
    r"(?R)",
    r"(?(1)a|b)",
    r"(*FAIL)",
    "\\",
    "[",
    "(",
    "*",
    "(?",
    "(?P<",
    "[[:nonsense:]]",
    r"\p{Nonsense}",
    "x{1,",
    "\0",
    "\ud800",
    "é",
    "a" * 10_000,
    "a" * 10_001,
    "[a-z]*" * 1_600,
]


@pytest.mark.parametrize("dialect", ["python", "pcre", "js"])
@pytest.mark.parametrize("pattern", HOSTILE, ids=lambda pattern: pattern[:30].encode("ascii", "replace").decode())
def test_hostile_patterns_are_decided_or_given_up_in_time(pattern: str, dialect: Dialect) -> None:
    begun = time.process_time()  # a busy machine is not slower in this
    with suppress(UndecidedError):
        witness = find_witness(pattern, dialect=dialect, match="search")
        assert witness is None or parse_origin(witness)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("asked", "words"), [({"dialect": "perl", "match": "search"}, "perl"), ({"dialect": "js", "match": "is"}, "'is'")]
)
def test_a_dialect_or_match_that_there_is_none_of_is_an_error(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        find_witness(r"^https://example\.com$", **asked)
