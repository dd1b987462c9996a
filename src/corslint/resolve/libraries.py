"""What the objects of settings libraries give when they are called: `env.list("X")`, `config("X", cast=Csv())`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from corslint.resolve.conditions import Frame
from corslint.resolve.objects import External
from corslint.values import Value

if TYPE_CHECKING:
    import libcst as cst

    from corslint.resolve.evaluator import Evaluator

Method: TypeAlias = "Callable[[External, Evaluator, cst.Call, Frame], Value[object] | None]"

METHODS: Mapping[tuple[str, str], Method] = {}
"""By the qualified name of what made the object, and the method; `__call__` for the object itself."""
