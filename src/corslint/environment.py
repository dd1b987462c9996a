"""Where a configuration runs: production, staging, development, test or documentation, and why we say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from corslint.globs import path_matches

Kind: TypeAlias = Literal["production", "staging", "development", "test", "documentation"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment and the reason for saying so."""

    kind: Kind = "production"
    reason: str = "nothing marks it otherwise"
    marked: bool = False
    """False where nothing in the path, the file or the configuration names an environment."""
    doubt: str = ""
    """Why real users may meet the configuration even so: "wsgi.py loads it"; empty where nothing says that."""

    @property
    def is_live(self) -> bool:
        """Whether real users may meet this configuration."""
        return self.kind in ("production", "staging")

    @property
    def text(self) -> str:
        """For people: the kind, with the reason where something marks it."""
        return f"{self.kind} ({self.reason})" if self.marked else self.kind


# --- By path and by name.

# Whole words, in the order in which they win: an example of a production file is an example.
_WORDS: tuple[tuple[Kind, str], ...] = (
    ("documentation", "doc docs docs_src documentation example examples sample samples tutorial tutorials demo demos"),
    ("test", "test tests testing testdata fixture fixtures e2e spec specs mock mocks conftest benchmark benchmarks"),
    ("development", "dev devel develop development local localhost sandbox playground override devcontainer vagrant"),
    ("staging", "staging stage stg qa uat preview preprod"),
    ("production", "prod production live prd"),
)
# `.env.dist` and its like are there to be copied.
_TO_COPY = re.compile(r"(?:^|/)(?:[^/]*[.-]dist|[^/]*\.env[^/]*\.(?:template|tmpl|tpl))\Z")
# https://vite.dev/guide/env-and-mode: `.env.production.local` holds this machine's values for the mode "production".
_MODE_OF_DOTENV = re.compile(r"(?:^|/)\.env\.(?P<mode>\w+)\.local\Z")
_AFTER = {
    "development": "bank fund goal goals plan plans economics cost costs aid agency studies",
    "local": "government news business businesses authority authorities storage area areas food market history",
    "live": "chat stream streams streaming video videos score scores event events blog tv view music sports",
    "production": "line lines order orders planning plan company companies cost costs schedule management",
    "stage": "play plays manager design",
    "test": "drive kitchen",
    "sample": "rate size",
    "preview": "image images",
}
_BEFORE = {
    "development": "software business human child career land property research mobile sustainable",
    "production": "film music video food oil energy mrp crop",
    "test": "covid blood lab speed",
}
"""Words with which one of those speaks of something else: a development bank, film production, a speed test."""


def of_path(path: str, marks: tuple[tuple[Kind, str], ...] = (), *, inside: str | None = None) -> Environment:
    """Judge a path by its words; `marks` are the (kind, glob) pairs of the configuration, which win.

    `inside` is the part of the path whose words count, where that is not all of it.

    >>> of_path("settings/dev.py").kind
    'development'
    """
    return of_marks(path, marks) or _of_words(path if inside is None else inside)


def of_marks(path: str, marks: tuple[tuple[Kind, str], ...]) -> Environment | None:
    """What the configuration says of a path; None where it says nothing."""
    for kind, glob in marks:
        if path_matches(path, (glob,)):
            return Environment(kind, f"the configuration says so of {glob}", marked=True)
    return None


def _of_words(path: str) -> Environment:
    if found := _TO_COPY.search(path):
        return Environment("documentation", f"its name ends with {_last_part(found.group())!r}", marked=True)
    if found := _MODE_OF_DOTENV.search(path):
        named = of_name(found["mode"])
        if named.marked:
            return named
    if re.search(r"(?:^|/)ci\.[^/]+\Z", path):
        return Environment("test", "it is called 'ci'", marked=True)
    found_words = {word for part in _snake(path).split("/") for word in (part, *_words(part))}
    for kind, words in _WORDS:
        if named_by := found_words.intersection(words.split()):
            return Environment(kind, f"its path holds {min(named_by)!r}", marked=True)
    return Environment()


def of_name(name: str, what: str = "it") -> Environment:
    """Judge the name of a class, a profile or a namespace by its words; `what` has the name, for the reason.

    >>> of_name("ProductionConfig", "the class").reason
    "the class is called 'ProductionConfig'"
    """
    found = _of_words(name.replace("/", "_"))
    return Environment(found.kind, f"{what} is called {name!r}", marked=True) if found.marked else found


def _last_part(name: str) -> str:
    return re.split(r"(?=[.-])", name)[-1]


def _words(part: str) -> Iterator[str]:
    """The words of one part of a path, without those that speak of something else."""
    words = ["", *(word for word in re.split(r"[^a-z0-9]+", part) if word), ""]
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        if before not in _BEFORE.get(word, "").split() and after not in _AFTER.get(word, "").split():
            yield word


