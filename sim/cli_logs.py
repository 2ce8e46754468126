"""The commands about logs of your own: `import`."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .cli_common import add_command, announce, check_writable, progress_bar, tried
from .cli_says import DONE, harmless
from .files import text, write

if TYPE_CHECKING:
    from .logs.importing import Imported


def add_parsers(commands: Any) -> None:
    """Declare `import`."""
    parser = add_command(
        commands, "import", _import, "make a workload file of logs: of a router's, an application's, or both"
    )
    add_logs(parser)
    parser.add_argument("--out", metavar="FILE.csv", default="-", help="where to (to stdout)")
    parser.add_argument("--threads", type=int, metavar="N", help="how many served; a router's log alone needs it")
    parser.add_argument("--timeout", metavar="TIME", default="30s", help="after which the router gives up (30s)")


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
    parser.add_argument(
        "--format", metavar="NAME", help="heroku, nginx, rails, lograge, alb, cloudfront, sidekiq (found)"
    )
    parser.add_argument("--log-format", metavar="TEXT", default="", help="nginx's log_format, if it is your own")
    parser.add_argument("--all", action="store_true", help="static files and health checks, too")


def imported(args: argparse.Namespace, threads: int | None, timeout: float | str) -> "Imported":
    """The logs that the arguments name, read."""
    from .logs.importing import import_logs

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
    from .workload import write as write_workload

    to_stdout = args.out == "-"
    if not to_stdout:
        check_writable("--out", Path(args.out))
    found = imported(args, args.threads, args.timeout)
    if to_stdout:
        write_workload(found.workload, sys.stdout)
    else:
        tried("--out", lambda: write(args.out, text(partial(write_workload, found.workload))))
    say(found.said, sys.stderr if to_stdout else sys.stdout)
    if not to_stdout:
        announce(args.out, f"python -m sim compare --workload {args.out}")
    return DONE


def say(sentences: Sequence[str], stream: IO[str]) -> None:
    """Print what there is to say of a log, with nothing in it that a terminal would obey."""
    for sentence in sentences:
        print(harmless(sentence), file=stream)
