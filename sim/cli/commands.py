"""The command line: parses, calls, prints; computes nothing. Heavy imports happen in the command that needs them."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import text, write_all
from ..words import COLUMNS
from .common import (
    Parser,
    add_command,
    add_scenario,
    check_plot,
    check_writable,
    check_writable_folder,
    load_run,
    pace,
    progress_bar,
    refuse_misplaced,
    refuse_nameless,
    refuse_overwriting,
    tried,
)
from .says import DONE, FAILED, ended_by

if TYPE_CHECKING:
    from ..experiments import Comparison
    from ..scenario import Scenario


RUNS = "async.runs.csv"  # a row per run of a job


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 a verification failed, 2 bad input, 129, 130, 143 stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    status = DONE
    try:
        _mend_streams()
        args = parser().parse_args(given)
        refuse_misplaced(args)
        refuse_nameless(args)
        refuse_overwriting(args)
        status = args.run(args)
    except BaseException as error:  # noqa: BLE001  how it ends is told in one place, whatever it was
        status = ended_by(error, given)
    try:
        sys.stdout.flush()
    except OSError as error:
        status = ended_by(error, given)
    return status


def _mend_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called us, with 2>&- say
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a "?" in an old encoding is better than no table


def parser() -> argparse.ArgumentParser:
    whole = Parser(
        prog="python -m sim",
        description="Simulate the synchronous and the asynchronous request cycle on the same requests.",
        epilog="One obvious first thing to try: python -m sim compare",
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    _add_compare(commands)
    _add_trace(commands)
    _add_scenarios(commands)
    _add_workload(commands)
    _add_check(commands)
    for add_parsers in _found():
        add_parsers(commands)
    return whole


def _found() -> Iterator[Callable[[Any], None]]:
    """What declares the commands of the other modules here: a module with an `add_parsers` needs no other line."""
    package = __package__ or ""
    for module in sorted(file.stem for file in Path(__file__).parent.glob("*.py")):
        add_parsers = getattr(import_module(f"{package}.{module}"), "add_parsers", None)
        if add_parsers:
            yield add_parsers


def _add_compare(commands: Any) -> None:
    parser = add_command(
        commands, "compare", _compare, "SYNC, ASYNC, and SYNC with as many slots, on the same requests, side by side"
    )
    add_scenario(parser)
    parser.add_argument(
        "--redis", metavar="WHERE", default="fake", help="fake (default), a redis:// URL, or env:NAME of one"
    )
    parser.add_argument("--engine", choices=("simpy", "exact"), default="simpy", help="simpy (default) or exact")
    parser.add_argument("--pace", type=pace, metavar="X", help="simulated seconds per second, on a real Redis")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument(
        "--records", metavar="DIR", help="write a CSV file per column, a row per request, and one of the runs of jobs"
    )
    parser.add_argument("--plot", metavar="FILE", help="draw the comparison (png, svg or pdf)")
    parser.add_argument(
        "--link", nargs="?", const="explorer.html", metavar="PAGE", help="print a link to it in the explorer (at PAGE)"
    )
    parser.add_argument("--quiet", action="store_true", help="only the table: no sentences, no progress")


def _add_trace(commands: Any) -> None:
    parser = add_command(commands, "trace", _trace, "one request's way, hop by hop with times")
    parser.add_argument("cycle", choices=("sync", "async"), metavar="CYCLE", help="sync or async")
    parser.add_argument("--request", type=int, required=True, metavar="N", help="which one, by arrival, from 0")
    add_scenario(parser)


def _add_scenarios(commands: Any) -> None:
    parser = add_command(commands, "scenarios", _scenarios, "the presets, a line each, or one in full as TOML")
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this one, ready to be edited")


def _add_workload(commands: Any) -> None:
    parser = add_command(commands, "workload", _workload, "write a scenario's requests as a workload file to stdout")
    add_scenario(parser, workload=False)


def _add_check(commands: Any) -> None:
    parser = add_command(commands, "check", _check, "show that the simulator is right: theory, recordings, ledgers")
    parser.add_argument("--json", action="store_true", help="print the verdicts as one JSON object")
    parser.add_argument("--measured", metavar="DIR", help="hold what live --records wrote against the model, too")


def _compare(args: argparse.Namespace) -> int:
    from ..experiments import compare
    from ..presets import is_changed_preset

    _check_combination(args)
    _check_outputs(args)
    scenario, workload = load_run(args)
    link = _link(args, scenario)
    comparison = compare(
        scenario,
        workload=workload,
        engine=args.engine,
        redis=args.redis,
        pace=args.pace,
        progress=None if args.quiet else lambda name: progress_bar(name, "requests"),
        announce=_announce,
    )
    _write_outputs(comparison, args)
    if args.json:
        print(json.dumps(comparison.to_json(), allow_nan=False))
    else:
        from ..lesson import sentences
        from ..tables import comparison_table

        print(comparison_table(comparison))
        if not args.quiet:
            print("", *(f"• {sentence}" for sentence in sentences(comparison)), sep="\n")
            if is_changed_preset(scenario):
                print("\nTry next: python -m sim explore: the same with knobs to turn.")
            elif scenario.try_this:
                print(f"\nTry next: {scenario.try_this}")
        if link:
            print(f"\nIn the explorer: {link}")
    return DONE


def _link(args: argparse.Namespace, scenario: "Scenario") -> str:
    """The scenario as a link, where one is asked for and there is one."""
    if args.link is None:
        return ""
    if args.json or args.workload:
        raise ValueError("--link beside --json or --workload: allowed: without them")
    if not args.link or not args.link.isprintable() or set(args.link) & set(' #<>"'):
        raise ValueError(
            f"link: {args.link!r} is no page's address; allowed: a URL or a file's name, without # and blanks"
        )
    from ..player.link import link

    return link(scenario, args.link)


def _check_combination(args: argparse.Namespace) -> None:
    if args.engine == "exact" and (args.redis != "fake" or args.pace):
        flag = "--redis" if args.redis != "fake" else "--pace"
        raise ValueError(f"--engine exact with {flag}: the exact engine has no Redis; allowed: --engine simpy")
    if args.pace is not None and args.redis == "fake":
        raise ValueError("--pace without a real Redis: nobody could watch; allowed: with --redis URL or env:NAME")


def _check_outputs(args: argparse.Namespace) -> None:
    """Find out before the run what could not be written after it."""
    if args.plot is not None:
        check_plot(args.plot)
    if args.records is not None:
        folder = Path(args.records)
        check_writable_folder("--records", folder)
        for name in (*(f"{column}.csv" for column in COLUMNS), RUNS) if folder.exists() else ():
            check_writable("--records", folder / name)


def _write_outputs(comparison: "Comparison", args: argparse.Namespace) -> None:
    if args.records:
        from ..records import write_csv, write_runs

        contents = {
            Path(args.records) / f"{name}.csv": text(partial(write_csv, result.records))
            for name, result in comparison.cycles.items()
        }
        contents[Path(args.records) / RUNS] = text(partial(write_runs, comparison.async_.records))
        tried("--records", lambda: write_all(contents, make_folders=True))
    if args.plot:
        from ..plots import comparison_figure, save

        tried("--plot", lambda: save(comparison_figure(comparison), args.plot))


def _announce(key: str) -> None:
    print(f"The jobs wait in the Redis list {key}", file=sys.stderr, flush=True)


def _trace(args: argparse.Namespace) -> int:
    from ..experiments import simulate
    from ..tables import timeline

    scenario, workload = load_run(args)
    print(timeline(simulate(scenario, args.cycle, workload=workload), args.request))
    return DONE


def _scenarios(args: argparse.Namespace) -> int:
    from ..presets import LAB, PRESETS, preset, summaries

    if args.name is not None:
        print(preset(args.name).to_toml(), end="")
        return DONE
    width = max(map(len, PRESETS + LAB))
    for heading, names in (("", PRESETS), ("\nThe failure lab, where more goes wrong:\n", LAB)):
        print(heading, end="")
        for name, scenario in summaries(names):
            print(f"{name:{width}}  {scenario.title}. {scenario.shows}")
    print("\nIn full, ready to be edited: python -m sim scenarios NAME")
    return DONE


def _workload(args: argparse.Namespace) -> int:
    from ..workload import write

    _, workload = load_run(args)
    write(workload, sys.stdout)
    return DONE


def _check(args: argparse.Namespace) -> int:
    from ..checks import check

    verdicts = []
    measured = []
    if args.measured is not None:
        from ..live.replayed import verdicts as of_measured

        measured = list(of_measured(args.measured))
    for verdict in chain(check(), measured):
        verdicts.append(verdict)
        if not args.json:
            print(verdict, flush=True)
    if args.json:
        print(json.dumps([verdict.to_json() for verdict in verdicts], allow_nan=False))
    return DONE if all(verdict.holds for verdict in verdicts) else FAILED
