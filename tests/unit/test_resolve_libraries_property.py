"""Settings libraries against themselves: calls made up by hypothesis are run with the real library, and resolved.

Only code that this file generates is run. Variables that are set stand in an env file of the project, so that what
is made of their texts is compared too, and not only the defaults.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import pytest
from configurations import values as configurations  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corslint.collect import Project
from corslint.environment import Environment
from corslint.resolve import evaluator
from corslint.resolve.deployments import Assignment
from corslint.resolve.python import resolver_of
from corslint.values import DEPLOYMENT, Alternative, Items, Known, OneOf, Unknown, Value
from corslint.values import Mapping as Pairs

EXAMPLES = int(os.environ.get("CORSLINT_PROPERTY_EXAMPLES", "150"))
VARIABLES = (
    "ONE",
    "TWO",
    "DEBUG",
    "P_ONE",
    "P_TWO",
    "P_DEBUG",
    "Q_ONE",
    "P_Q_ONE",
    "DJANGO_V0",
    "DJANGO_V1",
    "DJANGO_ONE",
)
HEADER = """\
import functools, json, operator, os
import decouple, environ, environs
from configurations import values
from dataclasses import dataclass, field
from os import environ as process, getenv
from urllib.parse import urljoin, urlparse, urlsplit
from decouple import Choices, Csv, config
from environs import env as shared
from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings
env = environ.Env(DEBUG=(bool, False), TWO=(list, ["s"]))
bare = environ.Env()
with_prefix = environ.Env()
with_prefix.prefix = "P_"
files = environ.FileAwareEnv()
own = environs.Env()
star = Config()
prefixed = Config(env_prefix="P_")
auto = decouple.AutoConfig()
made = decouple.Config(decouple.RepositoryEmpty())
listed = functools.partial(bare.list, default=["d"])
def text(name, default=""):
    return os.environ.get(name, default)
def cast_to(name, default, cast=str):
    return cast(os.environ.get(name, default))
def origins(name, default="a,b", read=config):
    return [x.strip() for x in read(name, default=default).split(",") if x.strip()]
@functools.lru_cache
def cached():
    return bare.list("ONE", default=["c"])
@dataclass
class Settings:
    origins: list = field(default_factory=list)
    debug: bool = False
    @classmethod
    def from_env(cls):
        return cls(origins=bare.list("ONE", default=[]), debug=bare.bool("DEBUG", default=False))
