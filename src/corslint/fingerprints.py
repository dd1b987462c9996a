"""Names for findings that outlive edits elsewhere in the file, for baselines and for services that track findings."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from corslint.finding import Finding


def fingerprinted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, each with a name made of its rule, file, policy and text, and of a number where these are equal."""
    seen: Counter[str] = Counter()
    for finding in findings:
        span = finding.primary.span
        key = finding.policy.key if finding.policy else ""
        about = "\0".join((finding.rule, span.path, key, re.sub(r"\s+", "", span.text)))
        digest = hashlib.sha256(f"{about}\0{seen[about]}".encode("utf-8", "surrogatepass")).hexdigest()
        seen[about] += 1
        yield replace(finding, fingerprint=f"v1:{digest[:32]}")
