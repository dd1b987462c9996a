"""Counts what the conformance tests compare, for docs/accuracy.md.

With CORSLINT_ACCURACY set to a file's path each comparison appends a line of JSON to it.
"""

from __future__ import annotations

import json
import os


def compared(subject: str, version: str, what: str, pairs: int, differences: int = 0) -> None:
    """Note that `pairs` comparisons of one kind were made, of which `differences` came out otherwise.

    `subject` is the product or browser ("Starlette", "Chromium"), `version` its own, `what` the thing compared, such
    as "answers to random requests under random configurations".
    """
    file = os.environ.get("CORSLINT_ACCURACY")
    if file:
        # Counts of one run add up; another run may have made the very same comparisons.
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
        line = {"subject": subject, "version": version, "what": what, "pairs": pairs, "differences": differences}
        line["run"] = run
        with open(file, "a", encoding="utf-8") as report:
            report.write(json.dumps(line) + "\n")
