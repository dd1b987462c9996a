"""Where a value came from, in the labels of findings and in every output."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from stub_product import at, policy

from corslint import judgement
from corslint.finding import Finding, Label, Problem, Report
from corslint.origins import AnyOrigin, Exact, Origins, Pattern, Undecided
from corslint.output import Options, render
from corslint.policy import Fact, Policy, Setting
from corslint.provenance import Provenance, conditions_of
from corslint.source import Source, Span
from corslint.values import DEPLOYMENT, Alternative, Condition, Items, Known, OneOf, Place, Unknown

SETTINGS = Source(
    "app/settings.py", 'class Settings(BaseSettings):\n    cors_origins: list[str] = ["*"]\n    cookies = True\n'
)
DEPENDENCIES = Source("app/deps.py", "settings = get_settings()\nconf = settings\n")
ENV_FILE = Source(".env.production", "SECRET_KEY=hunter2\nCORS_ORIGINS=*\n")
MAIN = Source("app/main.py", "serve(origins=conf.cors_origins,\n      credentials=True)\n")
USE = at("origins=conf.cors_origins", MAIN)
ATTRIBUTE = Place(at("conf.cors_origins", MAIN), "`conf.cors_origins`")
CONF = Place(at("conf", DEPENDENCIES), "`conf`")
SINGLETON = Place(at("settings", DEPENDENCIES), "`settings`")
DEFAULT = Place(at("cors_origins", SETTINGS), "default of Settings.cors_origins")
STAR = at('["*"]', SETTINGS)


def anyone(
    *trail: Place, span: Span = STAR, override: str | None = "CORS_ORIGINS", use: Span = USE, **changes: Any
) -> Policy:
    """A policy that lets everyone in with cookies, by a value that came along a trail."""
    origins = Known(Origins((AnyOrigin(span),)), span, trail, override)
    made = policy(AnyOrigin(), credentials=True, span=at("serve", MAIN))
    changes = {"credentials": Setting("credentials", Known(True), at("credentials=True", MAIN)), **changes}
    return replace(made, origins=Setting("origins", origins, use), **changes)


def judged(*policies: Policy, rule: str = "any-origin-with-credentials") -> tuple[Finding, ...]:
    return judgement.judged(Report((), policies), frozenset({rule})).findings


def found(*policies: Policy, rule: str = "any-origin-with-credentials") -> Finding:
    (one,) = judged(*policies, rule=rule)
    return one


def told(finding: Finding) -> list[tuple[str, str, str]]:
    """Part, place and words of each label."""
    return [(one.role, f"{one.span.path}:{one.span.line}", one.text) for one in finding.labels]


def test_a_default_in_another_file_is_told_in_the_words_of_the_issue() -> None:
    finding = found(anyone(ATTRIBUTE, DEFAULT))
    assert told(finding) == [
        ("value", "app/settings.py:2", "every origin is allowed"),
        (
            "use",
            "app/main.py:1",
            '`["*"]`: default of Settings.cors_origins, app/settings.py:2; CORS_ORIGINS overrides it',
        ),
        ("fact", "app/main.py:2", "and cookies are allowed with it"),
    ]
    assert finding.primary.role == "value"
    assert finding.message == "any website can read this API with the visitor's cookies when CORS_ORIGINS is unset"


def test_what_lies_between_is_told_as_steps_from_the_setting_on() -> None:
    finding = found(anyone(ATTRIBUTE, CONF, SINGLETON, DEFAULT))
    assert told(finding)[3:] == [("step", "app/deps.py:2", "`conf`"), ("step", "app/deps.py:1", "`settings`")]
    assert [one.span for one in finding.way] == [STAR, SINGLETON.span, CONF.span, USE]


def test_a_default_is_called_so_though_its_name_stands_nearer() -> None:
    name = Place(at("cors_origins", SETTINGS), "`cors_origins`")
    assert told(found(anyone(ATTRIBUTE, DEFAULT, name))) == told(found(anyone(ATTRIBUTE, DEFAULT)))


def test_a_value_some_lines_below_the_name_it_is_given_to_is_still_its_default() -> None:
    source = Source("conf.py", 'class Settings:\n    origins = (\n        ["*"]\n    )\n')
    trail = (Place(at("origins", source), "default of Settings.origins"), Place(at("origins", source), "`origins`"))
    finding = found(anyone(ATTRIBUTE, *trail, span=at('["*"]', source), override=None))
    assert told(finding)[1][2] == '`["*"]`: default of Settings.origins, conf.py:3'
    assert not any(one.role == "step" for one in finding.labels)


def test_a_constant_far_from_where_it_is_used_is_a_step() -> None:
    source = Source("conf.py", 'def load():\n    return ["*"]\n\n\nORIGINS = load()\n')
    finding = found(anyone(ATTRIBUTE, Place(at("ORIGINS", source), "`ORIGINS`"), span=at('["*"]', source)))
    assert told(finding)[3:] == [("step", "conf.py:5", "`ORIGINS`")]


def test_what_is_wrong_with_a_setting_whatever_its_value_names_no_variable() -> None:
    place = Label(USE, "now called `allowed`", primary=True)
    renamed = Fact("renamed-setting", "`origins` is the old name", (place,), "write `allowed`")
    made = anyone(span=at("conf.cors_origins", MAIN), facts=(renamed,))
    finding = found(made, rule="renamed-setting")
    assert (finding.message, finding.conditions) == ("`origins` is the old name", ())
    assert told(finding) == [("fact", "app/main.py:1", "now called `allowed`")]


def test_two_steps_on_one_line_are_one() -> None:
    call = Place(at("get_settings()", DEPENDENCIES), "`get_settings()`")
    assert [one[2] for one in told(found(anyone(ATTRIBUTE, SINGLETON, call, DEFAULT)))[3:]] == ["`settings`"]


def test_a_value_in_its_setting_keeps_one_label() -> None:
    finding = found(anyone(Place(USE, "default of CORS_ORIGINS"), span=at("conf.cors_origins", MAIN)))
    assert told(finding)[0] == ("fact", "app/main.py:1", "every origin is allowed; CORS_ORIGINS overrides it")
    assert finding.way == ()


def test_a_value_without_trail_and_variable_is_left_alone() -> None:
    finding = found(anyone(span=at("conf.cors_origins", MAIN), override=None))
    assert told(finding)[0] == ("fact", "app/main.py:1", "every origin is allowed")
    assert finding.conditions == ()
    assert finding.message == "any website can read this API with the visitor's cookies"


def test_a_constant_of_the_same_file_is_named_with_its_line() -> None:
    source = Source("main.py", 'ORIGINS = ["*"]\nserve(origins=ORIGINS)\n')
    made = anyone(
        Place(at("ORIGINS", source), "`ORIGINS`"),
        span=at('["*"]', source),
        override=None,
        use=at("origins=ORIGINS", source),
    )
    assert told(found(replace(made, span=at("serve", source))))[1] == ("use", "main.py:2", '`["*"]`: `ORIGINS`, line 1')


def test_what_a_star_import_brings_is_used_at_the_import() -> None:
    leaf = Source("settings/prod.py", "from .base import *\nDEBUG = False\n")
    base = Source("settings/base.py", 'ALLOWED = ["*"]\nCORS_ALLOWED_ORIGINS = ALLOWED\n')
    trail = (
        Place(at("from .base import *", leaf), "`CORS_ALLOWED_ORIGINS`"),
        Place(at("CORS_ALLOWED_ORIGINS", base), "`CORS_ALLOWED_ORIGINS`"),
        Place(at("ALLOWED", base), "`ALLOWED`"),
    )
    made = anyone(*trail, span=at('["*"]', base), override=None, use=at("ALLOWED", base))
    assert told(found(replace(made, span=at("DEBUG", leaf))))[1:] == [
        ("use", "settings/prod.py:1", '`["*"]`: `ALLOWED`, settings/base.py:1'),
        ("fact", "app/main.py:2", "and cookies are allowed with it"),
        ("step", "settings/base.py:2", "`CORS_ALLOWED_ORIGINS`"),
    ]


def test_a_second_setting_from_elsewhere_says_so_in_its_own_label() -> None:
    trail = (Place(at("cookies", SETTINGS), "default of Settings.cookies"),)
    credentials = Setting(
        "credentials", Known(True, at("True", SETTINGS), trail, "COOKIES"), at("credentials=True", MAIN)
    )
    finding = found(anyone(ATTRIBUTE, DEFAULT, credentials=credentials))
    assert told(finding)[2] == (
        "fact",
        "app/main.py:2",
        "and cookies are allowed with it: default of Settings.cookies, app/settings.py:3; COOKIES overrides it",
    )
    assert finding.message.endswith(" when CORS_ORIGINS and COOKIES are unset")


def test_an_element_has_a_trail_of_its_own() -> None:
    source = Source("app/urls.py", 'FRONT = "http://front.example.com"\n')
    span = at('"http://front.example.com"', source)
    element: Known[object] = Known("http://front.example.com", span, (Place(at("FRONT", source), "`FRONT`"),), "FRONT")
    listed = at("conf.cors_origins", MAIN)
    origins = Setting(
        "origins",
        Known(Origins((Exact("http://front.example.com", span), Exact("https://app.example.com", listed))), listed),
        USE,
        written=Known(Items("list", (element,)), listed),
    )
    finding = found(replace(anyone(), origins=origins), rule="insecure-origin")
    assert told(finding)[:2] == [
        ("value", "app/urls.py:1", "is not encrypted"),
        ("use", "app/main.py:1", '`"http://front.example.com"`: `FRONT`, app/urls.py:1; FRONT overrides it'),
    ]
    assert finding.message.endswith(" when FRONT is unset")


def test_a_setting_that_is_to_blame_shows_its_value_elsewhere() -> None:
    made = anyone()
    age: Setting[int | str | None] = Setting("max_age", Known("soon", STAR, (DEFAULT,), "AGE"), at("serve", MAIN))
    assert told(found(replace(made, max_age=age), rule="invalid-max-age")) == [
        ("use", "app/main.py:1", "`soon` is no number of seconds"),
        ("value", "app/settings.py:2", "default of Settings.cors_origins; AGE overrides it"),
    ]


def test_of_a_short_list_the_whole_is_repeated_and_of_a_long_one_the_element() -> None:
    for text, shown in (
        ('["a", "*"]', '["a", "*"]'),
        ('["https://app.example.com", "https://b.example", "*"]', '"*"'),
        ('getenv("A", "*")', '"*"'),
    ):
        source = Source("a.py", text)
        trail = (Place(source.span(0, 1), "`X`"),)
        origins = Known(Origins((AnyOrigin(at('"*"', source)),)), source.span(0, len(text)), trail)
        assert (
            told(found(replace(anyone(), origins=Setting("origins", origins, USE))))[1][2] == f"`{shown}`: `X`, a.py:1"
        )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("['https://a.example',\n 'https://b.example']", "['https://a.example',...]"),
        ("f(`x`)", "f('x')..."),
        ("'" + "a" * 60 + "'", "'" + "a" * 39 + "..."),
    ],
)
def test_a_long_value_is_shortened(text: str, shown: str) -> None:
    source = Source("a.py", text)
    finding = found(anyone(Place(source.span(0, 1), "`X`"), span=source.span(0, len(text)), override=None))
    assert told(finding)[1][2] == f"`{shown}`: `X`, a.py:1"


FILE, NO_FILE = (Condition(DEPLOYMENT, f'is {word}".env.production"') for word in ("", "not "))


def by_deployment() -> Policy:
    """An open default, and the same in an environment file."""
    in_file = at("*", ENV_FILE)
    default = anyone(ATTRIBUTE, DEFAULT).origins.value
    set_there = Known(Origins((AnyOrigin(in_file),)), in_file, (ATTRIBUTE, Place(in_file, "CORS_ORIGINS")))
    assert isinstance(default, Known)
    ways = OneOf((Alternative((FILE,), set_there, "production"), Alternative((NO_FILE,), default)))
    made = anyone()
    return replace(made, origins=Setting("origins", ways, USE))


def test_an_environment_file_is_named_and_its_absence_is_not() -> None:
    said = [(one.primary.span.path, one.message) for one in judged(by_deployment())]
    assert said == [
        (".env.production", "any website can read this API with the visitor's cookies, with .env.production"),
        ("app/settings.py", "any website can read this API with the visitor's cookies when CORS_ORIGINS is unset"),
    ]


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github"])
def test_no_output_names_a_file_that_is_not_used_or_shows_a_password(form: Any) -> None:
    made = by_deployment()
    shown = "\n".join(render(form, Report(judged(made), (made,)), Options()))
    assert "with .env.production" in shown
    assert "is not" not in shown
    assert "without" not in shown
    assert "the deployment" not in shown
    assert "hunter2" not in shown
    assert "when CORS_ORIGINS is unset" in shown


def test_concise_and_github_name_the_condition_in_their_one_line() -> None:
    made = anyone(ATTRIBUTE, CONF, DEFAULT)
    report = Report(judged(made), (made,))
    assert next(iter(render("concise", report, Options()))) == (
        "app/settings.py:2:31: error[any-origin-with-credentials] "
        "any website can read this API with the visitor's cookies when CORS_ORIGINS is unset"
    )
    assert next(iter(render("github", report, Options()))).startswith(
        "::error title=any-origin-with-credentials,file=app/settings.py,line=2,col=31,endLine=2,endColumn=36::"
        "any website can read this API with the visitor's cookies when CORS_ORIGINS is unset%0A"
    )


def test_sarif_leads_from_the_value_to_its_use() -> None:
    made = anyone(ATTRIBUTE, CONF, SINGLETON, DEFAULT)
    log = json.loads("\n".join(render("sarif", Report(judged(made), (made,)), Options())))
    (flow,) = log["runs"][0]["results"][0]["codeFlows"]
    places = [one["location"]["physicalLocation"] for one in flow["threadFlows"][0]["locations"]]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in places] == [
        ("app/settings.py", 2),
        ("app/deps.py", 1),
        ("app/deps.py", 2),
        ("app/main.py", 1),
    ]


def flags(*names: str) -> tuple[Condition, Condition]:
    return Condition(names[0], "is true"), Condition(names[0], "is false")


def test_a_condition_that_makes_no_difference_is_not_named() -> None:
    on, off = flags("DEBUG")
    yes, no = flags("COOKIES")
    entries = Known(Origins((AnyOrigin(STAR),)), STAR)
    origins = OneOf((Alternative((on,), entries), Alternative((off,), Known(Origins((Exact("https://a.example"),))))))
    ages: OneOf[int | str | None] = OneOf((Alternative((yes,), Known(1)), Alternative((no,), Known(2))))
    made = replace(
        anyone(), origins=Setting("origins", origins, USE), max_age=Setting("max_age", ages, at("credentials", MAIN))
    )
    finding = found(made)
    assert finding.conditions == (on,)
    assert finding.message.endswith(" when DEBUG is true")


def test_a_problem_of_two_ways_out_of_three_names_what_they_have_in_common() -> None:
    states = [Condition("ENV", f'is "{name}"') for name in ("dev", "test")]
    other = (Condition("ENV", 'is not "dev"'), Condition("ENV", 'is not "test"'))
    entries = Known(Origins((AnyOrigin(STAR),)), STAR)
    named = Known(Origins((Exact("https://a.example"),)))
    ways = OneOf((Alternative((states[0],), named), Alternative((states[1],), entries), Alternative(other, entries)))
    finding = found(replace(anyone(), origins=Setting("origins", ways, USE)))
    assert finding.message.endswith(' when ENV is not "dev"')


def test_a_policy_that_stands_in_a_branch_says_so() -> None:
    on, _ = flags("DEBUG")
    finding = found(anyone(span=at("conf.cors_origins", MAIN), override=None, conditions=(on,)))
    assert finding.message == "any website can read this API with the visitor's cookies when DEBUG is true"


def test_what_decides_is_said_once_and_with_its_place() -> None:
    loader = Source("app/load.py", "def load():\n    return db.read()\n")
    decided = Unknown("`db.read()` is called at run time", at("db.read()", loader), (ATTRIBUTE, SINGLETON))
    made = replace(anyone(), origins=Setting("origins", decided, USE))
    finding = found(made, rule="undetermined")
    assert finding.message == (
        "cannot tell who may read the answers: `db.read()` is called at run time (app/load.py:2)"
    )
    assert told(finding) == [
        ("use", "app/main.py:1", "decided elsewhere"),
        ("value", "app/load.py:2", "`db.read()` is called at run time"),
        ("step", "app/deps.py:1", "`settings`"),
    ]


def test_what_decides_two_settings_is_said_once() -> None:
    loader = Source("app/load.py", "a = load()\nb = load()\n")
    first, second = (Unknown("`load()` is called at run time", loader.span(start, start + 6)) for start in (4, 15))
    made = anyone(credentials=Setting("credentials", second, at("credentials=True", MAIN)))
    assert found(replace(made, origins=Setting("origins", first, USE)), rule="undetermined").message == (
        "cannot tell who may read the answers, nor whether cookies are allowed: "
        "`load()` is called at run time (app/load.py:1)"
    )


def test_a_reason_is_said_at_one_of_the_places_that_share_it() -> None:
    reason = "`load()` is called at run time"
    made = anyone(credentials=Setting("credentials", Unknown(reason, at("True", MAIN)), at("credentials=True", MAIN)))
    finding = found(replace(made, origins=Setting("origins", Unknown(reason, USE), USE)), rule="undetermined")
    assert [text for _, _, text in told(finding)] == [reason, "and by the same here"]


def test_the_file_is_not_named_twice() -> None:
    place = Place(at("CORS_ORIGINS=*", ENV_FILE), "CORS_ORIGINS in .env.production")
    finding = found(anyone(ATTRIBUTE, place, span=at("*", ENV_FILE), override=None))
    assert told(finding)[1][2] == "`*`: CORS_ORIGINS, .env.production:2"


def test_what_decides_an_element_is_said_with_its_place() -> None:
    variable = at("cors_origins", SETTINGS)
    entries = Origins((Undecided("the environment variable FRONT decides it", variable),))
    made = replace(anyone(), origins=Setting("origins", Known(entries), USE))
    assert found(made, rule="undetermined").message == (
        "cannot tell who may read the answers: the environment variable FRONT decides it (app/settings.py:2)"
    )


def test_an_answer_by_a_default_holds_where_nothing_replaces_it() -> None:
    on, _ = flags("DEBUG")
    assert conditions_of(anyone(DEFAULT, conditions=(on,))) == (on, Condition("CORS_ORIGINS", "is unset"))
    assert conditions_of(anyone(override=None)) == ()
    by_it, by_another = Condition("CORS_ORIGINS", 'is "*"'), Condition("CORS_ORIGINS", 'is not "*"')
    assert conditions_of(anyone(conditions=(by_it,))) == (by_it,)
    assert conditions_of(anyone(conditions=(by_another,)))[1:] == (Condition("CORS_ORIGINS", "is unset"),)
    assert found(anyone(DEFAULT, conditions=(by_another,))).message.endswith(" when CORS_ORIGINS is unset")


def test_ten_thousand_elements_are_traced_in_a_moment() -> None:
    source = Source("a.py", "x" * 20_000)
    spans = [source.span(number, number + 1) for number in range(10_000)]
    entries = Origins(tuple(Exact("https://a.example", span) for span in spans))
    trail = (Place(source.span(15_000, 15_001), "`X`"),)
    origins = Setting("origins", Known(entries, source.span(0, 10_000), trail), USE)
    provenance = Provenance(replace(anyone(), origins=origins))
    for span in spans:
        labels, _ = provenance.traced(Problem("m", (Label(span, primary=True),), "h"))
        assert len(labels) == 2


def test_a_variable_that_replaces_another_part_of_the_origins_is_not_named() -> None:
    text = Source("compose.yml", "CORS_ORIGINS: '*'\n")
    place = at("'*'", text)
    made = anyone(span=place, override="CORS_ORIGIN_REGEX")
    written = replace(made, origins=replace(made.origins, written=Known("*", place)))
    problem = Problem("x", (Label(place, "every origin is allowed", primary=True),), "help")
    labels, conditions = Provenance(written).traced(problem)
    assert conditions == ()
    assert all("CORS_ORIGIN_REGEX" not in label.text for label in labels)
    _, conditions = Provenance(made).traced(problem)
    assert conditions == (Condition("CORS_ORIGIN_REGEX", "is unset"),)


def test_of_a_setting_that_is_made_of_several_each_part_keeps_its_variable_and_its_way() -> None:
    texts = 'os.getenv("ORIGINS", "https://a.example").split(",")', 'r"https://.*\\.vercel\\.app"'
    source = Source("app/main.py", f"serve(origins={texts[0]},\n      regex={texts[1]},\n      credentials=True)\n")
    at_list, at_regex = at(texts[0], source), at(texts[1], source)
    entry = Pattern(r"https://.*\.vercel\.app", "python", "fullmatch", span=at_regex)
    parts: tuple[Setting[object], ...] = (
        Setting("origins", Known("", at_list, (CONF,), "ORIGINS"), at(f"origins={texts[0]}", source)),
        Setting("regex", Known("", at_regex), at(f"regex={texts[1]}", source)),
    )
    value = Known(Origins((Exact("https://a.example", at_list), entry)), at_list, (CONF,), "ORIGINS")
    made = policy(span=at("serve", source))
    origins = Setting("origins", value, parts[0].span, parts=parts)
    finding = found(replace(made, origins=origins), rule="shared-suffix-origin")
    assert told(finding) == [("fact", "app/main.py:2", "lets in https://evil.vercel.app")]
    assert finding.conditions == ()
    together = found(replace(made, origins=replace(origins, parts=())), rule="shared-suffix-origin")
    assert together.conditions == (Condition("ORIGINS", "is unset"),)
