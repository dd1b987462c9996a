"""The one model every server fills: what was configured, where, and how to ask the product about it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from corslint.browser import (
    CHROMIUM,
    Request,
    Response,
    Verdict,
    actual_request,
    judge,
    needs_preflight,
    preflight_request,
)
from corslint.environment import KINDS, Environment
from corslint.finding import Label, Proof, Severity
from corslint.origins import MATCH_SECONDS, Entry, Origins, UndecidedError
from corslint.source import Span
from corslint.values import Alternative, Condition, Known, OneOf, Unknown, Value, alternatives, replaced_under

T = TypeVar("T")
Given: TypeAlias = Literal["explicit", "default", "inherited"]
MAX_VARIANTS = 64
"""How many combinations of alternatives are judged; past this the policy is judged by the first of them."""
MAX_BEGINNING = 200
"""Characters of a pattern that is asked whether a path may begin with it; a longer one is taken to say yes."""


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting, normalised: `value` is what the product makes of what was written."""

    name: str
    """As the product spells it."""
    value: Value[T]
    span: Span | None = None
    """The whole setting (`allow_origins=["*"]`); for a default, the place where it was left out."""
    given: Given = "explicit"
    written: Value[object] | None = None
    """The value as it stands in the source, where the product makes something else of it."""
    parts: tuple[Setting[object], ...] = ()
    """The settings of which it is made, where there are several, each with its value as it stands in the source."""

    def known(self) -> T:
        """The value.

        Raises UndecidedError where it is decided at run time; a `OneOf` must be split by `Policy.variants` before.
        """
        if isinstance(self.value, Known):
            return self.value.value
        if isinstance(self.value, Unknown):
            raise UndecidedError(self.value.reason)
        raise UndecidedError("it depends: " + "; ".join(str(c) for a in self.value.alternatives for c in a.conditions))


@dataclass(frozen=True, slots=True)
class PathTest:
    """A test of a URL path."""

    text: str
    match: Literal["prefix", "exact", "match", "search", "fullmatch"]
    ignore_case: bool = False

    def holds(self, path: str) -> bool:
        """Whether the URL path (without query) passes.

        A pattern that cannot be read, or takes longer than MATCH_SECONDS, passes nothing.
        """
        if self.match == "prefix":
            return path.startswith(self.text)
        if self.match == "exact":
            return path == self.text or (self.ignore_case and path.lower() == self.text.lower())
        return _matches(self.text, self.match, self.ignore_case, path)

    @property
    def is_dead(self) -> bool:
        """Whether no URL path passes, as each begins with a slash; False where that is not certain."""
        if self.match == "prefix":
            return bool(self.text) and not self.text.startswith("/")
        if self.match == "exact":
            return not self.text.startswith("/")
        return self.match != "search" and not _may_begin(self.text, self.ignore_case)


@lru_cache(maxsize=4096)
def _matches(pattern: str, how: Literal["match", "search", "fullmatch"], ignore_case: bool, path: str) -> bool:
    # The standard `re` has no timeout, and what is scanned may be hostile.
    import regex

    try:
        compiled = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
        return getattr(compiled, how)(path, timeout=MATCH_SECONDS) is not None
    except (regex.error, RecursionError, TimeoutError):
        return False


@lru_cache(maxsize=4096)
def _may_begin(pattern: str, ignore_case: bool) -> bool:
    """Whether a match of the pattern may begin with a slash; True where that cannot be told."""
    import regex

    # A partial match costs the cube of the pattern's length, and the timeout does not stop it.
    if len(pattern) > MAX_BEGINNING:
        return True
    if regex.search(r"\(\?[!=<(>]|\\[bB]|[*+?}]\+", pattern):  # decided by more than the beginning of a path
        return True
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
        return compiled.match("/", partial=True, timeout=MATCH_SECONDS) is not None
    except (regex.error, RecursionError, TimeoutError):
        return True


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a site a policy speaks for."""

    text: str = ""
    """For people, such as "location /api/"; empty for the whole site."""
    includes: tuple[PathTest, ...] = ()
    """Empty: every path."""
    excludes: tuple[PathTest, ...] = ()
    """Paths that another part of the same configuration takes."""
    example: str = ""
    """A path that stands for the part, where the tests do not tell a good one; empty where they do."""
    is_published: bool = False
    """Whether all of it is there for other sites to read, whatever its paths: files of a folder, an API's schema."""

    def covers(self, path: str) -> bool:
        """Whether a request to this URL path is answered by the policy."""
        included = not self.includes or any(test.holds(path) for test in self.includes)
        return included and not any(test.holds(path) for test in self.excludes)


