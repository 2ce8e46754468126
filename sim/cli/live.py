"""The command that serves a scenario by real programs, and puts what was measured beside the prediction."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..words import cycle_name
from .common import (
    DONE,
    FAILED,
    add_command,
    add_scenario,
    check_plot,
    check_writable_folder,
    load_run,
    load_scenario,
    tried,
)
from .live_told import panel, told

if TYPE_CHECKING:
    from ..live.stack import Choice
    from ..live.verdict import Beside
    from ..scenario import Scenario
    from ..workload import Workload

MOST_ON_A_BOARD = MOST_WAIT = 4000  # requests


def add_parsers(commands: Any) -> None:
    """Declare `live`."""
    parser = add_command(commands, "live", _live, "the same requests on real programs, measured beside the prediction")
    add_scenario(parser)
    parser.add_argument("--cycle", choices=("sync", "async", "both"), default="both", help="both by default")
    parser.add_argument("--scale", type=_scale, default=20.0, metavar="X", help="simulated seconds per second (20)")
    parser.add_argument(
        "--redis",
        metavar="WHERE",
        default="auto",
        help="server (redis-server or valkey-server from PATH), fake (fakeredis over TCP), auto (the first that is"
        " there), a redis:// URL, or env:NAME of one",
    )
    parser.add_argument("--web", metavar="NAME", default="waitress", help="waitress, or genuine puma")
    parser.add_argument("--worker", metavar="NAME", default="ours", help="ours, or genuine sidekiq")
    parser.add_argument("--kill-worker", action="append", default=[], metavar="AT", help="kill it (-9) then, s")
    parser.add_argument("--deploy-worker", action="append", default=[], metavar="AT", help="stop it (TERM) then, s")
    parser.add_argument("--outage", action="append", default=[], metavar="FROM-UNTIL", help="the service is down, s")
    parser.add_argument("--board", action="store_true", help="watch it in a browser; it begins when you press Start")
    parser.add_argument("--class", action="store_true", dest="teaches", help="a class asks with its phones (1:1)")
    parser.add_argument("--ask", metavar="QUESTION", help="let phones answer a question of a slide, and nothing else")
    parser.add_argument("--unit", metavar="U", default="", help="what the number is, with --ask")
    parser.add_argument("--lan", action="store_true", help="let the local network in, at one address (else nobody)")
    parser.add_argument("--address", metavar="IP", help="which of this machine's addresses, with --lan")
    parser.add_argument("--port", type=_port, default=8765, metavar="N", help="of board and class (8765)")
    parser.add_argument("--phones", type=_phones, default=0, metavar="N", help="so many simulated phones in the class")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--records", metavar="DIR", help="write what was measured, for play --measured and check")
    parser.add_argument("--plot", metavar="FILE", help="draw prediction beside measurement (png, svg or pdf)")


def _scale(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text[:60]!r}; allowed: a number from 1 to 100")
    return number


def _port(text: str) -> int:
    return _whole(text, 1024, 65535)


def _phones(text: str) -> int:
    return _whole(text, 0, 100)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text[:60]!r}; allowed: a whole number from {least} to {most}")
    return int(text)


def _live(args: argparse.Namespace) -> int:
    from importlib.util import find_spec

    from ..live.measure import refuse
    from ..live.program import ProgramEndedError

    missing = [name for name in ("waitress", "starlette", "uvicorn", "segno") if not find_spec(name)]
    if missing:
        raise ValueError(f"live: {', '.join(missing)} missing; install with pip install 'request-cycles[live]'")
    _check_outputs(args)
    _check_who_comes(args)
    args.overrides = [*args.overrides, *_mishaps(args)]
    if args.ask is not None:
        return _ask(args)
    if args.teaches:
        return _teach(args)
    scenario, workload = load_run(args)
    refuse(scenario, args.web, args.worker, workload)
    choice = _choice(args)
    choice.check(scenario.on_timeout)
    _warn_of_few_files()
    try:
        found = _served(args, scenario, workload, choice)
    except ProgramEndedError as error:
        print(f"live: {error}", file=sys.stderr)
        return FAILED
    _write(args, scenario, workload, found)
    if args.json:
        print(json.dumps({"schema": 1, "cycles": [one.to_json() for one in found]}, allow_nan=False))
    else:
        print("\n\n".join(map(told, found)))
    return DONE


def _served(args: argparse.Namespace, scenario: "Scenario", workload: "Workload", choice: "Choice") -> "list[Beside]":
    from ..live.measure import run
    from ..live.verdict import beside

    if args.board:
        return _on_the_board(args, scenario, workload, choice)
    found = []
    seconds = (float(workload.arrived_at[-1]) if len(workload) else 0.0) / args.scale
    for cycle in _cycles(args):
        print(
            f"{cycle_name(cycle)} on real programs: {seconds:.0f} s and what then still runs",
            file=sys.stderr,
            flush=True,
        )
        found.append(beside(scenario, workload, run(scenario, workload, cycle, args.scale, choice)))
    return found


def _cycles(args: argparse.Namespace) -> list[str]:
    return ["sync", "async"] if args.cycle == "both" else [args.cycle]


def _on_the_board(
    args: argparse.Namespace, scenario: "Scenario", workload: "Workload", choice: "Choice"
) -> "list[Beside]":
    """As the others, but the figures are told as soon as they are there: the board stays until it is stopped."""
    from ..live.teach import on_the_board
    from ..live.verdict import beside

    if len(workload) > MOST_ON_A_BOARD:
        raise ValueError(f"--board: {len(workload):,} requests; allowed: up to {MOST_ON_A_BOARD:,}")
    found = []
    for measured in on_the_board(scenario, workload, _cycles(args), args.scale, choice, _announce):
        found.append(beside(scenario, workload, measured))
        _write(args, scenario, workload, found)
        print(told(found[-1]), end="\n\n", flush=True)
    return found


def _choice(args: argparse.Namespace) -> "Choice":
    from ..live.lan import address_for, check_port
    from ..live.stack import Choice

    if not (args.board or args.teaches or args.ask is not None):
        return Choice(args.redis, args.web, args.worker)
    host = address_for(args.lan, args.address)
    check_port(host, args.port)
    if args.lan:
        _announce(f"Warning: everybody on your network can reach {host}:{args.port} until this ends.")
    return Choice(args.redis, args.web, args.worker, host, args.port)


def _teach(args: argparse.Namespace) -> int:
    from ..live.program import ProgramEndedError
    from ..live.teach import TIMEOUT, teach

    given = {override.partition("=")[0].strip() for override in args.overrides}
    own = [f"{name}={value}" for name, value in (("timeout", TIMEOUT), ("external_time", 5)) if name not in given]
    args.overrides = [*own, *args.overrides]
    scenario, choice = load_scenario(args), _choice(args)
    if "shutdown_time" not in given:  # a deploy by the button gives something back
        scenario = scenario.replace(shutdown_time=1.0)
    _warn_of_few_files()
    try:
        teach(scenario, choice, args.phones, _announce)
    except ProgramEndedError as error:
        print(f"live: {error}", file=sys.stderr)
        return FAILED
    return DONE


def _ask(args: argparse.Namespace) -> int:
    from ..live.asking import ask, stay
    from ..live.program import ProgramEndedError

    choice = _choice(args)
    asked = ask(args.ask, args.unit, choice.host, choice.port)
    try:
        _announce(f"The class answers at {asked.link} (its QR code is on the board)")
        _announce(f"The board with your button, for you alone: {asked.teachers_link}")
        stay()
    except ProgramEndedError as error:
        _announce(f"live: {error}")
        return FAILED
    finally:
        asked.close()


def _announce(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _warn_of_few_files() -> None:
    """Say, once all that was asked for makes sense, how few may wait at once."""
    from ..live.files import most_waiting

    if (most := most_waiting(MOST_WAIT)) < MOST_WAIT:
        _announce(f"live: the limit of open files lets no more than {most:,} requests wait at once")


def _check_who_comes(args: argparse.Namespace) -> None:
    """Flags that go together."""
    if args.unit and args.ask is None:
        raise ValueError(f"--unit {args.unit!r} without --ask: there is no question; allowed: with --ask")
    if args.ask is not None and (args.board or args.teaches):
        raise ValueError("--ask with --board or --class: it is a question and no run; allowed: one of them")
    if args.board and args.teaches:
        raise ValueError("--board with --class: the class has a board; allowed: one of the two")
    for flag, given in (("--lan", args.lan), ("--phones", args.phones), ("--address", args.address)):
        if given and not args.teaches and (args.ask is None or flag == "--phones"):
            raise ValueError(f"{flag} without --class: nobody else comes; allowed: with --class")
    for flag, given in (("--json", args.json), ("--records", args.records), ("--plot", args.plot)):
        if given and args.teaches:
            raise ValueError(f"{flag} with --class: nothing of a class is kept; allowed: without it")
    if args.teaches and args.workload:
        raise ValueError("--workload with --class: the class makes the requests; allowed: without it")


def _mishaps(args: argparse.Namespace) -> list[str]:
    """The flags for mishaps as the scenario's fields."""
    stops = [(_instant("--kill-worker", at), "kill") for at in args.kill_worker]
    stops += [(_instant("--deploy-worker", at), "term") for at in args.deploy_worker]
    outages = [[_instant("--outage", end) for end in text.split("-", 1)] for text in args.outage]
    if any(len(outage) != 2 for outage in outages):
        raise ValueError(f"--outage {args.outage[0]}: allowed: two instants in seconds, as in 240-420")
    told = [f"worker_stops={json.dumps(sorted(stops))}"] if stops else []
    return [*told, *([f"outages={json.dumps(outages)}"] if outages else [])]


def _instant(flag: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{flag} {text[:60]!r}; allowed: an instant in simulated seconds") from None


def _check_outputs(args: argparse.Namespace) -> None:
    if args.plot is not None:
        check_plot(args.plot)
    if args.records is not None:
        check_writable_folder("--records", Path(args.records))


def _write(args: argparse.Namespace, scenario: "Scenario", workload: "Workload", found: "list[Beside]") -> None:
    if args.records:
        from ..files import write_all
        from ..live.recording import files_of

        for one in found:
            if not one.measured.is_whole:
                print(f"live: no records of {cycle_name(one.measured.cycle)}: events were lost", file=sys.stderr)
        whole = [one.measured for one in found if one.measured.is_whole]
        contents = files_of(scenario, workload, whole)
        tried(
            "--records",
            lambda: write_all({Path(args.records) / name: of for name, of in contents.items()}, make_folders=True),
        )
    if args.plot:
        from ..plots import measured_figure, save

        panels = [panel(scenario, workload, one) for one in found]
        tried("--plot", lambda: save(measured_figure(panels), args.plot))
