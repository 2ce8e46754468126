"""A log is one run; replications are pieces of it, put together anew."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import file_workloads, workload_of

from sim.bootstrap import BLOCK, resampled, told
from sim.cli import main
from sim.presets import load
from sim.scenario import Scenario
from sim.studies.sizing import size
from sim.studies.sweeps import replicate, sweep
from sim.workload import Workload, draw, read, write

SLIDES = load("slides")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workload") / "slides.csv"
    with path.open("w") as stream:
        write(draw(SLIDES), stream)
    return path


def test_a_replication_is_made_of_pieces_that_are_in_the_log():
    workload = workload_of([(float(n), 0.5 + n, None) for n in range(1000)])
    again = resampled(workload, seed=3)
    length, pieces = workload.ends_at, int(np.ceil(workload.ends_at / BLOCK))
    shift = np.round((again.web_time - 0.5 - again.arrived_at) % length, 6)
    for piece in range(pieces):
        mine = (again.arrived_at >= piece * BLOCK) & (again.arrived_at < (piece + 1) * BLOCK)
        assert len(set(shift[mine])) == 1
        assert 59 <= mine.sum() <= 62 or piece == pieces - 1


@given(workload=file_workloads, seed=st.integers(0, 1000), block=st.sampled_from([0.5, 1.0, 3.0, 60.0]))
def test_a_replication_has_rows_of_the_log_in_the_order_of_arrival(workload: Workload, seed: int, block: float):
    if not workload.ends_at:
        return
    again = resampled(workload, seed, block)
    assert (np.diff(again.arrived_at) >= 0).all()
    assert again.ends_at == workload.ends_at
    assert ((again.arrived_at >= 0) & (again.arrived_at <= workload.ends_at)).all()
    rows = set(zip(*(getattr(workload, name) for name in ("is_report", "web_time", "external_time")), strict=True))
    assert set(zip(*(getattr(again, name) for name in ("is_report", "web_time", "external_time")), strict=True)) <= rows


def test_the_same_seed_gives_the_same_replication_and_another_gives_another():
    workload = draw(SLIDES)
    one, same, other = (resampled(workload, seed) for seed in (1, 1, 2))
    assert (one.arrived_at == same.arrived_at).all()
    assert len(one) != len(other) or (one.arrived_at != other.arrived_at).any()


def test_on_average_there_is_as_much_work_as_in_the_log():
    workload = draw(SLIDES.replace(duration=6000.0))
    work = [resampled(workload, seed).external_time.sum() for seed in range(200)]
    half = 3 * np.std(work) / np.sqrt(200)
    assert abs(np.mean(work) - workload.external_time.sum()) < half


@pytest.mark.parametrize("block", [0.0, -1.0, np.inf, np.nan])
def test_a_block_must_last(block: float):
    with pytest.raises(ValueError, match="block = "):
        resampled(draw(SLIDES), 1, block)


def test_requests_of_one_instant_have_no_pieces():
    with pytest.raises(ValueError, match="all requests arrive at one instant"):
        resampled(workload_of([(0.0, 1.0, None)]), 1)


def test_intervals_of_a_log_hold_about_what_the_generator_s_do(file: Path):
    """The bootstrap knows one run only, but what it says of the mean is of the size of the truth."""
    from_log = replicate(Scenario(threads=4), 20, workload=read(file)).set_index(["cycle", "statistic"])
    row = from_log.loc[("sync", "thread_utilisation")]
    assert row["low"] < row["mean"] < row["high"]
    truth = replicate(SLIDES, 20).set_index(["cycle", "statistic"]).loc[("sync", "thread_utilisation")]
    assert abs(row["mean"] - truth["mean"]) < 0.25


def test_more_threads_on_a_log_time_out_fewer(file: Path):
    frame = sweep(SLIDES, {"threads": [4, 12]}, replications=5, workload=read(file))
    rows = frame[(frame["cycle"] == "sync") & (frame["statistic"] == "timed_out")]
    assert rows["mean"].iloc[0] > 2 * rows["mean"].iloc[1]


def test_what_the_file_says_cannot_be_varied(file: Path):
    with pytest.raises(ValueError, match="vary: arrival_rate beside a workload file: the file says it"):
        sweep(SLIDES, {"arrival_rate": [1.0, 2.0]}, replications=2, workload=read(file))


def test_size_counts_workers_on_the_log_itself(file: Path):
    sizing = size(SLIDES, "completion_time.p95 < 120", over="workers", replications=4, workload=read(file))
    assert sizing.smallest is not None
    assert 3 <= sizing.smallest <= 12


def test_why_no_number_of_threads_will_do_is_said_of_the_file_s_own_reports(file: Path):
    workload = read(file)
    share = (workload.web_time + workload.external_time)[workload.is_report] >= 30
    sizing = size(SLIDES, "timed_out_reports < 1", over="threads", replications=4, workload=workload)
    assert sizing.smallest is None
    assert f"{100 * share.mean():.2g} % of reports take longer than 30 s by themselves" in (sizing.reason or "")


@pytest.mark.parametrize(
    "command",
    [
        ["replicate", "--replications", "3"],
        ["sweep", "--vary", "threads=4,8", "--replications", "3"],
        ["size", "--goal", "completion_time.p95 < 300", "--over", "workers", "--replications", "3"],
    ],
)
def test_the_commands_take_a_file_and_say_what_its_replications_are(command: list[str], file: Path, capsys):
    assert main([*command, "--workload", str(file), "--quiet"]) == 0
    out = capsys.readouterr().out
    assert told(read(file)) in out
    assert "10 pieces of 60 s" in out
    assert main([*command, "--workload", str(file), "--quiet", "--block", "2min"]) == 0
    longer = capsys.readouterr().out
    assert "5 pieces of 120 s" in longer
    assert longer.splitlines()[:-1] != out.splitlines()[:-1]
    assert main([*command, "--workload", str(file), "--quiet", "--seed", "5", "--json", "--block", "90"]) == 0
    said = json.loads(capsys.readouterr().out)
    scenario = said["scenario"]
    assert said["block"] == 90
    assert (scenario["seed"], scenario["arrival_rate"], scenario["external_time"]) == (5, None, None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sweep", "--vary", "arrival_rate=1,2"], "arrival_rate beside a workload file"),
        (["replicate", "--theory"], "--theory beside --workload"),
        (["replicate", "--set", "duration=5"], "--set duration beside --workload"),
        (["replicate", "--block", "0"], "--block = '0'; allowed: seconds above 0"),
        (["sweep", "--vary", "threads=4,8", "--block", "soon"], "--block = 'soon'; allowed: seconds above 0"),
    ],
)
def test_what_does_not_go_with_a_file_is_one_clear_line(arguments: list[str], words: str, file: Path, capsys):
    assert main([*arguments, "--workload", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_pieces_are_of_a_file_and_not_of_the_generator_s_requests(capsys):
    assert main(["replicate", "quiet", "--block", "30s"]) == 2
    assert "--block without --workload" in capsys.readouterr().err
