"""What the commands share: how they are declared, how a run is named, and how a mistake is told."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from .. import files
from ..secrets import holds_url

if TYPE_CHECKING:
    from ..scenario import Scenario
    from ..workload import Workload

DONE, FAILED, WRONG = 0, 1, 2
READ, WRITTEN = ("scenario", "workload", "logs"), ("out", "csv", "parquet", "plot")  # files
NAMED = ("out", "csv", "parquet", "records", "measured", "folder")  # files and folders; --plot has kinds, too
BAR_AFTER = 1  # second of work, and only then a progress bar


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes a SCENARIO wherever it stands."""

    def print_help(self, file: Any = None) -> None:
        """As argparse's, which says nothing where its help cannot be written."""
        print(self.format_help(), end="", file=file or sys.stdout)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As argparse's, which takes an optional argument behind flags for one too many if another came before them."""
        found, rest = super().parse_known_args(args, namespace)
        names = [argument for argument in rest if not argument.startswith("-")]
        if names and getattr(found, "scenario", "") is None:
            found.scenario = names[0]
            rest = [argument for argument in rest if argument not in ("--", names[0])]
        return found, rest

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {self.prog} --help")


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """Declare a command that `run` carries out; returns its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run, command=name)
    return parser


def add_scenario(parser: argparse.ArgumentParser, *, workload: bool = True) -> None:
    """Declare the arguments that name a run, for `load_run`."""
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help="a preset's name or a TOML file (slides)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", dest="overrides", help="change a field"
    )
    parser.add_argument("--seed", type=seed, metavar="N", help="choose other random numbers")
    if workload:
        parser.add_argument("--workload", metavar="FILE.csv", help="take the requests from a file")


def seed(text: str) -> int:
    """The seed that an argument says."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text[:60]!r}; allowed: a whole number from 0 to 2^63 - 1")
    return int(text)


def pace(text: str) -> float:
    """The pace that an argument says, in simulated seconds per second."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1e-3 <= number <= 1e6:
        raise argparse.ArgumentTypeError(f"{text[:60]!r}; allowed: a number from 0.001 to 1000000")
    return number


def refuse_misplaced(args: argparse.Namespace) -> None:
    """Raises ValueError where a Redis server's URL stands where it would name a file or be printed."""
    for name, value in vars(args).items():
        texts = value if isinstance(value, list) else [value]
        if name != "redis" and any(isinstance(text, str) and holds_url(text) for text in texts):
            flag = "set" if name == "overrides" else name
            raise ValueError(f"{flag}: the URL of a Redis server; allowed: behind --redis of compare or live")


def refuse_nameless(args: argparse.Namespace) -> None:
    """Raises ValueError for an output or a folder without a name, as a variable that is not set leaves it."""
    for name in NAMED:
        if getattr(args, name, None) == "":
            flag = "DIR" if name == "folder" else f"--{name}"
            raise ValueError(f"{flag} '': allowed: the name of a file or a folder")


def refuse_overwriting(args: argparse.Namespace) -> None:
    """Raises ValueError for an output that would take the place of a file that is read, or of another output."""
    read = [name for each in READ for name in _names(getattr(args, each, None)) if os.path.isfile(name)]
    taken = {os.path.realpath(name) for name in read if not _is_built_in(name)}
    on_stdout = getattr(args, "json", False)
    for flag in WRITTEN:
        for file in _names(getattr(args, flag, None)):
            place, stdout = os.path.realpath(file), files.is_stdout(file)
            if place in taken or (stdout and on_stdout):
                what = "--json or another output" if stdout else "a file that is read, or another output"
                raise ValueError(f"--{flag} {file}: {what} is there; allowed: a file of its own")
            on_stdout = on_stdout or stdout
            if not stdout and (os.path.isfile(place) or not os.path.exists(place)):  # a device takes what comes
                taken.add(place)


