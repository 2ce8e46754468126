"""The logs that ship, and the page about logs: the files are what they say, and the examples run."""

import gzip
import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from written_logs import run, written

from sim.cli import main
from sim.experiments import simulate
from sim.logs import heroku, lograge, nginx, rails, sample, sidekiq
from sim.logs.importing import import_logs
from sim.logs.reading import FORMATS
from sim.logs.telling import log_of
from sim.logs.whatif import served

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for text in (PAGE, README.partition("### Your own log")[2].partition("### ")[0])
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("name", sample.FILES)
def test_the_logs_that_ship_are_told_of_the_slides_run(name: str):
    """Where this fails after a change of the preset that is meant: python -m sim.logs.sample"""
    assert gzip.decompress(sample.content(name)) == sample.made(name)


def test_the_sample_gives_the_slides_run_back():
    truth = simulate("slides", "sync", engine="exact").summary
    for logs, threads in ((["sample"], 4), (["sample", "sample-application"], None)):
        found = import_logs(logs, reports="/reports/*", threads=threads)
        again = simulate(served(4, 5, 30.0), "sync", workload=found.workload, engine="exact").summary
        assert (again.timed_out, again.requests, again.reports) == (truth.timed_out, truth.requests, truth.reports)
    assert f"The log itself has {truth.timed_out} timeouts." in " ".join(
        (ROOT / "notebooks" / "13_your_own_log.ipynb").read_text(encoding="utf-8").replace('\\n",\n    "', " ").split()
    )


def test_the_notebook_s_trap_has_far_more_timeouts_than_there_were():
    trap = import_logs("sample", reports="/reports/*", threads=10_000).workload
    truth = simulate("slides", "sync", engine="exact").summary.timed_out
    assert simulate(served(4, 5, 30.0), "sync", workload=trap, engine="exact").summary.timed_out > 5 * truth


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_the_page_and_the_readme_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    result = run()
    written(tmp_path / "router.log", result, heroku.tell)
    (tmp_path / "application.log.gz").write_bytes(gzip.compress(b"\n".join(log_of(result, rails.tell))))
    written(tmp_path / "application.log", result, lograge.tell)
    written(tmp_path / "access.log", result, nginx.tell_with_msec)
    written(tmp_path / "sidekiq.log", run(cycle="async"), sidekiq.tell_as_8)
    written(tmp_path / "requests.csv", result)
    assert (
        main(["import", str(tmp_path / "router.log"), "--threads", "5", "--out", str(tmp_path / "requests.csv")]) == 0
    )
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(command.partition(" #")[0].removeprefix("python -m "))
    assert program == "sim"
    assert main(arguments) == 0


def test_there_are_several_examples():
    assert len(COMMANDS) >= 6


def test_the_page_s_log_format_is_one_that_is_read_without_being_given():
    given = "".join(re.findall(r"'([^']*)'", PAGE.partition("log_format timed ")[2].partition(";")[0]))
    line = next(log_of(run(), nginx.tell))
    assert nginx.reader(given)(line) == nginx.reader()(line)
    assert isinstance(nginx.reader(given)(line), tuple)


def test_the_page_has_a_part_for_every_format():
    heads = {head.lower() for head in re.findall(r"^## (.*)", PAGE, re.MULTILINE)}
    for name in FORMATS:
        assert any(name in head for head in heads), name


def test_whatif_on_the_sample_takes_less_than_three_seconds_of_a_processor_as_a_whole_process():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "sim", "whatif", "sample", "--report", "/reports/*", "--threads", "4"],
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3.0
