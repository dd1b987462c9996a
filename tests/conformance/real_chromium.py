"""A real, headless Chromium, driven over its DevTools protocol, whose pages fetch what they are told from loopback.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from corslint.browser import Request

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",  # it refuses to run as root with one, and all it loads is ours
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
START_SECONDS = 30
FETCH_SECONDS = 15
"""How long one fetch may take."""
CALL_SECONDS = 60
"""How long one message may go unanswered; a message may stand for a hundred fetches."""
REPORT_SECONDS = 10
"""How long the reasons of refused fetches are waited for after the last fetch has ended."""

_REFUSED = re.compile(r"Access to fetch at '([^']*)'(?: \(redirected from '([^']*)'\))? from origin")

# A redirected fetch keeps its connection while the preflight of the next URL waits for one, and a host is given six:
# were more than five under way, all could wait for each other.
_FETCH_ALL = """(async asked => {
    const told = [], left = asked.entries();
    const work = async () => {
        for (const [number, [url, init]] of left) {
            try {
                const answer = await fetch(url, {...init, signal: AbortSignal.timeout(%d)});
                await answer.arrayBuffer();
                told[number] = {status: answer.status, readable: [...answer.headers.keys()]};
            } catch (error) {
                told[number] = {thrown: `${error}`};
            }
        }
    };
    await Promise.all([work(), work(), work(), work()]);
    return told;
})(%s)"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fetch."""

    allowed: bool
    """Whether the script got the answer."""
    preflight: bool
    """Whether the browser sent an OPTIONS request ahead."""
    status: int | None = None
    """Of the answer the script got."""
    readable: tuple[str, ...] = ()
    """The names of the headers it could read, sorted."""
    error: str | None = None
    """Chromium's `CorsError` name, or its network error where CORS is not to blame."""
    console: tuple[str, ...] = ()
    """The lines about it in the console, of a fetch that was refused."""


@dataclass(frozen=True, slots=True)
class Page:
    """A document in the browser; scripts run in its origin."""

    chromium: Chromium
    origin: str
    session: str

    def fetch_all(self, requests: Sequence[Request]) -> list[Outcome]:
        """Let the page fetch them, a few at a time, and tell what came of each.

        Their URLs must differ from each other and from those of earlier fetches: what the browser says of one is found
        by its URL, and each is to ask for its own permission. Raises RuntimeError where the browser fails or a fetch
        takes longer than FETCH_SECONDS, TimeoutError where the browser is silent for CALL_SECONDS.
        """
        asked = [
            (one.url, {"method": one.method, "headers": one.headers, "credentials": one.credentials})
            for one in requests
        ]
        wrong = [one for one in requests if one.origin != self.origin]
        assert not wrong, f"not of {self.origin}: {wrong}"
        told = self.chromium.call(
            "Runtime.evaluate",
            self.session,
            expression=_FETCH_ALL % (FETCH_SECONDS * 1000, json.dumps(asked)),
            awaitPromise=True,
            returnByValue=True,
        )
        results: list[dict[str, Any]] = told["result"]["value"]
        for one, result in zip(requests, results, strict=True):
            if result.get("thrown", "").startswith(("AbortError", "TimeoutError")):
                raise RuntimeError(f"never answered: {one}")
        refused = {one.url for one, result in zip(requests, results, strict=True) if "thrown" in result}
        self.chromium.wait_for_reports(refused)
        return [self._outcome(one.url, result) for one, result in zip(requests, results, strict=True)]

    def _outcome(self, url: str, result: dict[str, Any]) -> Outcome:
        chromium = self.chromium
        preflight = url in chromium.preflighted
        if "thrown" in result:
            return Outcome(
                False,
                preflight,
                error=chromium.errors.get(url, chromium.failures.get(url)),
                console=tuple(chromium.console.get(url, ())),
            )
        return Outcome(True, preflight, result["status"], tuple(sorted(result["readable"])))


