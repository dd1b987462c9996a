"""Values that depend on conditions, together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corslint.values import (
    Alternative,
    Compiled,
    Condition,
    Items,
    Known,
    Mapping,
    OneOf,
    Unknown,
    Value,
    combine,
    decided_by,
    spread,
    truth,
)

DEBUG, LIVE = Condition("DEBUG", "is true"), Condition("DEBUG", "is false")
DEPENDS: OneOf[object] = OneOf(
    (Alternative((DEBUG,), Known("d"), "development"), Alternative((LIVE,), Known("l"), "production"))
)


def join(picked: Sequence[Known[object] | Unknown]) -> Known[object]:
    return Known("".join(str(one.value) for one in picked if isinstance(one, Known)))


def test_known_values_combine_to_a_known_one() -> None:
    assert combine([Known("a"), Known("b")], join) == Known("ab")


def test_values_under_the_same_condition_go_together() -> None:
    found = combine([DEPENDS, Known("-"), DEPENDS], join)
    assert found == OneOf(
        (Alternative((DEBUG,), Known("d-d"), "development"), Alternative((LIVE,), Known("l-l"), "production"))
    )


def test_a_default_is_none_where_the_variable_that_replaces_it_is_set() -> None:
    by_variable: OneOf[object] = OneOf(
        (
            Alternative((Condition("V", "is unset"),), Known("u")),
            Alternative((Condition("V", "is set"),), Known("s")),
        )
    )
    picked: list[list[Known[object] | Unknown]] = []

    def note(together: Sequence[Known[object] | Unknown]) -> Known[object]:
        picked.append(list(together))
        return join(together)

    combine([by_variable, Known("default", override="V"), Known("other", override="W")], note)
    assert picked == [
        [Known("u"), Known("default", override="V"), Known("other", override="W")],
        [Known("s"), decided_by("V"), Known("other", override="W")],
    ]


def test_too_many_conditions_are_unknown() -> None:
    many: list[Value[object]] = [
        OneOf(tuple(Alternative((Condition(str(number), state),), Known("x")) for state in ("is true", "is false")))
        for number in range(8)
    ]
    assert isinstance(combine(many, join), Unknown)
    assert isinstance(combine(many[:5], join), OneOf)


def test_alternatives_inside_a_list_are_brought_outside() -> None:
    found = spread(Known(Items("list", (Known("a"), DEPENDS))))
    assert found == OneOf(
        (
            Alternative((DEBUG,), Known(Items("list", (Known("a"), Known("d")))), "development"),
            Alternative((LIVE,), Known(Items("list", (Known("a"), Known("l")))), "production"),
        )
    )
    assert spread(Known("a")) == Known("a")


@pytest.mark.parametrize("value", ["", 0, None, False, Items("list", ()), Mapping(())])
def test_false(value: object) -> None:
    assert not truth(value)


@pytest.mark.parametrize("value", ["False", 1, True, Items("tuple", (Known(""),)), Compiled("")])
def test_true(value: object) -> None:
    assert truth(value)


@pytest.mark.parametrize(
    ("state", "opposite"),
    [
        ("is true", "is false"),
        ("is unset", "is set"),
        ("fails", "succeeds"),
        ('is "a"', 'is not "a"'),
        ('is not "a"', 'is "a"'),
        ("is empty", "is not empty"),
    ],
)
def test_opposites(state: str, opposite: str) -> None:
    assert Condition("X", state).opposite() == Condition("X", opposite)
    assert Condition("X", state).excludes(Condition("X", opposite))
