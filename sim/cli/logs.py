"""The commands about logs of your own: `import` and `whatif`."""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..files import text, write
from ..logs import FORMATS
from .common import add_command, announce, beside, check_plot, check_writable, progress_bar, tried
from .says import DONE, harmless

if TYPE_CHECKING:
    from ..logs.importing import Imported


def add_parsers(commands: Any) -> None:
    """Declare `import` and `whatif`."""
    parser = add_command(
        commands, "import", _import, "make a workload file of logs: of a router's, an application's, or both"
    )
    add_logs(parser)
    parser.add_argument("--out", metavar="FILE.csv", default="-", help="where to (to stdout)")
    parser.add_argument("--threads", type=int, metavar="N", help="how many served; a router's log alone needs it")
    parser.add_argument("--timeout", metavar="TIME", default="30s", help="after which the router gives up (30s)")
    _add_whatif(commands)


def _add_whatif(commands: Any) -> None:
    parser = add_command(
        commands, "whatif", _whatif, "a log as SYNC served it, with jobs, and how few threads and workers would do"
    )
    add_logs(parser)
    parser.add_argument("--threads", type=int, required=True, metavar="N", help="how many served the log")
    parser.add_argument("--workers", type=int, default=5, metavar="K", help="how many workers the jobs would have (5)")
    parser.add_argument("--timeout", metavar="TIME", default="30s", help="after which the router gives up (30s)")
    parser.add_argument(
        "--goal",
        action="append",
        metavar="GOAL",
        help='again and again ("timeout_fraction < 1%%", completion_time.p95 < 60s)',
    )
    parser.add_argument("--json", action="store_true", help="print all of it as one JSON object")
    parser.add_argument("--plot", metavar="FILE", help="draw both cycles (png, svg or pdf)")
    parser.add_argument("--out", metavar="FILE.csv", help="write the workload, too")


def add_logs(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name logs and say how to read them."""
    parser.add_argument("logs", nargs="+", metavar="LOG", help="a log, gzip or not; - is stdin")
    parser.add_argument(
        "--report", action="append", default=[], metavar="GLOB", help="what is a report: '/reports/*'; again and again"
    )
    parser.add_argument(
        "--page", action="append", default=[], metavar="GLOB", help="pages to be told apart from others"
    )
    parser.add_argument(
        "--slower-than", metavar="TIME", help="guess instead: the paths of which one in ten takes longer"
    )
    parser.add_argument("--web-time", metavar="TIME", default="100ms", help="of a report stays on its thread (100ms)")
    parser.add_argument("--format", metavar="NAME", help=f"{', '.join(FORMATS)} (found)")
    parser.add_argument("--log-format", metavar="TEXT", default="", help="nginx's log_format, if it is your own")
    parser.add_argument("--all", action="store_true", help="static files and health checks, too")


def imported(args: argparse.Namespace, threads: int | None, timeout: float | str) -> "Imported":
    """The logs that the arguments name, read."""
    from ..logs.importing import import_logs

    return import_logs(
        args.logs,
        reports=args.report,
        pages=args.page,
        slower_than=args.slower_than,
        threads=threads,
        web_time=args.web_time,
        timeout=timeout,
        format=args.format,
        log_format=args.log_format,
        everything=args.all,
        progress=progress_bar("reading", "MB") or iter,
    )


def _import(args: argparse.Namespace) -> int:
    to_stdout = args.out == "-"
    if not to_stdout:
        check_writable("--out", Path(args.out))
    found = imported(args, args.threads, args.timeout)
    if to_stdout:
        _write_workload(found, sys.stdout)
    else:
        tried("--out", lambda: write(args.out, text(partial(_write_workload, found))))
    say(found.said, sys.stderr if to_stdout else beside(args.out))
    if not to_stdout:
        announce(args.out, f"python -m sim compare --workload {args.out}")
    return DONE


def say(sentences: Sequence[str], stream: IO[str]) -> None:
    """Print what there is to say of a log, with nothing in it that a terminal would obey."""
    for sentence in sentences:
        print(harmless(sentence), file=stream)


def _whatif(args: argparse.Namespace) -> int:
    from ..logs.whatif import DEFAULT_GOALS, check, served, what_if

    if args.plot is not None:
        check_plot(args.plot)
    if args.out:
        check_writable("--out", Path(args.out))
    goals = check(args.goal or DEFAULT_GOALS)
    scenario = served(args.threads, args.workers, args.timeout)
    found = imported(args, args.threads, scenario.timeout)
    answer = what_if(found, scenario, goals, progress=progress_bar("looking for enough", "runs") or iter)
    if args.json:
        print(json.dumps(answer.to_json(), allow_nan=False))
    else:
        from ..log_tables import whatif_text

        say(whatif_text(answer).splitlines(), beside(args.out))
    if args.out:
        tried("--out", lambda: write(args.out, text(partial(_write_workload, found))))
    if args.plot:
        from ..plots import comparison_figure, save

        tried("--plot", lambda: save(comparison_figure(answer.comparison), args.plot))
    return DONE


def _write_workload(found: "Imported", stream: IO[str]) -> None:
    from ..workload import write as write_workload

    write_workload(found.workload, stream)