"""
NAMES = st.sampled_from(["ONE", "TWO", "DEBUG"])
TEXTS = st.sampled_from(
    ["", "a", "a,b", " a , b ,", "a;b", "true", "False", "1", "0", "on", "17", "*", "https://a.example:80/x?y=z#f",
     "(a,b)", '["a", "b"]', '{"k": "v"}', "k=v", "k=v,l=w", "'a,b',c", "a b", "a#b,c", "é", "maybe", "A,B", ",", "yes"]
)  # fmt: skip
FLAGS = st.sampled_from(["True", "False"])
LISTS = st.sampled_from(["[]", "['*']", "['a', 'b']", "['http://a.example']"])
TEMPLATES = {
    "django-environ": """
        E('V', default=T)
        E('V', default=L)
        E('V', default=F)
        E('V', default=5)
        E('V')
        E('V', cast=list)
        E('V', default=None)
        E('V', cast=bool, default=F)
        E('V', cast=str, default=T)
        E('V', bool)
        E('V', cast=tuple, default=())
        E('V', cast=[str], default=L)
        E('V', cast=int, default=3)
        E.list('V', default=L)
        E.list('V')
        E.list('V', str, L)
        E.list('V', cast=int, default=L)
        E.bool('V', default=F)
        E.bool('V', F)
        E.bool('V')
        E.str('V', default=T)
        E.str('V', T, multiline=True)
        E.tuple('V', default=('a',))
        E.tuple('V', cast=str, default=('a',))
        E.json('V', default=L)
        E.int('V', default=1)
        E.dict('V', default={})
        E.url('V', default=T).hostname
        E.list('V', default=T)
        E('V', default=T).split(',')
        [x.strip() for x in E.list('V', default=L)]
        E.float('V', default=1.5)
        listed('V')
        cached()
        E('V', default=bare.NOTSET)
        E.list('V', default=environ.Env.NOTSET)
        E.get_value('V', cast=bool, default=F)
        E('V', default=L) + ['z']
        [*E.list('V', default=L), 'z']
        (L if E.bool('V', default=F) else T)
        E.url('V', default=T).geturl()
    """,
    "decouple": """
        D('V')
        D('V', default=T)
        D('V', default=F, cast=bool)
        D('V', default=T, cast=bool)
        D('V', T)
        D('V', default=T, cast=Csv())
        D('V', cast=Csv(), default=T)
        D('V', default=T, cast=Csv(post_process=tuple))
        D('V', default=T, cast=Csv(str.lower))
        D('V', default=T, cast=Csv(delimiter=';'))
        D('V', cast=Csv())
        D('V', default=T, cast=lambda v: [s.strip() for s in v.split(',')])
        D('V', default=None)
        D('V', cast=bool)
        D('V', default=T, cast=lambda v: v.split(','))
        D('V', default=3, cast=int)
        D('V', default=T, cast=str.strip)
        D('V', default=T, cast=Csv(cast=lambda s: s.rstrip('/')))
        D('V', default=T, cast=Csv(strip=' ab'))
        made.get('V', default=T)
        D('V', default=T, cast=Csv(post_process=set))
        D('V', default=L, cast=Csv())
        D('V', default=None, cast=Csv())
        D('V', default=T, cast=Choices(['a', 'true']))
        D('V', L, Csv())
        D('V', default=T).split(',')
        origins('V')
        origins('V', T)
        D('V', default=T, cast=json.loads)
        (L if D('V', default=F, cast=bool) else T)
        decouple.config('V', default=T)
        D('V', default=T, cast=list)
        D('V', default=T, cast=decouple.Csv(cast=str.upper))
        Settings.from_env().origins
        Settings.from_env().debug
    """,
    "starlette": """
        S('V')
        S('V', default=T)
        S('V', cast=bool, default=F)
        S('V', cast=bool, default=T)
        S('V', bool, F)
        list(S('V', cast=CommaSeparatedStrings, default=T))
        list(S('V', cast=CommaSeparatedStrings, default=L))
        S('V', cast=int, default=3)
        S('V', default=None)
        S('V', cast=str, default=None)
        S.get('V', str, T)
        list(S('V', CommaSeparatedStrings))
        S('V', default=T).split(',')
        S('V', cast=str.lower, default=T)
        [str(x) for x in S('V', cast=CommaSeparatedStrings, default='a, b')]
        S('V', cast=json.loads, default=T)
        (L if S('V', cast=bool, default=F) else T)
        S('V', cast=lambda v: v.split(), default=T)
    """,
    "environs": """
        N('V')
        N('V', T)
        N('V', default=T)
        N.str('V', T)
        N.str('V', default=T)
        N.list('V', L)
        N.list('V')
        N.list('V', default=L)
        N.list('V', L, subcast=str)
        N.list('V', default=L, delimiter=';')
        N.bool('V', F)
        N.bool('V', default=F)
        N.int('V', 3)
        N.list('V', default=None)
        N.json('V', default=L)
        N.bool('V')
        N.dict('V', default={})
        N.list('V', default=[], subcast=int)
        N.url('V').netloc
        N.float('V', 1.5)
        [x.strip() for x in N.list('V', L)]
        N.str('V', T).split(',')
        (L if N.bool('V', F) else T)
        N.list('V', default=L, subcast=str.strip)
        N.list('V', L, subcast=lambda s: s.rstrip('/'))
    """,
    "python": """
        os.environ['V']
        os.environ.get('V')
        os.environ.get('V', T)
        os.environ.get('V', default=T)
        getenv('V', T)
        os.getenv('V', default=T)
        process['V']
        process.get('V', T)
        dict(os.environ).get('V', T)
        os.environ.copy()['V']
        os.environ.copy().get('V', T).split(',')
        text('V')
        text('V', T).split(',')
        cast_to('V', T)
        cast_to('V', '7', int)
        cast_to('V', T, str.split)
        cast_to('V', T, cast=list)
        cast_to('V', '[]', json.loads)
        urlparse(getenv('V', T)).netloc
        urlparse(getenv('V', T)).hostname
        urlsplit(getenv('V', T)).scheme
        urljoin(getenv('V', T), '/p')
        urlparse(getenv('V', T))[1]
        list(map(str.strip, getenv('V', T).split(',')))
        functools.partial(os.getenv, 'V')(T)
        operator.itemgetter('k')({'k': getenv('V', T)})
        list(filter(None, getenv('V', T).split(',')))
        functools.partial(text, default=T)('V')
        operator.attrgetter('debug')(Settings())
        urlparse(getenv('V', T)).geturl()
        urlparse(getenv('V', T)).port
    """,
    "configurations": """
        values.Value(T)
        values.Value()
        values.Value(environ_required=F)
        values.Value(T, F)
        values.Value(T, environ_name='V')
        values.Value(T, environ_name='V', environ_prefix=None)
        values.Value(T, True, 'V', 'P_')
        values.Value(T, late_binding=F, environ_name='V')
        values.BooleanValue(F)
        values.BooleanValue(0)
        values.BooleanValue()
        values.BooleanValue(F, environ_name='V', environ_prefix='')
        values.IntegerValue(1, environ_name='V', environ_prefix=None)
        values.PositiveIntegerValue(-1, environ_name='V', environ_prefix=None)
        values.FloatValue(1.5)
        values.ListValue(L)
        values.ListValue()
        values.ListValue(T)
        values.ListValue(L, separator=';', environ_name='V', environ_prefix=None)
        values.ListValue(T, converter=str.upper)
        values.ListValue(T, converter=int, environ_name='V', environ_prefix=None)
        values.ListValue(L, environ=F)
        values.TupleValue(L, environ_name='V', environ_prefix=None)
        values.TupleValue()
        values.SetValue(L, environ_name='V', environ_prefix=None)
        values.SetValue()
        values.SingleNestedListValue([L], environ_name='V', environ_prefix=None)
        values.SingleNestedListValue()
        values.SingleNestedTupleValue(None, seq_separator=',', separator=';', environ_name='V', environ_prefix=None)
        values.DictValue({'a': T}, environ_name='V', environ_prefix=None)
        values.DictValue()
        values.SecretValue()
        values.SecretValue(environ_name='V', environ_prefix=None)
    """,
}
"""One expression a line; V stands for the name of a variable, T for a text, F for a flag, L for a list."""
OBJECTS = {
    "E": ("env", "bare", "with_prefix", "files"),
    "D": ("config", "auto", "made"),
    "S": ("star", "prefixed"),
    "N": ("own", "shared"),
}
WITHIN = (
    "with own.prefixed('P_'):\n    {}",
    "with shared.prefixed('P_'):\n    {}",
    "with own.prefixed('P_'):\n    with own.prefixed('Q_'):\n        {}",
)
ALLOWED_UNKNOWN = 0.05
"""The share of values that Python computes and the resolver does not."""


def templates(library: str) -> list[str]:
    return [line.strip() for line in TEMPLATES[library].strip().splitlines()]


@st.composite
def expressions(draw: st.DrawFn, library: str) -> str:
    """One call of a library."""
    template = draw(st.sampled_from(templates(library)))
    fillers: dict[str, st.SearchStrategy[str]] = {"V": NAMES, "T": TEXTS.map(repr), "F": FLAGS, "L": LISTS}
    for letter, objects in OBJECTS.items():
        fillers[letter] = st.sampled_from(objects)
    return "".join(draw(fillers[word]) if word in fillers else word for word in words(template))


def words(template: str) -> Iterator[str]:
    """The parts of a template, with each letter to fill in as one."""
    yield from (part for part in re.split(r"(?<![\w.])([VTFLEDSN])(?![\w])", template) if part)


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, ...]:
    """Some statements; a few stand in `with own.prefixed(...)`."""
    lines: list[str] = []
    for index in range(draw(st.integers(1, 8))):
        library = draw(st.sampled_from(sorted(TEMPLATES)))
        line = f"v{index} = {draw(expressions(library))}"
        if library == "environs" and draw(st.integers(0, 3)) == 0:
            line = draw(st.sampled_from(WITHIN)).format(line)
        lines.append(line)
    return tuple(lines)


ENVIRONMENTS: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}), st.dictionaries(st.sampled_from(VARIABLES), TEXTS, max_size=5)
)


class Raised:
    """Stands for the value of a statement that raises an exception."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __repr__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


