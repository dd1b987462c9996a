"""The ways in which Python code puts headers on a response."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from corslint.servers.python_headers.conditions import both
from corslint.servers.python_headers.expressions import Expressions
from corslint.servers.python_headers.state import State
from corslint.servers.python_headers.terms import Absent, Bag, Container, Line, Ref, Term, Text
from corslint.servers.python_headers.words import (
    ALLOW_ORIGIN,
    HEADERS,
    header_name,
    is_client_call,
    is_request,
    is_responding,
    is_response,
)
from corslint.syntax.python import dotted
from corslint.values import Items, Known

if TYPE_CHECKING:
    import libcst as cst

_SETTERS: dict[str, Literal["set", "add", "default"]] = {
    "set": "set",
    "__setitem__": "set",
    "set_header": "set",
    "setHeader": "set",
    "setdefault": "default",
    "add": "add",
    "add_header": "add",
    "append": "add",
    "append_header": "add",
    "appendHeader": "add",
    "send_header": "add",
    "header": "set",
}
"""Methods that take a name and a value. `header` is web.py's and Bottle's old one."""
_ATTRIBUTES = {
    f"access_control_{name.removeprefix('access-control-').replace('-', '_')}": name for name in HEADERS - {"vary"}
}
"""Attributes of Werkzeug's responses. https://werkzeug.palletsprojects.com/en/stable/wrappers/#werkzeug.wrappers.Response"""
_STATUS_NAMES = ("status_code", "status")


