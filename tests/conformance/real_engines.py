"""The regular-expression engines of the products, asked which texts each pattern matches.

Python's own; the PCRE that nginx uses; RE2, by its Python package; the crate `regex`, by pydantic; V8, by node.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable, Sequence

Verdicts = list[bool]
Asked = tuple[str, Sequence[str]]
"""A pattern and the texts in which it is searched."""


def python(asked: Sequence[Asked]) -> list[Verdicts | None]:
    """Whether `re` finds each pattern in each of its texts; None for a pattern that it refuses."""

    def one(pattern: str) -> Callable[[str], bool] | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                search = re.compile(pattern).search
            except re.error:
                return None
        return lambda text: search(text) is not None

    return _each(asked, one)


def re2(asked: Sequence[Asked]) -> list[Verdicts | None]:
    """The same for RE2, whose syntax is Go's (https://pkg.go.dev/regexp)."""
    import re2 as library

    options = library.Options()
    options.log_errors = False

    def one(pattern: str) -> Callable[[str], bool] | None:
        try:
            search = library.compile(pattern, options).search
        except library.error:
            return None
        return lambda text: search(text) is not None

    return _each(asked, one)


def rust(asked: Sequence[Asked]) -> list[Verdicts | None]:
    """The same for the crate `regex`, which is what pydantic tests texts with."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    def one(pattern: str) -> Callable[[str], bool] | None:
        try:
            return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
        except SchemaError:
            return None

    return _each(asked, one)


def _each(asked: Sequence[Asked], engine: Callable[[str], Callable[[str], bool] | None]) -> list[Verdicts | None]:
    told: list[Verdicts | None] = []
    for pattern, texts in asked:
        search = engine(pattern)
        told.append(None if search is None else list(map(search, texts)))
    return told


def _pcre2() -> ctypes.CDLL:
    name = ctypes.util.find_library("pcre2-8")
    assert name, "the library PCRE2, which nginx uses, is missing"
    library = ctypes.CDLL(name)
    library.pcre2_compile_8.restype = ctypes.c_void_p
    library.pcre2_match_data_create_from_pattern_8.restype = ctypes.c_void_p
    return library


def pcre(asked: Sequence[Asked]) -> list[Verdicts | None]:
    """The same for PCRE2 as nginx calls it: without options, on bytes."""
    library = _pcre2()
    size, pointer = ctypes.c_size_t, ctypes.c_void_p

    def one(pattern: str) -> Callable[[str], bool] | None:
        text = pattern.encode()
        error, offset = ctypes.c_int(), size()
        code = pointer(
            library.pcre2_compile_8(text, size(len(text)), 0, ctypes.byref(error), ctypes.byref(offset), None)
        )
        if code.value is None:
            return None
        found = pointer(library.pcre2_match_data_create_from_pattern_8(code, None))

        def matches(candidate: str) -> bool:
            subject = candidate.encode()
            return int(library.pcre2_match_8(code, subject, size(len(subject)), size(0), 0, found, None)) >= 0

        return matches

    return _each(asked, one)


def v8(asked: Sequence[Asked]) -> list[Verdicts | None]:
    """The same for V8: `new RegExp(pattern)` without flags."""
    node = shutil.which("node")
    assert node, "node is missing"
    program = """
    const told = JSON.parse(require('fs').readFileSync(0)).map(([pattern, texts]) => {
      try {
        const compiled = new RegExp(pattern);
        return texts.map(text => compiled.test(text));
      } catch { return null; }
    });
    console.log(JSON.stringify(told));
    """
    done = subprocess.run([node, "-e", program], input=json.dumps(asked), capture_output=True, text=True, timeout=600)
    found: list[Verdicts | None] = json.loads(done.stdout)
    return found
