"""Which Spring Boot it is, read from the build file beside the sources."""

from __future__ import annotations

import re

from corslint.collect import Project
from corslint.releases import Release, numbers

MAX_FOLDERS = 12
"""Folders that are looked into for a build file, from the configuration upwards."""
_BUILD_FILES = ("pom.xml", "build.gradle", "build.gradle.kts")
_NUMBER = r"(?P<version>\d+\.\d+(?:\.\d+)?)"
_VERSION = tuple(
    re.compile(pattern)
    for pattern in (
        rf"<artifactId>spring-boot-(?:starter-parent|dependencies)</artifactId>\s*<version>\s*{_NUMBER}",
        rf"<spring-?boot[.-]?(?:dependencies[.-])?version>\s*{_NUMBER}",
        rf"org\.springframework\.boot[\"']?\)?\s*version\s*\(?[\"']{_NUMBER}",
        rf"spring-boot-(?:gradle-plugin|dependencies):{_NUMBER}",
        rf"springBootVersion\s*=\s*[\"']{_NUMBER}",
    )
)


def of_boot(project: Project, path: str) -> Release | None:
    """The release that the user names, or else the nearest build file; None where neither tells."""
    if told := project.versions.get("spring-boot"):
        return Release(told, "the configuration says so")
    for number, folder in enumerate(project.folders(path)):
        if number == MAX_FOLDERS:
            break
        for name in _BUILD_FILES:
            source = project.source(name if folder == "." else f"{folder}/{name}")
            found = next((m for one in _VERSION if source and (m := one.search(source.text))), None)
            if found:
                return Release(found["version"], f"{name} says so")
    return None


def refuses_any_with_credentials(version: str | None) -> bool:
    """Whether `*` in allowed-origins fails once credentials are on; before, the request's own origin was repeated.

    Since Spring Framework 5.3, which came with Spring Boot 2.4:
    https://github.com/spring-projects/spring-framework/blob/v5.3.0/spring-web/src/main/java/org/springframework/web/cors/CorsConfiguration.java
    """
    known = numbers(version)
    return not known or known >= (2, 4)
