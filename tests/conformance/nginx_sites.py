"""Random nginx sites: the configuration of a `server`, and requests to put to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

ORIGINS = (
    "https://app.example",
    "https://evil.test",
    "http://APP.example",
    "https://a.app.example:8443",
    "https://app.example.evil.test",
    "null",
)
METHODS = ("GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "OPTIONS", "OPTIONS")
FILES = ("/f.txt", "/index.html", "/e.html", "/c/index.html")
"""Files that there are; `/c` is a folder as well."""
PATHS = (
    "/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/a/b.js", "/a/x.JS", "/b", "/b/", "/b/x.js", "/c", "/c/", "/c/x",
    "/d/none", "/f.txt", "/index.html", "/a%2Fb", "//a//b", "/a/./b", "/b/../a", "/x.js", "/e.html",
)  # fmt: skip
STATUSES = (200, 200, 201, 202, 204, 206, 301, 304, 400, 401, 403, 404, 405, 418, 500, 503)
"""What the server behind nginx answers."""
HEADERS = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "access-control-allow-origin",
    "Vary",
    "X-Other",
)
_VALUES = {
    "access-control-allow-origin": ("*", "https://app.example", "$http_origin", "${http_origin}", "null", '""'),
    "access-control-allow-credentials": ("true", "'true'", "false", '""'),
    "access-control-allow-methods": ('"GET, PUT, OPTIONS"', "*", "$request_method",
                                     "$http_access_control_request_method"),
    "access-control-allow-headers": ("'content-type, x-y'", "*", "$http_access_control_request_headers"),
    "access-control-expose-headers": ("X-Other", "$arg_q", '"a$arg_q"'),
    "access-control-max-age": ("600", "0", "'86400'"),
    "vary": ("Origin", "Accept-Encoding", '"Origin, Accept"', '""', "*"),
    "x-other": ("1",),
}  # fmt: skip
_CLEARED = ("Access-Control-*", "Access-Control-Allow-Origin", "Vary", "Access-Control-Allow-*")
_HIDDEN = ("Access-Control-Allow-Origin", "access-control-allow-credentials", "Vary", "X-Z")
_METHOD_TESTS = (
    "= OPTIONS", "= OPTIONS", "= 'OPTIONS'", "= GET", "= POST", "= options", "!= OPTIONS", "!= GET",
    "~ ^(GET|POST)$", "!~ ^(GET|POST)$", "~* options", "!~* options", "~ PUT|DELETE", "~ ^OPTIONS", "~ options",
)  # fmt: skip
_MAP_KEYS = (
    "https://app.example", "HTTPS://EVIL.TEST", '"null"', r"~^https://([a-z.]+\.)?app\.example", r"~*APP\.EXAMPLE$",
    r'"~^https?://(?<NAME>[a-z]+)\."', '""', r"~evil", r'"~:\d{2,5}$"',
)  # fmt: skip
_MAP_VALUES = ("$http_origin", '"*"', '""', "https://fixed.example", "1", "0", "$VARIABLE")
_PATTERNS = (
    r"app\.example", r"^https://app\.example$", r"^https?://([a-z.]+)app\.example", r'"^https://(app|evil)\.[a-z]{4,7}$"',
    "^null$", "evil",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and what the server behind nginx answers to it."""

    method: str
    target: str
    origin: str | None
    headers: tuple[tuple[str, str], ...]
    status: int
    behind: tuple[tuple[str, str], ...] = ()
    """The headers of the server behind nginx."""


@dataclass(frozen=True, slots=True)
class Site:
    """One server of a configuration. UP, DEAD and DIR stand for addresses and the folder, as in test_nginx.py."""

    beside: str
    """What stands beside the server: maps."""
    body: str
    files: dict[str, str]
    """Files to include, by name."""
    requests: tuple[Asked, ...]


