"""The commands that write pages to be opened by a double-click: the explorer, a replay, and what a class gets."""

import argparse
from pathlib import Path
from typing import Any

from ..files import write, write_all
from .common import (
    add_command,
    add_scenario,
    announce,
    check_writable,
    check_writable_folder,
    load_run,
    load_scenario,
    tried,
)
from .says import DONE


def add_parsers(commands: Any) -> None:
    """Declare `explore`, `play` and `handout`."""
    explore = add_command(commands, "explore", _explore, "write the explorer, the replay with knobs, as one HTML page")
    add_scenario(explore)
    explore.add_argument("--out", metavar="FILE", default="explorer.html", help="where to (explorer.html)")
    play = add_command(commands, "play", _play, "write the replay of SYNC and ASYNC as one HTML page")
    add_scenario(play)
    play.add_argument("--out", metavar="FILE", default="run.html", help="where to (run.html)")
    play.add_argument("--measured", metavar="DIR", help="replay what live --records wrote, not a simulation")
    handout = add_command(
        commands, "handout", _handout, "write what a class gets: notebooks without answers, worksheet, quiz"
    )
    handout.add_argument("folder", metavar="DIR", help="a new folder; the key goes beside it")


def _explore(args: argparse.Namespace) -> int:
    from ..player import explorer_page

    check_writable("--out", Path(args.out))
    if args.workload is None:
        return _write(explorer_page(load_scenario(args)), args.out)
    return _write(explorer_page(*load_run(args)), args.out)


def _play(args: argparse.Namespace) -> int:
    from ..experiments import compare
    from ..player import play_page

    check_writable("--out", Path(args.out))
    if args.measured is not None:
        from ..live.replayed import measured_runs

        if args.scenario or args.workload or args.overrides or args.seed is not None:
            raise ValueError("--measured DIR: it says which scenario and requests; allowed: --out besides")
        return _write(play_page(measured_runs(args.measured)), args.out)
    scenario, workload = load_run(args)
    return _write(play_page(compare(scenario, workload=workload)), args.out)


def _handout(args: argparse.Namespace) -> int:
    from ..handout import handout

    folder = Path(args.folder)
    check_writable_folder("DIR", folder)
    made = handout(folder)
    tried("DIR", lambda: write_all(made, make_folders=True))
    key = next(file for file in made if file.parent != folder)
    print(f"{folder}: {len(made) - 1} files for the class: notebooks, explorer.html, worksheet.html, quiz.html")
    print(f"{key}: the key, for you")
    return DONE


def _write(page: str, out: str) -> int:
    tried("--out", lambda: write(out, page.encode()))
    announce(out, "open it with a double-click; it needs no network")
    return DONE
