"""What each block of an nginx configuration amounts to after inheritance: the headers it sends, the code it runs.

Every directive follows one of three rules of inheritance, each read in the module that implements it:

- lists such as `add_header`, `error_page` or `allow` come from the block around unless the block has one of its own
  (`ngx_http_headers_merge_conf`; `add_header_inherit`, nginx 1.29.3, changes that for `add_header`);
- single values such as `auth_basic` come from the block around unless given;
- `more_set_headers` and `more_clear_headers` of the block around run first, then the block's own
  (`ngx_http_headers_more_merge_loc_conf`).

A handler (`proxy_pass`) and `try_files` are not inherited, except the handler by an `if` or `limit_except`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from corslint.resolve.nginx_conditions import Condition, read_condition
from corslint.resolve.nginx_files import Expansion, Missing
from corslint.resolve.nginx_patterns import pattern_flaw
from corslint.resolve.nginx_refusals import METHODS, refused_entries, unknown_directive
from corslint.source import Span
from corslint.syntax.nginx import Directive, Word, parse

MAX_NESTING = 24
"""Locations inside locations; more is an include that takes itself in."""

Kind: TypeAlias = Literal["http", "server", "location", "if", "limit_except"]
InheritMode: TypeAlias = Literal["on", "off", "merge"]

UPSTREAMS = frozenset({"proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "passenger_enabled"})
"""Directives that hand every request to another program, whatever its method."""
REDIRECTING = frozenset({"proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"})
"""Directives with which a location redirects to itself where the last slash is missing."""
CODE = frozenset(
    {
        "content_by_lua", "content_by_lua_file", "content_by_lua_block", "js_content", "perl", "vod", "rtmp_stat",
        "rtmp_control", "echo",
    }
)  # fmt: skip
"""Directives that answer with code we do not read: scripts, and modules that are not part of nginx.

