"""`--framework NAME=VERSION`, for every verb that asks how a server answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from corslint.cli.grouped import option
from corslint.config import PRODUCTS, Config, is_version, product, suggestion, versions_by_product


def _versions(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    versions: dict[str, str] = {}
    for value in values:
        name, found, version = (part.strip() for part in value.partition("="))
        if not found or not name or not version:
            raise click.BadParameter(f"{value!r} is not of the form NAME=VERSION")
        known = product(name)
        if known is None:
            near = suggestion(name, PRODUCTS) or f" (there are {', '.join(PRODUCTS)})"
            raise click.BadParameter(f"there is no product {name!r}{near}")
        if not is_version(version):
            raise click.BadParameter(f"{version!r} is not a version such as 1.10")
        versions[known] = version
    return versions


framework_option = option(
    "Files",
    "--framework",
    multiple=True,
    metavar="NAME=VERSION",
    callback=_versions,
    help="The version that is run, such as starlette=0.47; repeatable.  [default: lock file, else newest]",
)
"""Decorates a verb, which gets what is said as its argument `framework`, a mapping for `with_versions`."""


def with_versions(config: Config, framework: Mapping[str, str]) -> Config:
    """The configuration with the versions of the command line over its own."""
    versions = versions_by_product(config.framework_versions)
    if "fastapi" in framework:
        versions.pop("starlette", None)  # FastAPI brings its own
    return replace(config, framework_versions={**versions, **framework})
