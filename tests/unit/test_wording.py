"""When something holds, in the words that every output uses."""

from __future__ import annotations

import pytest

from corslint.values import DEPLOYMENT, Condition
from corslint.wording import clause, facts, texts, under

DEBUG = Condition("DEBUG", "is true")
UNSET = Condition("CORS_ORIGINS", "is unset")
ENV_FILE = Condition(DEPLOYMENT, 'is ".env.production"')
NO_FILE = Condition(DEPLOYMENT, 'is not ".env.production"')
SERVICE = Condition(DEPLOYMENT, 'is "deploy/docker-compose.yml#api"')


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ((), ""),
        ((DEBUG,), "when DEBUG is true"),
        ((DEBUG, UNSET), "when DEBUG is true and CORS_ORIGINS is unset"),
        ((DEBUG, UNSET, Condition("TEST", "is false")), "when DEBUG is true, CORS_ORIGINS is unset and TEST is false"),
        ((UNSET, Condition("CREDENTIALS", "is unset")), "when CORS_ORIGINS and CREDENTIALS are unset"),
        ((ENV_FILE,), "with .env.production"),
        ((ENV_FILE, DEBUG), "when DEBUG is true, with .env.production"),
        ((SERVICE,), 'with service "api" of deploy/docker-compose.yml'),
        ((Condition(DEPLOYMENT, 'is "k8s/api.yaml#web"'),), 'with "web" of k8s/api.yaml'),
        ((Condition("ENV", 'is not "a"'), Condition("ENV", 'is not "b"')), 'when ENV is neither "a" nor "b"'),
        ((Condition("ENV", 'is not "a"'),), 'when ENV is not "a"'),
        (
            (Condition("`import x`", "succeeds"), Condition("`import y`", "succeeds")),
            "when `import x` succeeds and `import y` succeeds",
        ),
    ],
)
def test_conditions_are_one_clause(conditions: tuple[Condition, ...], words: str) -> None:
    assert clause(conditions) == words


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ((NO_FILE,), ""),
        ((NO_FILE, UNSET), "when CORS_ORIGINS is unset"),
        ((DEBUG, DEBUG), "when DEBUG is true"),
        ((Condition("ENV", "is set"), Condition("ENV", 'is "prod"')), 'when ENV is "prod"'),
        ((Condition("ENV", "is unset"), Condition("ENV", 'is not "prod"')), "when ENV is unset"),
        ((Condition("ENV", "is defined"), Condition("ENV", "is empty")), "when ENV is empty"),
    ],
)
def test_what_tells_nothing_is_left_out(conditions: tuple[Condition, ...], words: str) -> None:
    assert clause(conditions) == words


def test_two_states_that_say_different_things_both_stay() -> None:
    conditions = (Condition("ENV", "is set"), Condition("ENV", 'is not "prod"'))
    assert clause(conditions) == 'when ENV is set and ENV is not "prod"'


def test_each_condition_has_a_text_of_its_own() -> None:
    assert texts((DEBUG, NO_FILE, SERVICE)) == (
        "when DEBUG is true",
        'with service "api" of deploy/docker-compose.yml',
    )
    assert facts((DEBUG, NO_FILE, ENV_FILE)) == ("DEBUG is true", "it runs with .env.production")


@pytest.mark.parametrize(
    ("message", "conditions", "said"),
    [
        ("every website can read the answers", (), "every website can read the answers"),
        ("every website can read the answers", (DEBUG,), "every website can read the answers when DEBUG is true"),
        ("every website can read", (ENV_FILE,), "every website can read, with .env.production"),
        ("nobody can tell: `load()` decides", (DEBUG,), "nobody can tell when DEBUG is true: `load()` decides"),
        ("`A: b` is sent", (DEBUG,), "`A: b` is sent when DEBUG is true"),
        (
            "https://a.example stays locked out",
            (UNSET,),
            "https://a.example stays locked out when CORS_ORIGINS is unset",
        ),
        ("'' is let in when CORS_ORIGINS is unset", (UNSET,), "'' is let in when CORS_ORIGINS is unset"),
        ("every website can read", (NO_FILE,), "every website can read"),
    ],
)
def test_a_message_says_when_it_holds(message: str, conditions: tuple[Condition, ...], said: str) -> None:
    assert under(message, conditions) == said


def test_of_many_conditions_a_few_are_named_and_code_last() -> None:
    many = [Condition(name, "is true") for name in ("`f(a)`", "A", "`g(b)`", "B")]
    assert clause(many) == "when `f(a)`, A, `g(b)` and B are true"
    more = [*many, Condition("C", "is unset"), Condition("`h()`", "succeeds")]
    assert clause(more) == "when A and B are true, C is unset and 3 more conditions hold"
    assert clause([*more, ENV_FILE]).endswith("conditions hold, with .env.production")
