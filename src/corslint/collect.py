"""Which files there are, and their text. The only module besides `fixes` that touches the disk."""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import stat
import subprocess
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TypeVar, cast

from corslint.config import DEFAULT_EXCLUDE
from corslint.finding import Unread
from corslint.source import Source

T = TypeVar("T")

MAX_BYTES = 8 * 1024 * 1024
"""A larger file that mentions CORS is reported as unread: no configuration written by hand comes near."""
MAX_SCANNED_BYTES = 256 * 1024 * 1024
"""A larger file is not even searched for the words."""


class MissingPathError(Exception):
    """Raised when a path given by the user does not exist; the message names it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file to look at."""

    path: str
    """As reports print it."""
    inside: str
    """The part of the path that may mark an environment: without the folder the user pointed at, see `listing`."""
    named: bool = False
    """Whether the user named this very file."""


@dataclass(slots=True)
class Project:
    """The files of one run, for servers that follow an include or an import to another file."""

    files: tuple[Listed, ...] = ()
    _sources: dict[str, Source | None] = field(default_factory=dict, repr=False)
    _by_name: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _kept: dict[object, object] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[Project], T]) -> T:
        """What `make` makes of the project; made on first use, then kept."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast(T, self._kept[make])

    def add(self, source: Source) -> None:
        """Keep a source that was read already, or that came from standard input."""
        self._sources[source.path] = source

    def source(self, path: str) -> Source | None:
        """The file at a path (as reports print it, `..` allowed); None if there is none, or it cannot be read.

        Files outside the working directory are only given if they are part of the run.
        """
        path = _tidy(path)
        if path not in self._sources:
            outside = path.startswith("../") or os.path.isabs(path)
            if outside and all(listed.path != path for listed in self.files):
                return None
            data = read_bytes(path)
            text = None if isinstance(data, Unread) or len(data) > MAX_BYTES else decode(path, data)
            self._sources[path] = Source(path, text) if isinstance(text, str) else None
        return self._sources[path]

    def named(self, name: str) -> list[str]:
        """The paths of the run's files with this base name, sorted."""
        if not self._by_name:
            for listed in sorted(self.files, key=lambda listed: listed.path):
                self._by_name.setdefault(PurePosixPath(listed.path).name, []).append(listed.path)
        return self._by_name.get(name, [])


def listing(
    paths: Sequence[str],
    *,
    exclude: Sequence[str] = DEFAULT_EXCLUDE,
    force_exclude: bool = False,
    respect_gitignore: bool = True,
) -> Iterator[Listed | Unread]:
    """The files below `paths`, each once, sorted within each path.

    A folder is listed by git where it is a checkout (so ignored files stay out), else walked; links to folders are not
    followed. A file named in `paths` is given even if it is excluded, unless `force_exclude`. Raises MissingPathError.

    Words of the folder the user points at do not mark an environment as test or documentation: who lints `examples/`
    means it.
    """
    excluded = _Matches(exclude)
    seen: set[str] = set()
    for path in paths:
        path = _tidy(path)
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                raise MissingPathError(f"{path}: no such file or folder") from None
            yield Unread(path, _words(error))
            continue
        if stat.S_ISDIR(mode):
            for found in _below(path, excluded, respect_gitignore):
                if isinstance(found, Unread):
                    yield found
                elif found not in seen:
                    seen.add(found)
                    yield Listed(found, found if path == "." else found[len(path) :].lstrip("/"))
        elif path not in seen and not (force_exclude and excluded(path)):
            seen.add(path)
            yield Listed(path, path.rsplit("../", 1)[-1], named=True)


def _tidy(path: str) -> str:
    path = path.replace(os.sep, "/")
    if os.path.isabs(path):
        relative = os.path.relpath(path).replace(os.sep, "/")
        path = path if relative.startswith("../") else relative
    return os.path.normpath(path).replace(os.sep, "/")


def _below(folder: str, excluded: _Matches, respect_gitignore: bool) -> Iterator[str | Unread]:
    listed = list(_git_files(folder)) if respect_gitignore else []
    # Git lists nothing in a folder it ignores as a whole; who names that folder wants it read all the same.
    if not listed:
        yield from _walk(folder, excluded)
        return
    for name in sorted(listed):
        path = name if folder == "." else f"{folder}/{name}"
        if excluded(path):
            continue
        if os.path.isdir(path):
            if not os.path.islink(path):
                yield from _below(path, excluded, respect_gitignore)  # a submodule
        else:
            yield path


