"""What is read from `application.yml` and `application.properties`, under every name and in every form."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Report
from corslint.policy import Policy
from corslint.values import Known

NOT_ALLOWED = "browsers ask with OPTIONS first, and the answer does not allow them"
GATEWAY = "spring.cloud.gateway.globalcors.cors-configurations"
PATTERNS = f"{GATEWAY}[/**].allowed-origin-patterns="


ALL = "allowed-methods: '*'\nallowed-headers: '*'\n"


def lint(text: str, path: str = "src/main/resources/application.yml", **options: object) -> Report:
    config = Config(**options)  # type: ignore[arg-type]
    report = engine.run([], config, stdin=StandardInput(path, textwrap.dedent(text).encode()))
    assert not report.crashes, report.crashes[0].details
    return report


def slugs(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def gateway(body: str, key: str = "'[/**]'") -> str:
    lines = textwrap.indent(textwrap.dedent(body).strip(), "  ")
    return f"{GATEWAY}:\n {key}:\n{lines}\n"


def only(report: Report) -> Policy:
    (policy,) = report.policies
    return policy


def texts(policy: Policy) -> list[str]:
    return [getattr(entry, "text", "*") for entry in policy.entries()]


@pytest.mark.parametrize(
    "text",
    [
        """
        spring:
          cloud:
            gateway:
              globalcors:
                cors-configurations:
                  '[/**]':
                    allowed-origins: [https://a.example.com, "https://b.example.com"]
        """,
        """
        spring.cloud.gateway:
          globalcors:
            corsConfigurations:
              '[/**]':
                allowedOrigins: https://a.example.com,https://b.example.com
        """,
        """
        spring:
          cloud:
            gateway:
              server:
                webflux:
                  globalcors:
                    cors-configurations:
                      "[/**]":
                        ALLOWED_ORIGINS:
                        - https://a.example.com
                        - https://b.example.com
        """,
        f"""
        {GATEWAY}.[/**].allowed-origins: "https://a.example.com, https://b.example.com"
        """,
    ],
)
def test_names_and_lists_are_bound_loosely(text: str) -> None:
    policy = only(lint(text))
    assert texts(policy) == ["https://a.example.com", "https://b.example.com"]
    assert policy.name == "globalcors [/**]"
    assert policy.covers("/")
    assert policy.covers("/api/items")


@pytest.mark.parametrize(
    "text",
    [
        f"{GATEWAY}.[/**].allowed-origins=https://a.example.com, https://b.example.com",
        f"{GATEWAY}.[/**].allowedOrigins[0]=https://a.example.com\n"
        f"{GATEWAY}.[/**].allowedOrigins[1] : https://b.example.com",
        f"{GATEWAY}.[/**].allowed-origins=https://a.example.com,\\\n  https://b.example.com",
    ],
)
def test_properties_say_the_same(text: str) -> None:
    policy = only(lint(text, "application.properties"))
    assert texts(policy) == ["https://a.example.com", "https://b.example.com"]


def test_actuator_and_graphql() -> None:
    report = lint(
        """
        management:
          endpoints:
            web:
              cors:
                allowed-origins: https://admin.example.com
        spring:
          graphql:
            cors:
              allowed-origins: https://app.example.com
              allowed-methods: GET,POST
              allowed-headers: "*"
              max-age: 1h
        """
    )
    actuator, graphql = report.policies
    assert actuator.covers("/actuator/health")
    assert not actuator.covers("/")
    assert actuator.max_age.value == Known(1800)
    assert graphql.covers("/graphql")
    assert isinstance(graphql.max_age.value, Known)
    assert graphql.max_age.value.value == 3600
    assert slugs(report) == []


def test_a_route_has_settings_of_its_own() -> None:
    policy = only(
        lint(
            """
            spring:
              cloud:
                gateway:
                  routes:
                  - id: shop
                    predicates:
                    - Path=/shop/**,/cart/{id}
                    metadata:
                      cors:
                        allowedOrigins: https://app.example.com
                        allowedMethods: [GET]
                        allowedHeaders: '*'
            """
        )
    )
    assert policy.name == "metadata of route shop"
    assert [policy.covers(path) for path in ("/shop", "/shop/1", "/cart/7", "/cart/7/8", "/")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    [
        # No origins, no CORS: nothing is let in.
        gateway("allowed-methods: GET"),
        # Other settings under names that look alike.
        "app:\n  cors:\n    allowed-origins: '*'\n",
        "management:\n  endpoints:\n    cors:\n      allowed-origins: '*'\n",
        "spring:\n  mvc:\n    cors:\n      allowed-origins: '*'\n",
        "spring:\n  cloud:\n    gateway:\n      globalcors:\n        allowed-origins: '*'\n",
        "# spring.cloud.gateway.globalcors.cors-configurations.[/**].allowed-origins: '*'\nspring: {}\n",
        # Broken, and not of Spring.
        "cors: [allowed-origins: {\n",
    ],
)
def test_what_is_no_setting_of_spring_gives_nothing(text: str) -> None:
    report = lint(text)
    assert report.policies == ()
    assert slugs(report) == []


def test_broken_yaml_of_a_gateway_is_told() -> None:
    assert slugs(lint("spring:\n  globalcors: {\n   allowed-origins: [\n")) == ["unreadable-input"]


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("https://app.example.com", True),
        ("https://other.example", False),
    ],
)
def test_case_and_a_slash_at_the_end_do_not_matter(origin: str, let_in: bool) -> None:
    policy = only(lint(gateway("allowed-origins: HTTPS://app.example.com/")))
    assert (policy.origins.known().match(origin) is not None) is let_in
    assert "malformed-origin" not in slugs(lint(gateway("allowed-origins: https://app.example.com/")))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${ORIGINS:https://a.example.com}", ["https://a.example.com"]),
        ("${ORIGINS:https://a.example.com,https://b.example.com}", ["https://a.example.com", "https://b.example.com"]),
        ("https://${HOST:app}.example.com", ["https://app.example.com"]),
        ("${A:${B:https://b.example.com}}", ["https://b.example.com"]),
        ("${app.front-end}", ["https://front.example.com"]),
    ],
)
def test_placeholders(value: str, expected: list[str]) -> None:
    text = f"app:\n  frontEnd: https://front.example.com\n{gateway(f'allowed-origins: {value!r}')}"
    assert texts(only(lint(text))) == expected


def test_a_default_says_which_variable_takes_its_place() -> None:
    policy = only(lint(gateway("allowed-origins: ${ORIGINS:*}")))
    assert isinstance(policy.origins.value, Known)
    assert policy.origins.value.override == "ORIGINS"


@pytest.mark.parametrize("value", ["${ORIGINS}", "${a}", "https://${HOST}.example.com", "{{ origins }}"])
def test_what_only_the_deployment_knows_is_undetermined(value: str) -> None:
    report = lint(f"a: ${{b}}\nb: ${{a}}\n{gateway(f'allowed-origins: {value!r}' + chr(10) + ALL)}")
    assert slugs(report) == ["undetermined"]


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("spring.config.activate.on-profile: dev\n", "development"),
        ("spring:\n  profiles: prod\n", "production"),
        ("spring:\n  profiles:\n    active: dev\n", "production"),
        ("spring.config.activate.on-profile: '!dev'\n", "production"),
    ],
)
def test_a_profile_says_where_it_runs(document: str, kind: str) -> None:
    policy = only(lint(document + gateway("allowed-origins: '*'")))
    assert policy.environment.kind == kind


def test_a_profile_takes_over_what_it_does_not_set() -> None:
    text = (
        gateway("allowed-origins: https://app.example.com\nallowed-methods: '*'\nallowed-headers: '*'")
        + "---\nspring.config.activate.on-profile: prod\n"
        + gateway("allowed-origins: https://www.example.com")
    )
    report = lint(text)
    base, prod = report.policies
    assert texts(base) == ["https://app.example.com"]
    assert texts(prod) == ["https://www.example.com"]
    assert prod.methods.given == "inherited"
    assert slugs(report) == []


def test_a_file_for_a_profile_takes_over_from_the_one_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("application.yml").write_text(gateway("allowed-methods: '*'\nallowed-headers: '*'\nallow-credentials: true"))
    Path("application-prod.properties").write_text(f"{GATEWAY}.[/**].allowed-origins=https://app.example.com\n")
    report = engine.run(["application-prod.properties"], Config())
    policy = only(report)
    assert policy.credentials.value.value is True  # type: ignore[union-attr]
    assert policy.environment.kind == "production"
    assert slugs(report) == []


BOOT = """<project><parent>
<artifactId>spring-boot-starter-parent</artifactId>
<version>{}</version>
</parent></project>"""
GRADLE = "plugins {{ id('org.springframework.boot') version {} }}"


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (("pom.xml", BOOT.format("3.4.1")), ["rejected-configuration"]),
        (("pom.xml", BOOT.format("2.3.12.RELEASE")), ["any-origin-with-credentials"]),
        (("build.gradle", GRADLE.format("'2.3.4.RELEASE'")), ["any-origin-with-credentials"]),
        (("build.gradle.kts", GRADLE.format('"3.2.0"')), ["rejected-configuration"]),
        (("README.md", "Spring Boot 2.3"), ["rejected-configuration"]),
    ],
)
def test_what_any_origin_with_credentials_does_depends_on_the_release(
    build: tuple[str, str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    resources = Path("gateway/src/main/resources")
    resources.mkdir(parents=True)
    Path(build[0]).write_text(build[1])
    text = "allowed-origins: '*'\nallow-credentials: true\nallowed-methods: '*'\nallowed-headers: '*'"
    (resources / "application.yml").write_text(gateway(text))
    assert slugs(engine.run(["."], Config())) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("allowed-origins: '*'\n" + ALL, ["production-wildcard"]),
        ("allowed-origin-patterns: '*'\n" + ALL, ["production-wildcard"]),
        ("allowed-origin-patterns: '*'\nallow-credentials: true\n" + ALL, ["any-origin-with-credentials"]),
        ("allowed-origin-patterns: 'https://*'\nallow-credentials: true\n" + ALL, ["any-origin-with-credentials"]),
        ("allowed-origin-patterns: 'https://*example.com'\n" + ALL, ["origin-pattern-bypass"]),
        ("allowed-origin-patterns: 'https://*.vercel.app'\n" + ALL, ["shared-suffix-origin"]),
        ("allowed-origin-patterns: 'https://*.example.com'\n" + ALL, []),
        ("allowed-origin-patterns: 'https://*.example.com:[8443]'\n" + ALL, []),
        ("allowed-origin-patterns: 'http://localhost:*'\n" + ALL, []),
        ("allowed-origins: 'null'\n" + ALL, ["null-origin"]),
        ("allowed-origins: http://app.example.com\n" + ALL, ["insecure-origin"]),
        ("allowed-origins: app.example.com\n" + ALL, ["malformed-origin"]),
        ("allowed-origins: 'https://*.example.com'\n" + ALL, ["malformed-origin"]),
        ("allowed-origins: https://app.example.com\nallow-credentials: true\n" + ALL, []),
        ("allowed-origins: https://app.example.com\n", ["incomplete-preflight"]),
        ("allowed-origins: https://app.example.com\nallowed-methods: [GET, HEAD]\n", []),
        ("allowed-origins: https://app.example.com\nallowed-methods: [GET, POST]\n", ["incomplete-preflight"]),
        ("allowed-origins: https://b.example\nallowed-headers: '*'\nallowed-methods: GET,post", ["invalid-method"]),
        ("allowed-origin: https://app.example.com\n" + ALL, ["unknown-setting"]),
        ("allowed-origins: https://app.example.com\nallowed-header: '*'\nallowed-methods: POST\n", ["unknown-setting"]),
        ("allowed-origins: ['*', 'https://app.example.com']\n" + ALL, ["production-wildcard"]),
        ("allowed-origins: https://app.example.com\nallow-credentials: ture\n" + ALL, ["rejected-configuration"]),
        ("allowed-origins: https://app.example.com\nexposed-headers: '*'\n" + ALL, []),
    ],
)  # fmt: skip
def test_rules(body: str, expected: list[str]) -> None:
    report = lint(gateway(body))
    assert [slug for slug in slugs(report) if slug != "undetermined"] == expected


@pytest.mark.parametrize(
    ("path", "written", "help_"),
    [
        ("application.yml", gateway("allowedOriginPatterns: '*'\n" + ALL), "allowedOriginPatterns: []"),
        ("application.properties", f"{PATTERNS}*\n", PATTERNS),
    ],
)
def test_patterns_are_taken_out_where_origins_are_named(path: str, written: str, help_: str) -> None:
    finding = next(one for one in lint(written, path).findings if one.rule == "production-wildcard")
    assert f" and {help_}; " in finding.help


def test_the_version_is_said_to_be_that_of_spring_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("application.yml").write_text(gateway("allowed-origins: https://app.example.com\n" + ALL))
    assert (only(engine.run(["."], Config())).product, only(engine.run(["."], Config())).version) == (
        "Spring Cloud Gateway",
        None,
    )
    Path("pom.xml").write_text(BOOT.format("3.5.4"))
    told = only(engine.run(["."], Config()))
    assert (told.product, told.version) == ("Spring Cloud Gateway with Spring Boot", "3.5.4")


def test_in_development_an_origin_beside_everybody_is_told_by_itself() -> None:
    text = gateway("allowed-origins: ['*', 'https://app.example.com']\n" + ALL)
    assert slugs(lint(text, "application-dev.yml")) == ["shadowed-setting"]


def test_a_key_without_brackets_is_no_path() -> None:
    report = lint(gateway("allowed-origins: '*'\nallow-credentials: true", key="/**"))
    assert slugs(report) == ["dead-resource"]


def test_development_may_be_open() -> None:
    text = "spring.config.activate.on-profile: local\n" + gateway("allowed-origins: '*'\n" + ALL)
    assert slugs(lint(text)) == []
    assert slugs(lint(gateway("allowed-origins: '*'\n" + ALL), "src/test/resources/application.yml")) == []


def test_the_message_names_the_method_and_not_the_origin() -> None:
    (finding,) = lint(gateway("allowed-origins: https://app.example.com\nallowed-methods: [GET, POST]\n")).findings
    assert finding.message == f"requests with JSON fail: {NOT_ALLOWED}"