def run(lines: Sequence[str], environment: Mapping[str, str]) -> dict[str, object]:
    """What each statement gives."""
    namespace: dict[str, object] = {"__name__": __name__}
    found: dict[str, object] = {}
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    with mock.patch.dict(os.environ, {**kept, **environment}, clear=True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(HEADER, "generated", "exec", dont_inherit=True), namespace)
        for index, line in enumerate(lines):
            try:
                exec(compile(line, "generated", "exec", dont_inherit=True), namespace)
                made = namespace[f"v{index}"]
                # A class of settings does this with each of its values.
                found[f"v{index}"] = made.setup(f"v{index}") if isinstance(made, configurations.Value) else made
            except Exception as error:
                found[f"v{index}"] = Raised(error)
    return found


def resolve(lines: Sequence[str], environment: Mapping[str, str]) -> Iterator[Value[object]]:
    """What each statement is resolved to, where an env file of the project sets these variables."""
    project = Project()
    text = project.keep(".env", "".join(f"{value}\n" for value in environment.values()))

    def assignments(*asked: Any) -> tuple[Assignment, ...]:
        name = asked[-1]
        if name not in environment:
            return ()
        value = Known(environment[name], text.span(0, 0))
        return (Assignment(name, value, ".env", ".env", Environment("production", "")),)

    with mock.patch.object(evaluator, "assignments", assignments):
        resolver = resolver_of(project, project.keep("generated.py", HEADER + "\n".join(lines) + "\n"))
        for index in range(len(lines)):
            value = resolver.value_of_name(f"v{index}")
            assert value is not None
            yield value


