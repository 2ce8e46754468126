"""The command that rebuilds the talk around a scenario."""

import argparse
import sys
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import write
from .common import add_command, check_writable_folder, load_run, load_scenario, quieten_matplotlib, tried
from .says import DONE, FAILED

if TYPE_CHECKING:
    from ..deck import Built, Invite

OUT = "build/slides"
SECTIONS = {"lab": "at the web server's door", "worker": "the worker's life"}


def add_parsers(commands: Any) -> None:
    """Declare `slides`."""
    parser = add_command(commands, "slides", _slides, "rebuild the talk: every number and picture from runs made now")
    parser.add_argument("--scenario", metavar="S", help="a preset's name or a TOML file (slides)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", dest="overrides", help="change a field"
    )
    parser.add_argument(
        "--section",
        choices=tuple(SECTIONS),
        help="not the talk but one about what goes wrong, with runs of its own: "
        + "; ".join(f"{name}: {about}" for name, about in SECTIONS.items()),
    )
    parser.add_argument("--workload", metavar="FILE.csv", help="take the requests from a file")
    parser.add_argument(
        "--ask-the-class",
        action="store_true",
        help="open each question to phones until Ctrl-C: a link and a QR code on its slide",
    )
    parser.add_argument(
        "--lan", action="store_true", help="with it: to the local network, at one address (else nobody)"
    )
    parser.add_argument("--address", metavar="IP", help="which of this machine's addresses, with --lan")
    parser.set_defaults(seed=None)
    parser.add_argument("--out", metavar="DIR", default=OUT, help=f"the folder to write to ({OUT})")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="light (default) or dark")
    parser.add_argument(
        "--pdf",
        action="store_true",
        help="print handouts, too: three slides a page, for the teacher with the notes, for the students without",
    )


def _pdf(out: Path, reader: str) -> Path:
    return out / f"handout-{reader}.pdf"


def _built(args: argparse.Namespace, invite: "Invite | None") -> "Built":
    from ..deck import build, build_section

    if args.section is not None:
        _refuse_beside_a_section(args)
        return build_section(args.section, args.theme, invite)
    args.scenario = args.scenario or "slides"
    if args.workload is None:
        return build(load_scenario(args), args.theme, None, invite)
    scenario, workload = load_run(args)
    return build(scenario, args.theme, workload, invite)


def _refuse_beside_a_section(args: argparse.Namespace) -> None:
    given = {"--scenario": args.scenario, "--set": args.overrides, "--workload": args.workload}
    for flag in (flag for flag, value in given.items() if value):
        raise ValueError(f"{flag} with --section {args.section}: its runs are its own; allowed: one of the two")


def _slides(args: argparse.Namespace) -> int:
    for flag, given in (("--lan", args.lan), ("--address", args.address)):
        if given and not args.ask_the_class:
            raise ValueError(f"{flag} without --ask-the-class: nobody else comes; allowed: with --ask-the-class")
    with ExitStack() as rooms:
        _build(args, _inviting(args, rooms) if args.ask_the_class else None)
        if args.ask_the_class:
            _say("The questions are open to the class; Ctrl-C closes them, and their codes lead nowhere then.")
            return _stay()
    return DONE


def _stay() -> int:
    from ..live.asking import stay
    from ..live.program import ProgramEndedError

    try:
        stay()
    except ProgramEndedError as error:
        _say(f"slides: {error}")
    return FAILED


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _inviting(args: argparse.Namespace, rooms: ExitStack) -> "Invite":
    """Opens each question to a class, and says where; `rooms` closes them all."""
    missing = [name for name in ("starlette", "uvicorn", "segno") if not find_spec(name)]
    if missing:
        raise ValueError(f"--ask-the-class: {', '.join(missing)} missing; pip install 'request-cycles[live]'")
    from ..deck import Invitation, Question
    from ..live.asking import ask
    from ..live.lan import address_for, qr

    host = address_for(args.lan, args.address)
    if args.lan:
        _say(f"Warning: everybody on your network can reach {host} until this ends.")

    def invite(question: Question) -> Invitation:
        asked = ask(question.text, question.unit, host, least=0.0, most=question.most)
        rooms.callback(asked.close)
        _say(
            f"{question.text}\n  the class answers at {asked.link}\n  for you alone, to show it: {asked.teachers_link}"
        )
        return Invitation(asked.link, qr(asked.link))

    return invite


def _build(args: argparse.Namespace, invite: "Invite | None") -> None:
    from ..deck import READERS, browser, handout

    quieten_matplotlib()
    out = Path(args.out)
    check_writable_folder("--out", out)
    program = browser() if args.pdf else ""
    built = _built(args, invite)
    tried("--out", lambda: built.write(out))
    if program:
        for reader in READERS:
            pdf = handout(out / "talk.html", built.slides, program, reader)
            tried("--out", partial(write, _pdf(out, reader), pdf))
    for change in built.changes:
        print(change)
    print(
        f"{out / 'talk.html'}: {built.slides} slides, {built.time / 60:.0f} minutes, in one file that needs no network"
    )
    print(f"{out / 'index.html'}: the same as a folder")
    if program:
        print(f"{_pdf(out, 'teacher')}: the same on paper, three slides a page, with the notes")
        print(f"{_pdf(out, 'students')}: the same without the notes, with lines to write on")
