"""Programs made to be expensive to follow: an answer comes soon, whatever it is."""

from __future__ import annotations

import time

import pytest

from corslint import engine
from corslint.config import Config
from corslint.engine import StandardInput
from corslint.finding import Report

SECONDS = 20.0
"""Far more than any of these needs, far less than what an unbounded walk would take."""
SET = '    response.headers["Access-Control-Allow-Origin"] = value\n    return response\n'


def checks_in_a_row(count: int) -> str:
    lines = [f"    if lookup({n}):\n        value = value + '{n}'\n" for n in range(count)]
    return f"def hook(request, response):\n    value = request.headers.get('Origin')\n{''.join(lines)}{SET}"


def choices_in_a_row(count: int) -> str:
    lines = [f"    value = value if value in LISTS[{n}] else f'{{value}}{n}{{value}}'\n" for n in range(count)]
    return f"def hook(request, response):\n    value = request.headers.get('Origin')\n{''.join(lines)}{SET}"


def early_returns(count: int) -> str:
    lines = [
        f"    if value.startswith('{n}') and value.endswith('{n}'):\n        return response\n" for n in range(count)
    ]
    return f"def hook(request, response):\n    value = request.headers.get('Origin')\n{''.join(lines)}{SET}"


def alternatives(count: int) -> str:
    tests = [f"(value.startswith('{n}') or value.endswith('{n}') or '{n}' in value)" for n in range(count)]
    return (
        "def hook(request, response):\n    value = request.headers.get('Origin')\n"
        f"    if not ({' and '.join(tests)}):\n        return response\n{SET}"
    )


def calls_of_calls(depth: int, width: int) -> str:
    text = "".join(
        f"def check{n}(value):\n    return {' or '.join([f'check{n + 1}(value)'] * width)}\n\n" for n in range(depth)
    )
    return (
        f"{text}def check{depth}(value):\n    return check0(value)\n\n"
        f"def hook(request, response):\n    value = request.headers.get('Origin')\n"
        f"    if not check0(value):\n        return response\n{SET}"
    )


def loops_in_loops(depth: int) -> str:
    lines = "".join(f"{'    ' * (n + 1)}for v{n} in NAMES:\n" for n in range(depth))
    inner = "    " * (depth + 1)
    return (
        f"NAMES = {[str(n) for n in range(60)]!r}\n\n"
        f"def hook(request, response):\n    value = request.headers.get('Origin')\n{lines}"
        f"{inner}if value == {' + '.join(f'v{n}' for n in range(depth))}:\n{inner}    value = '*'\n{SET}"
    )


def nested_ifs(depth: int) -> str:
    lines = "".join(f"{'    ' * (n + 1)}if value != '{n}':\n" for n in range(depth))
    return (
        f"def hook(request, response):\n    value = request.headers.get('Origin')\n{lines}"
        f"{'    ' * (depth + 1)}value = '*'\n{SET}"
    )


def many_functions(count: int) -> str:
    return "".join(
        f"def view{n}(request):\n    response = finish{n}(Response())\n    return response\n\n"
        f'def finish{n}(response):\n    response.headers["Access-Control-Allow-Origin"] = "https://a{n}.example"\n'
        "    return response\n\n"
        for n in range(count)
    )


def recursion() -> str:
    return (
        "def one(value):\n    return two(value) or value in one(value)\n\n"
        "def two(value):\n    return one(value) and two(two(value))\n\n"
        f"def hook(request, response):\n    value = request.headers.get('Origin')\n"
        f"    if one(value):\n        return hook(request, response)\n{SET}"
    )


def long_dict(count: int) -> str:
    pairs = ", ".join(f'"X-{n}": "{n}"' for n in range(count))
    view = 'def view():\n    return Response("", headers=CORS)\n'
    return f'CORS = {{{pairs}, "Access-Control-Allow-Origin": "*"}}\n\n{view}'


def slow_pattern() -> str:
    return (
        "import re\n\ndef hook(request, response):\n    value = request.headers.get('Origin', '')\n"
        f"    if not re.match(r'(https?://(a|a.|.a)+)+$', value):\n        return response\n{SET}"
    )


def conditions(count: int) -> str:
    lines = [f"    if os.environ.get('V{n}') == 'a':\n        value = '{n}'\n" for n in range(count)]
    return f"import os\n\ndef hook(request, response):\n    value = '*'\n{''.join(lines)}{SET}"


