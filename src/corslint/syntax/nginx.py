"""nginx configuration as nginx's own reader sees it: words, directives and blocks, whatever they mean.

Words are cut and unquoted as `ngx_conf_read_token` does it
(https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c). Three things nginx itself does not do:

- what it would refuse (a brace or a `;` missing, a quote left open) is noted as a `Problem`, and the rest is read;
- tags of a template (`{{ }}`, `{% %}`, `{# #}`, `<% %>`, consul-template's `[[ ]]`, `${VAR}`) are opaque: a word that
  holds one is `templated`, a tag between directives is kept aside, and what stands in the `else` branch of one is left
  out (`Tree.skipped`);
- the Lua code of a `*_by_lua_block` is stepped over by Lua's own rules, so its braces are not ours.

Time and memory grow linearly with the text, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corslint.source import Source, Span

MAX_DEPTH = 64
"""Blocks nested deeper are stepped over; nginx's own grammar needs about ten."""
MAX_WORD = 4096
"""The longest word nginx takes (`NGX_CONF_BUFFER`); a longer quoted one has lost its closing quote."""
MAX_WORDS = 500_000
"""Words read of one file, about ten times what the largest real configurations have; the rest is not looked at."""
MAX_PROBLEMS = 50
"""Problems kept of one file."""

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r"(?:[^ \t\r\n;{\\<\[]+|\\.|\\\Z|<(?!%)|\[(?!\[-?[ \t]))+", re.DOTALL)
_BRACED_VARIABLE = re.compile(r"\{[^{};\r\n]*\}")
_QUOTED = {
    '"': re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL),
    "'": re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL),
}
_AFTER_QUOTE = " \t\r\n;{)"
_ESCAPE = re.compile(r"""\\(["'\\trn])""")
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
_COUNT = re.compile(r"\{\d+(?:,\d*)?\}")
"""How often a part of a regular expression is repeated, which nginx takes for a block unless it stands in quotes."""
_PLACEHOLDER = re.compile(r"\$\{[A-Z][A-Z0-9_]*\}(?=[ \t\r]*(?:\n|\Z))")
"""What `envsubst` replaces by directives: a line of its own."""
_TAG_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>", "[[": "]]"}
_SPACED_TAG = re.compile(r"\[\[-?[ \t]")
"""Without white space, two brackets are a class of characters: `[[:alpha:]]`."""
_TAG_START = re.compile(r"\{\{|\{%|<%|\[\[(?=-?[ \t])")
_TAG_WORD = re.compile(r"(?:\{\{|\{%|<%|\[\[)[-~+=]?\s*[#/^]?\s*(\w*)")
_LUA_STOP = re.compile(r"""[{}"']|--(?:\[=*\[)?|\[=*\[""")
_LUA_STRING = {'"': re.compile(r'"(?:[^"\\\n]|\\.)*"?', re.DOTALL), "'": re.compile(r"'(?:[^'\\\n]|\\.)*'?", re.DOTALL)}

_OPENING_TAGS = {
    "if", "unless", "for", "foreach", "each", "range", "with", "block", "define", "macro", "filter", "raw", "call",
    "case",
}  # fmt: skip
_BRANCH_TAGS = {"else", "elif", "elsif", "elseif"}
_CLOSING_TAGS = {
    "end", "endif", "endunless", "endfor", "endforeach", "endwith", "endblock", "endmacro", "endfilter", "endraw",
    "endcall", "endcase", "done",
}  # fmt: skip
_OTHER_STATEMENTS = {"set", "include", "import", "from", "extends", "template", "assign", "do", "comment"}
_MAX_OPEN_BRANCHES = 20
_STATEMENT_TAGS = _OPENING_TAGS | _BRANCH_TAGS | _CLOSING_TAGS | _OTHER_STATEMENTS

_BLOCKS_OF_HTTP = frozenset({"http", "server"})
_HOLDS_NO_LOCATION = frozenset({"if", "limit_except", "map", "geo", "types", "upstream", "split_clients", "events"})