class Writes:
    """Recognises headers that are set, and keeps them in bags, one for each response."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.module = expressions.module
        self.bags: list[Bag] = []
        self.function = ""
        self.replaying: list[Line | None] = []
        """The line of a dict that a loop over the dict is setting, innermost loop last."""

    # --- Bags

    def new(self, kind: Literal["response", "dict"], name: str, framework: str | None = None) -> Bag:
        """Headers that are about to be put together."""
        bag = Bag(kind, name, framework=framework)
        self.bags.append(bag)
        return bag

    def bag_of(self, node: cst.BaseExpression, state: State, framework: str | None = None) -> Bag:
        """The headers of the response, or the dict, that an expression is."""
        import libcst

        name = dotted(node) or self.module.text(node)
        key = name if isinstance(node, libcst.Name) and name != "self" else f"{name}()"
        term = state.names.get(key)
        if term is None and key == name:
            term = self.expressions.term(node, state)
        if isinstance(term, Ref):
            return term.bag
        bag = self.new("response", name, framework)
        state.names[key] = Ref(bag)
        return bag

    def write(
        self,
        bag: Bag,
        name: str,
        value: Term,
        op: Literal["set", "add", "default", "remove", "vary"],
        node: cst.CSTNode,
        shown: cst.CSTNode | None,
        state: State,
    ) -> None:
        """Note that a header is set."""
        place = None if shown is None else self.module.span(shown)
        again = self.replaying[-1] if self.replaying else None
        if again is not None and again.name == name:
            bag.put(replace(again, value=value, when=state.path.whole(), op=op))
            return
        bag.put(Line(name, value, state.path.whole(), op, self.module.span(node), place, self.function))

    def pour(self, source: Bag, bag: Bag, op: Literal["set", "add"], state: State) -> None:
        """Put the headers of a dict or list on a response; they then count there only."""
        here = state.path.whole()
        for line in tuple(source.lines):
            operation = op if line.op in ("set", "add") else line.op
            bag.put(replace(line, when=both(here, line.when), op=operation))
        source.passed_on = True

    # --- Statements

    def stored(self, target: cst.Subscript, value: Term, node: cst.CSTNode, shown: cst.CSTNode, state: State) -> None:
        """`target[key] = value`."""
        import libcst

        index = target.slice[0].slice if len(target.slice) == 1 else None
        if not isinstance(index, libcst.Index):
            return
        key = self.key(index.value, state)
        name = header_name(key)
        if key == "headers" and isinstance(value, Ref):
            value.bag.is_sink = value.bag.is_sink or not self._goes_out(target.value)
        if name is None:
            return
        owner = target.value
        if isinstance(owner, libcst.Attribute) and owner.attr.value in ("headers", "META"):
            if not self._is_outgoing(owner.value, state) and owner.attr.value == "headers":
                bag = self.bag_of(owner.value, state, self._framework(owner.value))
                self.write(bag, name, value, "set", node, shown, state)
            return
        if self._holds_headers(owner, state):
            bag = self.bag_of(owner, state)
            self.write(bag, name, value, "set", node, shown, state)

    def attribute_set(
        self, target: cst.Attribute, value: Term, node: cst.CSTNode, shown: cst.CSTNode, state: State
    ) -> None:
        """`response.headers = {...}`, and Werkzeug's `response.access_control_allow_origin = "*"`."""
        name = target.attr.value
        if name == "headers" and isinstance(value, Ref) and not self._is_outgoing(target.value, state):
            if dotted(target.value) != "self":
                self.pour(value.bag, self.bag_of(target.value, state), "set", state)
        elif name in _ATTRIBUTES:
            header = _ATTRIBUTES[name]
            if header.endswith("credentials"):
                # Werkzeug writes `true` for any true value and takes the header away for a false one.
                constant = value.value if isinstance(value, Text) else None
                if isinstance(constant, Known):
                    value = Text(replace(constant, value="true")) if constant.value else Absent()
                else:
                    value = self.expressions.opaque(shown, state)
            else:
                value = self._joined_list(value) or value
            self.write(self.bag_of(target.value, state), header, value, "set", node, shown, state)

    def _joined_list(self, value: Term) -> Term | None:
        constant = value.value if isinstance(value, Text) else None
        if not isinstance(constant, Known) or not isinstance(constant.value, Items):
            return None
        texts = [item.value for item in constant.value.items if isinstance(item, Known)]
        return Text(Known(", ".join(map(str, texts)), constant.span))

    def removed(self, target: cst.BaseExpression, state: State) -> None:
        """`del response.headers[name]`."""
        import libcst

        if isinstance(target, libcst.Subscript) and len(target.slice) == 1:
            index, owner = target.slice[0].slice, target.value
            name = header_name(self.key(index.value, state)) if isinstance(index, libcst.Index) else None
            if name is not None and isinstance(owner, libcst.Attribute) and owner.attr.value == "headers":
                self.write(self.bag_of(owner.value, state), name, Text(Known(None)), "remove", target, None, state)

    # --- Calls

    def method(self, node: cst.Call, func: cst.Attribute, state: State) -> Term | None:
        """A call of a method that sets headers; None for any other."""
        name = func.attr.value
        arguments = [argument.value for argument in node.args if argument.keyword is None and not argument.star]
        if name in ("update", "extend") and (len(arguments) == 1 or node.args):
            return self._several(node, func, "set" if name == "update" else "add", state)
        if name in ("append", "add") and len(arguments) == 1:
            return self._added(node, func, arguments[0], state)
        if name == "add_vary_header" and arguments:
            self._vary(node, self._owner(func.value), arguments[0], state)
            return Text(Known(None))
        if name in ("send_response", "set_status") and arguments:
            self._note_status(func.value, arguments[0], state)
        if name not in _SETTERS:
            return None
        named = {argument.keyword.value: argument.value for argument in node.args if argument.keyword is not None}
        key = arguments[0] if arguments else named.get("name") or named.get("key")
        value = arguments[1] if len(arguments) > 1 else named.get("value") or named.get("default")
        if key is None or value is None:
            return None
        header = header_name(self.key(key, state))
        if header is None or self._is_outgoing(self._owner(func.value), state, method=name):
            return None
        framework = {"send_header": "http.server"}.get(name)
        bag = self.bag_of(self._owner(func.value), state, framework or self._framework(func.value))
        self.write(bag, header, self.expressions.term(value, state), _SETTERS[name], node, value, state)
        return Text(Known(None))

    def _note_status(self, owner: cst.BaseExpression, status: cst.BaseExpression, state: State) -> None:
        known = self.expressions.plain(status, state)
        if isinstance(known, int):
            self.bag_of(owner, state).status = known

    def _owner(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """The response behind `response.headers`."""
        import libcst

        if isinstance(node, libcst.Attribute) and node.attr.value in ("headers", "raw", "headerlist"):
            return self._owner(node.value)
        return node

    def _several(self, node: cst.Call, func: cst.Attribute, op: Literal["set", "add"], state: State) -> Term | None:
        """`headers.update({...})`, `headers.extend([...])`."""
        given = [argument for argument in node.args if argument.keyword is None]
        owner = self._owner(func.value)
        poured = False
        for argument in given:
            term = self.expressions.term(argument.value, state)
            if isinstance(term, Ref) and term.bag.lines:
                if self._is_outgoing(owner, state) or not self._may_hold(func.value, state):
                    term.bag.passed_on = True
                    continue
                self.pour(term.bag, self.bag_of(owner, state, self._framework(owner)), op, state)
                poured = True
        return Text(Known(None)) if poured else None

    def _added(self, node: cst.Call, func: cst.Attribute, argument: cst.BaseExpression, state: State) -> Term | None:
        """`headers.append((name, value))`, `response.vary.add("Origin")`."""
        import libcst

        if isinstance(func.value, libcst.Attribute) and func.value.attr.value == "vary":
            self._vary(node, func.value.value, argument, state)
            return Text(Known(None))
        pair = self.pair(argument, state)
        if pair is None:
            return self._grown(func, argument, state)
        if not self._may_hold(func.value, state):
            return None
        name, value = pair
        bag = self.bag_of(self._owner(func.value), state)
        self.write(bag, name, self.expressions.term(value, state), "add", node, value, state)
        return Text(Known(None))

    def _grown(self, func: cst.Attribute, argument: cst.BaseExpression, state: State) -> Term | None:
        """`allowed.append(origin)` to a list that is known only here."""
        import libcst

        if isinstance(func.value, libcst.Name):
            known = state.names.get(func.value.value)
            if isinstance(known, Container):
                state.names[func.value.value] = Container((*known.items, self.expressions.term(argument, state)))
                return Text(Known(None))
        return None

    def pair(self, node: cst.BaseExpression, state: State) -> tuple[str, cst.BaseExpression] | None:
        """The header and the value of `("Vary", "Origin")`."""
        import libcst

        if isinstance(node, libcst.Tuple | libcst.List) and len(node.elements) == 2:
            name = header_name(self.key(node.elements[0].value, state))
            if name is not None:
                return name, node.elements[1].value
        return None

    def vary(self, node: cst.Call, state: State) -> Term | None:
        """Django's `patch_vary_headers(response, ["Origin"])`."""
        if (dotted(node.func) or "").rpartition(".")[2] == "patch_vary_headers" and len(node.args) == 2:
            self._vary(node, node.args[0].value, node.args[1].value, state)
            return Text(Known(None))
        return None

    def _vary(self, node: cst.Call, owner: cst.BaseExpression, names: cst.BaseExpression, state: State) -> None:
        value = self.expressions.term(names, state)
        value = self._joined_list(value) or value
        self.write(self.bag_of(owner, state), "vary", value, "vary", node, names, state)

    def passed(self, node: cst.Call, state: State) -> Term | None:
        """What becomes of headers handed to a call that is not followed.

        A call that sounds like a response has them; one that sounds like a request takes them elsewhere.
        """
        import libcst

        name = dotted(node.func) or (node.func.attr.value if isinstance(node.func, libcst.Attribute) else "")
        terms = [(argument, self.expressions.term(argument.value, state)) for argument in node.args]
        bags = [(argument, term.bag) for argument, term in terms if isinstance(term, Ref)]
        if is_client_call(name):
            for _, bag in bags:
                bag.passed_on = bag.passed_on or bag.kind == "dict"
            return None
        response = next((bag for _, bag in bags if bag.kind == "response"), None)
        dicts = [(argument, bag) for argument, bag in bags if bag.kind == "dict" and bag.lines]
        responding = is_responding(name)
        for argument, bag in dicts:
            keyword = argument.keyword.value if argument.keyword is not None else ""
            is_literal = isinstance(argument.value, libcst.Dict | libcst.List)
            if not responding and is_literal and "response" not in keyword:
                continue
            if response is None:
                response = self.new("response", name)
                response.status = self._status(node)
            self.pour(bag, response, "set", state)
        if response is not None and (responding or dicts):
            return Ref(response)
        return None

    def _status(self, node: cst.Call) -> int | None:
        import libcst

        for argument in node.args:
            named = argument.keyword is not None and argument.keyword.value in _STATUS_NAMES
            if named and isinstance(argument.value, libcst.Integer):
                return argument.value.evaluated_value
        for argument in node.args[1:2]:
            if argument.keyword is None and isinstance(argument.value, libcst.Integer):
                return argument.value.evaluated_value
        return None

    # --- What things are, by their names

    def key(self, node: cst.BaseExpression, state: State) -> object:
        """The constant behind a key; `hdrs.ACCESS_CONTROL_ALLOW_ORIGIN` is the header it is called after."""
        import libcst

        key: object = None
        if isinstance(node, libcst.SimpleString):
            key = node.evaluated_value
        elif isinstance(node, libcst.Name | libcst.Attribute | libcst.Call):
            key = self.expressions.plain(node, state)
        if key is None and isinstance(node, libcst.Name | libcst.Attribute):
            name = (node.value if isinstance(node, libcst.Name) else node.attr.value).replace("_", "-").lower()
            return name if name in HEADERS and name != "vary" else None
        return key

    def _is_outgoing(self, owner: cst.BaseExpression, state: State, method: str = "") -> bool:
        """Whether the headers of this thing are sent to another server."""
        name = (dotted(owner) or self.module.text(owner)).rpartition(".")[2]
        if method in ("setHeader", "send_header"):  # Twisted sets response headers on the request; http.server on self
            return False
        if is_request(name):
            return True
        return self._goes_out(owner)

    def _goes_out(self, owner: cst.BaseExpression) -> bool:
        name = dotted(owner) or ""
        return bool(name) and name != "self" and is_client_call(f"{name}.headers") and not is_response(name)

    def _holds_headers(self, owner: cst.BaseExpression, state: State) -> bool:
        """Whether `owner[name] = value` sets a header: on a Django response, or in a dict that becomes headers."""
        import libcst

        name = dotted(owner) or ""
        last = name.rpartition(".")[2]
        if isinstance(owner, libcst.Name) and isinstance(state.names.get(name), Ref):
            return True
        if is_request(last) or self._goes_out(owner):
            return False
        if isinstance(owner, libcst.Subscript):
            return "headers" in self.module.text(owner)
        return is_response(last) or "header" in last.lower() or last in ("hdrs", "h", "cors")

    def _may_hold(self, owner: cst.BaseExpression, state: State) -> bool:
        """Whether pairs that are added here are headers."""
        import libcst

        name = dotted(owner) or self.module.text(owner)
        if isinstance(owner, libcst.Name) and isinstance(state.names.get(name), Ref):
            return True
        return "header" in name.lower() or name in ("hdrs", "h") or is_response(name)

    def _framework(self, owner: cst.BaseExpression) -> str | None:
        name = dotted(owner)
        return "tornado" if name == "self" and self.expressions.resolver.names.aliases(("RequestHandler",)) else None


def has_allow_origin(bag: Bag) -> bool:
    """Whether Access-Control-Allow-Origin is among the headers."""
    return any(line.name == ALLOW_ORIGIN and line.op != "remove" for line in bag.lines)
