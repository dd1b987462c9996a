"""`${VARIABLE:-default}` is read at its default."""

from __future__ import annotations

import pytest

from corslint.syntax.variables import expand
from corslint.values import Known, Unknown


@pytest.mark.parametrize(
    ("text", "value", "override"),
    [
        ("https://a.example", "https://a.example", None),
        ("${ORIGIN:-https://a.example}", "https://a.example", "ORIGIN"),
        ("${ORIGIN-https://a.example}", "https://a.example", "ORIGIN"),
        ("${ORIGIN:=https://a.example}", "https://a.example", "ORIGIN"),
        ("https://${HOST:-a.example}:${PORT:-80}", "https://a.example:80", "HOST"),
        ("${A:-${B:-x}}", "x", "A"),
        ("${A:-}", "", "A"),
        ("$http_origin", "$http_origin", None),
        (r"^https://a\.example$", r"^https://a\.example$", None),
        ("${", "${", None),
        ("${not a name}", "${not a name}", None),
    ],
)
def test_a_default_is_used_and_the_variable_named(text: str, value: str, override: str | None) -> None:
    assert expand(text) == Known(value, override=override)


@pytest.mark.parametrize(
    ("text", "value", "override"),
    [
        (r"^https://a\.example$$", r"^https://a\.example$", None),
        ("$${NAME}", "${NAME}", None),
        ("$$$${A:-b}", "$${A:-b}", None),
        ("${A:-b}$$", "b$", "A"),
    ],
)
def test_compose_doubles_its_dollars(text: str, value: str, override: str | None) -> None:
    assert expand(text, compose=True) == Known(value, override=override)


@pytest.mark.parametrize("text", ["${ORIGIN}", "https://${HOST}", "${A:?must be set}", "${A:+x}", "${A:-${B}}"])
def test_a_variable_without_default_is_unknown(text: str) -> None:
    assert isinstance(expand(text), Unknown)


def test_the_reason_names_the_variable() -> None:
    assert expand("$HOST/x", compose=True) == Unknown("`HOST` is set where this is deployed")


def test_very_many_variables_are_given_up() -> None:
    assert isinstance(expand("${A:-b}" * 1000), Unknown)
