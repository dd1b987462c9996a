"""Which names a piece of the program mentions: whether it is a constant, and what it may have to do with the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corslint.resolve.python import Resolver
from corslint.servers.python_headers.comparisons import level_of
from corslint.servers.python_headers.conditions import ABOUT_ORIGIN, HARMLESS, LOOKS_AT_REQUEST
from corslint.servers.python_headers.state import State
from corslint.servers.python_headers.terms import Marker, Text
from corslint.servers.python_headers.words import checks_origin, configures, is_harmless_part, is_request
from corslint.syntax.python import dotted

if TYPE_CHECKING:
    import libcst as cst


class Mentions:
    """Looks at names, not at values."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._kept: dict[tuple[cst.CSTNode, bool], tuple[cst.Name | cst.Attribute | cst.Arg, ...]] = {}

    def is_local(self, node: cst.CSTNode, state: State) -> bool:
        """Whether an expression uses a name that is no constant here."""
        import libcst

        for one in self._words(node, harmless=True):
            if isinstance(one, libcst.Name):
                term = state.names.get(one.value)
                if (term is not None and not isinstance(term, Text)) or self.is_the_request(one):
                    return True
            elif isinstance(one, libcst.Attribute) and (
                self.is_the_request(one) or state.names.get(dotted(one) or "") is not None
            ):
                return True
        return False

    def level(self, node: cst.CSTNode, state: State) -> int:
        """How much a piece of the program may have to do with who is asking."""
        import libcst

        level = HARMLESS
        for one in self._words(node, harmless=False):
            if isinstance(one, libcst.Arg):
                level = max(level, LOOKS_AT_REQUEST if self._is_request(one.value, state) else HARMLESS)
                continue
            name = one.value if isinstance(one, libcst.Name) else one.attr.value
            if checks_origin(name):
                return ABOUT_ORIGIN
            term = state.names.get(name) if isinstance(one, libcst.Name) else None
            if term is not None and not isinstance(term, Marker | Text):
                level = max(level, level_of(term))
            elif configures(name):
                level = max(level, LOOKS_AT_REQUEST)
        return level

    def _words(self, node: cst.CSTNode, *, harmless: bool) -> tuple[cst.Name | cst.Attribute | cst.Arg, ...]:
        """The names, attributes and arguments in a piece of the program.

        `harmless`: also in parts of the request that have nothing to do with the origin.
        """
        import libcst

        found = self._kept.get((node, harmless))
        if found is None:
            words: list[cst.Name | cst.Attribute | cst.Arg] = []
            waiting: list[cst.CSTNode] = [node]
            while waiting:
                one = waiting.pop()
                if isinstance(one, libcst.Name | libcst.Attribute | libcst.Arg):
                    if isinstance(one, libcst.Attribute):
                        if not harmless and is_harmless_part(one.attr.value):
                            continue
                        waiting.append(one.value)
                    words.append(one)
                if not isinstance(one, libcst.Attribute | libcst.Name):
                    waiting.extend(one.children)
            found = self._kept[node, harmless] = tuple(words)
        return found

    def is_the_request(self, node: cst.Name | cst.Attribute) -> bool:
        """Whether a name is that of the request, and not the environment of the process."""
        import libcst

        name = node.value if isinstance(node, libcst.Name) else node.attr.value
        return is_request(name) and not self.resolver.refers(node, ("os.environ",))

    def _is_request(self, node: cst.BaseExpression, state: State) -> bool:
        name = dotted(node)
        if name is None:
            return False
        return isinstance(state.names.get(name), Marker) or is_request(name.rpartition(".")[2]) or name == "self"
