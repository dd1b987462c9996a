"""`.env` and its kin, as far as they lie beside or above the program."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corslint.resolve.deployments.assignment import Assignment
from corslint.resolve.deployments.surroundings import Around, Found
from corslint.syntax import env, templates
from corslint.values import Known, Unknown

FILES = re.compile(
    r"(?!.*\.(?:py|pyi|js|mjs|cjs|ts|mts|tsx|json|ya?ml|toml|md|rst|sh|fish|ps1|rb|go|php|vault|enc|gpg|age|bak|swp)\Z)"
    r"(?:\.env(?:[._-].+)?|.+\.env|\.flaskenv"
    r"|(?:env|dotenv)[._-](?:example|sample|template|tmpl|dist|default)s?|(?:example|sample|template)[._-]env)",
    re.IGNORECASE,
)
"""Names of env files; what ends like code or an encrypted file is none."""


def assignments(around: Around, name: str) -> Iterator[Found]:
    """What the env files around a program set a variable to."""
    for path in around.nearest(FILES):
        source = around.checkout.source(path)
        if source is None or name not in source.text:
            continue
        entry = source.parsed(env.dotenv).get(name)
        if entry is None or entry.is_bare:
            continue
        environment = around.checkout.environment_of_env_file(path)
        yield Found(path, Assignment(name, readable(entry.value), path, path, environment))


def readable(value: Known[str] | Unknown) -> Known[str] | Unknown:
    """The value, unless a template makes it, or SOPS encrypted it (https://getsops.io/docs/)."""
    if isinstance(value, Known) and value.value.startswith("ENC[AES256_GCM,"):
        return Unknown("it is encrypted", value.span)
    if isinstance(value, Known) and (tags := templates.find(value.value)):
        return Unknown(f"the template fills in `{tags[0].text}`", value.span)
    return value