def _snake(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower()


# --- By condition.

_VALUES: tuple[tuple[Kind, str], ...] = (
    ("test", "test tests testing pytest unittest e2e ci"),
    ("development", "dev devel develop development local localhost debug runserver"),
    ("staging", "staging stage stg qa uat preview preprod"),
    ("production", "prod production live prd"),
)
"""Words of a text that a condition compares with."""
_FLAGS: tuple[tuple[Kind, str], ...] = (
    ("development", "debug dev devel development local"),
    ("production", "prod production"),
    ("test", "test tests testing pytest"),
)
"""The last word of a name that says yes or no: `IS_DEV`, `settings.DEBUG`."""
_AFTER_A_FLAG = ("mode", "env", "environment", "build", "server", "run", "enabled", "flag")
"""Words that may follow that one: `DEBUG_MODE`, `is_dev_server`."""
_LITERAL = re.compile(r"(?P<quote>[\"'])(?P<text>(?:(?!(?P=quote))[^\\\n])*)(?P=quote)")
_DEFAULT = re.compile(r"(\w\(\s*[\"']\w+[\"'])\s*,[^()]*(?=\))")
"""The second argument of `os.getenv("ENV", "dev")`, which is not what the condition compares with."""
_NEGATION = re.compile(r"!=|!(?!=)|\b(?:ne|not)\b")
_NO = re.compile(
    r"(?:==|!=|\bin\b|\bis\b(?:\s+not\b)?)[\s(\[{\"']*(?:false|0|no|off|none|null)\b"
    r"|\b(?:eq|ne)\b[^\"']*\s[\"']?(?:false|0|no|off)\b"
)
_NONE = re.compile(r"\bis\s+not\s+none\b|!=\s*(?:null|nil)\b")


def of_value(text: str) -> Kind | None:
    """The environment that a text names which a condition compares with: "production", "shop.settings.dev".

    A URL, a host or a sentence names none.
    """
    if not re.fullmatch(r"[\w.-]{1,60}", text):
        return None
    words = set(re.split(r"[^a-z0-9]+", _snake(text)))
    return next((kind for kind, known in _VALUES if not words.isdisjoint(known.split())), None)


def from_condition(subject: str, holds: bool) -> Kind | None:
    """The environment a condition implies: `DEBUG` true is development, `ENV == "production"` what it says.

    `subject` is the condition as it stands in the source; `!=`, `ne` and `not` in it turn it round, and so does a
    comparison with what means no, as in `os.getenv("DEBUG") == "0"`.
    """
    text = _DEFAULT.sub(r"\1", subject)
    found = [(one["text"], _is_name(text, one)) for one in _LITERAL.finditer(text)]
    literals = [literal for literal, is_name in found if not is_name]
    names = [literal for literal, is_name in found if is_name]
    bare = _LITERAL.sub(" ", text)
    lowered = text.lower()
    if _NONE.search(lowered):
        lowered = _NONE.sub(" ", lowered)
    elif _NO.search(lowered):
        holds = not holds
    if len(_NEGATION.findall(_LITERAL.sub(" ", lowered))) % 2:
        holds = not holds
    named = list(dict.fromkeys(kind for one in literals if (kind := of_value(one)) is not None))
    if named:
        return _of_named(named, holds, literals)
    for name in (*re.findall(r"[A-Za-z_]\w*", bare), *names):
        if (kind := of_flag(name)) is not None:
            return kind if holds else opposite(kind)
    return None


def _of_named(named: list[Kind], holds: bool, literals: list[str]) -> Kind | None:
    live = [kind for kind in named if kind in ("production", "staging")]
    if live and len(live) < len(named):
        return None
    if holds:
        return named[0]
    # Who does not run under `manage.py runserver` may still be a developer.
    if "runserver" in literals:
        return None
    return next((found for kind in named if (found := opposite(kind)) is not None), None)


def of_flag(name: str) -> Kind | None:
    """The environment in which a flag of this name is on: `IS_DEV`, `settings.DEBUG`, `DEBUG_MODE`; not `DEV_ORIGIN`.

    Python's `__debug__` says nothing: it is on wherever Python runs without `-O`, so almost everywhere.
    """
    if name == "CI":
        return "test"
    if name == "__debug__":
        return None
    words = [word for word in _snake(name).split("_") if word]
    while len(words) > 1 and words[-1] in _AFTER_A_FLAG:
        words.pop()
    return next((kind for kind, known in _FLAGS if words and words[-1] in known.split()), None)


def opposite(kind: str) -> Kind | None:
    """What is implied where a condition that implies an environment does not hold."""
    if kind == "production":
        return "development"
    return "production" if kind == "development" else None


def _is_name(text: str, literal: re.Match[str]) -> bool:
    """Whether a literal in a condition is the name of a variable and not a value: `getenv("debug")`, "IS_DEV" in x."""
    if re.search(r"[\w\])][(\[]\s*\Z", text[: literal.start()]):
        return True
    return re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|DEBUG|CI", literal["text"]) is not None