`vod` answers OPTIONS itself: https://github.com/kaltura/nginx-vod-module/blob/master/ngx_http_vod_module.c
"""
_OTHER_HANDLERS = frozenset({"memcached_pass", "empty_gif", "stub_status", "redis_pass", "mp4", "flv"})
_LISTS = {
    "error_page": "error_page",
    "allow": "access",
    "deny": "access",
    "proxy_hide_header": "hidden",
    "fastcgi_hide_header": "hidden",
    "uwsgi_hide_header": "hidden",
    "grpc_hide_header": "hidden",
}
_SINGLES = frozenset(
    {
        "auth_basic", "auth_request", "auth_jwt", "auth_digest", "satisfy", "proxy_intercept_errors",
        "fastcgi_intercept_errors", "uwsgi_intercept_errors", "scgi_intercept_errors", "grpc_intercept_errors",
        "recursive_error_pages", "index",
        "auth_basic_user_file",
    }
)  # fmt: skip
_EARLY_CODE = re.compile(r"(?:server_rewrite|rewrite|access|set)_by_lua")
"""Lua that runs before the answer is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One header as a directive gives it, variables not filled in."""

    name: str
    text: str
    """The value; what headers-more calls clearing is an empty one."""
    word: Word
    """The argument the value stands in."""
    directive: Directive
    always: bool
    """Whether it goes with every status; else only with those of `SAFE_STATUSES`."""
    replaces: bool = False
    """Whether it takes the place of what is there (headers-more) instead of standing beside it (`add_header`)."""
    appends: bool = False
    """`more_set_headers -a`."""
    statuses: frozenset[int] | None = None
    """`more_set_headers -s`: the only statuses it goes with."""
    types: bool = False
    """`more_set_headers -t`: whether the type of the answer decides."""

    @property
    def key(self) -> str:
        """The name as a browser reads it: lower case, up to the first colon."""
        return self.name.partition(":")[0].strip().lower()

    @property
    def is_cors(self) -> bool:
        """Whether it is a header of the CORS protocol."""
        return self.key.startswith("access-control-")

    @property
    def span(self) -> Span:
        """The value as written."""
        return self.word.span


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """An `if` in the rewrite code of a block."""

    condition: Condition
    block: Block


Step: TypeAlias = "Directive | If"
"""One step of the rewrite code."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block, with everything it inherits."""

    kind: Kind
    directive: Directive | None
    """None for a block that no file shows, such as the `server` around a fragment."""
    title: str
    """For people: "location /api/"."""
    lines: tuple[Line, ...] = ()
    """Its `add_header` list."""
    own: tuple[Line, ...] = ()
    """The part of `lines` that stands in this block."""
    own_commands: tuple[Line, ...] = ()
    """The part of `commands` that stands in this block."""
    dropped: tuple[Line, ...] = ()
    """The list of the block around, where this block does not send it."""
    commands: tuple[Line, ...] = ()
    """What headers-more sets and clears, in order."""
    mode: InheritMode = "on"
    inherit: Directive | None = None
    """The `add_header_inherit` that is in force."""
    lists: Mapping[str, tuple[Directive, ...]] = field(default_factory=lambda: MappingProxyType({}))
    singles: Mapping[str, Directive] = field(default_factory=lambda: MappingProxyType({}))
    handler: Directive | None = None
    try_files: Directive | None = None
    code: tuple[Step, ...] = ()
    """What runs in the rewrite phase: `set`, `if`, `return`, `rewrite`, `break`."""
    opaque_code: Directive | None = None
    """Lua that runs before the answer and may give one."""
    modifier: str = ""
    """`=`, `^~`, `~`, `~*`, `@`, or empty for a prefix."""
    path: str = ""
    """What the location's modifier is applied to."""
    internal: bool = False
    locations: tuple[Block, ...] = ()
    servers: tuple[Block, ...] = ()
    """Of `http`: its servers."""
    limit_except: Block | None = None
    methods: frozenset[str] = frozenset()
    """Of a `limit_except`: the methods it does not apply to."""
    missing: tuple[Missing, ...] = ()
    """Includes of this block that no file was found for."""
    names: tuple[str, ...] = ()
    """Of a server: its names."""
    templated: bool = False
    """Whether a template tag decides which requests it takes."""

    @property
    def sent(self) -> tuple[Line, ...]:
        """All lines that take part, in the order in which they are applied."""
        return self.commands + self.lines

    @property
    def ifs(self) -> tuple[If, ...]:
        """The `if`s of its code."""
        return tuple(step for step in self.code if isinstance(step, If))

    @property
    def head(self) -> Span | None:
        """`location /api/` as written."""
        return self.directive.head if self.directive else None

    @property
    def example(self) -> str | None:
        """A path that the location takes, if no longer one does; None where it is not told by a path."""
        if self.modifier == "=":
            return self.path
        if self.modifier in ("", "^~") and self.path.startswith("/"):
            return f"{self.path.rstrip('/')}/x"
        return None

    def walk(self) -> Iterator[Block]:
        """The block and the locations in it, outermost first."""
        yield self
        for location in self.locations:
            yield from location.walk()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A directive nginx refuses, so that it would not start with this configuration."""

    span: Span
    reason: str
    cors: bool
    """Whether settings of CORS are lost with it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A variable that a block or directive defines: `map`, `geo`, `split_clients` ..."""

    name: str
    directive: Directive
    entries: tuple[Directive, ...] = ()
    """Of a block: what stands in it, includes in place."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One root, read."""

    https: tuple[Block, ...]
    """Its `http` blocks, those that only the rest of a configuration would show included."""
    definitions: Mapping[str, Definition]
    assigned: frozenset[str]
    """Variables that a `set` gives a value somewhere; empty text where it has not run."""
    rejections: tuple[Rejection, ...]
    whole: bool
    """Whether the root holds an `http` block; else it is a fragment of a configuration."""
    expansion: Expansion
    """The files it was read from."""
    maps_read: dict[str, object] = field(default_factory=dict, compare=False, repr=False)
    """What was made of the definitions already: each question to the configuration needs them again."""
    reached: dict[object, tuple[Block, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The blocks that answer some requests, for the same reason."""

    @property
    def servers(self) -> Iterator[Block]:
        """All servers."""
        for http in self.https:
            yield from http.servers

    def defined_elsewhere(self, variable: str) -> Definition | None:
        """The `map` of a file beside the configuration that defines a variable it does not define itself."""
        if variable in self.definitions or variable in self.assigned:
            return None
        directive = self.expansion.map_beside(variable)
        directive = directive or self.expansion.files.map_of(variable, self.expansion.root)
        return None if directive is None else Definition(variable, directive, directive.block or ())


def build(expansion: Expansion, directives: Sequence[Directive]) -> Configuration:
    """Work out the blocks of a root."""
    builder = _Builder(expansion)
    https = tuple(builder.root(directives))
    return Configuration(
        https,
        MappingProxyType(builder.definitions),
        frozenset(builder.assigned),
        tuple(builder.rejections),
        builder.whole,
        expansion,
    )


_DEFINING = frozenset({"auth_request_set", "js_set", "js_var", "perl_set"})
"""Directives without a block whose first argument names a variable they give a value."""


@dataclass(slots=True)
class _Parts:
    """The statements of one block, sorted by what they take part in."""

    own: list[Line] = field(default_factory=list)
    commands: list[Line] = field(default_factory=list)
    lists: dict[str, list[Directive]] = field(default_factory=dict)
    singles: dict[str, Directive] = field(default_factory=dict)
    code: list[Directive] = field(default_factory=list)
    locations: list[Directive] = field(default_factory=list)
    excepted: Directive | None = None
    handler: Directive | None = None
    try_files: Directive | None = None
    inherit: Directive | None = None
    opaque_code: Directive | None = None
    internal: bool = False
    missing: tuple[Missing, ...] = ()


class _Builder:
    def __init__(self, expansion: Expansion) -> None:
        self.expansion = expansion
        self.definitions: dict[str, Definition] = {}
        self.assigned: set[str] = set()
        self.rejections: list[Rejection] = []
        self.whole = False
        self.nesting = 0

    def expand(self, block: Sequence[Directive] | None) -> tuple[list[Directive], tuple[Missing, ...]]:
        before = len(self.expansion.missing)
        statements = list(self.expansion.directives(block or ()))
        return statements, tuple(self.expansion.missing[before:])

    def root(self, directives: Sequence[Directive]) -> Iterator[Block]:
        top, missing = self.expand(directives)
        rest = [one for one in top if one.name.value not in ("http", "stream", "mail", "events")]
        blocks = {one.name.value for one in rest if one.block is not None}
        for http in top:
            if http.name.value == "http" and http.block is not None:
                self.whole = True
                yield self.http(http, *self.expand(http.block))
        if "server" in blocks:
            yield self.http(None, [one for one in rest if one.name.value != "location"], missing)
            rest = [one for one in rest if one.name.value == "location"]
        if "location" in blocks:
            yield replace(_EMPTY, servers=(self.server(None, rest, missing, _EMPTY),))
        elif not self.whole and "server" not in blocks:
            # A snippet: what includes it is taken for a location, the one block where all of it is allowed.
            self.define(rest)
            server = replace(_EMPTY, kind="server")
            location = self.block("location", None, "", rest, missing, server)
            yield replace(_EMPTY, servers=(replace(server, locations=(location,)),))

    def http(self, directive: Directive | None, statements: Sequence[Directive], missing: tuple[Missing, ...]) -> Block:
        self.define(statements)
        around = self.block("http", directive, "http", statements, missing, _EMPTY)
        servers = [one for one in statements if one.name.value == "server" and one.block is not None]
        return replace(
            around, servers=tuple(self.server(server, *self.expand(server.block), around) for server in servers)
        )

    def server(
        self,
        directive: Directive | None,
        statements: Sequence[Directive],
        missing: tuple[Missing, ...],
        around: Block,
    ) -> Block:
        self.define(statements)
        names = [word.value for one in statements if one.name.value == "server_name" for word in one.args if word.value]
        listens = [one.args[0].value for one in statements if one.name.value == "listen" and one.args]
        speaking = [name for name in names if name not in ("_", "localhost") and not name.startswith("~")]
        title = f"server {next(iter([*speaking, *names, *listens]), '')}".rstrip()
        block = self.block("server", directive, title if directive else "", statements, missing, around)
        self.reject_doubles(block.locations)
        return replace(block, names=tuple(names))

    def define(self, statements: Sequence[Directive]) -> None:
        """Note the variables defined by blocks of the http level; their place plays no part."""
        for one in statements:
            if one.name.value in ("map", "geo", "split_clients") and one.block is not None and one.args:
                variable = one.args[-1].value.removeprefix("$")
                entries = tuple(self.expand(one.block)[0])
                self.definitions[variable] = Definition(variable, one, entries)
                if one.name.value == "map":
                    for entry, why in refused_entries(one, entries):
                        self.reject(entry, why, around=one)

    def block(
        self,
        kind: Kind,
        directive: Directive | None,
        title: str,
        statements: Sequence[Directive],
        missing: tuple[Missing, ...],
        around: Block,
    ) -> Block:
        parts = _Parts(missing=missing)
        for statement in statements:
            self.sort(statement, parts, kind, around)
        mode = parts.inherit.args[0].value if parts.inherit else around.mode
        inherited = () if mode == "off" or (parts.own and mode != "merge") else around.lines
        takes_handler = kind in ("if", "limit_except")
        made = Block(
            kind=kind,
            directive=directive,
            title=title,
            lines=tuple(parts.own) + inherited,
            own=tuple(parts.own),
            dropped=() if inherited else around.lines,
            own_commands=tuple(parts.commands),
            commands=around.commands + tuple(parts.commands),
            mode=mode,  # type: ignore[arg-type] # one of the three, see `sort`
            inherit=parts.inherit or around.inherit,
            lists=MappingProxyType({**around.lists, **{name: tuple(given) for name, given in parts.lists.items()}}),
            singles=MappingProxyType({**around.singles, **parts.singles}),
            handler=parts.handler or (around.handler if takes_handler else None),
            try_files=parts.try_files,
            opaque_code=parts.opaque_code or around.opaque_code,
            internal=parts.internal or around.internal,
            missing=parts.missing,
        )
        if kind == "http":
            return made
        code = tuple(step for one in parts.code if (step := self.step(one, made)) is not None)
        locations = tuple(self.location(one, made) for one in parts.locations if self.nesting < MAX_NESTING)
        limit = self.limit(parts.excepted, made) if parts.excepted else None
        return replace(made, code=code, locations=locations, limit_except=limit)

    def sort(self, one: Directive, parts: _Parts, kind: Kind, around: Block) -> None:
        name = one.name.value
        if name == "add_header":
            if line := self.add_header(one, kind, around):
                parts.own.append(line)
        elif name in ("more_set_headers", "more_clear_headers"):
            parts.commands += _headers_more(one)
        elif name == "add_header_inherit":
            if one.values in (("on",), ("off",), ("merge",)):
                parts.inherit = one
        elif name in _LISTS:
            parts.lists.setdefault(_LISTS[name], []).append(one)
        elif name in _SINGLES:
            parts.singles[name] = one
        elif name in ("return", "rewrite", "break", "set"):
            parts.code.append(one)
            if name == "set" and one.args:
                self.assigned.add(one.args[0].value.removeprefix("$"))
        elif name in ("if", "location") and one.block is not None:
            if kind in ("if", "limit_except"):
                self.reject(one, f"nginx refuses `{name}` inside `{kind}`")
            else:
                (parts.code if name == "if" else parts.locations).append(one)
        elif name == "limit_except" and one.block is not None:
            parts.excepted = one
        elif name in UPSTREAMS or name in CODE or name in _OTHER_HANDLERS:
            parts.handler = one
        elif name == "try_files":
            parts.try_files = one
        elif name == "internal":
            parts.internal = True
        elif name in _DEFINING or _EARLY_CODE.match(name):
            self.assigns(one, parts)
        elif why := unknown_directive(one):
            self.reject(one, why)

    def assigns(self, one: Directive, parts: _Parts) -> None:
        """Note code that runs early, and directives that give a variable a value we cannot read."""
        if _EARLY_CODE.match(one.name.value):
            parts.opaque_code = parts.opaque_code or one
        if one.args and one.args[0].value.startswith("$"):
            variable = one.args[0].value.removeprefix("$")
            self.definitions[variable] = Definition(variable, one)

    def step(self, one: Directive, around: Block) -> Step | None:
        if one.block is None:
            return one
        condition = read_condition(one)
        if isinstance(condition, str):
            self.reject(one, condition)
            return None
        if condition.kind == "matches" and (flaw := pattern_flaw(condition.operand)):
            self.reject(one, f"nginx refuses this `if`: its pattern has {flaw}")
            return None
        return If(condition, self.inside("if", one, around))

    def inside(self, kind: Kind, directive: Directive, around: Block, title: str = "") -> Block:
        self.nesting += 1
        block = self.block(kind, directive, title or around.title, *self.expand(directive.block), around)
        self.nesting -= 1
        return block

    def location(self, directive: Directive, around: Block) -> Block:
        modifier, path, templated = _location(directive)
        title = " ".join(("location", *(word.span.text for word in directive.args)))
        block = self.inside("location", directive, around, title)
        if modifier in ("~", "~*") and not templated and (flaw := pattern_flaw(path)):
            self.reject(directive, f"nginx refuses this `location`: its pattern has {flaw}")
        made = replace(block, modifier=modifier, path=path, templated=templated)
        for one in made.locations:
            if one.directive is not None and not templated and (why := out_of_place(one, made)):
                self.reject(one.directive, why)
        self.reject_doubles(made.locations)
        return made

    def reject_doubles(self, locations: Sequence[Block]) -> None:
        """Note locations of one block that nginx takes for the same; a template may mean only one of them."""
        seen: dict[tuple[str, str], Directive] = {}
        for one in locations:
            if one.directive is None or one.templated or one.modifier in ("~", "~*"):
                continue
            first = seen.setdefault((one.modifier.removeprefix("^~"), one.path), one.directive)
            is_alone = first is one.directive or first.source is not one.directive.source
            if not is_alone and not first.source.parsed(parse).tags:
                self.reject(one.directive, f"nginx refuses `{one.title}` for the second time in one block")

    def limit(self, directive: Directive, around: Block) -> Block:
        unknown = [word for word in directive.args if word.value.upper() not in METHODS and not word.templated]
        if unknown and "$" not in unknown[0].value:
            self.reject(
                directive,
                f"nginx refuses this `limit_except`: it knows no method `{unknown[0].value}`",
                around.directive,
            )
        block = self.inside("limit_except", directive, around)
        return replace(block, methods=frozenset(map(str.upper, directive.values)))

    def add_header(self, directive: Directive, kind: Kind, around: Block) -> Line | None:
        args = directive.args
        if kind == "if" and around.kind == "server":
            self.reject(directive, "nginx refuses `add_header` in an `if` outside a location")
        elif kind == "limit_except":
            self.reject(directive, "nginx refuses `add_header` in `limit_except`")
        elif len(args) not in (2, 3) and not directive.templated:
            self.reject(
                directive, f"nginx refuses `add_header` with {len(args)} arguments: it takes a name and a value"
            )
        elif len(args) == 3 and args[2].value != "always" and not args[2].templated:
            shown = args[2].span.text
            self.reject(directive, f"nginx refuses `{shown}` here: the only third argument of `add_header` is `always`")
        elif len(args) >= 2:
            return Line(args[0].value, args[1].value, args[1], directive, always=len(args) > 2)
        return None

    def reject(self, directive: Directive, reason: str, around: Directive | None = None) -> None:
        text = (around or directive).span.text.lower()
        cors = "access-control-" in text or "http_origin" in text
        self.rejections.append(Rejection(directive.head, reason, cors))


def out_of_place(inner: Block, outer: Block) -> str:
    """Why nginx does not take a location inside another; empty where it does.

    https://github.com/nginx/nginx/blob/master/src/http/ngx_http_core_module.c `ngx_http_core_location`
    """
    if inner.templated:
        return ""
    if outer.modifier in ("=", "@"):
        return f"nginx refuses a location inside `{outer.title}`"
    if inner.modifier == "@":
        return f"nginx refuses `{inner.title}` here: a named location stands in `server` itself"
    if inner.modifier not in ("~", "~*") and not inner.path.startswith(outer.path):
        return f"nginx refuses `{inner.title}` here: it is outside of `{outer.title}`"
    return ""


_EMPTY = Block("http", None, "")


def _headers_more(directive: Directive) -> Iterator[Line]:
    """The headers of one headers-more directive.

    https://github.com/openresty/headers-more-nginx-module/blob/master/src/ngx_http_headers_more_util.c
    """
    clears = directive.name.value == "more_clear_headers"
    statuses: frozenset[int] | None = None
    types = appends = False
    headers: list[Word] = []
    words = iter(directive.args)
    for word in words:
        if word.value == "-s":
            given = next(words, None)
            statuses = frozenset(int(one) for one in (given.value if given else "").split() if one.isdecimal())
        elif word.value == "-t":
            types = next(words, None) is not None
        elif word.value == "-a":
            appends = True
        elif word.value:
            headers.append(word)
    for word in headers:
        name, _, value = _split_header(word.value)
        yield Line(
            name,
            "" if clears else value,
            word,
            directive,
            always=True,
            replaces=True,
            appends=appends,
            statuses=statuses,
            types=types,
        )


_HEADER = re.compile(r"\s*([^:\s]*)([:\s]*)(.*)", re.DOTALL)


def _split_header(text: str) -> tuple[str, str, str]:
    found = _HEADER.fullmatch(text)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def _location(directive: Directive) -> tuple[str, str, bool]:
    """Modifier and path of a location; the two may be written without a space between them."""
    words = directive.args
    templated = any(word.templated or "${" in word.value for word in words)
    if len(words) == 2:
        return words[0].value, words[1].value, templated
    text = words[0].value if words else "/"
    for modifier in ("=", "^~", "~*", "~"):
        if text.startswith(modifier):
            return modifier, text[len(modifier) :], templated
    return ("@", text, templated) if text.startswith("@") else ("", text, templated)