def written_twice(depth: int) -> str:
    """Headers that are handed on and on, each time to both sides of a branch."""
    text = '    h0 = {"Access-Control-Allow-Origin": request.headers.get("Origin")}\n'
    for n in range(depth):
        text += f"    if lookup({n}):\n        h{n + 1} = {{**h{n}, 'X': '1'}}\n"
        text += f"    else:\n        h{n + 1} = {{**h{n}, **h{n}}}\n"
    return f"def view(request):\n{text}    return Response('', headers=h{depth})\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(checks_in_a_row(300), id="checks in a row"),
        pytest.param(choices_in_a_row(60), id="choices in a row"),
        pytest.param(early_returns(200), id="early returns"),
        pytest.param(alternatives(30), id="alternatives"),
        pytest.param(calls_of_calls(40, 4), id="calls of calls"),
        pytest.param(loops_in_loops(5), id="loops in loops"),
        pytest.param(nested_ifs(60), id="nested ifs"),
        pytest.param(many_functions(300), id="many functions"),
        pytest.param(recursion(), id="recursion"),
        pytest.param(long_dict(1500), id="long dict"),
        pytest.param(slow_pattern(), id="slow pattern"),
        pytest.param(conditions(40), id="conditions"),
        pytest.param(written_twice(16), id="written twice"),
    ],
)
def test_an_answer_comes_soon(text: str) -> None:
    began = time.process_time()
    report = run(text)
    assert time.process_time() - began < SECONDS
    assert not report.crashes, report.crashes[0].details
    assert report.policies or report.unread


def run(text: str) -> Report:
    return engine.run([], Config(), stdin=StandardInput("app/main.py", text.encode()))


def test_more_than_is_followed_is_said() -> None:
    report = run(loops_in_loops(5))
    assert [unread.reason for unread in report.unread] == ["sets headers in more code than is followed"]


@pytest.mark.parametrize(
    "line",
    [
        'response.headers["Access-Control-Allow-Origin"]: str = "*"',
        'response.headers["Access-Control-Allow-Origin"] = yield',
        'response.headers["Access-Control-Allow-Origin"], other = "*", 1',
        'response.headers["Access-Control-Allow-Origin"] = lambda: 1',
        'response.headers["Access-Control-Allow-Origin"] = (*a, *b)',
        'response.headers["Access-Control-Allow-Origin"] += "*"',
        'response.headers["Access-Control-Allow-Origin"][0] = "*"',
        'response.headers["Access-Control-Allow-Origin":2] = "*"',
        'response.headers.update(*[{"Access-Control-Allow-Origin": "*"}])',
        'response.headers.update(**{"Access-Control-Allow-Origin": "*"})',
        'response.headers.add("Access-Control-Allow-Origin", *args)',
        'response.headers.extend([("Access-Control-Allow-Origin",), ("a", "b", "c")])',
        '[h.set("Access-Control-Allow-Origin", o) for h in hs for o in os]',
        '(value := {"Access-Control-Allow-Origin": "*"})',
        'globals()["response"].headers["Access-Control-Allow-Origin"] = "*"',
        'x = {**{"Access-Control-Allow-Origin": "*"}, **{}}',
        'match request.method:\n        case "GET" if x:\n            response["Access-Control-Allow-Origin"] = "*"',
        'try:\n        pass\n    except* ValueError:\n        response["Access-Control-Allow-Origin"] = "*"',
        'while True:\n        response["Access-Control-Allow-Origin"] = "*"\n        break\n    else:\n        pass',
        'for response["Access-Control-Allow-Origin"] in "*": pass',
        'with open(f) as response["Access-Control-Allow-Origin"]: pass',
        'del response["Access-Control-Allow-Origin"], response',
        'return await f(**{"headers": {"Access-Control-Allow-Origin": "*"}})',
        'return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": {"a": ["*"]}}}',
        'return "", 200, {"Access-Control-Allow-Origin": b"\\xff\\n"}',
        'response.headers["Access-Control-Allow-Origin"] = "\\ud800"',
        'response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"][::-1]',
        'response.headers["Access-Control-Allow-Origin"] = re.match("(", request.origin)',
        'response.headers["Access-Control-Allow-Origin"] = request.origin if re.match("(", request.origin) else "*"',
        'response.headers["Access-Control-Allow-Origin"] = f"{request.origin!r:>{width}}"',
        'response.headers["Access-Control-Allow-Origin"] = 10 ** 10 ** 10',
        'response.headers["Access-Control-Allow-Origin"] = "*" * 10 ** 10',
        'response.headers["Access-Control-Allow-Origin"] = urlparse(request.origin).port',
        'response.headers["Access-Control-Allow-Origin"] = (yield from x) or not y',
    ],
)
def test_odd_code_never_crashes(line: str) -> None:
    report = run(f"async def view(request, response):\n    {line}\n")
    assert not report.crashes, report.crashes[0].details
