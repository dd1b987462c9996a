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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from corslint.config import DEFAULT_EXCLUDE
from corslint.environment import Kind
from corslint.finding import Unread
from corslint.globs import glob_regex
from corslint.source import Source

T = TypeVar("T")

MAX_BYTES = 8 * 1024 * 1024
"""A larger file that mentions CORS is reported as unread: no configuration written by hand comes near."""
MAX_SCANNED_BYTES = 256 * 1024 * 1024
"""A larger file is not even searched for the words."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GIT_VARIABLES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"})


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
    versions: Mapping[str, str] = field(default_factory=dict)
    """Releases the user names, by distribution: {"starlette": "0.47"}; see `releases`."""
    exclude: Sequence[str] = DEFAULT_EXCLUDE
    """What `nearby` leaves out; the files of the run were chosen before."""
    environment_marks: tuple[tuple[Kind, str], ...] = ()
    """What the user says of environments, as `environment.of_path` takes it."""
    _sources: dict[str, Source | None] = field(default_factory=dict, repr=False)
    _by_name: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _kept: dict[object, object] = field(default_factory=dict, repr=False)
    _nearby: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[Project], T]) -> T:
        """What `make` makes of the project; made on first use, then kept."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast(T, self._kept[make])

    def keep(self, path: str, text: str) -> Source:
        """The one source of a path; `text` is what was read there, or came from standard input."""
        source = self._sources.get(path)
        if source is None:
            source = self._sources[path] = Source(path, text)
        return source

    def source(self, path: str) -> Source | None:
        """The file at a path (as reports print it, `..` allowed); None if there is none, or it cannot be read.

        Files outside the working directory are only given if they are part of the run, or `nearby` of one of its files.
        """
        path = _tidy(path)
        if path not in self._sources:
            outside = path.startswith("../") or os.path.isabs(path)
            given = any(path in found for found in self._nearby.values())
            if outside and not given and all(listed.path != path for listed in self.files):
                return None
            data = read_bytes(path)
            text = None if isinstance(data, Unread) or len(data) > MAX_BYTES else decode(path, data)
            self._sources[path] = Source(path, text) if isinstance(text, str) else None
        return self._sources[path]

    def mentions(self, path: str, word: str) -> bool:
        """Whether a file holds a word of ASCII letters; a file that was not read before is not kept for it."""
        if path in self._sources:
            source = self._sources[path]
            return source is not None and word in source.text
        data = read_bytes(path, MAX_BYTES)
        return isinstance(data, bytes) and word.encode() in data

    def folders(self, path: str) -> Iterator[str]:
        """The folders around a file, from its own up to the root of its checkout, as reports print them.

        Where there is no checkout, up to the working directory, or for a file elsewhere to the folder the user pointed
        at.
        """
        around: list[str] = []
        folder = os.path.dirname(os.path.abspath(path))
        while True:
            around.append(folder)
            if os.path.exists(os.path.join(folder, ".git")) or folder == os.path.dirname(folder):
                break
            folder = os.path.dirname(folder)
        if not os.path.exists(os.path.join(folder, ".git")):
            here = os.getcwd()
            inside = next((one.inside for one in self.files if one.path == path), "")
            depth = around.index(here) if here in around else inside.count("/")
            around = around[: depth + 1]
        for one in around:
            yield _tidy(one) if os.path.isabs(path) else os.path.relpath(one).replace(os.sep, "/")

    def nearby(self, path: str) -> frozenset[str]:
        """The files in the checkout around a file, as reports print them, whether or not they are part of the run.

        What git ignores is not among them unless it is part of the run: what a developer keeps to himself must not
        change what is found. Where there is no checkout, the files of the run and those in the folders around the file.
        """
        folders = list(self.folders(path))
        root = folders[-1]
        has_git = os.path.exists(os.path.join(root, ".git"))
        key = root if has_git else folders[0]
        if key not in self._nearby:
            as_printed = _Printed(root)
            excluded = _Matches(self.exclude)
            found = {listed.path for listed in self.files if as_printed.is_below(listed.path)}
            if has_git:
                found |= {path for path in map(as_printed, _git_files(root)) if not excluded(path)}
            else:
                around = (os.path.normpath(f"{folder}/{name}") for folder in folders for name in names(folder))
                found |= {one.replace(os.sep, "/") for one in around if not excluded(one)}
            self._nearby[key] = frozenset(found)
        return self._nearby[key]

    def listed(self, path: str) -> Listed | None:
        """The file of the run with this path, as reports print it; None where it is not part of the run."""
        return self.once(_by_path).get(path)

    def named(self, name: str) -> list[str]:
        """The paths of the run's files with this base name, sorted."""
        if not self._by_name:
            for listed in sorted(self.files, key=lambda listed: listed.path):
                self._by_name.setdefault(listed.path.rpartition("/")[2], []).append(listed.path)
        return self._by_name.get(name, [])


