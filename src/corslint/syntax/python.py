"""Python source as a libcst tree: guarded parsing, exact places, parents, and the questions readers ask of a tree.

libcst keeps every byte, which edits need, but it takes the whole process down on deeply nested input and needs
exponential time on some patterns, so `parse` refuses what `_measure` finds too deep before libcst sees it. libcst
itself is imported on first use: it costs about 200 ms, and most runs never need it. Its metadata providers cost more
than twenty times a plain parse, so places, parents and calls are found here in one pass each.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from corslint.source import Source, Span
from corslint.syntax import templates

if TYPE_CHECKING:
    import libcst as cst

    Definition: TypeAlias = cst.FunctionDef | cst.ClassDef
    Scope: TypeAlias = cst.Module | cst.FunctionDef | cst.ClassDef | cst.Lambda | cst.BaseComp

MAX_CHARACTERS = 1_000_000
"""A longer file is refused: libcst needs some 2 s and 200 MB for this much."""
MAX_BRACKETS = 100
"""Open brackets at one place; CPython itself stops at 200."""
MAX_INDENTS = 100
"""Nested blocks; as CPython's tokenizer."""
MAX_CHAIN = 500
"""Operators, dots and calls in one expression, and branches of one if-elif ladder: each nests the tree one deeper."""
MAX_WORK = 5_000_000
"""Estimated steps of libcst beyond the linear ones, about one per microsecond."""
_FRAMES = 12 * (MAX_CHAIN + MAX_INDENTS)

NodeT = TypeVar("NodeT", bound="cst.CSTNode")


class SyntaxProblem(Exception):
    """Raised when a file cannot be read as Python; all three fields are for people."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(line, column, message)
        self.line = line
        """1-based."""
        self.column = column
        """1-based, in code points."""
        self.message = message
        """Without a full stop."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def parse(source: Source) -> Module:
    """The tree of a Python file. Use it as `source.parsed(parse)`, which keeps the result.

    Raises SyntaxProblem for anything that cannot be read, and nothing else.
    """
    if len(source.text) > MAX_CHARACTERS:
        raise SyntaxProblem(1, 1, f"is longer than {MAX_CHARACTERS} characters")
    _measure(source)
    refused = _refusal(source)
    import libcst

    try:
        tree = libcst.parse_module(source.text)
    except libcst.ParserSyntaxError as error:
        raise refused or _located(error) from None
    except Exception as error:  # libcst checks its nodes with errors of several kinds
        raise refused or SyntaxProblem(1, 1, f"cannot be read: {error}") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what Rust code raises when it gives up; no ordinary Exception
            raise
        raise refused or SyntaxProblem(1, 1, "cannot be read: the parser gave up") from None
    return Module(source, tree)


