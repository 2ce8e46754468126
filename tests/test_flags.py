"""Whatever is wrong with what a flag was given, the line that says so begins with the flag, in every command."""

import argparse
from collections.abc import Iterator

import pytest

from sim.cli import main
from sim.cli.commands import parser

NEEDED = {  # what a command cannot do without, by what its help calls it
    "CYCLE": "sync",
    "LOG": "sample",
    "DIR": "{folder}/new",
    "N": "3",
    "FIELD=VALUES": "threads=1,2",
    "GOAL": "timeout_fraction < 0.5",
}
BESIDE = {  # what a flag needs beside it, so that only its own value is wrong
    "--block": ["--workload", "{folder}/requests.csv"],
    "import": ["--report", "/reports/*", "--threads", "5"],
    "whatif": ["--report", "/reports/*"],
}
WRITTEN = {"--records", "--csv", "--parquet", "--out", "--plot"}  # any name will do: wrong is where none can be
READ = {"--workload", "--measured"}  # of what is read its own name is said


def _commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


def _flags() -> Iterator[tuple[str, str]]:
    for name, command in _commands().items():
        for action in command._actions:
            if action.option_strings and action.nargs != 0:
                yield name, action.option_strings[-1]


def _line(command: str, flag: str) -> list[str]:
    """A command line that is right, but for the flag that is still to come."""
    line = [command]
    for action in _commands()[command]._actions:
        if action.required and flag not in action.option_strings:
            line += [*action.option_strings[-1:], NEEDED[str(action.metavar)]]
    return [*line, *BESIDE.get(flag, []), *BESIDE.get(command, [])]


def test_every_command_has_flags_that_are_tried() -> None:
    tried = {command for command, _ in _flags()}
    assert tried >= set(_commands()) - {"scenarios", "handout", "site"}  # which take no values


@pytest.mark.parametrize(("command", "flag"), list(_flags()))
def test_what_is_wrong_with_a_flag_s_value_is_told_by_the_flag_s_name(command: str, flag: str, tmp_path, capsys):
    file = tmp_path / "requests.csv"
    file.write_text("arrived_at,kind,web_time,external_time\n0,page,0.1,0\n1,report,0.1,3\n")
    line = [part.format(folder=tmp_path) for part in _line(command, flag)]
    bad = str(file / "no.png") if flag in WRITTEN else "\x1bno?"
    assert main([*line, flag, bad]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    named = "\\x1bno?" if flag in READ else flag
    assert told.removeprefix("error: ").removeprefix("argument ").startswith(named)
    assert "\x1b" not in told