@dataclass(slots=True)
class _Maker:
    """Makes one site; `number` keeps its variables apart from those of others in the same nginx."""

    random: Random
    number: str
    has_inherit: bool
    """Whether nginx knows `add_header_inherit`, as it does since 1.29.3."""
    backend: str = "up"
    """`up`: a server answers; `dead`: none does; `files`: nginx serves files; `mixed`: files and a server."""
    variables: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    login: bool = False

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def some(self, at_most: int) -> range:
        return range(self.random.randrange(at_most + 1))

    # Headers

    def value(self, name: str) -> str:
        if self.chance(25):
            return self.variable()
        if self.chance(3):
            return '"$scheme://$host"'
        return self.random.choice(_VALUES[name.lower()])

    def variable(self) -> str:
        return f"${self.random.choice([*self.variables, *self.maps])}"

    def add_header(self) -> str:
        name = self.random.choice(HEADERS)
        return f"add_header {name} {self.value(name)}{' always' if self.chance(50) else ''};"

    def headers_more(self) -> str:
        if self.chance(20):
            return f"more_clear_headers {self.random.choice(_CLEARED)};"
        name = self.random.choice(HEADERS)
        value = self.value(name).strip("'\"")
        statuses = self.pick("-s '404 500' ", "-s 200 ") if self.chance(20) else ""
        return f"more_set_headers {statuses}'{name}: {value}';"

    def headers(self, inside_if: bool = False) -> list[str]:
        lines = [self.add_header() for _ in self.some(3)]
        if self.has_inherit and self.chance(20):
            lines.append(f"add_header_inherit {self.pick('on', 'off', 'merge', 'merge')};")
        if self.chance(15):
            lines += [self.headers_more() for _ in self.some(2)]
        if self.chance(8) and not inside_if:
            name = f"site{self.number}_{len(self.files)}.inc"
            self.files[name] = "".join(f"{self.add_header()}\n" for _ in range(1 + self.random.randrange(2)))
            lines.append(f"include DIR/{name};")
        if self.chance(12) and not inside_if:
            lines.append(f"proxy_hide_header {self.random.choice(_HIDDEN)};")
        return lines

    # Rewrite code

    def condition(self) -> str:
        match self.random.randrange(12):
            case 0 | 1 | 2 | 3 | 4:
                return f"$request_method {self.random.choice(_METHOD_TESTS)}"
            case 5 | 6:
                return f"$http_origin {self.pick('~', '!~', '~*', '!~*')} {self.random.choice(_PATTERNS)}"
            case 7:
                return self.pick(
                    "$http_origin", "$http_origin = 'https://app.example'", "$http_origin != null", "$http_origin = ''"
                )
            case 8 | 9:
                test = self.pick("", " = 1", " != ''", " = $http_origin", " ~ app")
                return self.variable() + test
            case 10:
                return self.pick(
                    "$arg_q", "$arg_q = 1", "$args ~ q=(.)", "$http_x_y", "$uri ~ ^/a(.*)$", "$request_uri ~* js"
                )
        return self.pick("$host = x", "-f $request_filename", "$scheme = https") if self.chance(15) else "$arg_never"

    def text(self) -> str:
        return self.pick(
            '""', "1", "$http_origin", "$1", '"${CURRENT}x"', "$request_method", "a$arg_q", "off", "$MAPPED"
        )

    def set(self) -> str:
        name = self.random.choice(self.variables)
        text = self.text().replace("CURRENT", name).replace("MAPPED", self.random.choice(self.maps))
        return f"set ${name} {text};"

    def returns(self) -> str:
        return "return " + self.pick(
            "200", "200", "204", "204", "200 ok", "201", "301 https://x.example/", "302 /a", "307 $scheme://$host/b",
            "400", "403", "404", "405", "404 none", "500", "https://x.example$request_uri", "401", "308 /", "418",
            "301",
        ) + ";"  # fmt: skip

    def rewrite(self) -> str:
        pattern = self.pick("^", "^/a(.*)$", "^/b/(.*)$", r"\.js$", "^/(c|d)", "^/a/b$")
        target = self.pick("/b/x", "/a", "/c/$1", "/d/none", "/x.js", "/b$1", "/f.txt", "/a?q=1", "/b?z=2?", "/c/y?")
        flag = self.pick("", " last", " last", " break", " redirect", " permanent")
        if flag in (" redirect", " permanent") and self.chance(50):
            target = "https://x.example$1"
        return f"rewrite {pattern} {target}{flag};"

    def step(self, in_location: bool) -> list[str]:
        match self.random.randrange(10):
            case 0 | 1 | 2:
                return [self.set()]
            case 3:
                return [self.rewrite()] if self.chance(50) else []
            case 4:
                return [self.returns()] if self.chance(15) else []
            case 5:
                return ["break;"] if self.chance(30) else []
        condition = self.condition()
        # What turns away unusual requests is for the model no reason to give up.
        is_told = not re.search(r"\$host|\$scheme|-f ", condition)
        inside = [self.set()] if self.chance(40) else []
        if in_location:
            inside += self.headers(inside_if=True)
            if self.chance(15) and self.backend in ("up", "mixed"):
                inside.append("proxy_pass http://UP;")
            if self.chance(10):
                inside.append(self.error_page())
        if self.chance(45) and is_told:
            inside.append(self.returns())
        elif self.chance(10) and is_told:
            inside.append(self.pick("break;", self.rewrite()))
        return [f"if ({condition}) {{", *inside, "}"]

    # Blocks

    def error_page(self) -> str:
        codes = self.pick("404", "404 500", "405", "403 401", "502 503", "502", "301 302", "400 404 405", "418")
        change = self.pick("", "", "", " =200", " =", " =404", " =204")
        target = self.pick("/e.html", "$uri", "/a", "/b?q=1", "/c/x", "https://x.example/", *self.named, *self.named)
        return f"error_page {codes}{change} {target};"

    def access(self) -> list[str]:
        match self.random.randrange(7):
            case 0:
                return ["deny all;"]
            case 1:
                return [self.pick("allow 127.0.0.1;", "allow all;"), "deny all;"]
            case 2:
                realm = self.pick("x", "off", f"${self.random.choice(self.variables)}")
                return [f"auth_basic {realm};", "auth_basic_user_file DIR/users;"]
            case 3 | 4:
                self.login = True
                return [f"auth_request {self.pick('/login', '/login', '/login', 'off')};"]
            case 5:
                return ["satisfy any;", "deny all;", "auth_basic x;", "auth_basic_user_file DIR/users;"]
        return [self.pick("satisfy all;", "satisfy any;")]

    def handler(self) -> list[str]:
        if self.backend == "up" and self.chance(15):
            return [self.returns()]
        if self.backend == "up" or (self.backend == "mixed" and self.chance(50)):
            return [self.pick("proxy_pass http://UP;", "proxy_pass http://UP;", "proxy_pass http://UP$request_uri;")]
        if self.backend == "dead":
            return ["proxy_pass http://DEAD;"]
        if self.chance(20):
            return [self.returns()]
        if self.chance(35):
            last = self.pick("/e.html", "=404", "=403", "/index.html", "/d/none?q=1", *self.named, *self.named)
            return [f"try_files $uri {self.pick('', '$uri/ ')}{last};"]
        return []

    def contents(self, path: str, depth: int, outermost: str = "") -> list[str]:
        statements: list[list[str]] = [[line] for line in self.headers()]
        code = [step for _ in self.some(3) if (step := self.step(in_location=True))]
        handler = self.handler()
        if self.chance(20):
            statements += [[self.error_page()] for _ in range(1 + self.random.randrange(2))]
            if self.chance(50):
                statements.append(["proxy_intercept_errors on;"])
            if self.chance(25):
                statements.append(["recursive_error_pages on;"])
        if self.chance(12):
            statements.append(self.access())
        if self.chance(8):
            methods = self.pick("GET", "GET POST", "OPTIONS", "POST PUT")
            inside = self.pick("deny all;", "allow all;", "auth_basic x; auth_basic_user_file DIR/users;", "")
            if self.chance(30) and self.backend == "up":
                inside += " proxy_pass http://UP;"
            statements.append([f"limit_except {methods} {{ {inside} }}"])
        if self.chance(4) and path != "@":
            statements.append(["internal;"])
        if depth < 2 and self.chance(20) and path not in ("=", "@"):
            statements += [[text] for text in self.locations(path, depth + 1)]
        statements += code  # of one kind, so their order matters; the others may stand anywhere
        statements.append(handler)
        if self.chance(30):
            self.random.shuffle(statements)
        return [line for statement in statements for line in statement]

    def locations(self, around: str, depth: int) -> list[str]:
        heads: dict[str, str] = {}
        for _ in range(1 + self.random.randrange(3 if depth else 4)):
            modifier = self.pick("", "", "", "=", "^~", "~", "~*")
            if modifier in ("~", "~*"):
                path = self.pick(r"\.js$", "^/a", r"^/(a|c)/(\w+)", "b", r'"/x\.[a-z]{2}$"', "X")
            else:
                path = self.pick(
                    "/",
                    "/a",
                    "/a/",
                    "/a/b",
                    "/a/b/",
                    "/b",
                    "/b/",
                    "/c",
                    "/c/",
                    "/a/b.js",
                    "/f.txt",
                    "/index.html",
                    "/e.html",
                )
                if not path.startswith(around or "/"):
                    continue
            identity = path if modifier in ("", "^~") else f"{modifier} {path}"
            heads.setdefault(identity, f"location {modifier} {path}")
        found = []
        for identity, head in heads.items():
            is_prefix = identity.startswith("/")
            kind = identity if is_prefix else "=" if identity.startswith("=") else ""
            # Inside a pattern nginx takes any location, but then the paths need not fit each other.
            found.append("\n".join([f"{head} {{", *self.contents(kind, depth if is_prefix else 2), "}"]))
        return found

    def site(self) -> Site:
        prefix = f"v{self.number}_"
        self.backend = self.pick("up", "up", "up", "dead", "files", "files", "mixed")
        self.variables = [f"{prefix}a", f"{prefix}b"]
        self.maps = [f"{prefix}m", f"{prefix}n"]
        beside = [self.map(name, first=not n) for n, name in enumerate(self.maps)]
        self.named = [f"@{name}" for name in ("n", "o") if self.chance(45)]
        statements: list[list[str]] = [[line] for line in self.headers()]
        # Unless something gives it a value, nginx does not know a variable.
        statements += [[f"set ${name} {self.pick(chr(34) * 2, 'x', '$http_origin')};"] for name in self.variables]
        if self.chance(25):
            statements += [self.step(in_location=False) for _ in self.some(2)]
        if self.chance(12):
            statements.append([self.error_page()])
        if self.chance(5):
            statements.append(self.access())
        locations = self.locations("", 0)
        if self.backend in ("up", "dead") and not any(re.match(r"location (?:\^~)? / ", text) for text in locations):
            locations.append("\n".join(["location / {", *self.contents("/", 2), "}"]))
        locations += ["\n".join([f"location {name} {{", *self.contents("@", 2), "}"]) for name in self.named]
        if self.login:
            locations.append(self.login_location())
        body = "\n".join(line for statement in statements for line in statement) + "\n" + "\n".join(locations)
        requests = tuple(self.request() for _ in range(10))
        return Site("\n".join(beside), body, self.files, requests)

    def login_location(self) -> str:
        passing = self.pick(
            "", "if ($request_method = OPTIONS) { return 204; }", "if ($request_method = OPTIONS) { return 200; }"
        )
        last = self.pick(
            "if ($http_authorization = '') { return 401; } return 204;",
            "return 204;",
            "return 403;",
            "if ($http_authorization) { return 200; } return 401;",
        )
        return f"location = /login {{ {self.pick('', 'internal;')} {passing} {last} }}"

    def map(self, name: str, first: bool) -> str:
        source = (
            "$http_origin"
            if first or self.chance(50)
            else self.pick(f"${self.maps[0]}", "$request_method", "$request_method:$http_origin")
        )
        entries = []
        hostnames = source == "$http_origin" and self.chance(12)
        if hostnames:
            entries = [
                "hostnames;",
                *(
                    f"{key} {self.map_value()};"
                    for key in ("*.app.example", ".evil.test", "https://app.*")
                    if self.chance(60)
                ),
            ]
        if self.chance(60):
            entries.append(f"default {self.map_value()};")
        for number, key in enumerate(_MAP_KEYS):
            if self.chance(25):
                key = key.replace("NAME", f"{name}_{number}")
                if source == "$request_method":
                    key = self.pick("OPTIONS", "GET", "~P") if number == 0 else key
                value = f"${name}_{number}" if "?<" in key and self.chance(50) else self.map_value()
                if "(" in key and "?<" not in key and self.chance(40):
                    value = "$1"
                entries.append(f"{key} {value};")
        return f"map {source if ':' not in source else chr(34) + source + chr(34)} ${name} {{ {' '.join(entries)} }}"

    def map_value(self) -> str:
        return self.random.choice(_MAP_VALUES).replace("VARIABLE", self.random.choice(self.variables))

    def request(self) -> Asked:
        method = self.random.choice(METHODS)
        target = self.random.choice(PATHS)
        origin = self.random.choice(ORIGINS) if self.chance(85) else None
        headers: list[tuple[str, str]] = []
        if method == "OPTIONS":
            headers.append(("Access-Control-Request-Method", self.pick("PUT", "GET")))
            if self.chance(50):
                headers.append(("Access-Control-Request-Headers", "content-type,x-y"))
        else:
            headers.append(("Authorization", "Basic dTpw"))
            if self.chance(20):
                headers.append(("X-Y", self.pick("1", "0")))
        status = 502 if self.backend == "dead" else self.random.choice(STATUSES)
        behind: list[tuple[str, str]] = []
        if self.backend in ("up", "mixed"):
            if self.chance(30):
                behind.append(("Access-Control-Allow-Origin", "https://up.example"))
            if self.chance(15):
                behind.append(("Access-Control-Allow-Credentials", "true"))
            if self.chance(20):
                behind.append(("Vary", "Origin"))
        if self.chance(30):
            target += self.pick("?q=1", "?q=", "?z=1&q=b", "?")
        return Asked(method, target, origin, tuple(headers), status, tuple(behind))


def status_of_file(path: str) -> int:
    """What nginx answers to a GET of a path, if it serves files."""
    if path == "/c":
        return 301
    return 200 if path in (*FILES, "/", "/c/") else 404


def site(random: Random, number: str, *, has_inherit: bool = False) -> Site:
    """One random site; `number` keeps its variables apart from those of others in the same nginx."""
    return _Maker(random, number, has_inherit).site()
