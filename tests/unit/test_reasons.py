"""Why a value is not known, through as many names as there are."""

from __future__ import annotations

from corslint.resolve.reasons import through
from corslint.source import Source
from corslint.values import Place, Unknown, decided_by

SOURCE = Source("app/main.py", "origins = settings.cors\nsettings = load()\n")
USE = Place(SOURCE.span(10, 23), "`settings.cors`")
NAME = Place(SOURCE.span(10, 18), "`settings`")
CALL = SOURCE.span(35, 41)
REASON = "`load()` is called at run time"


def test_a_reason_is_said_once_however_many_names_lie_between() -> None:
    found = through(through(Unknown(REASON, CALL), NAME), USE)
    assert found == Unknown(REASON, CALL, (USE, NAME))


def test_a_reason_without_a_place_stands_where_it_is_met_first() -> None:
    found = through(through(decided_by("CORS"), NAME), USE)
    assert found == decided_by("CORS", NAME.span, (USE, NAME))


def test_the_same_expression_is_one_step() -> None:
    found = through(through(Unknown(REASON, CALL), USE), USE)
    assert found == Unknown(REASON, CALL, (USE,))
