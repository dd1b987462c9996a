"""Dicts and lists that hold headers, and dicts that are a whole answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from corslint.servers.python_headers.conditions import both
from corslint.servers.python_headers.expressions import Expressions
from corslint.servers.python_headers.judgements import of_value
from corslint.servers.python_headers.state import State
from corslint.servers.python_headers.terms import Bag, Line, Ref, Term
from corslint.servers.python_headers.words import header_name
from corslint.servers.python_headers.writes import Writes
from corslint.source import Span
from corslint.syntax.python import dotted
from corslint.values import Items, Known, Mapping, Value, alternatives

if TYPE_CHECKING:
    import libcst as cst

_STATUS_KEYS = frozenset({"statusCode", "status_code", "status", "statusDescription"})


class Displays:
    """Recognises headers in displays and in constants."""

    def __init__(self, expressions: Expressions, writes: Writes) -> None:
        self.expressions = expressions
        self.module = expressions.module
        self.writes = writes

    def display(self, node: cst.BaseExpression, state: State) -> Term | None:
        """A dict or list of headers, or a dict that is a whole answer; None for any other display."""
        import libcst

        if isinstance(node, libcst.List):
            return self._list(node, state)
        if not isinstance(node, libcst.Dict):
            return None
        if not node.elements:
            return Ref(self.writes.new("dict", self.module.assigned(node) or ""))
        keys = {
            self.writes.key(element.key, state): element.value
            for element in node.elements
            if isinstance(element, libcst.DictElement)
        }
        if "headers" in keys and (_STATUS_KEYS & keys.keys() or self._is_lambda(keys)):
            return self._answer(node, keys, state)
        return self._dict(node, state)

    def _is_lambda(self, keys: dict[object, cst.BaseExpression]) -> bool:
        known = {"headers", "body", "isBase64Encoded", "multiValueHeaders", "cookies", "type"}
        return "handler" in self.writes.function and keys.keys() <= known

    def _answer(self, node: cst.Dict, keys: dict[object, cst.BaseExpression], state: State) -> Term | None:
        """`{"statusCode": 200, "headers": {...}}` of a Lambda function, or an ASGI message."""
        import libcst

        headers = self.expressions.term(keys["headers"], state)
        for name, value in keys.items():
            if name != "headers":
                self.expressions.term(value, state)
        if not isinstance(headers, Ref):
            return None
        is_lambda = "statusCode" in keys or "type" not in keys
        bag = self.writes.new("response", self.module.assigned(node) or "", "lambda" if is_lambda else "asgi")
        status = keys.get("statusCode") or keys.get("status")
        if isinstance(status, libcst.Integer):
            bag.status = status.evaluated_value
        self.writes.pour(headers.bag, bag, "set" if is_lambda else "add", state)
        return Ref(bag)

    def _dict(self, node: cst.Dict, state: State) -> Term | None:
        import libcst

        bag = Bag("dict", self.module.assigned(node) or "")
        others = True
        for element in node.elements:
            value = self.expressions.term(element.value, state)
            if isinstance(element, libcst.DictElement):
                name = header_name(self.writes.key(element.key, state))
                if name is not None:
                    others = False
                    self.writes.write(bag, name, value, "set", element, element.value, state)
            elif isinstance(value, Ref):
                others = False
                self.writes.pour(value.bag, bag, "set", state)
                value.bag.passed_on = value.bag.passed_on and not value.bag.is_sink
        if others and not self.module.assigned(node):
            return None
        if others and not self._looks_like_headers(node):
            return None
        self.writes.bags.append(bag)
        return Ref(bag)

    def _looks_like_headers(self, node: cst.Dict) -> bool:
        """Whether a dict without any header of ours may be given one later: by its name, or what is in it."""
        name = self.module.assigned(node) or ""
        return "header" in name.lower() or "content-type" in self.module.span(node).text.lower()

    def _list(self, node: cst.List, state: State) -> Term | None:
        """`[("Vary", "Origin"), ...]`."""
        import libcst

        pairs = [(element, self.writes.pair(element.value, state)) for element in node.elements]
        starred = [element for element in node.elements if isinstance(element, libcst.StarredElement)]
        name = self.module.assigned(node) or ""
        is_named = "header" in name.lower() and all(isinstance(e.value, libcst.Tuple) for e in node.elements)
        if not any(pair for _, pair in pairs) and not starred and not is_named:
            return None
        bag = Bag("dict", name)
        for element, pair in pairs:
            if pair is not None:
                value = self.expressions.term(pair[1], state)
                self.writes.write(bag, pair[0], value, "add", element.value, pair[1], state)
            elif isinstance(element, libcst.StarredElement):
                term = self.expressions.term(element.value, state)
                if isinstance(term, Ref):
                    self.writes.pour(term.bag, bag, "add", state)
        if starred and not bag.lines:
            return None
        self.writes.bags.append(bag)
        return Ref(bag)

    def constant(self, value: Value[object], node: cst.BaseExpression, name: str | None = None) -> Term | None:
        """A dict or list of the module that holds headers; `name` is what to call it, if not as in the source."""
        ways = alternatives(value)
        if len(ways) != 1 or not isinstance(ways[0].value, Known):
            return None
        inner = ways[0].value.value
        pairs: list[tuple[Value[object], Value[object]]] = []
        if isinstance(inner, Mapping):
            pairs = list(inner.pairs)
        elif isinstance(inner, Items):
            for item in inner.items:
                two = item.value if isinstance(item, Known) else None
                if isinstance(two, Items) and len(two.items) == 2:
                    pairs.append((two.items[0], two.items[1]))
        if not any(isinstance(key, Known) and header_name(key.value) for key, _ in pairs):
            return None
        bag = Bag("dict", (dotted(node) or "").rpartition(".")[2] if name is None else name)
        for key, given in pairs:
            header = header_name(key.value) if isinstance(key, Known) else None
            if header is not None:
                span = _around(key.span, given.span) or self.module.span(node)
                term = of_value(given)
                op: Literal["set", "add"] = "set" if isinstance(inner, Mapping) else "add"
                bag.put(Line(header, term, both(), op, span, given.span, "", bag.name))
        self.writes.bags.append(bag)
        return Ref(bag)


def _around(one: Span | None, other: Span | None) -> Span | None:
    """From the start of one place to the end of another in the same file."""
    if one is None or other is None or one.source is not other.source or one.start > other.end:
        return one
    return one.source.span(one.start, other.end)
