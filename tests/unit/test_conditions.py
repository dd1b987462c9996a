"""Which environment a set of conditions implies."""

from __future__ import annotations

import pytest

from corslint.resolve.conditions import environment
from corslint.values import Condition


@pytest.mark.parametrize(
    ("conditions", "kind"),
    [
        ([("DEBUG", "is true")], "development"),
        ([("DEBUG", "is false")], "production"),
        ([("ENV", 'is "production"')], "production"),
        ([("ENV", 'is "dev"')], "development"),
        ([("ENV", 'is "staging"')], "staging"),
        ([("ENV", 'is "test"')], "test"),
        ([("ENV", 'is not "production"')], "development"),
        ([("ENV", 'is not "dev"')], "production"),
        ([("ENV", 'is not "dev"'), ("ENV", 'is not "test"')], "production"),
        ([("ENV", 'is not "test"'), ("ENV", 'is not "dev"')], "production"),
        ([("ENV", 'is not "production"'), ("ENV", 'is not "staging"')], "development"),
        ([("DEBUG", "is false"), ("ENV", 'is "staging"')], "staging"),
        ([("`settings.environment != 'prod'`", "is true")], "development"),
        ([("`settings.environment != 'prod'`", "is false")], "production"),
        ([("DJANGO_DEBUG", 'is "1"')], "development"),
        ([("DJANGO_DEBUG", 'is not "1"')], "production"),
        ([("DEBUG", 'is "False"')], "production"),
        ([("DEBUG", 'is not "False"')], "development"),
        ([("IS_PROD", 'is "true"')], "production"),
        ([("PYTEST_CURRENT_TEST", "is set")], "test"),
        ([("`from .local_settings import *`", "succeeds")], "development"),
        ([("`from shop.settings.production import *`", "succeeds")], "production"),
    ],
)
def test_what_is_implied(conditions: list[tuple[str, str]], kind: str) -> None:
    assert environment([Condition(*one) for one in conditions]) == kind


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [("CORS_ORIGINS", "is set")],
        [("PRODUCTION_ORIGINS", "is unset")],
        [("DEV_FRONTEND_URL", "is set")],
        [("ENV", 'is not "dev"'), ("ENV", 'is not "production"')],
        [("ENV", 'is not "staging"')],
        [("ENV", 'is not "test"')],
        [("ORIGIN", 'is "https://dev.example.com"')],
        [("TESTING", "is false")],
        [("DEV_ORIGINS", 'is "1"')],
        [("DEBUG", 'is "2"')],
        [("`from .local_settings import *`", "fails")],
        [("`from .base import *`", "succeeds")],
    ],
)
def test_nothing_is_implied(conditions: list[tuple[str, str]]) -> None:
    assert environment([Condition(*one) for one in conditions]) is None
