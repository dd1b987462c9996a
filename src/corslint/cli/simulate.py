"""`corslint simulate`: what a browser would do with a request, per policy, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from corslint.cli.frameworks import framework_option, with_versions
from corslint.cli.grouped import GroupedCommand, option
from corslint.cli.invocation import Invocation, shared
from corslint.cli.outcome import FAULT, FINDINGS, INCOMPLETE, reading
from corslint.cli.paths import inputs, look
from corslint.cli.printing import complain, emit, report_crashes
from corslint.cli.servers import server_option, with_servers
from corslint.config import suggestion
from corslint.output import Options

if TYPE_CHECKING:
    from corslint.cases import Case
    from corslint.finding import Report
    from corslint.output.simulation import Result
    from corslint.policy import Policy


def parsed(how: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that reads an option, or each value of a repeatable one, as `corslint.cases` reads it."""

    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        from corslint import cases

        parse = getattr(cases, how)
        try:
            if isinstance(value, tuple):
                return tuple(parse(one) for one in value)
            return None if value is None else parse(value)
        except cases.CaseError as error:
            raise click.BadParameter(str(error)) from None

    return callback


@click.command(cls=GroupedCommand, short_help="Show what a browser would do with a request, per policy, and why.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@option(
    "Request",
    "--origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    callback=parsed("origin"),
    help="The origin of the page, such as https://app.example.com, or null; repeatable.",
)
@option("Request", "--method", default="GET", metavar="METHOD", callback=parsed("method"), help="[default: GET]")
@option(
    "Request",
    "--header",
    "headers",
    multiple=True,
    metavar="NAME[: VALUE]",
    callback=parsed("header"),
    help="A header that the script sets; repeatable.",
)
@option("Request", "--credentials", is_flag=True, help="With cookies: fetch(..., {credentials: 'include'}).")
@option(
    "Request",
    "--url",
    metavar="PATH",
    callback=parsed("url"),
    help="Ask the policies that answer this path only.  [default: one that each policy answers]",
)
@option(
    "Request",
    "--status",
    type=int,
    default=200,
    callback=parsed("status"),
    help="What the application behind answers.  [default: 200]",
)
@option("Request", "--private-network", is_flag=True, help="The preflight asks for access to a private network.")
@option("Request", "--policy", metavar="NAME", help="Ask the policies with this in their name only.")
@option(
    "Expectation",
    "--expect",
    type=click.Choice(["allowed", "refused"]),
    help="Exit with 1 if any policy does otherwise.",
)
@option(
    "Expectation",
    "--cases",
    "cases_file",
    metavar="FILE",
    help="Ask the requests of a TOML file, each with its expectation: tests of the policy for CI.",
)
@server_option
@framework_option
@option("Files", "--stdin-filename", metavar="FILE", help="The name of what `-` reads from standard input.")
@option(
    "Files",
    "--environment",
    type=click.Choice(["production", "staging", "development", "test"]),
    help="Only what holds in this environment.",
)
@option(
    "Output",
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the outcome.  [default: text]",
)
@shared
def simulate(
    *,
    invocation: Invocation,
    paths: tuple[str, ...],
    origins: tuple[str, ...],
    policy: str | None,
    expect: Any,
    cases_file: str | None,
    server: dict[str, tuple[str, ...]],
    framework: dict[str, str],
    stdin_filename: str | None,
    environment: Any,
    form: str,
    **request: Any,
) -> int:
    """Show what a browser would do with a request, policy by policy: the preflight, the server's answers, the verdict,
    and the smallest change of configuration that would allow what is refused.

    PATHS are files and folders, by default the working directory; `-` reads standard input. Nothing is started and
    nothing is sent: the answers come from models of the servers, which are tested against the real ones.

    Exit codes: 0 as expected, 1 otherwise, 2 wrong call, 3 something could not be read, or nothing was there to ask,
    4 a fault of corslint.
    """
    from corslint.cases import Case
    from corslint.simulation import Question

    if cases_file is not None:
        _refuse_beside_cases()
        cases = _cases(cases_file)
    elif origins:
        cases = tuple(
            Case(f"{request['method']} from {origin}", Question(origin, **request), expect, policy)
            for origin in dict.fromkeys(origins)
        )
    else:
        raise click.UsageError("say where the page is: --origin https://app.example.com (or give --cases FILE)")

    config = invocation.load(inputs(paths, stdin_filename)).config
    config = with_versions(with_servers(config, server), framework)
    report = look(paths, config, stdin_filename)
    results = tuple(_result(case, report, environment) for case in cases)
    options = Options(color=invocation.in_colour, quiet=invocation.quiet, verbose=invocation.verbose)
    from corslint.output import simulation

    if form == "json":
        from corslint.output import json

        emit(json.dumped(simulation.document(results, report)))
    else:
        emit(simulation.text(results, report, options, as_cases=cases_file is not None))
    report_crashes(report.crashes, verbose=invocation.verbose)
    return _exit_code(results, report)


def _refuse_beside_cases() -> None:
    context = click.get_current_context()
    told = ("origins", "method", "headers", "credentials", "url", "status", "private_network", "policy", "expect")
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in told and source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{parameter.opts[0]} does not go with --cases: each case says it for itself")


def _cases(path: str) -> tuple[Case, ...]:
    from corslint import cases, collect

    data = collect.read_bytes(path)
    if not isinstance(data, bytes):
        raise click.UsageError(f"{path}: {data.reason}")
    try:
        return cases.read(os.path.relpath(path).replace(os.sep, "/"), data)
    except cases.CaseError as error:
        raise click.UsageError(str(error)) from None


def _result(case: Case, report: Report, environment: str | None) -> Result:
    from corslint.output.simulation import Result
    from corslint.simulation import simulated

    asked = _named(case.policy, report.policies)
    found = (one for policy in asked for one in simulated(policy, case.question))
    return Result(
        case, tuple(one for one in found if environment is None or one.policy.environment.kind == environment)
    )


def _named(name: str | None, policies: Sequence[Policy]) -> Sequence[Policy]:
    """The policies that a name means: those called exactly so, else those with it in their name."""
    if name is None or not policies:
        return policies
    exactly = [one for one in policies if name in (one.id, one.key, one.name)]
    found = exactly or [one for one in policies if name.lower() in f"{one.id} {one.name}".lower()]
    if not found:
        known = [one.name for one in policies]
        listed = ", ".join(dict.fromkeys(known[:5]))
        raise click.UsageError(f"there is no policy {name!r}{suggestion(name, known) or f'; found: {listed}'}")
    return found


def _exit_code(results: Sequence[Result], report: Report) -> int:
    if report.crashes:
        return FAULT
    if any(result.passed is False for result in results):
        return FINDINGS
    if any(result.case.expect is not None and result.passed is None for result in results):
        complain("an expectation met no policy, so it proves nothing")
        return INCOMPLETE
    return reading(report)
