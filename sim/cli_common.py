"""What the commands share: how they are declared, how a run is named, and how a mistake is told."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from .scenario import Scenario
    from .workload import Workload

DONE, FAILED, WRONG = 0, 1, 2
INTERRUPTED, TERMINATED = 130, 143


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"error: {harmless(message)}; see {self.prog} --help\n")


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Declare a command that `run` carries out; returns its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def add_scenario(parser: argparse.ArgumentParser, *, workload: bool = True) -> None:
    """Declare the arguments that name a run, for `load_run`."""
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help="a preset's name or a TOML file (slides)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", dest="overrides", help="change a field"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="choose other random numbers")
    if workload:
        parser.add_argument("--workload", metavar="FILE.csv", help="take the requests from a file")


def positive(text: str) -> float:
    """The number above 0 that an argument says; the error's text is argparse's."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


positive.__name__ = "number above 0"  # argparse names the type in its message


def load_run(args: argparse.Namespace) -> "tuple[Scenario, Workload]":
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


def check_writable(flag: str, file: Path) -> None:
    """Raise ValueError where the file cannot be written; leaves no trace of the trial."""
    existed = file.exists()
    tried(flag, str(file), lambda: file.open("ab").close())
    if not existed:
        file.unlink()


def tried(flag: str, name: str, write: Callable[[], Any]) -> None:
    """Write, or raise ValueError that names flag and file."""
    try:
        write()
    except OSError as error:
        raise ValueError(f"{flag} {name}: cannot be written: {error.strerror}") from None


def harmless(line: str) -> str:
    """The line without control characters: a hostile file must not reach the terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
