"""`corslint check`: lint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from corslint.cli.frameworks import framework_option, with_versions
from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.invocation import Invocation, rule_names, shared
from corslint.cli.outcome import outcome
from corslint.cli.paths import inputs, look
from corslint.cli.printing import emit, report_crashes, save
from corslint.cli.servers import server_option, with_servers
from corslint.config import CONFIDENCES, GROUPS, PERSONAS, SEVERITIES, Config, suggestion
from corslint.output import FORMATS, Format, Options, render
from corslint.output.terminal import one_line

if TYPE_CHECKING:
    from corslint.finding import Report


def rule_list(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """Split comma lists of rules and groups, and refuse names that do not exist."""
    names = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    known = (*GROUPS, *rule_names()) if names else ()
    for name in names:
        if name not in known:
            raise click.BadParameter(f"there is no rule or group {name!r}{suggestion(name, known)}")
    return names


def _pairs(separator: str, form: str, values: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for value in values:
        left, found, right = value.rpartition(separator) if separator == ":" else value.partition(separator)
        if not found or not left or not right:
            raise click.BadParameter(f"{value!r} is not of the form {form}")
        pairs.append((left, right))
    return pairs


def _per_file_ignores(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    ignores: dict[str, tuple[str, ...]] = {}
    for glob, names in _pairs(":", "GLOB:RULE", values):
        ignores[glob] = (*ignores.get(glob, ()), *rule_list(context, parameter, [names]))
    return ignores


def _reports(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> list[tuple[Format, str]]:
    reports: list[tuple[Format, str]] = []
    for name, file in _pairs("=", "FORMAT=FILE", values):
        form = next((one for one in FORMATS if one == name), None)
        if form is None:
            raise click.BadParameter(f"there is no format {name!r}{suggestion(name, FORMATS)}")
        reports.append((form, file))
    return reports


@click.command(cls=GroupedCommand, short_help="Lint files and folders.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@option(
    "Rules",
    "--select",
    multiple=True,
    metavar="RULE",
    callback=rule_list,
    help="Check these rules and groups only (security, correctness, hygiene, ALL); a comma list, repeatable.",
)
@option(
    "Rules",
    "--extend-select",
    multiple=True,
    metavar="RULE",
    callback=rule_list,
    help="Check these besides those selected.",
)
@option("Rules", "--ignore", multiple=True, metavar="RULE", callback=rule_list, help="Do not check these.")
@option(
    "Rules",
    "--per-file-ignores",
    multiple=True,
    metavar="GLOB:RULE",
    callback=_per_file_ignores,
    help="Do not check these in the files that match; repeatable.",
)
@option("Rules", "--persona", type=click.Choice(PERSONAS), help="Who reads the findings.  [default: regular]")
@option("Rules", "--min-severity", type=click.Choice(SEVERITIES), help="Show nothing below.  [default: info]")
@option("Rules", "--min-confidence", type=click.Choice(CONFIDENCES), help="Show nothing below.  [default: low]")
@option(
    "Failing",
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    help="Exit with 1 from this severity on.  [default: low]",
)
@option("Failing", "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@option("Failing", "--strict", is_flag=True, help="Exit with 1 if a file could not be read (else 3).")
@option("Failing", "--require-policies", is_flag=True, help="Exit with 3 if no CORS settings were found.")
@option("Ignores", "--no-ignores", is_flag=True, help="Report what ignore comments hide.")
@option(
    "Files",
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave these out instead of the configured ones; repeatable.",
)
@option("Files", "--extend-exclude", multiple=True, metavar="GLOB", help="Leave these out too; repeatable.")
@option("Files", "--force-exclude", is_flag=True, help="Leave them out even if they are named as PATHS.")
@option("Files", "--no-respect-gitignore", is_flag=True, help="Also read what git ignores.")
@server_option
@option("Files", "--stdin-filename", metavar="FILE", help="The name of what `-` reads from standard input.")
@option(
    "Files",
    "--environment",
    type=click.Choice(["production", "staging", "development", "test"]),
    help="What the files configure.  [default: judged by path and content]",
)
@framework_option
@option(
    "Output",
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    envvar="CORSLINT_FORMAT",
    help="How to print findings.  [default: text] [env: CORSLINT_FORMAT]",
)
@option(
    "Output",
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    callback=_reports,
    help="Also write a report to a file, such as sarif=corslint.sarif; repeatable.",
)
@option("Output", "--statistics", is_flag=True, help="Count findings per rule instead of showing them.")
@shared
def check(
    *,
    invocation: Invocation,
    paths: tuple[str, ...],
    stdin_filename: str | None,
    form: Format,
    reports: list[tuple[Format, str]],
    statistics: bool,
    exit_zero: bool,
    strict: bool,
    require_policies: bool,
    **given: Any,
) -> int:
    """Lint files and folders: find CORS settings that are dangerous or will not work.

    PATHS are files and folders, by default the working directory; `-` reads standard input.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong call, 3 something could not be read, 4 a fault
    of corslint.
    """
    if statistics and form not in ("text", "concise"):
        raise click.UsageError(f"--statistics is for people: it does not go with --format {form}")
    loaded = invocation.load(inputs(paths, stdin_filename))
    config = merged(loaded.config, given)
    report = look(paths, config, stdin_filename)
    code = outcome(report, config, strict=strict, exit_zero=exit_zero, require_policies=require_policies)
    options = Options(
        color=invocation.in_colour,
        quiet=invocation.quiet,
        verbose=invocation.verbose,
        statistics=statistics,
        exit_code=code,
    )
    for wanted, file in reports:
        save(_lines(wanted, report, replace(options, color=False, statistics=False)), file)
    if invocation.verbose:
        click.echo(f"corslint: configuration: {one_line(loaded.path or 'none found')}", err=True)
    emit(_lines(form, report, options))
    report_crashes(report.crashes, verbose=invocation.verbose)
    return code


def merged(config: Config, given: dict[str, Any]) -> Config:
    """The configuration with the options of the command line over it.

    What is selected there is all that is selected; everything else that takes several values adds to them.
    """
    changes: dict[str, Any] = {
        name: given[name]
        for name in ("persona", "min_severity", "min_confidence", "fail_on", "environment")
        if given[name] is not None
    }
    if given["select"]:
        changes |= {"select": given["select"], "extend_select": (), "ignore": ()}
    now = replace(with_versions(config, given["framework"]), **changes)
    per_file = dict(now.per_file_ignores)
    for glob, names in given["per_file_ignores"].items():
        per_file[glob] = (*per_file.get(glob, ()), *names)
    now = with_servers(now, given["server"])
    return replace(
        now,
        extend_select=(*now.extend_select, *given["extend_select"]),
        ignore=(*now.ignore, *given["ignore"]),
        per_file_ignores=per_file,
        exclude=given["exclude"] or now.exclude,
        extend_exclude=(*now.extend_exclude, *given["extend_exclude"]),
        force_exclude=now.force_exclude or given["force_exclude"],
        respect_gitignore=now.respect_gitignore and not given["no_respect_gitignore"],
        no_ignores=given["no_ignores"],
    )


def _lines(form: Format, report: Report, options: Options) -> Iterator[str]:
    if form == "sarif":
        from corslint import catalogue

        options = replace(options, pages=catalogue.rules())
    return render(form, report, options)
