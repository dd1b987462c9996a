"""What requirement files ask for: requirements.txt and its like, pyproject.toml, setup.cfg, setup.py and others.

Only lines that name a product we model are taken apart, and nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from corslint.releases.locks import DISTRIBUTIONS, normalised

MAX_LINE = 1000
"""Characters; a longer requirement is nobody's."""
MAX_NAMED = 50
"""Requirements on one distribution that are read in one file."""
MAX_LISTS = 5
"""Lists of `install_requires` that are read in one setup.py."""
MAX_LIST = 50_000
"""Characters of each that are read."""

_NAMED = re.compile(rf"\s*({DISTRIBUTIONS})(?![\w.-])", re.IGNORECASE | re.ASCII)
_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s*)([^\s\"'=-][^\"']{0,200}?)\s*\Z")
_ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.0",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.12.0",
    "python_version": "3.12",
    "sys_platform": "linux",
    "extra": "",
}
"""Where markers are taken to hold: servers run on Linux, and the answer must not depend on who asks."""


def includes(text: str) -> list[str]:
    """The files that a requirements.txt takes in by `-r` and `-c`, as they are written."""
    return [found[1] for line in _lines(text) if (found := _INCLUDE.match(line)) and "://" not in found[1]]


def asked(path: str, text: str) -> dict[str, str]:
    """What a file asks of each distribution, as PEP 440 writes it: {"flask-cors": "<5,>=3.0"}; empty for any version.

    What only extras and groups ask counts where the rest does not name the distribution. A file that cannot be read
    asks for nothing.
    """
    if not _mentions(text):
        return {}
    name = path.rpartition("/")[2]
    if name.endswith(".toml") or name == "Pipfile":
        tables = _of_toml(name, text)
    elif name == "setup.cfg":
        tables = _of_setup_cfg(text)
    elif name == "setup.py":
        tables = [list(_of_setup_py(text))]
    elif name.endswith((".yml", ".yaml")):
        tables = [list(_of_environment(text))]
    else:
        tables = [_lines(text)]
    found: dict[str, str] = {}
    for table in tables:
        found = {**_specifiers(table), **found}
    return found


def _mentions(text: str) -> bool:
    return re.search(DISTRIBUTIONS, text, re.IGNORECASE) is not None


def _specifiers(requirements: Iterable[str]) -> dict[str, str]:
    """What requirements as of PEP 508 ask together; those whose marker does not hold count where no other is left."""
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion

    holding: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for text in requirements:
        named = _NAMED.match(text) if len(text) <= MAX_LINE else None
        if named is None:
            continue
        try:
            requirement = Requirement(text.strip())
        except InvalidRequirement:
            continue
        try:
            holds = requirement.marker is None or requirement.marker.evaluate(_ENVIRONMENT)
        except (InvalidVersion, UndefinedComparison, UndefinedEnvironmentName):
            holds = True
        specifiers = (holding if holds else others).setdefault(normalised(named[1]), [])
        if len(specifiers) < MAX_NAMED and (specifier := str(requirement.specifier)) not in specifiers:
            specifiers.append(specifier)
    return {name: ",".join(filter(None, specifiers)) for name, specifiers in {**others, **holding}.items()}


def _lines(text: str) -> list[str]:
    """The lines of a requirements.txt, joined where one goes on, without comments and what follows a requirement.

    https://pip.pypa.io/en/stable/reference/requirements-file-format/
    """
    joined = re.sub(r"\\\r?\n", "", text)
    lines = (re.sub(r"(?:^|\s)#.*", "", line) for line in joined.splitlines())
    return [re.sub(r"(?<=\S)\s+--?[a-z].*", "", line) for line in lines]  # without `--hash` and the like


def _of_toml(name: str, text: str) -> list[list[str]]:
    """The requirements of pyproject.toml or Pipfile; the later lists count where the earlier ones name nothing."""
    import tomli

    try:
        whole: object = tomli.loads(text.replace("\r\n", "\n"))
    except (tomli.TOMLDecodeError, RecursionError):
        return []
    if name == "Pipfile":
        return [_of_table(_below(whole, "packages")), _of_table(_below(whole, "dev-packages"))]
    project, poetry = _below(whole, "project"), _below(whole, "tool", "poetry")
    optional = [_below(project, "optional-dependencies"), _below(whole, "dependency-groups")]
    groups = [_below(group, "dependencies") for group in _below(poetry, "group").values()]
    return [
        _texts(project.get("dependencies")) + _of_table(_below(poetry, "dependencies")),
        [one for table in optional for some in table.values() for one in _texts(some)]
        + [one for table in (_below(poetry, "dev-dependencies"), *groups) for one in _of_table(table)],
    ]