@dataclass(slots=True)
class Chromium:
    """A running browser."""

    socket: ClientConnection
    version: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    """By URL: the `CorsError` of a refused fetch, from the issues that DevTools show.

    A redirected fetch is known by the URL it was to.
    """
    console: dict[str, list[str]] = field(default_factory=dict)
    """By URL: the lines about it in the console."""
    failures: dict[str, str] = field(default_factory=dict)
    """By URL: the network error of a fetch that failed for another reason than CORS."""
    preflighted: set[str] = field(default_factory=set)
    """The URLs for which OPTIONS was sent ahead."""
    _calls: int = 0
    _asked: dict[str, str] = field(default_factory=dict)
    """By the browser's number of a request: its URL before any redirect."""
    _frames: dict[str, str] = field(default_factory=dict)
    """By the session of a page: the session of the frame in it."""

    def call(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        """Send a message of the protocol and give back its result.

        Raises RuntimeError where the browser answers with an error, TimeoutError where it does not answer.
        """
        self._calls += 1
        number = self._calls
        message = {"id": number, "method": method, "params": params}
        self.socket.send(json.dumps(message if session is None else {**message, "sessionId": session}))
        deadline = time.monotonic() + CALL_SECONDS
        while (answer := self._receive(deadline)).get("id") != number:
            pass
        if "error" in answer or "exceptionDetails" in answer["result"]:
            raise RuntimeError(f"{method}: {answer}")
        result: dict[str, Any] = answer["result"]
        return result

    def wait_for_reports(self, urls: set[str]) -> None:
        """Read on until the reasons for these refused fetches are known, for REPORT_SECONDS at most."""
        deadline = time.monotonic() + REPORT_SECONDS
        with contextlib.suppress(TimeoutError):
            while not all(url in self.failures or self._is_explained(url) for url in urls):
                self._receive(deadline)

    def _is_explained(self, url: str) -> bool:
        """Whether all is known about a refusal: its name, and the reason and the failure in the console."""
        return url in self.errors and len(self.console.get(url, ())) >= 2

    def page(self, url: str, origin: str) -> Page:
        """Open a page of the given origin in a tab of its own."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._listen(session)
        self.call("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        self.call("Page.navigate", session, url=url)
        self._await_origin(session, origin)
        return Page(self, origin, session)

    def sandboxed_page(self, url: str) -> Page:
        """Open a page and give back the sandboxed frame it holds, whose origin is `null`."""
        session = self.page(url, url.rpartition("/")[0]).session
        deadline = time.monotonic() + CALL_SECONDS
        while session not in self._frames:
            self._receive(deadline)
        frame = self._frames[session]
        self._listen(frame)
        self._await_origin(frame, "null")
        return Page(self, "null", frame)

    def _listen(self, session: str) -> None:
        for domain in ("Network", "Log", "Audits"):
            self.call(f"{domain}.enable", session)

    def _await_origin(self, session: str, origin: str) -> None:
        """Wait until the document of this origin has taken the place of the empty one a tab begins with."""
        deadline = time.monotonic() + CALL_SECONDS
        found = ""
        while time.monotonic() < deadline:
            # While one document gives way to the next, there is none to ask.
            with contextlib.suppress(RuntimeError):
                there = self.call(
                    "Runtime.evaluate",
                    session,
                    expression="location.protocol === 'http:' && document.readyState === 'complete' ? self.origin : ''",
                    returnByValue=True,
                )
                found = there["result"]["value"]
                if found == origin:
                    return
            time.sleep(0.02)
        raise TimeoutError(f"the page has the origin {found!r}, not {origin!r}")

    def _receive(self, deadline: float) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=max(deadline - time.monotonic(), 0)))
        self._note(message.get("method", ""), message.get("params", {}), message.get("sessionId"))
        return message

    def _note(self, event: str, params: dict[str, Any], session: str | None) -> None:
        match event:
            case "Target.attachedToTarget" if session is not None and params["targetInfo"]["type"] == "iframe":
                self._frames[session] = params["sessionId"]
            case "Network.requestWillBeSent" if params["initiator"]["type"] == "preflight":
                self.preflighted.add(params["request"]["url"])
            case "Network.requestWillBeSent":
                self._asked.setdefault(params["requestId"], params["request"]["url"])
            case "Network.loadingFailed" if "corsErrorStatus" not in params and params["errorText"]:
                self.failures[self._asked.get(params["requestId"], "")] = params["errorText"]
            case "Log.entryAdded":
                entry = params["entry"]
                if found := _REFUSED.match(entry["text"]):
                    self.console.setdefault(found[2] or found[1], []).append(entry["text"])
                elif url := self._asked.get(entry.get("networkRequestId", "")):
                    self.console.setdefault(url, []).append(entry["text"])
            case "Audits.issueAdded":
                details = params["issue"]["details"].get("corsIssueDetails")
                if details is not None and not details["isWarning"]:
                    request = details["request"]
                    url = self._asked.get(request["requestId"], request["url"])
                    self.errors[url] = details["corsErrorStatus"]["corsError"]


def with_any_name(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines of the console without the name of the header that is not allowed: of several Chromium names any."""
    return tuple(re.sub(r"(?<=Request header field )\S+", "...", line) for line in lines)


def executable() -> str:
    """The path of Chromium. Raises RuntimeError where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise RuntimeError("Chromium is not installed: apt-get install chromium")


@contextmanager
def running(folder: Path, *, named_hosts_port: int) -> Iterator[Chromium]:
    """A running browser with a fresh profile in `folder`, killed at the end.

    Hosts under `.example` and `.test` lead to `named_hosts_port` of this machine, whatever port the URL names, and no
    other name but localhost leads anywhere. Raises RuntimeError where it does not start.
    """
    profile = folder / "profile"
    profile.mkdir(parents=True)
    hosts = f"MAP *.example 127.0.0.1:{named_hosts_port}, MAP *.test 127.0.0.1:{named_hosts_port}"
    rules = f"--host-resolver-rules={hosts}, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    log = folder / "chromium.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [executable(), *FLAGS, f"--user-data-dir={profile}", rules, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "HOME": str(folder)},  # crash reports go there, whatever the profile
            start_new_session=True,  # so that its helpers can be killed with it
        )
    try:
        try:
            with connect(_endpoint(process, profile), max_size=None, proxy=None) as socket:
                chromium = Chromium(socket)
                chromium.version = chromium.call("Browser.getVersion")["product"].partition("/")[2]
                yield chromium
        except WebSocketException as error:
            raise RuntimeError(f"Chromium went away: {log.read_text(errors='replace')[-2000:]}") from error
        except TimeoutError as error:
            raise RuntimeError(f"Chromium is silent: {log.read_text(errors='replace')[-2000:]}") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def _endpoint(process: subprocess.Popen[bytes], profile: Path) -> str:
    """Where the browser listens, which it writes into a file of its profile. Raises TimeoutError if it does not."""
    written = profile / "DevToolsActivePort"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if written.exists() and len(lines := written.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    raise TimeoutError("no DevToolsActivePort")
