"""Why a value is not known, through as many names as there are."""

from __future__ import annotations

from corslint.resolve import reasons
from corslint.source import Source
from corslint.values import Place, Unknown

SOURCE = Source("app/main.py", "origins = settings.cors\nsettings = load()\n")
USE = Place(SOURCE.span(10, 23), "`settings.cors`")
NAME = Place(SOURCE.span(10, 18), "`settings`")
CALL = SOURCE.span(35, 41)


def test_a_reason_is_said_once_however_many_names_lie_between() -> None:
    found = reasons.through(reasons.through(reasons.call("load", CALL), NAME), USE)
    assert found == Unknown("`load()` is called at run time", CALL, (USE, NAME))


def test_a_reason_without_a_place_stands_where_it_is_met_first() -> None:
    found = reasons.through(reasons.through(reasons.variable("CORS"), NAME), USE)
    assert found == Unknown("the environment variable CORS decides it", NAME.span, (USE, NAME))


def test_the_same_expression_is_one_step() -> None:
    found = reasons.through(reasons.through(reasons.call("load", CALL, "conf"), USE), USE)
    assert found == Unknown("`load()` of `conf` is called at run time", CALL, (USE,))


def test_what_comes_from_a_module_names_it() -> None:
    assert reasons.imported("ORIGINS", ".conf", CALL) == Unknown("`ORIGINS` comes from `.conf`", CALL)
