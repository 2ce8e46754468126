"""The commands that write a page to be opened by a double-click: the explorer, and a replay."""

import argparse
from pathlib import Path
from typing import Any

from ..files import write
from .common import add_command, add_scenario, announce, check_writable, load_run, load_scenario, tried
from .says import DONE


def add_parsers(commands: Any) -> None:
    """Declare `explore` and `play`."""
    explore = add_command(commands, "explore", _explore, "write the explorer, the replay with knobs, as one HTML page")
    add_scenario(explore, workload=False)
    explore.add_argument("--out", metavar="FILE", default="explorer.html", help="where to (explorer.html)")
    play = add_command(commands, "play", _play, "write the replay of SYNC and ASYNC as one HTML page")
    add_scenario(play)
    play.add_argument("--out", metavar="FILE", default="run.html", help="where to (run.html)")


def _explore(args: argparse.Namespace) -> int:
    from ..player import explorer_page

    check_writable("--out", Path(args.out))
    return _write(explorer_page(load_scenario(args)), args.out)


def _play(args: argparse.Namespace) -> int:
    from ..experiments import compare
    from ..player import play_page

    check_writable("--out", Path(args.out))
    scenario, workload = load_run(args)
    return _write(play_page(compare(scenario, workload=workload)), args.out)


def _write(page: str, out: str) -> int:
    tried("--out", lambda: write(out, page.encode()))
    announce(out, "open it with a double-click; it needs no network")
    return DONE