class _Printed:
    """How reports print the files below a folder. `_tidy` says the same, at ten times the cost."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.is_above = root == ".." or root.startswith("../")
        here = os.path.relpath(".", root).replace(os.sep, "/").split("/") if self.is_above else []
        self.ways = [("/".join([*here[:depth], ""]), "../" * (len(here) - depth)) for depth in range(len(here), 0, -1)]
        self.ways.append(("", f"{root}/" if root != "." else ""))

    def __call__(self, name: str) -> str:
        """The path of a file with this path below the root."""
        return next(before + name[len(start) :] for start, before in self.ways if name.startswith(start))

    def is_below(self, path: str) -> bool:
        """Whether a path, as reports print it, lies below the root."""
        if self.is_above:
            return not os.path.isabs(path) and not path.startswith(f"{self.root}/..")
        if self.root == ".":
            return not os.path.isabs(path) and not path.startswith("../")
        return path.startswith(f"{self.root}/")


def _by_path(project: Project) -> dict[str, Listed]:
    return {listed.path: listed for listed in project.files}


def listing(
    paths: Sequence[str],
    *,
    exclude: Sequence[str] = DEFAULT_EXCLUDE,
    force_exclude: bool = False,
    respect_gitignore: bool = True,
) -> Iterator[Listed | Unread]:
    """The files below `paths`, each once, sorted within each path.

    A folder is listed by git where it is a checkout (so ignored files stay out), else walked; links to folders are not
    followed, and what is neither a file nor a link to one is left out. A path named in `paths` is given even if it is
    excluded, unless `force_exclude`. Raises MissingPathError.

    Words of the folder the user points at do not mark an environment as test or documentation: who lints `examples/`
    means it.
    """
    seen: set[str] = set()
    for path in paths:
        path = _tidy(path)
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            if isinstance(error, ValueError) or error.errno in (errno.ENOENT, errno.ENOTDIR):
                raise MissingPathError(f"{path}: no such file or folder") from None
            yield Unread(path, _words(error))
            continue
        if force_exclude and _Matches(exclude)(path):
            continue
        if stat.S_ISDIR(mode):
            for found in _below(path, _Matches(exclude, below=path), respect_gitignore):
                if isinstance(found, Unread):
                    yield found
                elif (tidy := _tidy(found) if found.startswith("../") else found) not in seen:
                    seen.add(tidy)
                    yield Listed(tidy, found if path == "." else found[len(path) :].lstrip("/"))
        elif path not in seen:
            seen.add(path)
            yield Listed(path, _inside(path), named=True)


def _tidy(path: str) -> str:
    """The path from the working directory, or the absolute one where that would lead out of it and was given so."""
    absolute = os.path.isabs(path)
    path = os.path.normpath(path).replace(os.sep, "/")
    if absolute or path.startswith("../"):
        relative = os.path.relpath(path).replace(os.sep, "/")
        return path if absolute and relative.startswith("..") else relative
    return path


def _inside(path: str) -> str:
    """The part of a named file's path that speaks of the file: from the working directory or the checkout downwards."""
    if not os.path.isabs(path):
        return path.rsplit("../", 1)[-1]
    folder, name = os.path.split(path)
    inside = name
    while folder != os.path.dirname(folder):
        if os.path.exists(f"{folder}/.git"):
            return inside
        folder, above = os.path.split(folder)
        inside = f"{above}/{inside}"
    return name


def _below(folder: str, excluded: _Matches, respect_gitignore: bool) -> Iterator[str | Unread]:
    listed = _git_files(folder) if respect_gitignore else set()
    # Git lists nothing in a folder it ignores as a whole; who names that folder wants it read all the same.
    if not listed:
        yield from _walk(folder, excluded)
        return
    for name in sorted(listed):
        path = name if folder == "." else f"{folder}/{name}"
        if excluded(path):
            continue
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            continue  # deleted, but still in the index
        except OSError as error:
            yield Unread(path, _words(error))
            continue
        if stat.S_ISDIR(mode):
            yield from _below(path, excluded, respect_gitignore)  # a submodule, or another checkout
        elif not (stat.S_ISLNK(mode) and os.path.isdir(path)):
            yield path


