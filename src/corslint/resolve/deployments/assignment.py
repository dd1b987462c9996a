"""What is told of a place that sets an environment variable."""

from __future__ import annotations

from dataclasses import dataclass

from corslint.environment import Environment
from corslint.values import Known, Unknown


@dataclass(frozen=True, slots=True)
class Assignment:
    """One place that sets an environment variable."""

    name: str
    value: Known[str] | Unknown
    """The span of a known value is where it is written. Unknown where a Secret holds it, or another variable that
    nothing sets; an empty text is a value."""
    source: str
    """For people: ".env.production", 'service "api" of docker-compose.yml'."""
    deployment: str
    """What is used as a whole, so whose values hold together: the path of an env file, or a path, `#` and a service."""
    environment: Environment
    """What the path says, or the service, profile or namespace; not marked where nothing tells."""