def _names(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _is_built_in(name: str) -> bool:
    """Whether a preset or a sample is meant, whatever file has that name."""
    from ..logs.sample import FILES
    from ..presets import ALL

    return name in ALL or name in FILES


def load_scenario(args: argparse.Namespace) -> "Scenario":
    """The scenario that the arguments name."""
    from ..presets import load

    seeded = [] if args.seed is None else [f"seed={args.seed}"]
    scenario = load("slides" if args.scenario is None else args.scenario, [*args.overrides, *seeded])
    say_without_effect(scenario, args)
    return scenario


def say_without_effect(scenario: "Scenario", args: argparse.Namespace) -> None:
    """One line on stderr about the fields given, on the command line or in a file, that change nothing here."""
    from ..effects import without_effect
    from ..presets import ALL

    given = [override.partition("=")[0].partition(".")[0].strip() for override in args.overrides]
    own = [] if args.scenario in (None, *ALL) else sorted(scenario.model_fields_set)
    from_file = getattr(args, "workload", None) is not None
    if told := without_effect(scenario, [*given, *own], from_file=from_file):
        print(f"note: {'; '.join(told)}", file=sys.stderr)


def load_run(args: argparse.Namespace) -> "tuple[Scenario, Workload]":
    """The scenario and the requests that the arguments name."""
    from ..experiments import refuse_generator_fields, with_workload
    from ..presets import load
    from ..scenario import LARGEST_TIME
    from ..workload import draw, read

    file = getattr(args, "workload", None)
    if "" in (args.scenario, file):
        raise ValueError("SCENARIO, --workload: '' is no name of a file")
    if file is None:
        scenario = load_scenario(args)
        return scenario, draw(scenario)
    refuse_generator_fields(args.overrides, file)
    # the file's last row ends the window: a warm-up may go beyond the scenario's own duration
    seeded = [] if args.seed is None else [f"seed={args.seed}"]
    scenario = load(args.scenario or "slides", [*args.overrides, *seeded, f"duration={LARGEST_TIME}"])
    if seeded and not scenario.draws_luck:
        raise ValueError(f"--seed beside --workload {file}: the file says it; allowed: one of the two")
    workload = read(file)
    say_without_effect(scenario, args)
    return with_workload(scenario, workload, file), workload


def check_plot(file: str) -> None:
    """Raise ValueError where no figure can be written to the file of `--plot`."""
    quieten_matplotlib()
    from ..plots import FORMATS

    if Path(file).suffix.lower().removeprefix(".") not in FORMATS:
        raise ValueError(f"--plot {file}: allowed: a file name ending in .{', .'.join(FORMATS)}")
    check_writable("--plot", Path(file))


def quieten_matplotlib() -> None:
    """Keep what Matplotlib says about its own folders and fonts off stderr."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def check_writable(flag: str, file: Path) -> None:
    """Raise ValueError where the file cannot be written; leaves no trace of the trial."""
    tried(flag, lambda: files.check(file))


def check_writable_folder(flag: str, folder: Path) -> None:
    """Raise ValueError where the folder cannot be written to, or made; leaves no trace of the trial."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    try:
        files.check_folder(nearest)
    except OSError as error:
        raise ValueError(f"{flag} {folder}: cannot be written: {error.strerror}") from None


def tried(flag: str, write: Callable[[], Any]) -> None:
    """Write, or raise ValueError that names flag and file; a reader who has seen enough is no mistake."""
    try:
        write()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ValueError(f"{flag} {error.filename}: cannot be written: {error.strerror}") from None


def beside(*outputs: str | Path | None) -> IO[str]:
    """Where to say what is no output: on stdout, unless one of the outputs is written there."""
    return sys.stderr if any(map(files.is_stdout, outputs)) else sys.stdout


def announce(out: str | Path, text: str) -> None:
    """Say where something was written."""
    print(f"{out}: {text}", file=beside(out))


def progress_bar(name: str, unit: str) -> Callable[[Iterable[Any]], Iterable[Any]] | None:
    """A progress bar on stderr, from the second second on and on a terminal only."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return lambda steps: tqdm(steps, desc=name, unit=f" {unit}", delay=BAR_AFTER, leave=False, file=sys.stderr)