def _git_files(folder: str) -> set[str]:
    """What git tracks or would track below a folder; nothing where it is no checkout, or git is missing."""
    # The checkout may be a stranger's: `core.fsmonitor` would run a program of their choice.
    command = ("git", "-c", "core.fsmonitor=false", "-C", folder, "ls-files", "-z", "-co", "--exclude-standard")
    # A hook is run with variables that point git at the repository the hook belongs to.
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_VARIABLES}
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return set()
    # For an empty submodule git names the folder itself, a checkout within has a slash behind its name.
    names = os.fsdecode(done.stdout).split("\0") if done.returncode == 0 else []
    return {name.rstrip("/") for name in names} - {"", "."}


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
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file():
                    yield path
            except OSError as error:
                yield Unread(path, _words(error))
        waiting.extend(reversed(folders))


class _Matches:
    """Whether a path is excluded: by the name of one of its parts, or by a glob of the whole path.

    What excludes the folder `below` itself does not count: who names that folder wants it read.
    """

    def __init__(self, patterns: Iterable[str], below: str = ".") -> None:
        patterns = [pattern.rstrip("/") for pattern in patterns]
        self.start = 0 if below == "." else len(below)
        self.names = frozenset(p for p in patterns if not re.search(r"[*?\[/]", p))
        globs = [glob_regex(p) for p in patterns if p not in self.names]
        if below != ".":
            globs = [glob for glob in globs if re.search(glob, below) is None]
        self.globs = re.compile("|".join(f"(?:{g})" for g in globs)) if globs else None

    def __call__(self, path: str) -> bool:
        if not self.names.isdisjoint(path[self.start :].split("/")):
            return True
        return self.globs is not None and self.globs.search(path) is not None


def names(folder: str) -> list[str]:
    """The names of the files in a folder, sorted; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_file())
    except (OSError, ValueError):
        return []


def is_within(path: str, folder: str) -> bool:
    """Whether a file lies in a folder once links are followed: a stranger's checkout may link to what is not theirs."""
    try:
        return os.path.realpath(path).startswith(os.path.realpath(folder).rstrip(os.sep) + os.sep)
    except (OSError, ValueError):
        return False


def read_bytes(path: str, limit: int = MAX_SCANNED_BYTES) -> bytes | Unread:
    """The bytes of a file, or why they cannot be had. A FIFO, socket or device is never opened."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return Unread(path, "is not a regular file")
        if status.st_size > limit:
            return Unread(path, f"is too large to read ({status.st_size // 1_000_000} MB)")
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            return file.readall() or b""
    except OSError as error:
        return Unread(path, _words(error))
    except ValueError:  # a NUL, or half of a surrogate pair, from a string of a program
        return Unread(path, "is no path")


def _without_waiting(path: str, flags: int) -> int:
    # A FIFO may have taken the file's place in the meantime, and opening one waits for a writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def searchable(data: bytes) -> bytes:
    """The bytes of a file in lower case, in an encoding that ASCII words can be searched in."""
    if data.startswith(_UTF16):
        data = data[: 2 * MAX_BYTES].decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    return data.lower()


def decode(path: str, data: bytes) -> str | Unread:
    """The text of a file.

    Python files as Python decodes them (PEP 263); anything else as UTF-8 (or UTF-16 by its byte order mark), with a
    replacement character for what is neither, since a stray byte in a comment must not hide the settings below it.
    """
    if data.startswith(_UTF16) and not path.endswith((".py", ".pyi")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return Unread(path, "is a binary file")
    if not path.endswith((".py", ".pyi")):
        return data.decode("utf-8-sig", errors="replace")
    encoding = "utf-8"
    problem = ""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if codecs.lookup(encoding).name in _NOT_FOR_SOURCE:
            return Unread(path, f"says it is written in {encoding}, in which Python reads no source")
    except SyntaxError as error:
        problem = f"its encoding is not known: {error}"
    # Without a declaration that can be read, the text still tells whether a byte is to blame, and on which line.
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Unread(path, f"line {line}: byte 0x{data[error.start]:02x} is not {error.encoding.upper()}")
    except LookupError:  # hex, zlib and the like are codecs, but of bytes
        problem = f"its encoding is not known: unknown encoding: {encoding}"
    return Unread(path, problem) if problem else text


_NOT_FOR_SOURCE = frozenset(
    {"undefined", "idna", "punycode", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"}
)
# Punycode is refused for another reason too: its decoder needs quadratic time.


def _words(error: OSError) -> str:
    match error.errno:
        case errno.ELOOP:
            return "is a symbolic link that leads back to itself"
        case errno.EACCES | errno.EPERM:
            return "cannot be opened: permission denied"
        case errno.ENOENT:
            return "is a symbolic link to nothing"
    return f"cannot be read: {error.strerror or error}"


def shared_folders(path: str, other: str) -> int:
    """How many folders two paths have in common, counted from the top."""
    count = 0
    for left, right in zip(path.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