def agrees(value: Value[object], actual: Any, environment: Mapping[str, str]) -> bool:
    """Whether a value, as it is where the env file is used, equals what Python computed."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, OneOf):
        here = ways(value)
        if isinstance(actual, Raised):
            # What stops the program in a condition leaves both of its branches open.
            return all(len(one.conditions) > 1 or agrees(one.value, actual, environment) for one in here)
        return any(agrees(one.value, actual, environment) for one in here)
    if isinstance(actual, Raised):
        # A function that fails where a variable is set gives its value elsewhere only.
        return value.override in environment
    inner = value.value
    if isinstance(inner, Items):
        kinds: dict[str, type[Any]] = {"list": list, "tuple": tuple, "set": set}
        if not isinstance(actual, kinds[inner.kind]) or len(actual) != len(inner.items):
            return False
        if isinstance(actual, set):
            return {one.value for one in inner.items if isinstance(one, Known)} == actual
        return all(agrees(one, other, environment) for one, other in zip(inner.items, actual, strict=True))
    if isinstance(inner, Pairs):
        return (
            isinstance(actual, dict)
            and len(actual) == len(inner.pairs)
            and all(isinstance(key, Known) and agrees(one, actual[key.value], environment) for key, one in inner.pairs)
        )
    return type(inner) is type(actual) and inner == actual


def ways(value: OneOf[object]) -> list[Alternative[object]]:
    """The ways in which a value turns out where the env file is used."""
    return [
        one
        for one in value.alternatives
        if all(c.subject != DEPLOYMENT or c.state == 'is ".env"' for c in one.conditions)
    ]


def is_unknown(value: Value[object]) -> bool:
    if isinstance(value, OneOf):
        return any(isinstance(one.value, Unknown) for one in ways(value))
    return isinstance(value, Unknown)


@given(programs(), ENVIRONMENTS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_resolved_is_what_the_library_gives(lines: tuple[str, ...], environment: dict[str, str]) -> None:
    actual = run(lines, environment)
    for line, result, value in zip(lines, actual.values(), resolve(lines, environment), strict=True):
        assert agrees(value, result, environment), (
            f"{line} with {environment}: really {result!r}, resolved to {value!r}"
        )


@pytest.mark.parametrize("library", sorted(TEMPLATES))
@pytest.mark.parametrize("environment", [{}, {"ONE": "a, b", "P_ONE": "x"}, {"ONE": "1"}, {"ONE": '["k"]'}], ids=str)
def test_few_values_are_not_found(library: str, environment: dict[str, str]) -> None:
    fillers = {"V": "ONE", "T": "'x,y'", "F": "False", "L": "['z']"}
    fillers.update({letter: objects[0] for letter, objects in OBJECTS.items()})
    lines = [
        f"v{index} = {''.join(fillers.get(word, word) for word in words(template))}"
        for index, template in enumerate(templates(library))
    ]
    missed: list[str] = []
    given = 0
    for line, result, value in zip(lines, run(lines, environment).values(), resolve(lines, environment), strict=True):
        assert agrees(value, result, environment), f"{line}: really {result!r}, resolved to {value!r}"
        if not isinstance(result, Raised):
            given += 1
            if is_unknown(value):
                missed.append(line)
    assert given
    assert len(missed) <= ALLOWED_UNKNOWN * given, missed
