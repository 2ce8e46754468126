"""The command that serves a scenario by real programs, and puts what was measured beside the prediction."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from .common import DONE, FAILED, add_command, add_scenario, load_run

if TYPE_CHECKING:
    from ..live.measure import Beside


def add_parsers(commands: Any) -> None:
    """Declare `live`."""
    parser = add_command(commands, "live", _live, "the same requests on real programs, measured beside the prediction")
    add_scenario(parser)
    parser.add_argument("--cycle", choices=("sync", "async", "both"), default="both", help="both by default")
    parser.add_argument("--scale", type=_scale, default=20.0, metavar="X", help="simulated seconds per second (20)")
    parser.add_argument(
        "--redis",
        choices=("auto", "server", "fake"),
        default="auto",
        help="redis-server or valkey-server from PATH, fakeredis over TCP, or (auto) the first that is there",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")


def _scale(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text[:60]!r}; allowed: a number from 1 to 100")
    return number


def _live(args: argparse.Namespace) -> int:
    from importlib.util import find_spec

    if not find_spec("waitress"):
        raise ValueError("live: the web server waitress is missing; install it with pip install 'request-cycles[live]'")
    from ..live.measure import beside, refuse, run
    from ..live.stack import ProgramEndedError

    scenario, workload = load_run(args)
    refuse(scenario)
    found = []
    for cycle in ("sync", "async") if args.cycle == "both" else (args.cycle,):
        seconds = (float(workload.arrived_at[-1]) if len(workload) else 0.0) / args.scale
        print(
            f"{cycle.upper()} on real programs: {seconds:.0f} s and what then still runs", file=sys.stderr, flush=True
        )
        try:
            found.append(beside(scenario, workload, run(scenario, workload, cycle, args.scale, args.redis)))
        except ProgramEndedError as error:
            print(f"live: {error}", file=sys.stderr)
            return FAILED
    if args.json:
        print(json.dumps({"schema": 1, "cycles": [one.to_json() for one in found]}, allow_nan=False))
    else:
        print("\n\n".join(map(_told, found)))
    return DONE


def _told(one: "Beside") -> str:
    """A run in a few lines; where the machine was too busy no number is called a result."""
    said, real = one.to_json(), one.measured
    head = f"{real.cycle.upper()} at 1:{real.scale:g} on {real.redis}: {said['verdict']}"
    busy = f"  latest arrivals (p99) {said['lateness_p99_ms']} ms, longest stall {said['longest_stall_ms']} ms"
    if said["verdict"].startswith("this machine"):
        return f"{head}\n{busy}"
    times, counts = said["response_time"], said["timed_out"]
    low, high = said["range"]
    rows = [
        f"{'':26}{'simulated':>12}{'measured':>12}",
        f"  {'requests':24}{said['requests']:12}{said['answered'] + counts['measured']:12}",
        f"  {'timed out':24}{counts['simulated']:12}{counts['measured']:12}   range {low} to {high}",
        f"  {'response time p50, s':24}{times['simulated'][0]:12.3f}{times['measured'][0]:12.3f}",
        f"  {'response time p95, s':24}{times['simulated'][1]:12.3f}{times['measured'][1]:12.3f}",
    ]
    return "\n".join([head, *rows, busy])
