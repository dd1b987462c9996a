"""Patterns made to break the search for witnesses: each is decided or given up soon, in little memory, never wrongly.

The patterns of one dialect are asked in a process of its own, since what is tested for includes running out of memory.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from corslint.origins import Dialect, Match

SECONDS = 5.0
"""Of the processor, for one pattern; the slowest takes about half of it."""
MEGABYTES = 250
"""That the process may take with the list of public suffixes and all that is kept from pattern to pattern."""
ASKED: list[tuple[Dialect, Match]] = [
    ("python", "match"),
    ("pcre", "search"),
    ("go", "search"),
    ("java", "fullmatch"),
    ("rust", "search"),
    ("js", "search"),
]

SCRIPT = """
import json, pathlib, re, resource, sys, time
from corslint.origins import UndecidedError, find_witness, parse_origin
dialect, match, patterns = json.load(sys.stdin)
try:
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))  # rather than the whole machine's
except (ValueError, OSError):
    pass
told = {}
for name, pattern in patterns.items():
    started = time.process_time()  # a busy machine is no slower in this
    try:
        found = find_witness(pattern, dialect=dialect, match=match)
        assert found is None or parse_origin(found), found
        answer = "none" if found is None else "witness"
    except UndecidedError:
        answer = "undecided"
    told[name] = [answer, time.process_time() - started]