@dataclass(frozen=True, slots=True)
class Preflight:
    """Who answers the OPTIONS request a browser sends ahead."""

    answered_by: Literal["product", "application", "nobody", "unknown"] = "unknown"
    """`product`: the CORS layer itself; `application`: code or an upstream we do not see; `nobody`: it is refused."""
    status: int | None = None
    span: Span | None = None
    """Where it is answered, or where the answer should stand."""
    reason: str = ""
    """For people: why nobody answers, or what stands before the answer."""
    blocked_by: Span | None = None
    """What turns the request away before the CORS layer sees it (authentication, a redirect)."""
    takes: tuple[str, ...] = ()
    """The methods that the resource is seen to take, such as those of a route; empty where nothing tells."""
    served: tuple[tuple[str, Span], ...] = ()
    """Methods that need a preflight and have a route, with the place of it; others may be served too."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the reader of a server saw that no single setting shows: what the product does, not a judgement.

    `kind` is the slug of the rule it feeds ("shadowed-setting", "headers-not-inherited", "middleware-order" ...).
    """

    kind: str
    text: str
    """The consequence in one line, for people, without a full stop."""
    labels: tuple[Label, ...]
    help: str
    """The deed that mends it."""
    setting: str = ""
    """The setting it speaks of, as the product spells it."""
    meant: str = ""
    """The setting that goes without a value because this one has no effect, by the name it has in the policy."""
    severity: Severity | None = None
    """None: as the page of the rule says."""
    given: str = ""
    """The text that stands where the product expects something else, for the rules that prove what comes of it."""
    conditions: tuple[Condition, ...] = ()
    """When it is so; empty for always."""
    proof: Proof | None = None
    """What proves it, where it is no matter of the headers that the model answers with."""


@dataclass(frozen=True, slots=True)
class Clients:
    """What the configuration of the run says of those who call the server."""

    methods: tuple[str, ...] | None = None
    """The methods the front end uses; None: not said, so only what the policy itself names is expected to work."""
    headers: tuple[str, ...] = ("content-type",)
    """The request headers the front end sets, lower case; JSON is the least that any sends."""
    trusted: tuple[str, ...] = ()
    """Globs of origins that are ours."""


@dataclass(frozen=True, slots=True)
class HowTo:
    """How the product is told to do what findings advise: text to copy, in the product's own notation.

    Empty where none is known; `corslint.advice` then falls back on the name of the setting.
    """

    list_origins: str = ""
    """Lets in `https://app.example.com` and nobody else."""
    add_origin: str = ""
    """Lets in `https://app.example.com` besides others; empty where the setting takes a list."""
    close_others: tuple[str, ...] = ()
    """What has to be written beside `list_origins` here, for other settings of this policy let origins in too."""
    list_items: str = ""
    """Lists methods or headers, as `ITEMS`, in the setting `NAME`; empty where they are listed as origins are."""
    match_origins: str = ""
    """Lets in what a regular expression matches, which stands as `PATTERN` here."""
    drop_credentials: str = ""
    """Stops credentials from being allowed."""
    send_vary: str = ""
    """Sends `Vary: Origin`."""
    answer_preflight: str = ""
    """Answers OPTIONS as a preflight needs it."""
    send_on_errors: str = ""
    """Sends the headers with 4xx and 5xx answers too; empty where the product always does, or has no setting for it."""
    always: str = ""
    """What to put behind the lines that set headers for that, where it takes no more than a word."""
    end: str = ""
    """What ends a line to copy, such as `;`; the texts are without it, for they stand in sentences too."""