_NAMES = """
absolute_redirect access_log add_header add_header_inherit add_trailer aio alias allow auth_basic
auth_basic_user_file auth_jwt auth_request auth_request_set autoindex brotli brotli_types charset
client_body_buffer_size client_body_timeout client_header_timeout client_max_body_size default_type deny directio
error_log error_page etag events expires fastcgi_buffers fastcgi_cache fastcgi_hide_header fastcgi_index fastcgi_param
fastcgi_pass fastcgi_read_timeout fastcgi_split_path_info geo grpc_pass grpc_set_header gzip gzip_comp_level
gzip_disable gzip_min_length gzip_proxied gzip_static gzip_types gzip_vary http http2 if if_modified_since include
internal keepalive_requests keepalive_timeout large_client_header_buffers limit_conn limit_conn_zone limit_except
limit_rate limit_req limit_req_zone listen location log_format log_not_found map map_hash_bucket_size
more_clear_headers more_clear_input_headers more_set_headers more_set_input_headers open_file_cache pid
port_in_redirect proxy_buffer_size proxy_buffering proxy_buffers proxy_cache proxy_cache_bypass proxy_cache_key
proxy_cache_path proxy_cache_valid proxy_connect_timeout proxy_cookie_path proxy_hide_header proxy_http_version
proxy_ignore_headers proxy_intercept_errors proxy_next_upstream proxy_pass proxy_pass_header
proxy_pass_request_headers proxy_read_timeout proxy_redirect proxy_request_buffering proxy_send_timeout
proxy_set_header proxy_ssl_name proxy_ssl_server_name proxy_ssl_verify real_ip_header resolver return rewrite root
satisfy send_timeout sendfile server server_name server_names_hash_bucket_size server_tokens set set_real_ip_from
ssl_certificate ssl_certificate_key ssl_ciphers ssl_dhparam ssl_prefer_server_ciphers ssl_protocols
ssl_session_cache ssl_session_tickets ssl_session_timeout ssl_stapling ssl_stapling_verify ssl_trusted_certificate
sub_filter sub_filter_once tcp_nodelay tcp_nopush try_files types types_hash_max_size upstream user uwsgi_pass
uwsgi_param valid_referers worker_connections worker_processes
"""
DIRECTIVES = frozenset(_NAMES.split())
"""Names of usual directives. First on a line, one tells that the statement before lost its `;`."""
_TAKES_ANYTHING = frozenset({
    "charset_types", "gzip_types", "index", "log_format", "more_clear_headers", "more_clear_input_headers",
    "more_set_headers", "more_set_input_headers", "proxy_cache_bypass", "server_name", "ssi_types", "sub_filter_types",
    "try_files", "valid_referers",
})  # fmt: skip
"""Directives with any number of arguments of any kind: without their `;` nginx takes the next directive for some."""
_WITH_A_BLOCK = frozenset(
    {"events", "geo", "http", "if", "limit_except", "location", "map", "server", "types", "upstream"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word: a directive's name or an argument."""

    source: Source
    start: int
    end: int
    """Offsets in the source, quote marks included."""
    value: str
    """What nginx keeps of it: the quotes are gone; a backslash before a quote, a backslash, `t`, `r` or `n` is
    resolved, every other backslash stays."""
    quote: str = ""
    """The quote mark it was written in, or empty."""
    templated: bool = False
    """Whether a template tag stands in it, so that `value` is not what nginx will read."""

    @property
    def span(self) -> Span:
        """Where it stands, quote marks included."""
        return Span(self.source, self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Directive:
    """A directive: a name, its arguments, and a block for those that have one."""

    name: Word
    args: tuple[Word, ...]
    source: Source
    start: int
    end: int
    """Offset just past the `;` or the closing brace."""
    block: tuple[Directive, ...] | None = None
    """The directives between its braces; None for a directive that ends with `;`. Empty for a block of Lua code."""
    body: Span | None = None
    """The text between its braces."""

    @property
    def span(self) -> Span:
        """The whole directive, its block included."""
        return Span(self.source, self.start, self.end)

    @property
    def head(self) -> Span:
        """The name and the arguments, without `;` or block."""
        return Span(self.source, self.start, self.args[-1].end if self.args else self.name.end)

    @property
    def values(self) -> tuple[str, ...]:
        """The arguments as nginx keeps them."""
        return tuple(word.value for word in self.args)

    @property
    def templated(self) -> bool:
        """Whether the name or an argument holds a template tag."""
        return self.name.templated or any(word.templated for word in self.args)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something nginx would refuse to read, or reads otherwise than it is meant."""

    message: str
    """In one line, without a full stop."""
    span: Span
    brace: bool = False
    """Whether a brace is missing or too many, so that the blocks read may not be those that were meant."""
    refused: bool = True
    """Whether nginx refuses the file."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One file as it was read."""

    source: Source
    directives: tuple[Directive, ...]
    """Those outside every block."""
    comments: tuple[Span, ...]
    """From the mark to the end of the line, or the whole template comment; in order."""
    problems: tuple[Problem, ...]
    tags: tuple[Span, ...]
    """Template tags that stand between directives, in order."""
    skipped: tuple[Span, ...]
    """The `else` branches of template conditions: not read, since only one branch can be there at a time."""

    def walk(self) -> Iterator[Directive]:
        """Every directive, in the order of the file."""
        waiting = list(reversed(self.directives))
        while waiting:
            directive = waiting.pop()
            yield directive
            if directive.block:
                waiting.extend(reversed(directive.block))


def parse(source: Source) -> Tree:
    """Read a whole file; never raises."""
    return parse_part(source, 0, len(source.text))


def parse_part(source: Source, start: int, end: int) -> Tree:
    """Read the part of a source between two offsets, such as a snippet inside YAML; never raises."""
    plain = _Reader(source, start, end, use_hints=False).read()
    if not any(problem.brace for problem in plain.problems):
        return plain
    # A brace is missing somewhere: indentation, and blocks where nginx takes none, tell where it was meant to be.
    guessed = _Reader(source, start, end, use_hints=True).read()
    return guessed if _brace_problems(guessed) <= _brace_problems(plain) else plain


def _brace_problems(tree: Tree) -> int:
    return sum(problem.brace for problem in tree.problems)


@dataclass(slots=True)
class _Open:
    """A block whose closing brace has not been met."""

    name: Word | None
    """None for braces that belong to no directive; what they hold goes to the block around them."""
    args: tuple[Word, ...]
    brace: int
    indent: int | None
    children: list[Directive]


class _Reader:
    def __init__(self, source: Source, start: int, end: int, *, use_hints: bool) -> None:
        self.source = source
        self.text = source.text if end == len(source.text) else source.text[:end]
        self.begin = start + self.text.startswith("\ufeff", start)
        self.position = self.begin
        self.end = end
        self.use_hints = use_hints
        self.words: list[Word] = []
        self.words_left = MAX_WORDS
        self.indent: int | None = 0
        """The column of the statement under way, where it is the first of its line."""
        self.blocks = [_Open(None, (), start, None, [])]
        self.too_deep = 0
        self.comments: list[Span] = []
        self.problems: list[Problem] = []
        self.tags: list[Span] = []
        self.skipped: list[Span] = []
        self.open_branches = 0
        """Branches whose end was not found."""
        self.missing_ends: set[str] = set()
        """Ends of tags that do not occur any more, so that they are not searched again."""

    def read(self) -> Tree:
        text = self.text
        while True:
            begin = self.position
            position = _SPACE.match(text, begin).end()  # type: ignore[union-attr] # it matches nothing at least
            self.position = position
            if position >= self.end:
                break
            line_start = text.rfind("\n", begin, position)
            if not self.words:
                if begin == self.begin:
                    line_start = text.rfind("\n", 0, position)
                    self.indent = position - line_start - 1
                else:
                    self.indent = position - line_start - 1 if line_start >= 0 else None
            character = text[position]
            if character == "#":
                self.comment()
            elif character == ";":
                self.semicolon()
            elif character == "}":
                self.close()
            elif character in "{<[" and self.tag():
                continue
            elif character == "{" and self.repeats(position):
                self.count(position)
            elif character == "{":
                self.open()
            elif self.words_left:
                self.words_left -= 1
                self.word(first_of_line=line_start >= 0)
            else:
                self.problem(f"more than {MAX_WORDS} words; the rest is not read", position, self.end)
                break
        self.finish()
        return Tree(
            self.source,
            tuple(self.blocks[0].children),
            tuple(self.comments),
            tuple(self.problems),
            tuple(self.tags),
            tuple(self.skipped),
        )

    def finish(self) -> None:
        if not self.words_left:
            while len(self.blocks) > 1:
                self.pop(self.position, self.position)
        elif self.words:
            last = self.words[-1]
            self.problem(f"`;` is missing after `{_shown(last)}`", last.end, last.end)
            self.statement(last.end)
        if self.too_deep:
            self.too_deep = 0
        while len(self.blocks) > 1:
            self.unclosed()

    def problem(self, message: str, start: int, end: int, *, brace: bool = False, refused: bool = True) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(message, Span(self.source, start, end), brace, refused))

    # Statements

    def comment(self) -> None:
        end = self.text.find("\n", self.position)
        end = self.end if end < 0 else end
        stop = end - 1 if self.text[end - 1] == "\r" else end
        self.comments.append(Span(self.source, self.position, stop))
        self.position = end

    def semicolon(self) -> None:
        self.position += 1
        if self.words:
            self.statement(self.position)
        else:
            self.problem("this `;` ends nothing", self.position - 1, self.position)

    def statement(self, end: int) -> None:
        """End the directive under way, one without a block."""
        name, *args = self.words
        self.words = []
        if not self.too_deep:
            self.dedent(name.start)
            self.blocks[-1].children.append(Directive(name, tuple(args), self.source, name.start, end))

    def dedent(self, start: int) -> None:
        """Close the blocks that a statement at this column can no longer be in, where indentation is trusted."""
        if not self.use_hints or self.indent is None:
            return
        while len(self.blocks) > 1 and (outer := self.blocks[-1].indent) is not None and self.indent <= outer:
            if not self.blocks[-1].children:
                self.blocks[-1].indent = None  # what it holds is not indented
                return
            self.unclosed(start)

    def unclosed(self, at: int | None = None) -> None:
        block = self.blocks[-1]
        shown = f"`{_shown(block.name)}`" if block.name else "the block"
        self.problem(f"{shown} is never closed: `}}` is missing", block.brace, block.brace + 1, brace=True)
        self.pop(self.end if at is None else at, self.end if at is None else at)

    def open(self) -> None:
        brace = self.position
        self.position += 1
        if not self.words:
            self.problem("this `{` belongs to no directive", brace, brace + 1)
            if self.too_deep or len(self.blocks) > MAX_DEPTH:
                self.too_deep += 1
            else:
                self.blocks.append(_Open(None, (), brace, None, []))
            return
        name, *args = self.words
        self.words = []
        if name.value.endswith("_by_lua_block"):
            self.lua(name, tuple(args), brace)
            return
        if self.too_deep or len(self.blocks) > MAX_DEPTH:
            if not self.too_deep:
                self.problem(f"blocks nest deeper than {MAX_DEPTH} levels; these are not read", brace, brace + 1)
            self.too_deep += 1
            return
        self.dedent(name.start)
        if self.use_hints and name.value in _BLOCKS_OF_HTTP:
            self.leave_blocks_that_hold_no_server(name)
        elif self.use_hints and name.value == "location":
            while (outer := self.blocks[-1].name) is not None and outer.value in _HOLDS_NO_LOCATION:
                self.unclosed(name.start)
        self.blocks.append(_Open(name, tuple(args), brace, self.indent, []))

    def leave_blocks_that_hold_no_server(self, name: Word) -> None:
        names = [block.name.value for block in self.blocks if block.name]
        if name.value not in names and not (name.value == "server" and "location" in names):
            return
        # `http` or `server` inside itself: the one before was never closed.
        while len(self.blocks) > 1 and (self.blocks[-1].name is None or self.blocks[-1].name.value != name.value):
            if name.value == "server" and self.blocks[-1].name and self.blocks[-1].name.value == "http":
                return
            self.unclosed(name.start)
        if len(self.blocks) > 1:
            self.unclosed(name.start)

    def close(self) -> None:
        brace = self.position
        self.position += 1
        if self.words:
            last = self.words[-1]
            self.problem(f"`;` is missing after `{_shown(last)}`", last.end, last.end)
            self.statement(last.end)
        elif self.use_hints and self.indent is not None and not self.too_deep:
            while len(self.blocks) > 1 and (outer := self.blocks[-1].indent) is not None and self.indent < outer:
                self.unclosed(brace)
            if len(self.blocks) > 1 and (outer := self.blocks[-1].indent) is not None and self.indent > outer:
                self.problem("this `}` closes nothing", brace, brace + 1, brace=True)
                return
        if self.too_deep:
            self.too_deep -= 1
        elif len(self.blocks) == 1:
            self.problem("this `}` closes nothing", brace, brace + 1, brace=True)
        else:
            self.pop(brace, brace + 1)

    def pop(self, body_end: int, end: int) -> None:
        block = self.blocks.pop()
        children = self.blocks[-1].children
        if block.name is None:
            children.extend(block.children)
            return
        body = Span(self.source, block.brace + 1, body_end)
        children.append(
            Directive(block.name, block.args, self.source, block.name.start, end, tuple(block.children), body)
        )

    def lua(self, name: Word, args: tuple[Word, ...], brace: int) -> None:
        text, position, depth = self.text, brace + 1, 1
        while depth and (stop := _LUA_STOP.search(text, position)):
            found, position = stop[0], stop.end()
            if found == "{":
                depth += 1
            elif found == "}":
                depth -= 1
            elif found in _LUA_STRING:
                position = _LUA_STRING[found].match(text, stop.start()).end()  # type: ignore[union-attr] # its first character is there
            elif found == "--":
                end_of_line = text.find("\n", position)
                position = self.end if end_of_line < 0 else end_of_line
            else:
                closing = f"]{'=' * found.count('=')}]"
                after = text.find(closing, position)
                position = self.end if after < 0 else after + len(closing)
        if depth:
            self.problem(f"`{_shown(name)}` is never closed: `}}` is missing", brace, brace + 1, brace=True)
            position = self.end
        self.position = position
        if not self.too_deep:
            self.dedent(name.start)
            body = Span(self.source, brace + 1, position if depth else position - 1)
            self.blocks[-1].children.append(Directive(name, args, self.source, name.start, position, (), body))

    # Words

    def word(self, *, first_of_line: bool) -> None:
        if first_of_line and not self.words and (placeholder := _PLACEHOLDER.match(self.text, self.position)):
            self.tags.append(Span(self.source, *placeholder.span()))
            self.position = placeholder.end()
            return
        mark = self.text[self.position]
        word = self.quoted(mark) if mark in _QUOTED else self.unquoted()
        if self.words and first_of_line and not word.quote and word.value in DIRECTIVES:
            self.unended(word)
        self.words.append(word)

    def unended(self, word: Word) -> None:
        """A directive that has no `;` before `word`, the name of the next one."""
        name, last = self.words[0], self.words[-1]
        message = f"`;` is missing after `{_shown(last)}`"
        if name.value in _TAKES_ANYTHING and word.value not in _WITH_A_BLOCK:
            if not self.problems or self.problems[-1].span.start < name.start:
                message += f", and nginx takes the next line for more of `{name.value}`"
                self.problem(message, last.end, last.end, refused=False)
            return
        self.problem(message, last.end, last.end)
        self.statement(last.end)
        line_start = self.text.rfind("\n", last.end, word.start)
        self.indent = word.start - line_start - 1

    def unquoted(self) -> Word:
        text, start = self.text, self.position
        position, templated = start, False
        while position < self.end:
            if found := _PLAIN.match(text, position):
                position = found.end()
                continue
            if text[position] == "{" and position > start and text[position - 1] == "$":
                variable = _BRACED_VARIABLE.match(text, position)
                position = variable.end() if variable else position + 1
                continue
            end = self.tag_end(position)
            if end is None and text[position] == "[":
                position += 1
                continue
            if end is None:
                break
            position, templated = end, True
        if position == start:  # a `<%` that no `%>` follows
            position += 1
        self.position = position
        value = text[start:position]
        return Word(self.source, start, position, _unescape(value), "", templated)

    def quoted(self, mark: str) -> Word:
        text, start = self.text, self.position
        found = _QUOTED[mark].match(text, start)
        follows = text[found.end() : found.end() + 1] if found else ""
        runs_on = found is not None and "\n" in found[1]
        if found is None or (runs_on and (follows not in _AFTER_QUOTE + "}" or len(found[1]) > MAX_WORD)):
            return self.left_open(mark)
        self.position = found.end()
        if follows not in _AFTER_QUOTE:
            self.problem(f"a space or `;` is missing after the closing {mark}", found.end(), found.end() + 1)
        templated = any(tag in found[1] for tag in ("{{", "{%", "<%")) or _SPACED_TAG.search(found[1]) is not None
        return Word(self.source, start, found.end(), _unescape(found[1]), mark, templated)

    def left_open(self, mark: str) -> Word:
        # Read to the end of the line: the next quote mark opens the next word, it does not close this one.
        text, start = self.text, self.position
        end = text.find("\n", start)
        end = self.end if end < 0 else end
        stop = start + 1 + len(text[start + 1 : end].rstrip(" \t\r;"))
        self.problem(f"the quote {mark} opened here is never closed", start, start + 1)
        self.position = stop
        return Word(self.source, start, stop, _unescape(text[start + 1 : stop]), mark)

    def repeats(self, position: int) -> bool:
        """Whether a brace right behind a word is part of a regular expression that lacks its quotes."""
        last = self.words[-1] if self.words else None
        return (
            last is not None
            and last.end == position
            and not last.quote
            and _COUNT.match(self.text, position) is not None
        )

    def count(self, position: int) -> None:
        """Make what follows part of the last word, as it was meant."""
        last = self.words.pop()
        self.problem(f"`{_shown(last)}{{` needs quotes: to nginx the brace begins a block", last.start, position + 1)
        while more := _COUNT.match(self.text, position) or _PLAIN.match(self.text, position):
            position = more.end()
        self.position = position
        value = self.text[last.start : position]
        self.words.append(Word(self.source, last.start, position, _unescape(value), "", last.templated))

    # Template tags

    def tag_end(self, start: int) -> int | None:
        """Where the template tag that starts here ends, or None if there is none."""
        closing = _TAG_ENDS.get(self.text[start : start + 2])
        if closing is None or closing in self.missing_ends:
            return None
        if closing == "]]" and _SPACED_TAG.match(self.text, start) is None:
            return None
        end = self.text.find(closing, start + 2)
        if end < 0:
            self.missing_ends.add(closing)
            return None
        return end + 2

    def tag(self) -> bool:
        """Step over a template tag that is no part of a word; False if there is none here."""
        text, start = self.text, self.position
        end = self.tag_end(start)
        if end is None:
            return False
        kind = text[start : start + 2]
        if kind == "{#":
            return self.tag_comment(end)
        if self.words:
            if kind in ("{{", "[[") or text.startswith("<%=", start):
                return self.tag_word()
            self.tags.append(Span(self.source, start, end))
            self.position = end
            return True
        word = _tag_name(text, start)
        if kind in ("{{", "<%", "[[") and word not in _STATEMENT_TAGS:
            line_end = text.find("\n", end)
            rest = text[end : self.end if line_end < 0 else line_end].strip()
            if rest and not rest.startswith("#"):
                return self.tag_word()
        self.position = end
        self.tags.append(Span(self.source, start, end))
        if word in _BRANCH_TAGS or (kind == "{%" and word == "comment"):
            self.skip_branch(end)
        return True

    def tag_word(self) -> bool:
        self.words.append(self.unquoted())
        return True

    def tag_comment(self, end: int) -> bool:
        text, start = self.text, self.position
        if self.words:
            # `location / {# a remark` is nginx's own: a brace and a comment.
            line_end = text.find("\n", start)
            line_end = self.end if line_end < 0 else line_end
            if end > line_end or not text[end:line_end].strip():
                return False
        self.comments.append(Span(self.source, start, end))
        self.position = end
        return True

    def skip_branch(self, start: int) -> None:
        """Leave out the rest of a template condition, up to the tag that ends it."""
        depth, position = 1, start
        while self.open_branches < _MAX_OPEN_BRANCHES and (found := _TAG_START.search(self.text, position)):
            end = self.tag_end(found.start())
            if end is None:
                position = found.end()
                continue
            word = _tag_name(self.text, found.start())
            if word in _OPENING_TAGS:
                depth += 1
            elif word in _CLOSING_TAGS:
                depth -= 1
            if not depth:
                self.skipped.append(Span(self.source, start, found.start()))
                self.tags.append(Span(self.source, found.start(), end))
                self.position = end
                return
            position = end
        self.open_branches += 1


def _tag_name(text: str, start: int) -> str:
    found = _TAG_WORD.match(text, start)
    return found[1] if found else ""


def _shown(word: Word) -> str:
    text = " ".join(word.span.text.split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