status = pathlib.Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
kilobytes = int(peak[1]) if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([told, kilobytes // 1024]))
"""


def nested(depth: int, inner: str, quantifier: str) -> str:
    return "(?:" * depth + inner + f"){quantifier}" * depth


LONGEST = 10_000
PATTERNS = {
    "nothing but brackets": "[" * LONGEST,
    "classes that stay open": "[a" * 5000,
    "named classes that stay open": "[[:a" * 2500,
    "empty classes": "[]" * 5000,
    "classes in classes": "[a" * 70 + "]" * 70,
    "too many classes in classes": "[a" * 5000 + "]" * 5000,
    "a thousand intersections": "[a-z" + "&&[a-z" * 1000 + "]" * 1001,
    "a class of 3,000 ranges": "[" + "a-z" * 3000 + "]",
    "a class of wide ranges": "[" + "\u0100-\U0010ffff" * 2500 + "]",
    "groups that stay open": "(" * LONGEST,
    "10,000 parentheses": "(" * 5000 + "a" + ")" * 4999,
    "sixty alternatives in each other": "(" * 60 + "a|a" + ")*" * 60 + "$",
    "a star on a star, 25 deep": nested(25, "ab|c", "*"),
    "a plus on a plus, 25 deep": nested(25, "ab|c", "+"),
    "a count on a count, 25 deep": nested(25, "ab|c", "{2}"),
    "a count on a count, 75 deep": nested(75, "a", "{2,9}"),
    "counts of counts": r"^https://(([a-z]{1,1000}){1,1000}){1,1000}\.com$",
    "a million": "(a{1000}){1000}",
    "a million of what may be missing": r"^https://(?:(?:a?){1000}){1000}$",
    "a billion": "a{999999999}",
    "more digits than a number has": "a{99999999999999}",
    "counts in a row": "a{1}" * 2500,
    "braces": "{" * LONGEST,
    "the same twice": "^(a|a)*$",
    "overlapping runs": r"^https://(x+x+)+y\.com$",
    "overlapping runs that are looked for": r"^https://(?!.*(x+x+)+y).*$",
    "runs of runs": r"^(?=(.+)+$)(?!.*\.).*$",
    "runs and letters": ".*a" * 2500 + "$",
    "5,000 runs": ".*" * 5000 + r"\.example\.com$",
    "1,000 runs of runs": "(.*)*" * 1000 + r"\.example\.com$",
    "10,000 letters": "a" * LONGEST,
    "10,000 dots": "." * LONGEST,
    "10,001 letters": "a" * (LONGEST + 1),
    "10,000 letters beyond ASCII": "é" * LONGEST,
    "5,000 surrogate pairs": "\U0001f600" * 5000,
    "a lonely surrogate": "\ud800",
    "zeros": "\0" * LONGEST,
    "5,000 alternatives": "|".join(["a"] * 5000),
    "bars": "|" * LONGEST,
    "carets": "^" * LONGEST,
    "dollars": "$" * LONGEST,
    "backslashes": "\\" * (LONGEST - 1),
    "900 tenants": "^https://(" + "|".join(f"tenant{n}" for n in range(900)) + r")\.example\.com$",
    "1,000 domains": "^https://(" + "|".join(rf"t{n}\.com" for n in range(900)) + ")$",
    "1,000 domains with an open end": "^https://(" + "|".join(rf"t{n}\.com" for n in range(900)) + ")",
    "domains with loose dots": "^https://(" + "|".join(f"tenant{n}.example{n}" for n in range(400)) + r")\.com$",
    "names on a platform": "^https://(" + "|".join(f"a{n}.*" for n in range(1000)) + r")\.vercel\.app$",
    "270 patterns in one": "|".join(rf"^https://abc{n}.*\.vercel\.app$" for n in range(270)),
    "two to the power of 900": "^https://" + "".join(f"(a{n}|b{n})" for n in range(900)) + r"\.com$",
    "letters that may be missing": "^https://[a-z]*" + "[a-z]?" * 1500 + r"\.example\.com$",
    "parts that may be missing": "^https://" + "(a.)?" * 1500 + "b.com$",
    "an automaton of two to the power of 200 states": r"^https://.*a.{200}\.com$",
    "two of them": r"^https://([ab]*a[ab]{60}|[bc]*b[bc]{60})\.example\.com$",
    "900 tests of what follows": "^" + "".join(f"(?=.*{a}{b})" for a in "abcdefghijklmnopqrstuvwxyz01" for b in "abcdefghijklmnopqrstuvwxyz012345"),  # noqa: E501
    "900 tests of what must not follow": "^" + "".join(f"(?!.*{a}{b})" for a in "abcdefghijklmnopqrstuvwxyz01" for b in "abcdefghijklmnopqrstuvwxyz012345") + ".*$",  # noqa: E501
    "1,600 looks behind": "(?<=a)" * 1600,
    "3,000 looks that stay open": "(?=" * 3000,
    "boundaries": r"\b" * 5000,
    "boundaries in circles": r"(?:\b|\B)*" * 900,
    "one reference": r"^https://(.)(.)\2\1\.(.)\3$",
    "4,900 references": "(a)" + r"\1" * 4900,
    "2,000 references to fifty groups": "(" * 50 + "a*" + ")*" * 50 + r"\1" * 2000,
    "named references": "(?<a>b)" + r"\k<a>" * 1900,
    "conditions": "(a)?" + "(?(1)a|b)" * 900,
    "1,000 names": "".join(f"(?<n{n}>a)" for n in range(1000)),
    "atomic groups": "(?>a*)" * 1600 + "b",
    "possessive runs": "a*+" * 3000 + "b",
    "a pattern that calls itself": "(?R)" * 2000,
    "comments that stay open": "(?#" * 3000,
    "flags": "(?i)" * 2500,
    "flags in flags": "(?i:" * 2500,
    "blanks": "(?x)" + " \n#\n" * 2400 + "a",
    "properties": r"\pL" * 3000,
    "unknown properties": r"\p{Nonsense}" * 800,
    "quotations": r"\Qa\E" * 1600,
    "one long quotation": r"\Q" + "a" * 9000 + r"\E",
    "a label that is too long": r"^https://[a-z]{64,}\.com$",
    "labels that are just short enough": r"^https://([a-z]{63}\.){3}[a-z]{63}$",
    "ten labels of 63": r"^https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}example\.com$",
}  # fmt: skip


def asked(dialect: Dialect, match: Match, patterns: dict[str, str]) -> dict[str, str]:
    """What is said of each pattern; fails where that takes too much."""
    question = json.dumps([dialect, match, patterns])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=question, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told, memory = json.loads(done.stdout)
    assert {name: seconds for name, (_, seconds) in told.items() if seconds > SECONDS} == {}
    assert memory < MEGABYTES
    return {name: answer for name, (answer, _) in told.items()}


@pytest.mark.parametrize(("dialect", "match"), ASKED)
def test_hostile_patterns_are_decided_or_given_up_in_bounded_time_and_memory(dialect: Dialect, match: Match) -> None:
    told = asked(dialect, match, PATTERNS)
    assert set(told.values()) <= {"none", "witness", "undecided"}
    # These have short answers, however they are read; none of them may be lost to the limits.
    assert told["900 tenants"] == "none"
    assert told["1,000 domains"] == "none"
    assert told["domains with loose dots"] == "witness"
    assert told["ten labels of 63"] == "none"
    assert told["1,000 domains with an open end"] == ("none" if match == "fullmatch" else "witness")
    assert told["names on a platform"] == "witness"
    assert told["10,001 letters"] == "undecided"


@pytest.mark.parametrize("match", ["glob", "prefix", "suffix", "contains", "within"])
def test_hostile_globs_and_texts_too(match: Match) -> None:
    texts = {
        **PATTERNS,
        "stars": "*" * LONGEST,
        "stars and letters": "*a" * 5000,
        "stars, letters and an end": "https://" + "*a" * 100 + "*.example.com",
        "schemes": "https://" * 1250,
        "origins": "https://a.example.com," * 450,
        "dots in a row": "https://" + "a." * 4900,
        "ports": "https://*:[" + "8080," * 1900 + "1]",
    }
    told = asked("java", match, texts)
    assert set(told.values()) <= {"none", "witness", "undecided"}