Respond: TypeAlias = "Callable[[Policy, Request, int], Response]"


@dataclass(frozen=True, slots=True)
class Policy:
    """A CORS policy as one product will apply it."""

    server: str
    """The module in `servers` that read it, such as "starlette"."""
    product: str
    """For people: "Starlette", "nginx"."""
    name: str
    """For people: "CORSMiddleware on `app`"."""
    key: str
    """Names the policy within its file, stable against edits elsewhere: "CORSMiddleware@app"."""
    span: Span
    origins: Setting[Origins]
    credentials: Setting[bool | str | None]
    """A bool where the product writes the header itself; the header's text (None: not sent) where it is verbatim."""
    methods: Setting[tuple[str, ...] | None]
    """None: no Allow-Methods header is configured."""
    headers: Setting[tuple[str, ...] | None]
    """The request headers allowed; None: no Allow-Headers header is configured."""
    exposed: Setting[tuple[str, ...] | None]
    max_age: Setting[int | str | None]
    """In seconds; a str is a text that is no whole number."""
    vary: Setting[bool]
    """Whether `Vary: Origin` is sent where the answer depends on the origin."""
    private_network: Setting[bool]
    respond_with: Respond = field(repr=False, compare=False)
    """The server module's model: (policy, request, status of the application) -> what the product answers."""
    preflight: Preflight = Preflight()
    on_errors: Setting[bool] = Setting("errors", Known(True), given="default")
    """Whether 4xx and 5xx answers carry the headers too."""
    scope: Scope = Scope()
    environment: Environment = Environment()  # noqa: RUF009 - frozen
    version: str | None = None
    """Of the product, where known."""
    version_reason: str = ""
    """How it is known, for people: "uv.lock locks it"."""
    opens: str = "read this API"
    """What a website does that is let in with a visitor's cookies, for people: it "can read this API"."""
    is_cacheable: bool = True
    """Whether caches may keep an answer, so that one origin could be handed what was made for another."""
    module: str = ""
    """The path of the file that the product loads, where it may take over settings from the file that was read."""
    constant: bool = False
    """Whether every answer is a text that the configuration itself holds, the same for whoever asks."""
    facts: tuple[Fact, ...] = ()
    clients: Clients = Clients()
    how_to: HowTo = HowTo()
    conditions: tuple[Condition, ...] = ()
    """When this policy holds, for a variant of one that depends."""
    detail: object = field(default=None, repr=False, compare=False)
    """What the server module keeps for its own model; nobody else reads it."""

    @property
    def id(self) -> str:
        """Names the policy within a run: path#key."""
        return f"{self.span.path}#{self.key}"

    def settings(self) -> tuple[Setting[object], ...]:
        """All settings, in the order they are shown."""
        return tuple(getattr(self, name) for name in _SETTINGS)

    @property
    def url(self) -> str:
        """A URL that this policy answers, on a host that stands for the server."""
        texts = (test.text for test in self.scope.includes)
        for path in (self.scope.example, "/", *texts, "/api/", "/api/items"):
            if path.startswith("/") and self.covers(path):
                return f"https://api.example{path}"
        return "https://api.example/"

    def entries(self) -> tuple[Entry, ...]:
        """The origin entries of a concrete policy; none where the whole setting is decided at run time."""
        return self.origins.value.value.entries if isinstance(self.origins.value, Known) else ()

    @property
    def slip(self) -> Fact | None:
        """Why the product reads none of the origins that were meant for it: a wrong name, or the wrong time."""
        if self.origins.given != "default":
            return None
        return next((fact for fact in self.facts if fact.labels and fact.meant == self.origins.name), None)

    def covers(self, path: str) -> bool:
        """Whether this policy answers a request to the URL path."""
        return self.scope.covers(path)

    def variants(self) -> Iterator[Policy]:
        """The policies behind the settings that depend on conditions, each with its conditions.

        Only combinations that can hold together are given, MAX_VARIANTS of them at most.
        """
        choices: list[tuple[tuple[str, Alternative[object]], ...]] = []
        for name in _SETTINGS:
            value = getattr(self, name).value
            if isinstance(value, OneOf):
                choices.append(tuple((name, one) for one in alternatives(value)))
        given = 0
        for picked in itertools.product(*choices):
            conditions = tuple(dict.fromkeys(c for _, one in picked for c in one.conditions))
            if any(a.excludes(b) for a, b in itertools.combinations(conditions, 2)):
                continue
            changes: dict[str, object] = {
                name: replace(
                    getattr(self, name),
                    value=replaced_under(one.value, conditions),
                    written=_under(getattr(self, name), conditions),
                )
                for name, one in picked
            }
            changes["facts"] = tuple(fact for fact in self.facts if _can_hold(fact.conditions, conditions))
            implied = [(one.environment, one.conditions) for _, one in picked]
            # A deployment tells better than what its variables would imply elsewhere.
            implied += [(c.environment, (c,)) for c in conditions if c.environment is not None]
            for kind, told_by in implied:
                # `settings/dev.py` stays what it is, also where DEBUG is false.
                if kind in KINDS and self.environment.is_live:
                    changes["environment"] = Environment(kind, "; ".join(map(str, told_by)), marked=True)
            yield replace(self, **changes, conditions=self.conditions + conditions)  # type: ignore[arg-type]
            given += 1
            if given == MAX_VARIANTS:
                return

    def respond(self, request: Request, status: int = 200) -> Response:
        """The answer of the product to a request as it stands on the wire (`Origin` header included).

        `status` is what the application behind it answers. Raises UndecidedError where a value that is decided at run
        time decides the answer.
        """
        return self.respond_with(self, request, status)

    def prove(self, request: Request, status: int = 200) -> Proof:
        """Put a browser's request to the product, preflight included.

        Raises UndecidedError where a value that is decided at run time decides the answer.
        """
        asked_first = bool(needs_preflight(request, CHROMIUM))
        preflight = self.respond(preflight_request(request, CHROMIUM), 200) if asked_first else None
        response = self.respond(actual_request(request, CHROMIUM), status)
        return Proof(
            request, preflight, response, judge(request, preflight=preflight, response=response, profile=CHROMIUM)
        )

    def ask(self, request: Request, status: int = 200) -> Proof | None:
        """What `prove` proves; None where the answer is decided at run time."""
        try:
            return self.prove(request, status)
        except UndecidedError:
            return None


def _can_hold(some: tuple[Condition, ...], others: tuple[Condition, ...]) -> bool:
    return not any(one.excludes(other) for one in some for other in others)


def _under(setting: Setting[Any], conditions: tuple[Condition, ...]) -> Value[object] | None:
    """What is written for a setting under some conditions: one of the ways, where the others are excluded."""
    if not isinstance(setting.written, OneOf):
        return setting.written
    left = [way.value for way in setting.written.alternatives if _can_hold(way.conditions, conditions)]
    return left[0] if len(left) == 1 else setting.written


_SETTINGS = (
    "origins",
    "credentials",
    "methods",
    "headers",
    "exposed",
    "max_age",
    "vary",
    "private_network",
    "on_errors",
)


def simulate(policy: Policy, request: Request, status: int = 200) -> Verdict:
    """What a browser makes of this policy; `allowed` is None where run time decides, and the last step says what does.

    `status` is what the application behind the product answers.
    """
    try:
        return policy.prove(request, status).verdict
    except UndecidedError as error:
        return Verdict(None, bool(needs_preflight(request, CHROMIUM)), (f"undetermined: {error}",))
