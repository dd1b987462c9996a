"""Names that come from other files of the run."""

from __future__ import annotations

import pytest

from corslint.collect import Project
from corslint.resolve.conditions import UNBOUND
from corslint.resolve.modules import locate
from corslint.resolve.python import Resolver, resolver_of
from corslint.values import Items, Known, OneOf, Value


def project(files: dict[str, str]) -> Project:
    made = Project()
    for path, text in files.items():
        made.keep(path, text)
    return made


def resolver(files: dict[str, str], path: str) -> Resolver:
    made = project(files)
    source = made.source(path)
    assert source is not None
    return resolver_of(made, source)


def plain(value: Value[object] | None) -> object:
    """The Python object of a known value."""
    assert isinstance(value, Known), value
    if isinstance(value.value, Items):
        return [plain(item) for item in value.value.items]
    return value.value


TREE = {
    "shop/app.py": "",
    "shop/__init__.py": "",
    "shop/config.py": "class Config: ...\n",
    "shop/settings/__init__.py": "",
    "shop/settings/base.py": "",
    "lib/tools.py": "",
}


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("shop/app.py", ".config.Config", ("shop/config.py", "Config")),
        ("shop/app.py", "shop.config.Config", ("shop/config.py", "Config")),
        ("shop/app.py", "config.Config.Inner", ("shop/config.py", "Config.Inner")),
        ("shop/app.py", ".settings.base", ("shop/settings/base.py", "")),
        ("shop/app.py", ".settings.DEBUG", ("shop/settings/__init__.py", "DEBUG")),
        ("shop/app.py", ".VERSION", ("shop/__init__.py", "VERSION")),
        ("shop/settings/base.py", "..config.Config", ("shop/config.py", "Config")),
        ("shop/settings/base.py", "lib.tools.x", ("lib/tools.py", "x")),
        ("shop/app.py", "os.environ", None),
        ("shop/app.py", "..nowhere", None),
        ("shop/app.py", ".....far", None),
    ],
)
def test_the_file_of_a_qualified_name(source: str, name: str, expected: tuple[str, str] | None) -> None:
    made = project(TREE)
    here = made.source(source)
    assert here is not None
    found = locate(made, here, name)
    assert (None if found is None else (found[0].path, found[1])) == expected


BASE = "DEBUG = False\nLIST = ['a']\nif TEST:\n    LIST += ['b']\n_HIDDEN = 1\n"


def test_a_star_import_brings_in_names() -> None:
    leaf = resolver({"base.py": BASE, "leaf.py": "from base import *\nLIST.insert(0, 'c')\n"}, "leaf.py")
    assert plain(leaf.value_of_name("DEBUG")) is False
    found = leaf.value_of_name("LIST")
    assert isinstance(found, OneOf)
    assert [(str(way.conditions[0]), plain(way.value)) for way in found.alternatives] == [
        ("when TEST is true", ["c", "a", "b"]),
        ("when TEST is false", ["c", "a"]),
    ]
    assert leaf.value_of_name("_HIDDEN") is None
    assert leaf.value_of_name("NOTHING") is None


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ("from base import *\nX = 2\n", 2),
        ("X = 2\nfrom base import *\n", 1),
        ("from base import *\nX = X + 5\n", 6),
        ("from missing import *\nX = 2\n", 2),
    ],
)
def test_the_last_binding_counts(leaf: str, expected: int) -> None:
    assert plain(resolver({"base.py": "X = 1\n", "leaf.py": leaf}, "leaf.py").value_of_name("X")) == expected


def test_a_name_the_other_file_sets_in_one_branch_keeps_its_value_in_the_other() -> None:
    files = {"base.py": "if A:\n    X = 1\n", "leaf.py": "X = 2\nfrom base import *\n"}
    found = resolver(files, "leaf.py").value_of_name("X")
    assert isinstance(found, OneOf)
    assert {str(way.conditions[0]): plain(way.value) for way in found.alternatives} == {
        "when A is true": 1,
        "when A is false": 2,
    }


def test_files_that_import_each_other_end() -> None:
    files = {"a.py": "from b import *\nA = B\n", "b.py": "from a import *\nB = A\n"}
    assert resolver(files, "a.py").value_of_name("C") is None
    assert resolver(files, "a.py").value_of_name("A") is not None


def test_a_long_chain_of_star_imports_ends() -> None:
    files = {f"m{number}.py": f"from m{number + 1} import *\n" for number in range(3000)}
    files["m3000.py"] = "X = 1\n"
    assert resolver(files, "m0.py").value_of_name("X") is None


def test_what_a_star_import_brings_in_keeps_its_qualified_name() -> None:
    files = {"base.py": "cors = make()\n", "leaf.py": "from base import *\ncors.init_app(app)\n"}
    leaf = resolver(files, "leaf.py")
    leaf.value_of_name("cors")
    (call,) = leaf.module.calls()
    assert [leaf.qualified(owner) for owner in (getattr(call.func, "value", None),) if owner] == ["base.cors"]


def test_ways_in_which_a_name_is_not_bound() -> None:
    found = resolver({"a.py": "if A:\n    X = 1\n"}, "a.py").ways_of_name("X")
    assert isinstance(found, OneOf)
    assert [way.value is UNBOUND for way in found.alternatives] == [False, True]
    assert resolver({"a.py": "Y = 1\n"}, "a.py").ways_of_name("X") is None
    assert plain(resolver({"a.py": "X = 1\n"}, "a.py").ways_of_name("X")) == 1


@pytest.mark.parametrize(
    "program",
    [
        "from corsheaders.defaults import default_headers\nX = list(default_headers) + ['x-own']\n",
        "from corsheaders.defaults import default_headers as h\nX = [*h, 'x-own']\n",
        "import corsheaders.defaults\nX = corsheaders.defaults.default_headers + ('x-own',)\n",
        "from corsheaders import defaults\nX = (*defaults.default_headers, 'x-own')\n",
    ],
)
def test_constants_of_libraries(program: str) -> None:
    assert plain(resolver({"a.py": program}, "a.py").value_of_name("X")) == [
        "accept",
        "authorization",
        "content-type",
        "user-agent",
        "x-csrftoken",
        "x-requested-with",
        "x-own",
    ]
