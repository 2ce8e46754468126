"""Whatever is wrong with what a flag was given, the line that says so begins with the flag."""

import argparse
from collections.abc import Iterator

import pytest

from sim.cli import main
from sim.cli.commands import parser

BASE = {  # the rest of a command line; {file} is a workload file
    "compare": ["quiet"],
    "trace": ["sync", "--request", "0", "quiet"],
    "sweep": ["quiet", "--vary", "threads=1,2", "--replications", "2"],
    "replicate": ["quiet", "--replications", "2"],
    "size": ["quiet", "--goal", "timeout_fraction < 0.5", "--replications", "2"],
    "import": ["sample", "--threads", "5"],
    "whatif": ["sample", "--threads", "5", "--report", "/reports/*"],
}
WITH_A_FILE = {"--block": ["--workload", "{file}"]}
# what may have any name: wrong is only a place where there can be none
FILES = {"--records", "--csv", "--parquet", "--out", "--plot"}


def _flags() -> Iterator[tuple[str, str]]:
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    for name in BASE:
        for action in commands.choices[name]._actions:
            if action.option_strings and action.nargs != 0:
                yield name, action.option_strings[-1]


@pytest.mark.parametrize(("command", "flag"), list(_flags()))
def test_what_is_wrong_with_a_flag_s_value_is_told_by_the_flag_s_name(command: str, flag: str, tmp_path, capsys):
    file = tmp_path / "requests.csv"
    file.write_text("arrived_at,kind,web_time,external_time\n0,page,0.1,0\n1,report,0.1,3\n")
    more = [part.format(file=file) for part in WITH_A_FILE.get(flag, [])]
    bad = str(file / "no.png") if flag in FILES else "\x1bno?"
    assert main([command, *BASE[command], *more, flag, bad]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    named = "\\x1bno?: " if flag == "--workload" else flag  # of a file its own name is said
    assert line.removeprefix("error: ").removeprefix("argument ").startswith(named)
    assert "\x1b" not in line
