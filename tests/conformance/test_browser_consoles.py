"""The console lines of the model against all that Chromium 156 and Firefox 153 printed while they were recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from accuracy import compared
from recorded_verdicts import PROFILES, VERSIONS, Line, in_scope, kind_of, request_of, requests_of, verdicts_on

from corslint.browser import Profile
from corslint.browser.console_lines import chromium_lines, firefox_lines

PAGE = "http://localhost:3000/runner"

NOT_OF_CORS = re.compile(
    # The file was read and is no font, no video; Firefox also names a refused font, by the random name it was given.
    r"Failed to decode downloaded font: |downloadable font: |HTTP “Content-Type” of “text/plain” is not supported\."
)


def modelled(browser: str, profile: Profile, line: Line) -> list[str]:
    lines: list[str] = []
    for (asked, _), verdict in zip(requests_of(line), verdicts_on(line, profile), strict=True):
        request, kind = request_of(asked, profile), kind_of(asked)
        if browser == "chromium":
            lines += chromium_lines(request, verdict, kind)
        else:
            lines += firefox_lines(request, verdict, kind, page=PAGE)
    return lines


def printed(browser: str, line: Line) -> list[str]:
    lines = [text for text in line["console"].get(browser, ()) if not NOT_OF_CORS.match(text)]
    half = len(lines) // 2
    if line["request"].get("frame") == "sandbox" and lines[:half] == lines[half:]:
        # Chromium renders a sandboxed frame in a process of its own; in some of the runs both were listened to.
        lines = lines[:half]
    # The recording server gave every failed status one reason phrase.
    return [re.sub(r"(with a status of \d+) \(X\)$", r"\1 ()", text) for text in lines]


def with_any_header(lines: list[str], browser: str, line: Line) -> Iterator[list[str]]:
    """The lines with each header in turn that Chromium may name, as it names any one that is not allowed."""
    yield lines
    (*_, verdict) = verdicts_on(line, PROFILES[browser])
    if browser == "chromium" and verdict.blocked:
        (first, *others) = verdict.blocked.flaws[0].headers or ("",)
        for name in others:
            yield [
                text.replace(f"Request header field {first} is", f"Request header field {name} is") for text in lines
            ]


@pytest.mark.parametrize("browser", PROFILES)
def test_the_console_prints_what_the_model_says(browser: str) -> None:
    wrong = {}
    for line in in_scope():
        expected, lines = printed(browser, line), modelled(browser, PROFILES[browser], line)
        if expected not in with_any_header(lines, browser, line):
            wrong[line["id"]] = (expected, lines)
    compared(*VERSIONS[browser], "console texts of recorded requests", len(in_scope()), len(wrong))
    assert wrong == {}


@pytest.mark.parametrize(("browser", "lines"), [("chromium", 1452), ("firefox", 1415)])
def test_so_many_requests_left_a_line(browser: str, lines: int) -> None:
    assert sum(bool(printed(browser, line)) for line in in_scope()) == lines
