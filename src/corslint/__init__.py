"""corslint finds CORS settings that are dangerous or will not work.

The public interface is what this module exports, `corslint.browser.judge` with its profiles, and
`corslint.origins`. Everything else may change between versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corslint._version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corslint.browser import Request, Response, Verdict
    from corslint.config import Config
    from corslint.finding import Finding, Report
    from corslint.policy import Policy, simulate

__all__ = [
    "Config",
    "Finding",
    "Policy",
    "Report",
    "Request",
    "Response",
    "Verdict",
    "__version__",
    "check",
    "simulate",
]

_HOMES = {
    "Config": "config",
    "Finding": "finding",
    "Policy": "policy",
    "Report": "finding",
    "Request": "browser",
    "Response": "browser",
    "Verdict": "browser",
    "simulate": "policy",
}


def check(paths: str | Sequence[str], config: Config | None = None) -> Report:
    """Lint files and folders and give back the report; prints nothing.

    Without `config` the defaults hold: no configuration file is looked for. Raises
    `corslint.collect.MissingPathError` for a path that does not exist.
    """
    from corslint import engine
    from corslint.config import Config

    return engine.run([paths] if isinstance(paths, str) else list(paths), config or Config())


def __getattr__(name: str) -> Any:
    # Imported on first use: the command line must start fast.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"corslint.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'corslint' has no attribute {name!r}")
