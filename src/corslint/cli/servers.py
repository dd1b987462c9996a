"""`--server NAME=GLOB`, for every verb that reads files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import click

from corslint.cli.grouped import option
from corslint.cli.invocation import server_names
from corslint.config import Config, suggestion


def _servers(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    servers: dict[str, tuple[str, ...]] = {}
    for value in values:
        name, found, glob = value.partition("=")
        if not found or not name or not glob:
            raise click.BadParameter(f"{value!r} is not of the form NAME=GLOB")
        known = server_names()
        if name not in known:
            raise click.BadParameter(f"there is no server {name!r}{suggestion(name, known)}")
        servers[name] = (*servers.get(name, ()), glob)
    return servers


server_option = option(
    "Files",
    "--server",
    multiple=True,
    metavar="NAME=GLOB",
    callback=_servers,
    help="Read these as configuration of a server, such as nginx; repeatable.",
)
"""Decorates a verb, which gets what is said as its argument `server`, a mapping for `with_servers`."""


def with_servers(config: Config, told: Mapping[str, Sequence[str]]) -> Config:
    """The configuration with the files of these servers added to those it names."""
    servers = dict(config.servers)
    for name, globs in told.items():
        servers[name] = (*servers.get(name, ()), *globs)
    return replace(config, servers=servers)
