"""Conditions found inside of a function are told in the words of the place that calls it."""

from __future__ import annotations

import pytest
from resolving import used

HEAD = "import os\nimport settings\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "def flag(name):\n    return getattr(settings, name).lower() in ('1', 'yes')\nuse(flag('CORS'))",
            {"`flag('CORS')` is true": True, "`flag('CORS')` is false": False},
        ),
        (
            "def flag(name):\n    found = settings.of(name)\n    if found:\n        return True\n    return False\n"
            "use(flag(name='CORS'))",
            {"`flag(name='CORS')` is true": True, "`flag(name='CORS')` is false": False},
        ),
        (
            "def off(name):\n    return settings.of(name) not in ('1', 'yes')\nuse(off('CORS'))",
            {"`off('CORS')` is false": False, "`off('CORS')` is true": True},
        ),
        (
            "def pick(name):\n    if settings.of(name):\n        return '*'\n    return ''\nuse(pick('CORS'))",
            {
                "`settings.of(name)` in `pick('CORS')` is true": "*",
                "`settings.of(name)` in `pick('CORS')` is false": "",
            },
        ),
        (
            "def flag(name):\n    return settings.of(name) in ('1', 'yes')\ndef inner(key):\n    return flag(key)\n"
            "use(inner('CORS'))",
            {"`inner('CORS')` is true": True, "`inner('CORS')` is false": False},
        ),
    ],
)
def test_what_decides_within_a_function_is_its_call(text: str, told: object) -> None:
    assert used({"main.py": f"{HEAD}{text}\n"}) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "def origins():\n    return '*' if settings.DEBUG else ''\nuse(origins())",
            {"settings.DEBUG is true": "*", "settings.DEBUG is false": ""},
        ),
        (
            "def origins():\n    debug = settings.debug()\n    return '*' if debug else ''\nuse(origins())",
            {"debug is true": "*", "debug is false": ""},
        ),
        (
            "def origins(name):\n    return '*' if settings.DEBUG else name\nuse(origins(''))",
            {"settings.DEBUG is true": "*", "settings.DEBUG is false": ""},
        ),
        (
            "def origins(debug):\n    return '*' if debug else ''\ndebug = settings.debug()\nuse(origins(debug))",
            {"debug is true": "*", "debug is false": ""},
        ),
        (
            "def origins(name):\n    return '*' if os.getenv(name) else ''\nuse(origins('OPEN'))",
            {"OPEN is set": "*", "OPEN is unset": ""},
        ),
    ],
)
def test_what_the_caller_knows_too_keeps_its_name(text: str, told: object) -> None:
    assert used({"main.py": f"{HEAD}{text}\n"}) == told


def test_one_question_asked_twice_has_one_answer() -> None:
    text = (
        "def flag(name):\n    return settings.of(name) in ('1', 'yes')\n"
        "use(('*' if flag('CORS') else '', 'open' if flag('CORS') else 'shut'))"
    )
    assert used({"main.py": f"{HEAD}{text}\n"}) == {
        "`flag('CORS')` is true": ("*", "open"),
        "`flag('CORS')` is false": ("", "shut"),
    }
