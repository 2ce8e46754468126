"""The command line: parses, calls, prints; computes nothing. Heavy imports happen in the command that needs them."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from .experiments import Comparison
    from .scenario import Scenario
    from .workload import Workload

DONE, FAILED, WRONG = 0, 1, 2
INTERRUPTED, TERMINATED = 130, 143
PLOT_SUFFIXES = (".png", ".svg", ".pdf")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 a verification failed, 2 bad input, 130 and 143 stopped."""
    signal.signal(signal.SIGTERM, _terminate)
    args = _parser().parse_args(arguments)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except ValueError as error:
        for line in str(error).splitlines():
            print(f"error: {_harmless(line)}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has seen enough; without this Python complains once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _terminate(_signal: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the keys in Redis are being removed
    sys.exit(TERMINATED)


def _harmless(line: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"error: {_harmless(message)}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m sim",
        description="Simulate the synchronous and the asynchronous request cycle on the same requests.",
        epilog="One obvious first thing to try: python -m sim compare",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_compare(commands)
    _add_trace(commands)
    _add_scenarios(commands)
    _add_workload(commands)
    _add_check(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_scenario(parser: argparse.ArgumentParser, *, workload: bool = True) -> None:
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help="a preset's name or a TOML file (slides)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", dest="overrides", help="change a field"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="choose other random numbers")
    if workload:
        parser.add_argument("--workload", metavar="FILE.csv", help="take the requests from a file")


def _add_compare(commands: Any) -> None:
    parser = _command(
        commands, "compare", _compare, "SYNC, ASYNC, and SYNC with as many slots, on the same requests, side by side"
    )
    _add_scenario(parser)
    parser.add_argument(
        "--redis", metavar="WHERE", default="fake", help="fake (default), a redis:// URL, or env:NAME of one"
    )
    parser.add_argument("--engine", choices=("simpy", "exact"), default="simpy", help="simpy (default) or exact")
    parser.add_argument("--pace", type=_positive, metavar="X", help="simulated seconds per second, on a real Redis")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--records", metavar="DIR", help="write a CSV file per column, a row per request")
    parser.add_argument("--plot", metavar="FILE", help="draw the comparison (png, svg or pdf)")
    parser.add_argument("--quiet", action="store_true", help="only the table: no sentences, no progress")


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


_positive.__name__ = "number above 0"  # argparse names the type in its message


def _add_trace(commands: Any) -> None:
    parser = _command(commands, "trace", _trace, "one request's way, hop by hop with times")
    parser.add_argument("cycle", choices=("sync", "async"), metavar="CYCLE", help="sync or async")
    parser.add_argument("--request", type=int, required=True, metavar="N", help="which one, by arrival, from 0")
    _add_scenario(parser)


def _add_scenarios(commands: Any) -> None:
    parser = _command(commands, "scenarios", _scenarios, "the presets, a line each, or one in full as TOML")
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this one, ready to be edited")


def _add_workload(commands: Any) -> None:
    parser = _command(commands, "workload", _workload, "write a scenario's requests as a workload file to stdout")
    _add_scenario(parser, workload=False)


def _add_check(commands: Any) -> None:
    parser = _command(commands, "check", _check, "show that the simulator is right: theory, recordings, ledgers")
    parser.add_argument("--json", action="store_true", help="print the verdicts as one JSON object")


def _load(args: argparse.Namespace) -> "tuple[Scenario, Workload]":
    """The scenario and the requests that the arguments name."""
    from .experiments import with_workload
    from .scenario import load
    from .workload import draw, read

    overrides = list(args.overrides)
    if args.seed is not None:
        overrides.append(f"seed={args.seed}")
    scenario = load(args.scenario or "slides", overrides)
    if getattr(args, "workload", None) is None:
        return scenario, draw(scenario)
    workload = read(args.workload)
    return with_workload(scenario, workload, args.workload, overrides), workload


def _compare(args: argparse.Namespace) -> int:
    from .experiments import compare

    _check_outputs(args)
    _check_combination(args)
    scenario, workload = _load(args)
    comparison = compare(
        scenario,
        workload=workload,
        engine=args.engine,
        redis=args.redis,
        pace=args.pace,
        progress=None if args.quiet else _progress,
        announce=_announce,
    )
    _write_outputs(comparison, args)
    if args.json:
        print(json.dumps(comparison.to_json(), allow_nan=False))
    else:
        from .tables import comparison_table, lesson

        print(comparison_table(comparison))
        if not args.quiet:
            print("", *(f"• {sentence}" for sentence in lesson(comparison)), sep="\n")
    return DONE


def _check_combination(args: argparse.Namespace) -> None:
    if args.engine == "exact" and (args.redis != "fake" or args.pace):
        flag = "--redis" if args.redis != "fake" else "--pace"
        raise ValueError(f"--engine exact with {flag}: the exact engine has no Redis; allowed: --engine simpy")
    if args.pace is not None and args.redis == "fake":
        raise ValueError("--pace without a real Redis: nobody could watch; allowed: with --redis URL or env:NAME")


def _check_outputs(args: argparse.Namespace) -> None:
    """Find out before the run what could not be written after it."""
    if args.plot:
        if Path(args.plot).suffix.lower() not in PLOT_SUFFIXES:
            raise ValueError(f"--plot {args.plot}: allowed: a file name ending in {', '.join(PLOT_SUFFIXES)}")
        check_writable("--plot", Path(args.plot))
    if args.records:
        _tried("--records", args.records, lambda: Path(args.records).mkdir(parents=True, exist_ok=True))
        for name in ("sync", "async", "sync_same_slots"):
            check_writable("--records", Path(args.records) / f"{name}.csv")


def check_writable(flag: str, file: Path) -> None:
    """Raise ValueError where the file cannot be written; leaves no trace of the trial."""
    existed = file.exists()
    _tried(flag, str(file), lambda: file.open("ab").close())
    if not existed:
        file.unlink()


def _tried(flag: str, name: str, write: Callable[[], Any]) -> None:
    try:
        write()
    except OSError as error:
        raise ValueError(f"{flag} {name}: cannot be written: {error.strerror}") from None


def _write_outputs(comparison: "Comparison", args: argparse.Namespace) -> None:
    if args.records:
        from .records import write_csv

        for name, result in comparison.cycles.items():
            with (Path(args.records) / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                write_csv(result.records, stream)
    if args.plot:
        from .plots import comparison_figure, save

        save(comparison_figure(comparison), args.plot)


def _progress(name: str) -> Callable[[Iterable[int]], Iterable[int]] | None:
    """A progress bar on stderr, from the second second on and on a terminal only."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return lambda requests: tqdm(requests, desc=name, unit=" requests", delay=1, leave=False, file=sys.stderr)


def _announce(key: str) -> None:
    print(f"The jobs wait in the Redis list {key}", file=sys.stderr, flush=True)


def _trace(args: argparse.Namespace) -> int:
    from .experiments import simulate
    from .tables import timeline

    scenario, workload = _load(args)
    print(timeline(simulate(scenario, args.cycle, workload=workload), args.request))
    return DONE


def _scenarios(args: argparse.Namespace) -> int:
    from .scenario import preset, summaries

    if args.name:
        print(preset(args.name).to_toml(), end="")
        return DONE
    presets = list(summaries())
    width = max(len(name) for name, _ in presets)
    for name, scenario in presets:
        print(f"{name:{width}}  {scenario.title}. {scenario.shows}")
    print("\nIn full, ready to be edited: python -m sim scenarios NAME")
    return DONE


def _workload(args: argparse.Namespace) -> int:
    from .workload import write

    _, workload = _load(args)
    write(workload, sys.stdout)
    return DONE


def _check(args: argparse.Namespace) -> int:
    from .verify import verify

    verdicts = []
    for verdict in verify():
        verdicts.append(verdict)
        if not args.json:
            print(verdict, flush=True)
    if args.json:
        print(json.dumps([verdict.to_json() for verdict in verdicts], allow_nan=False))
    return DONE if all(verdict.holds for verdict in verdicts) else FAILED
