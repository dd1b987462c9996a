"""What the expressions of a handler are made of: constants, the request's headers, and checks between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from corslint.resolve.python import Resolver
from corslint.servers.python_headers import comparisons
from corslint.servers.python_headers.comparisons import joined, level_of, truth_of
from corslint.servers.python_headers.conditions import (
    HARMLESS,
    Always,
    Sent,
)
from corslint.servers.python_headers.judgements import Judgements, bindings, of_value
from corslint.servers.python_headers.mentions import Mentions
from corslint.servers.python_headers.state import State
from corslint.servers.python_headers.terms import (
    NONE,
    Choice,
    Container,
    Header,
    Marker,
    Opaque,
    Parsed,
    Part,
    Ref,
    Several,
    Term,
    Text,
    Truth,
)
from corslint.servers.python_headers.words import (
    is_request_headers,
    request_header,
)
from corslint.syntax.python import dotted
from corslint.values import Items, Known, Mapping, OneOf, Unknown, Value

if TYPE_CHECKING:
    import libcst as cst

MAX_TURNS = 64
"""Elements of a list that a check goes over."""
_METHOD_KEYS = frozenset({"httpMethod", "REQUEST_METHOD", "method", "http_method"})
_UNCHANGED = frozenset({"strip", "lower", "decode", "encode", "casefold", "items", "copy", "keys", "geturl", "upper"})
"""Methods that leave alone what browsers send, and what is asked of headers as a whole."""
_WRAPPERS = frozenset({"str", "dict", "list", "Headers", "MultiDict", "CaseInsensitiveDict", "CIMultiDict", "sorted"})
_READERS = frozenset({"get", "get_header", "getheader", "getHeader", "header", "get_all", "getlist", "pop"})


class Calls(Protocol):
    """What follows calls: functions of the same file, and calls that set headers."""

    def call(self, node: cst.Call, state: State) -> Term | None:
        """What a call gives, its effects carried out; None for one that is only judged as an expression."""

    def passed(self, node: cst.Call, state: State) -> Term | None:
        """What becomes of headers that are handed to a call which is not followed; None where there are none."""

    def container(self, node: cst.BaseExpression, state: State) -> Term | None:
        """The headers that a dict or list display holds; None where it holds none."""

    def constant(self, value: Value[object], node: cst.BaseExpression) -> Term | None:
        """The headers that a constant of the module holds; None where it holds none."""


class Expressions:
    """Turns expressions into terms and tests, as seen from a state."""

    def __init__(self, resolver: Resolver, calls: Calls) -> None:
        self.resolver = resolver
        self.module = resolver.module
        self.calls = calls
        self.mentions = Mentions(resolver)
        self.judgements = Judgements(self.mentions, self)

    # --- Terms

    def term(self, node: cst.BaseExpression, state: State) -> Term:
        """What an expression stands for."""
        import libcst

        match node:
            case libcst.Name():
                return self._name(node, state)
            case libcst.Attribute():
                return self._attribute(node, state)
            case libcst.Subscript():
                return self._subscript(node, state)
            case libcst.Call():
                return self._call(node, state)
            case libcst.Await():
                return self.term(node.expression, state)
            case libcst.NamedExpr():
                value = self.term(node.value, state)
                if isinstance(node.target, libcst.Name):
                    state.names[node.target.value] = value
                return value
            case libcst.IfExp():
                test = self.judgements.test(node.test, state)
                if isinstance(test, Always):
                    return self.term(node.body if test.truth else node.orelse, state)
                return Choice(test, self.term(node.body, state), self.term(node.orelse, state))
            case libcst.BooleanOperation():
                return self._either(node, state)
            case libcst.Comparison() | libcst.UnaryOperation(operator=libcst.Not()):
                return (
                    Truth(self.judgements.test(node, state))
                    if self.mentions.is_local(node, state)
                    else self.constant(node, state)
                )
            case libcst.FormattedString():
                return self._formatted(node, state)
            case libcst.BinaryOperation():
                return self._binary(node, state)
            case libcst.Dict() | libcst.List() | libcst.Tuple() | libcst.Set():
                return self._display(node, state)
            case libcst.DictComp() | libcst.ListComp() | libcst.SetComp() | libcst.GeneratorExp():
                return self._comprehension(node, state)
        return self.constant(node, state)

    def constant(self, node: cst.BaseExpression, state: State) -> Term:
        """A constant of the program, by the resolver; opaque where it depends on what is only known here."""
        if self.mentions.is_local(node, state):
            return self.opaque(node, state)
        return of_value(self.resolver.value_with(node, bindings(state)))

    def opaque(self, node: cst.CSTNode, state: State, reason: str | None = None) -> Opaque:
        """A value that is not followed, and how much it may have to do with the origin."""
        text = self.module.text(node)
        level = self.mentions.level(node, state)
        return Opaque(reason or f"`{text}` is decided at run time", level, self.module.span(node))

    def _name(self, node: cst.Name, state: State) -> Term:
        known = state.names.get(node.value)
        if known is not None:
            return known
        if node.value in ("True", "False", "None"):
            return Text(cast("Known[object]", self.resolver.value(node)))
        if self.mentions.is_the_request(node):
            return Marker("request")
        value = self.resolver.value_with(node, bindings(state))
        return self.calls.constant(value, node) or of_value(value)

    def _attribute(self, node: cst.Attribute, state: State) -> Term:
        known = state.names.get(dotted(node) or "")
        if known is not None:
            return known
        name = node.attr.value
        owner = self.term(node.value, state)
        if isinstance(owner, Parsed):
            return Part(owner.of, name)
        if isinstance(owner, Ref):
            return owner if name in ("headers", "raw") else self.opaque(node, state)
        if name in ("headers", "META", "environ") and not self.resolver.refers(node, ("os.environ",)):
            return Marker("headers")
        if isinstance(owner, Marker):
            return self._of_marker(owner, name) or self.opaque(node, state)
        if self.mentions.is_the_request(node):
            return Marker("request")
        if name in ("method", "command") and dotted(node.value) in ("self", "self.request", "ctx.request"):
            return Marker("method")
        if self.mentions.is_local(node, state):
            return self.opaque(node, state)
        value = self.resolver.value_with(node, bindings(state))
        return self.calls.constant(value, node) or of_value(value)

    def _of_marker(self, owner: Marker, name: str) -> Term | None:
        """A part of the request that is understood."""
        if owner.what == "request":
            if name == "origin":
                return Header("origin", NONE)
            if name in _METHOD_KEYS:
                return Marker("method")
            if is_request_headers(name) or name == "scope":
                return Marker("request" if name == "scope" else "headers")
        return None

    def _subscript(self, node: cst.Subscript, state: State) -> Term:
        import libcst

        owner = self.term(node.value, state)
        index = node.slice[0].slice if len(node.slice) == 1 else None
        if isinstance(owner, Marker) and isinstance(index, libcst.Index):
            key = self.plain(index.value, state)
            missing = Opaque("the program fails without this header", HARMLESS, self.module.span(node))
            return self._read(owner, key, missing, node) or self.opaque(node, state)
        if isinstance(owner, Ref):
            return self.opaque(node, state)
        return self.constant(node, state)

    def plain(self, node: cst.BaseExpression, state: State) -> object:
        """The constant that an expression is; None where it is none."""
        term = self.term(node, state)
        return term.value.value if isinstance(term, Text) and isinstance(term.value, Known) else None

    def _read(self, owner: Marker, key: object, missing: Term, node: cst.BaseExpression) -> Term | None:
        """A header, or a part of the request, read by its key."""
        name = request_header(key)
        if name is None:
            return None
        if owner.what == "headers":
            return Header(name, missing, self.module.span(node))
        if owner.what == "request":
            if name == "headers" or name == "multivalueheaders":
                return Marker("headers")
            if key in _METHOD_KEYS:
                return Marker("method")
            if isinstance(key, str) and key.lower() == "http_origin":
                return Header(name, missing, self.module.span(node))
            if name in ("requestcontext", "http"):
                return Marker("request")
        return None

    def _either(self, node: cst.BooleanOperation, state: State) -> Term:
        """`a or b`, `a and b`."""
        import libcst

        left = self.term(node.left, state)
        test = truth_of(left, self.module.span(node.left))
        if isinstance(left, Text) and isinstance(left.value, Unknown):
            test = self.judgements.configured(node.left, state)
        stops = isinstance(node.operator, libcst.Or)
        if isinstance(test, Always):
            return left if test.truth is stops else self.term(node.right, state)
        right = self.term(node.right, state)
        if isinstance(left, Header) and stops and comparisons.is_none(left.missing):
            return Header(left.name, right, left.span)
        return Choice(test, left, right) if stops else Choice(test, right, left)

    def _formatted(self, node: cst.FormattedString, state: State) -> Term:
        import libcst

        if not self.mentions.is_local(node, state):
            return self.constant(node, state)
        parts: list[Term] = []
        for part in node.parts:
            if isinstance(part, libcst.FormattedStringText):
                parts.append(Text(Known(part.value.replace("{{", "{").replace("}}", "}"))))
            elif isinstance(part, libcst.FormattedStringExpression):
                if part.format_spec or part.equal is not None or part.conversion not in (None, "s"):
                    return self.opaque(node, state)
                parts.append(self.term(part.expression, state))
        return joined(parts, self.module.span(node))

    def _binary(self, node: cst.BinaryOperation, state: State) -> Term:
        import libcst

        if not self.mentions.is_local(node, state):
            return self.constant(node, state)
        left, right = self.term(node.left, state), self.term(node.right, state)
        if isinstance(node.operator, libcst.Add):
            if all(isinstance(term, Container | Text) and _listed(term) is not None for term in (left, right)):
                return Container((*(_listed(left) or ()), *(_listed(right) or ())))
            return joined((left, right), self.module.span(node))
        return self.opaque(node, state)

    def _display(self, node: cst.Dict | cst.List | cst.Tuple | cst.Set, state: State) -> Term:
        import libcst

        headers = self.calls.container(node, state)
        if headers is not None:
            return headers
        if isinstance(node, libcst.Tuple):
            terms = tuple(self.term(element.value, state) for element in node.elements)
            if not all(isinstance(term, Text) for term in terms):
                return Several(terms)
        if isinstance(node, libcst.Dict) or not self.mentions.is_local(node, state):
            return self.constant(node, state)
        found: list[Term] = []
        for element in node.elements:
            term = self.term(element.value, state)
            if not isinstance(element, libcst.StarredElement):
                found.append(term)
                continue
            items = _listed(term)
            found += (self.opaque(element.value, state),) if items is None else items
        return Container(tuple(found))

    def _comprehension(self, node: cst.DictComp | cst.ListComp | cst.SetComp | cst.GeneratorExp, state: State) -> Term:
        """A comprehension over the request's headers is those headers, or the value of the one it looks for."""
        import libcst

        if not self.mentions.is_local(node, state):
            return self.constant(node, state)
        over = self.term(node.for_in.iter, state)
        if isinstance(over, Marker) and over.what == "headers":
            inner = state.fork()
            assert inner is not None  # without a test it always goes on
            bind_pair(node.for_in.target, inner)
            if isinstance(node, libcst.DictComp):
                return over
            tests = [self.judgements.test(condition.test, inner) for condition in node.for_in.ifs]
            found = self.term(node.elt, inner)
            if tests == [Sent("origin")] and isinstance(found, Marker) and found.what == "header value":
                return Header("origin", NONE, self.module.span(node))
        return self.opaque(node, state)

    # --- Calls

    def _call(self, node: cst.Call, state: State) -> Term:
        import libcst

        found = self.calls.call(node, state)
        if found is not None:
            return found
        name = dotted(node.func) or ""
        last = node.func.attr.value if isinstance(node.func, libcst.Attribute) else name
        arguments = [argument.value for argument in node.args if not argument.star]
        test = self.judgements.called(node, last, state)
        if test is not None:
            return Truth(test)
        if last in ("urlparse", "urlsplit") and arguments:
            return Parsed(self.term(arguments[0], state))
        if last in ("get_origin", "get_request_origin") and not arguments:
            return self.opaque(node, state)
        if isinstance(node.func, libcst.Attribute):
            method = self._method(node, node.func, state)
            if method is not None:
                return method
        if last in _WRAPPERS and arguments:
            term = self.term(arguments[0], state)
            if last == "Headers" and isinstance(term, Marker):
                return Marker("headers")
            if isinstance(term, Marker | Header | Ref | Part | Container):
                return term
        if name == "next" and arguments:
            term = self.term(arguments[0], state)
            if isinstance(term, Header):
                missing = self.term(arguments[1], state) if len(arguments) > 1 else term.missing
                return Header(term.name, missing, term.span)
        if name == "getattr" and len(arguments) > 1 and self.plain(arguments[1], state) == "origin":
            owner = self.term(arguments[0], state)
            if isinstance(owner, Marker) and owner.what == "request":
                return Header("origin", NONE, self.module.span(node))
        handed = self.calls.passed(node, state)
        if handed is not None:
            return handed
        if self.mentions.is_local(node, state):
            return self.opaque(node, state, f"`{self.module.text(node.func)}()` is called at run time")
        value = self.resolver.value_with(node, bindings(state))
        if isinstance(value, Unknown):
            return Opaque(value.reason, self.mentions.level(node, state), self.module.span(node))
        return of_value(value)

    def _method(self, node: cst.Call, func: cst.Attribute, state: State) -> Term | None:
        name = func.attr.value
        if name not in _READERS | _UNCHANGED | {"rstrip", "lstrip", "union", "encode"}:
            return None
        owner = self.term(func.value, state)
        arguments = [argument.value for argument in node.args if not argument.star]
        if name in _READERS and arguments:
            reading = owner
            if name in ("get_header", "getheader", "getHeader", "header"):
                reading = Marker("headers")
            if isinstance(reading, Marker):
                default = self.term(arguments[1], state) if len(arguments) > 1 else NONE
                return self._read(reading, self.plain(arguments[0], state), default, node)
            return None
        if name in _UNCHANGED and isinstance(owner, Marker | Header | Part | Choice | Parsed | Ref) and name != "upper":
            return owner.of if isinstance(owner, Parsed) else owner
        if name == "upper" and isinstance(owner, Marker):
            return owner
        if name in ("rstrip", "lstrip", "strip") and isinstance(owner, Header | Choice):
            stripped = self.plain(arguments[0], state) if arguments else "/"
            return owner if isinstance(stripped, str) and not stripped.strip("/ ") else None
        return None

    def elements(self, node: cst.BaseExpression, state: State) -> list[Term]:
        """What a loop goes over; one opaque element where that is not known."""
        term = self.term(node, state)
        items = _listed(term)
        if items is None or len(items) > MAX_TURNS:
            reason = comparisons.why(term) or f"`{self.module.text(node)}` is gone over at run time"
            return [Opaque(reason, max(level_of(term), self.mentions.level(node, state)), self.module.span(node))]
        return list(items)

    def parts(self, term: Term, count: int) -> tuple[Term, ...] | None:
        """What unpacking into so many names gives; None where that is not known."""
        found = _listed(term)
        return found if found is not None and len(found) == count else None


def _listed(term: Term) -> tuple[Term, ...] | None:
    """The elements of a list, tuple or set; None for anything else, or where they depend on conditions."""
    if isinstance(term, Container):
        return term.items
    if isinstance(term, Several):
        return term.terms
    if not isinstance(term, Text) or not isinstance(term.value, Known):
        return None
    value = term.value.value
    if isinstance(value, Mapping):
        elements: tuple[Value[object], ...] = tuple(name for name, _ in value.pairs)
    elif isinstance(value, Items):
        elements = value.items
    else:
        return None
    if any(isinstance(element, OneOf) for element in elements):
        return None
    return tuple(Text(element) for element in elements if isinstance(element, Known | Unknown))


def bind_pair(target: cst.BaseExpression, state: State) -> None:
    """Set the names that `for name, value in headers` sets."""
    import libcst

    if isinstance(target, libcst.Tuple) and len(target.elements) == 2:
        for element, what in zip(target.elements, ("header name", "header value"), strict=True):
            if isinstance(element.value, libcst.Name):
                state.names[element.value.value] = Marker(what)  # type: ignore[arg-type]