def _refusal(source: Source) -> SyntaxProblem | None:
    """What this interpreter's own parser says against the text.

    It may only be older than the text, so a syntax error is no verdict yet; depth is.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source.text)
        except SyntaxError as error:
            return _of_template(source, error) or SyntaxProblem(error.lineno or 1, max(error.offset or 1, 1), error.msg)
        except (RecursionError, MemoryError):
            raise SyntaxProblem(1, 1, "is nested too deeply to be read safely") from None
        except ValueError as error:
            return SyntaxProblem(1, 1, str(error))
    return None


def _of_template(source: Source, error: SyntaxError) -> SyntaxProblem | None:
    """The problem of a text that is no Python yet: what Jinja, cookiecutter or Helm make Python of."""
    lines = source.text.splitlines()
    number = error.lineno or 1
    broken = lines[number - 1] if 0 < number <= len(lines) else ""
    tags = templates.find(source.text)
    if not any(tag.text.startswith("{%") or tag.text in broken for tag in tags):
        return None
    at = source.span(tags[0].start, tags[0].end)
    return SyntaxProblem(at.line, at.column, "is a template, which is no Python before its tags are filled in")


def _located(error: cst.ParserSyntaxError) -> SyntaxProblem:
    message = error.message.partition("\n")[0]
    if found := re.match(r"parser error: error at (\d+):(\d+): (.*)", message):
        return SyntaxProblem(int(found[1]), int(found[2]), "is not Python: " + found[3])
    return SyntaxProblem(error.raw_line, error.raw_column + 1, "is not Python: " + message)


# --- Tokens: enough of Python's lexical grammar to find comments and measure depth, also in text that does not parse.

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\f\ufeff]+|\\\r?\n|\\\r)
  | (?P<comment>\#[^\r\n]*)
  | (?P<newline>\r\n?|\n)
  | (?P<string>[A-Za-z]{0,3}(?:'''|\"""|'|"))
  | (?P<word>\w+)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<comma>[,;])
  | (?P<operator>\*\*=?|//=?|>>=?|<<=?|->|:=|[-+*/%&|^@<>=!]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REST_OF_STRING = {
    "'": re.compile(r"[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*(?:'|$|(?=[\r\n]))", re.DOTALL),
    '"': re.compile(r'[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*(?:"|$|(?=[\r\n]))', re.DOTALL),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|$|\\$)", re.DOTALL),
    '"""': re.compile(r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|$|\\$)', re.DOTALL),
}
_FORMATTED_TEXT = {
    "'": re.compile(r"(?:[^'\\\r\n{}]|\\.|\{\{|\}\})*", re.DOTALL),
    '"': re.compile(r'(?:[^"\\\r\n{}]|\\.|\{\{|\}\})*', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\{}]|\\.|'(?!'')|\{\{|\}\})*", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\{}]|\\.|"(?!"")|\{\{|\}\})*', re.DOTALL),
}
_FORMAT_SPECIFICATION = {
    quote: re.compile(pattern.pattern.replace(r"|\{\{|\}\}", ""), re.DOTALL)
    for quote, pattern in _FORMATTED_TEXT.items()
}
_PREFIXES = frozenset({"", "r", "b", "u", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"})


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of each token but white space; replacement fields of f-strings are read as code (PEP 701)."""
    # What is open: an opening bracket, or a quote with "f" for the text of an f-string, ":" for a format specification.
    opened: list[str] = []
    position, end = 0, len(text)
    while position < end:
        inside = opened[-1] if opened else ""
        if inside[:1] in ("f", ":") and inside:
            quote = inside[1:]
            pattern = (_FORMATTED_TEXT if inside[0] == "f" else _FORMAT_SPECIFICATION)[quote]
            found = pattern.match(text, position)
            position = found.end() if found else position
            if text.startswith("{", position):
                opened.append("{" + quote)
                yield "open", position, position + 1
                position += 1
            elif text.startswith("}", position) and inside[0] == ":":
                opened.pop()  # The specification; its replacement field is closed as code.
            elif text.startswith("}", position):
                position += 1
            else:
                # The closing quote, or a line end that leaves the string (and the field around it) unclosed.
                while opened and opened[-1][:1] != "f":
                    opened.pop()
                opened = opened[:-1]
                position += len(quote) if text.startswith(quote, position) else 0
                if position < end and text[position] == "\\":
                    position += 1  # a lone backslash at the very end
            continue
        match = _TOKEN.match(text, position)
        assert match is not None  # the last alternative takes any character
        kind, start, position = match.lastgroup or "", position, match.end()
        if kind == "space":
            continue
        if kind == "string":
            prefix = match[0].rstrip("'\"")
            if prefix.lower() not in _PREFIXES:
                position = start + len(prefix)
                yield "word", start, position
                continue
            quote = match[0][len(prefix) :]
            if not prefix.isascii() or not {"f", "t"} & set(prefix.lower()):
                rest = _REST_OF_STRING[quote].match(text, position)
                position = rest.end() if rest else end
            else:
                opened.append("f" + quote)
        elif kind == "open":
            opened.append(match[0])
        elif kind == "close" and opened:
            opened.pop()
        elif kind == "operator" and match[0] in (":", ":=") and len(inside) > 1:
            opened.append(":" + inside[1:])
        yield kind, start, position


def comments(source: Source) -> Iterator[Span]:
    """Each comment from its `#` to the end of its line, also in a file that does not parse."""
    for kind, start, end in _tokens(source.text):
        if kind == "comment":
            yield source.span(start, end)


_NESTING_WORDS = frozenset({"and", "or", "not", "if", "else", "lambda", "await", "in", "is", "for", "yield", "from"})


def _measure(source: Source) -> None:
    """Raises SyntaxProblem where the tree would be too deep, or the parser too slow.

    The tokens since the last comma, summed over the open brackets, are never fewer than the levels of the tree.
    """
    text = source.text
    chains = [0]
    total = peak = deepest = work = 0
    ladders: list[tuple[int, int]] = []
    line_start = 0
    first = True
    is_case = False

    def refuse(offset: int, why: str) -> SyntaxProblem:
        line, column = source.position(offset)
        return SyntaxProblem(line, column, f"is nested too deeply to be read safely: {why}")

    for kind, start, end in _tokens(text):
        if kind == "newline":
            if len(chains) == 1:
                # libcst takes quadratic time on a chain and, in a `case`, four times longer per level of brackets.
                work += peak * peak + (4**deepest if is_case else 0)
                if work > MAX_WORK:
                    raise refuse(line_start, "the expressions up to here take too long to parse")
                chains, total, peak, deepest, first = [0], 0, 0, 0, True
            continue
        if kind == "comment":
            continue
        if first:
            first, line_start = False, start
            word = text[start:end]
            is_case = word == "case"
            indent = start - max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) - 1
            while ladders and ladders[-1][0] > indent:
                ladders.pop()
            if not ladders or ladders[-1][0] < indent:
                ladders.append((indent, 0))
            if word == "elif":
                ladders[-1] = (indent, ladders[-1][1] + 1)
            elif word != "else":
                ladders[-1] = (indent, 0)
            if len(ladders) > MAX_INDENTS:
                raise refuse(start, f"more than {MAX_INDENTS} blocks")
            if sum(count for _, count in ladders) > MAX_CHAIN:
                raise refuse(start, f"more than {MAX_CHAIN} branches")
        if kind == "comma":
            total -= chains[-1]
            chains[-1] = 0
        elif kind == "close":
            if len(chains) > 1:
                total -= chains.pop()
        elif kind != "word" or text[start:end] in _NESTING_WORDS:
            chains[-1] += 1
            total += 1
            if kind == "open":
                chains.append(0)
                deepest = max(deepest, len(chains) - 1)
                if deepest > MAX_BRACKETS:
                    raise refuse(start, f"more than {MAX_BRACKETS} brackets")
            peak = max(peak, total)
            if total > MAX_CHAIN:
                raise refuse(line_start, f"more than {MAX_CHAIN} operators in one expression")
    if work + peak * peak + (4**deepest if is_case else 0) > MAX_WORK:
        raise refuse(line_start, "the expressions up to here take too long to parse")


# --- The tree and its places.

# Fields that hold no code. Left out of walks, which makes them several times faster than libcst's own `children`.
_NOT_CODE = re.compile(
    r"__slots__|whitespace|^(?:lpar|rpar|lbracket|rbracket|lbrace|rbrace|header|footer|leading_lines|lines_after_decorators"
    r"|lines_after_module_docstring|semicolon|comma|equal|dot|colon|asname_whitespace|indent|start|end|prefix"
    r"|encoding|default_indent|default_newline|has_trailing_newline|star|posonly_ind|operator|first_colon"
    r"|second_colon|separator)\Z"
)
_ORDER = {
    "FunctionDef": ("decorators", "name", "type_parameters", "params", "returns", "body"),
    "ClassDef": ("decorators", "name", "type_parameters", "bases", "keywords", "body"),
    "IfExp": ("body", "test", "orelse"),
    "ExceptHandler": ("type", "name", "body"),
    "ExceptStarHandler": ("type", "name", "body"),
    "MatchCase": ("pattern", "guard", "body"),
    "Parameters": ("posonly_params", "params", "star_arg", "kwonly_params", "star_kwarg"),
    "DictComp": ("key", "value", "for_in"),
    "ImportFrom": ("relative", "module", "names"),
    "BinaryOperation": ("left", "operator", "right"),
    "BooleanOperation": ("left", "operator", "right"),
    "UnaryOperation": ("operator", "expression"),
    "AugAssign": ("target", "operator", "value"),
    "Slice": ("lower", "upper", "step"),
    "Comparison": ("left", "comparisons"),
    "ComparisonTarget": ("operator", "comparator"),
}


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    if kind.__name__ in _ORDER:
        return _ORDER[kind.__name__]
    return tuple(name for name in kind.__dataclass_fields__ if not _NOT_CODE.search(name))


def _children(node: cst.CSTNode) -> list[cst.CSTNode]:
    import libcst

    found: list[cst.CSTNode] = []
    for name in _fields(type(node)):
        value = getattr(node, name, None)
        if isinstance(value, libcst.CSTNode):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            found.extend(child for child in value if isinstance(child, libcst.CSTNode))
    return found


class Module:
    """A parsed file. Nodes are libcst's; every question about them is asked here."""

    __slots__ = ("_calls", "_nodes", "_order", "_parents", "_spans", "source", "tree")

    def __init__(self, source: Source, tree: cst.Module) -> None:
        self.source = source
        self.tree = tree
        self._spans: dict[cst.CSTNode, tuple[int, int]] | None = None
        self._parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._order: dict[cst.CSTNode, int] = {}
        self._calls: list[cst.Call] = []
        self._nodes: list[cst.CSTNode] = []

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands, without the white space and the brackets around it (as libcst's PositionProvider).

        The first question costs about as much as parsing did.
        """
        if self._spans is None:
            self._spans = _offsets(self)
        start, end = self._spans.get(node, (0, 0))
        text = self.source.text
        # libcst drops form feeds and byte order marks ahead of a line, so they seem to belong to what follows.
        while start < end and text[start] in "\f\ufeff":
            start += 1
        return self.source.span(start, end)

    def text(self, node: cst.CSTNode) -> str:
        """The source of a node, shortened to one line of 60 characters at most: for messages."""
        return shortened(self.span(node).text)

    def walk(self) -> Iterator[cst.CSTNode]:
        """All nodes that hold code, in the order of the source; outer before inner."""
        self._index()
        return iter(self._order)

    def find(self, *kinds: type[NodeT]) -> Iterator[NodeT]:
        """All nodes of these libcst classes, in the order of the source."""
        for node in self.walk():
            if isinstance(node, kinds):
                yield node

    def within(self, node: cst.CSTNode, *kinds: type[NodeT]) -> Iterator[NodeT]:
        """The nodes of these libcst classes inside of a node, in the order of the source."""
        start = self.order(node)
        for position in range(start + 1, len(self._nodes)):
            inner = self._nodes[position]
            if self._order[self._parents[inner]] < start:
                return
            if isinstance(inner, kinds):
                yield inner

    def calls(self) -> Sequence[cst.Call]:
        """All calls, in the order of the source; the outer before those in its arguments."""
        self._index()
        return self._calls

    def order(self, node: cst.CSTNode) -> int:
        """A number that grows along the source; an outer node has a smaller one than what is inside it."""
        self._index()
        return self._order[node]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around this one; None for the module."""
        self._index()
        return self._parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around this one, innermost first."""
        self._index()
        current = self._parents.get(node)
        while current is not None:
            yield current
            current = self._parents.get(current)

    def enclosing(self, node: cst.CSTNode, *kinds: type[NodeT]) -> NodeT | None:
        """The innermost node of these libcst classes around this one."""
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, kinds):
                return ancestor
        return None

    def enclosing_function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function whose body or head this node is part of."""
        import libcst

        return self.enclosing(node, libcst.FunctionDef)

    def enclosing_class(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """The class that this node is part of, however deep."""
        import libcst

        return self.enclosing(node, libcst.ClassDef)

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The small or compound statement that a node is part of (itself, if it is one)."""
        import libcst

        for candidate in chain((node,), self.ancestors(node)):
            if isinstance(candidate, (libcst.BaseSmallStatement, libcst.BaseCompoundStatement, libcst.Module)):
                return candidate
        return self.tree

    def assigned(self, node: cst.CSTNode) -> str | None:
        """The dotted name that the value of an expression is assigned to: `app` for the call in `app = FastAPI()`."""
        import libcst

        parent = self.parent(node)
        if isinstance(parent, libcst.AnnAssign) and parent.value is node:
            return dotted(parent.target)
        if isinstance(parent, libcst.Assign) and parent.value is node:
            return dotted(parent.targets[0].target)
        return None

    def _index(self) -> None:
        if self._order:
            return
        import libcst

        order, parents, calls = self._order, self._parents, self._calls
        waiting: list[cst.CSTNode] = [self.tree]
        while waiting:
            node = waiting.pop()
            order[node] = len(order)
            self._nodes.append(node)
            if isinstance(node, libcst.Call):
                calls.append(node)
            inside = _children(node)
            for child in inside:
                parents[child] = node
            inside.reverse()
            waiting.extend(inside)


def _offsets(module: Module) -> dict[cst.CSTNode, tuple[int, int]]:
    """The offsets of every node, from one pass of code generation along the text."""
    from libcst._nodes.internal import CodegenState

    text = module.source.text
    places: dict[cst.CSTNode, tuple[int, int]] = {}

    class Recording:
        """Notes the place of a node without the white space it owns."""

        __slots__ = ("end_node", "node", "start", "start_node", "state")

        def __init__(
            self, state: State, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
        ) -> None:
            self.state, self.node, self.start_node, self.end_node = state, node, start_node, end_node

        def __enter__(self) -> None:
            self.start = self.state.offset

        def __exit__(self, *_: object) -> None:
            start = self.start if self.start_node is None else places[self.start_node][0]
            end = self.state.offset if self.end_node is None else places[self.end_node][1]
            places[self.node] = (start, end)

    class State(CodegenState):
        def __init__(self, default_indent: str, default_newline: str) -> None:
            super().__init__(default_indent=default_indent, default_newline=default_newline)
            self.offset = 0
            self.starts: list[int] = []

        def add_indent_tokens(self) -> None:
            for token in self.indent_tokens:
                self.add_token(token)

        def add_token(self, value: str) -> None:
            offset = self.offset
            if text.startswith(value, offset):
                self.offset = offset + len(value)
                return
            # libcst leaves out form feeds and byte order marks ahead of a line, and adds a last line end of its own.
            ahead = offset
            while ahead < len(text) and text[ahead] in " \t\f\r\n\ufeff":
                ahead += 1
                if text.startswith(value, ahead):
                    self.offset = ahead + len(value)
                    return

        def before_codegen(self, node: cst.CSTNode) -> None:
            self.starts.append(self.offset)

        def after_codegen(self, node: cst.CSTNode) -> None:
            start = self.starts.pop()
            if node not in places:
                places[node] = (start, self.offset)

        def pop_trailing_newline(self) -> None:
            pass

        def record_syntactic_position(
            self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
        ) -> Any:
            return Recording(self, node, start_node, end_node)

    # Code generation recurses a few calls per level of the tree; the depth was measured before, so this ends.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        module.tree._codegen(State(module.tree.default_indent, module.tree.default_newline))
    finally:
        sys.setrecursionlimit(limit)
    return places


# --- Small questions about single nodes.


def shortened(text: str) -> str:
    """A piece of source on one line of 60 characters at most."""
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57] + "..."


def dotted(node: cst.CSTNode) -> str | None:
    """The text of a name or of attributes of a name (`a.b.c`); None for anything else."""
    import libcst

    parts: list[str] = []
    while isinstance(node, libcst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, libcst.Name):
        return None
    parts.append(node.value)
    return ".".join(reversed(parts))


def positional(call: cst.Call) -> list[cst.Arg]:
    """The arguments without a keyword, in order, up to the first `*args`: what comes after it has no known place."""
    found: list[cst.Arg] = []
    for argument in call.args:
        if argument.star == "*":
            break
        if argument.keyword is None and not argument.star:
            found.append(argument)
    return found


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    """The argument given under this name."""
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == name:
            return argument
    return None


def argument(call: cst.Call, position: int, name: str) -> cst.Arg | None:
    """The argument of a parameter, given by its name or at its (0-based) position."""
    given = keyword(call, name)
    if given is not None:
        return given
    places = positional(call)
    return places[position] if position < len(places) else None


def body_statements(body: cst.BaseSuite | cst.Module) -> Iterator[cst.CSTNode]:
    """The statements of a block, small ones singly."""
    import libcst

    if isinstance(body, libcst.SimpleStatementSuite):
        yield from body.body
        return
    for statement in body.body:
        if isinstance(statement, libcst.SimpleStatementLine):
            yield from statement.body
        else:
            yield statement


def binds_at_top(module: Module, name: str) -> bool:
    """Whether a statement of the module itself, not of a class or function in it, gives this name a meaning."""
    import libcst

    for node in module.find(libcst.Assign, libcst.AnnAssign, libcst.FunctionDef, libcst.ClassDef, libcst.ImportAlias):
        match node:
            case libcst.Assign():
                bound = {part.target.value for part in node.targets if isinstance(part.target, libcst.Name)}
            case libcst.AnnAssign():
                bound = {dotted(node.target) or ""} if node.value is not None else set()
            case libcst.FunctionDef() | libcst.ClassDef():
                bound = {node.name.value}
            case libcst.ImportAlias():
                renamed = node.asname.name if node.asname is not None else node.name
                written = dotted(renamed) or ""
                bound = {written.partition(".")[0]}
            case _:
                continue
        if name in bound and not any(
            isinstance(ancestor, (libcst.FunctionDef, libcst.ClassDef, libcst.Lambda))
            for ancestor in module.ancestors(node)
        ):
            return True
    return False