def _git_files(folder: str) -> Iterator[str]:
    # The checkout may be a stranger's: `core.fsmonitor` would run a program of their choice.
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-C",
        folder,
        "ls-files",
        "-z",
        "-co",
        "--exclude-standard",
        "--deduplicate",
    ]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return
    if done.returncode == 0:
        yield from filter(None, os.fsdecode(done.stdout).split("\0"))


def _walk(folder: str, excluded: _Matches) -> Iterator[str | Unread]:
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            yield Unread(current, _words(error))
            continue
        folders: list[str] = []
        for entry in entries:
            path = entry.name if current == "." else f"{current}/{entry.name}"
            if excluded(path):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif not (entry.is_symlink() and os.path.isdir(path)):
                yield path
        waiting.extend(reversed(folders))


class _Matches:
    """Whether a path is excluded: by the name of one of its parts, or by a glob of the whole path."""

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = [pattern.strip("/") for pattern in patterns]
        self.names = frozenset(p for p in patterns if not re.search(r"[*?\[/]", p))
        globs = [glob_regex(p) for p in patterns if p not in self.names]
        self.globs = re.compile("|".join(f"(?:{g})" for g in globs)) if globs else None

    def __call__(self, path: str) -> bool:
        if not self.names.isdisjoint(path.split("/")):
            return True
        return self.globs is not None and self.globs.search(path) is not None


@lru_cache(maxsize=512)
def glob_regex(glob: str) -> str:
    """The regular expression of a glob as .gitignore reads it.

    `**` crosses folders, a match of a folder takes all below it, a glob without a slash matches at any depth.
    """
    anywhere = "" if "/" in glob.strip("/") else "(?:.*/)?"
    parts: list[str] = []
    for piece in re.split(r"(\*\*/|/\*\*|\*\*|\*|\?|\[[^\]]*\])", glob.strip("/")):
        translated = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece)
        if translated is None:
            is_class = len(piece) > 2 and piece.startswith("[") and piece.endswith("]")
            translated = f"[{piece[1:-1].replace('!', '^', 1)}]" if is_class else re.escape(piece)
        parts.append(translated)
    return rf"\A{anywhere}{''.join(parts)}(?:/.*)?\Z"


def path_matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a path matches one of the globs (see `glob_regex`)."""
    return any(re.search(glob_regex(glob), path) for glob in globs)


def read_bytes(path: str) -> bytes | Unread:
    """The bytes of a file, or why they cannot be had. A FIFO, socket or device is never opened."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        return Unread(path, _words(error))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return Unread(path, "is not a regular file")
        if status.st_size > MAX_SCANNED_BYTES:
            return Unread(path, f"is too large to read ({status.st_size // 1024 // 1024} MB)")
        with os.fdopen(os.dup(handle), "rb", buffering=0) as file:
            return file.readall() or b""
    except OSError as error:
        return Unread(path, _words(error))
    finally:
        os.close(handle)


def decode(path: str, data: bytes) -> str | Unread:
    """The text of a file.

    Python files as Python decodes them (PEP 263); anything else as UTF-8 (or UTF-16 by its byte order mark), with a
    replacement character for what is neither, since a stray byte in a comment must not hide the settings below it.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not path.endswith(".py"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return Unread(path, "is a binary file")
    if not path.endswith((".py", ".pyi")):
        return data.decode("utf-8-sig", errors="replace")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Unread(path, f"line {line}: byte 0x{data[error.start]:02x} is not {error.encoding.upper()}")
    except (SyntaxError, LookupError) as error:
        return Unread(path, f"its encoding is not known: {error}")


def _words(error: OSError) -> str:
    match error.errno:
        case errno.ELOOP:
            return "is a symbolic link that leads back to itself"
        case errno.EACCES | errno.EPERM:
            return "cannot be opened: permission denied"
        case errno.ENOENT:
            return "is a symbolic link to nothing"
    return f"cannot be read: {error.strerror or error}"