def _below(table: object, *names: str) -> dict[str, Any]:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _of_table(table: dict[str, Any]) -> list[str]:
    """The requirements of a table with a distribution in each key, as Poetry and Pipenv write it."""
    found: list[str] = []
    for name, value in table.items():
        if _NAMED.match(name) is None:
            continue
        for one in value[:MAX_NAMED] if isinstance(value, list) else [value]:
            version = one.get("version", "") if isinstance(one, dict) else one
            if isinstance(version, str) and len(version) <= MAX_LINE:
                marker = _marker(one) if isinstance(one, dict) else ""
                found.append(f"{name} {_of_poetry(version)}{marker}")
    return found


def _marker(table: dict[str, Any]) -> str:
    if isinstance(markers := table.get("markers"), str):
        return f" ; {markers}"
    python = table.get("python")
    if not isinstance(python, str) or "|" in python:
        return ""
    tests = [re.match(r"(===?|!=|~=|[<>]=?)\s*(.*)", one) for one in _of_poetry(python).split(",")]
    return (
        " ; " + " and ".join(f'python_full_version {test[1]} "{test[2]}"' for test in tests if test)
        if all(tests)
        else ""
    )


def _of_poetry(version: str) -> str:
    """A version as Poetry writes it, as PEP 440 does: "^4.2.0" is ">=4.2.0,<5".

    https://python-poetry.org/docs/dependency-specification/; alternatives (`||`) allow anything.
    """
    return (
        ""
        if "|" in version
        else ",".join(filter(None, map(_clause, re.split(r"\s*,\s*|(?<=[\w*])\s+", version.strip()))))
    )


def _clause(clause: str) -> str:
    mark = clause[:1]
    release = [int(part) for part in re.findall(r"\d{1,9}", re.split(r"[a-zA-Z+-]", clause)[0])]
    if clause in ("", "*"):
        return ""
    if mark not in "^~" or clause.startswith("~="):
        return f"=={clause}" if mark.isdigit() else clause
    if not release:
        return ""
    least = clause[1:].strip()
    if mark == "^":
        place = next((place for place, part in enumerate(release) if part), len(release) - 1)
    else:
        place = min(1, len(release) - 1)
    below = [*release[:place], release[place] + 1]
    return f">={least},<{'.'.join(map(str, below))}"


def _of_setup_cfg(text: str) -> list[list[str]]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    main = parser.get("options", "install_requires", fallback="")
    extras = parser.items("options.extras_require") if parser.has_section("options.extras_require") else []
    return [main.split("\n"), [line for _, value in extras for line in value.split("\n")]]


def _of_setup_py(text: str) -> Iterator[str]:
    """The texts in the list given as `install_requires`, where it is written out."""
    token = re.compile(r"#[^\n]*|([\"'])((?:(?!\1)[^\\\n])*)\1|[\[\](){}]|[^\[\](){}#\"']+|.", re.DOTALL)
    for begins in islice(re.finditer(r"\binstall_requires[\"']?\s*[=:]\s*[\[(]", text), MAX_LISTS):
        depth = 1
        for found in token.finditer(text, begins.end(), begins.end() + MAX_LIST):
            if found[2] is not None:
                yield found[2]
            depth += (found[0] in ("[", "(", "{")) - (found[0] in ("]", ")", "}"))
            if not depth:
                break


def _of_environment(text: str) -> Iterator[str]:
    """The items of an environment.yml, both those of conda and those below `pip:`; conda writes `flask-cors=4.0`."""
    for item in re.findall(r"^[ \t]*-[ \t]*([^\n]{1,300})", text, re.MULTILINE):
        item = re.sub(r"\s+#.*", "", item).strip().strip("\"'").rpartition("::")[2]
        yield re.sub(r"^([\w.-]+)\s*=\s*(\d[\w.]*)(?:=[\w.]*)?$", r"\1==\2.*", item)
