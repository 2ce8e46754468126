"""What goes wrong for real: who kills a worker, deploys it or takes the service down, and what becomes of the jobs."""

import csv
import io
import json
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from live_programs import NEEDS_LIVE, NEEDS_RUBY, wait_for

import sim
from sim.cli import main
from sim.live.jobs import Jobs, client_of
from sim.live.measured import measured_of
from sim.live.mishaps import Mishaps
from sim.live.program import free_ports
from sim.live.replayed import measured_runs, verdicts
from sim.live.stack import Choice, Stack
from sim.live.verdict import AGREES, TOO_BUSY
from sim.live.work import Told, called
from sim.records import write_csv

REPORTS = "arrived_at,kind,web_time,external_time\n" + "".join(f"{at},report,0.05,30\n" for at in (0, 5, 6, 7))


def lived(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> dict[str, Any]:
    """Four reports of 30 s for two workers, on the real programs; what was counted."""
    file = folder / "reports.csv"
    file.write_text(REPORTS)
    fixed = ["--workload", str(file), "--set", "workers=2", "--scale", "40", "--redis", "fake", "--json"]
    assert main(["live", *fixed, *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["cycles"][0]
    return found


def measured(found: dict[str, Any]) -> dict[str, int]:
    return {name: count["measured"] for name, count in found["counts"].items()}


@NEEDS_LIVE
@pytest.mark.parametrize(
    ("words", "expected"),
    [  # at 15 s the first two jobs are at work
        (["--kill-worker", "15"], {"runs_lost": 2, "jobs_lost": 2, "jobs_done": 2}),
        (["--kill-worker", "15", "--set", "fetch=reliable"], {"runs_lost": 2, "jobs_lost": 0, "jobs_done": 4}),
        (["--deploy-worker", "15", "--set", "shutdown_time=5"], {"runs_returned": 2, "jobs_lost": 0, "jobs_done": 4}),
    ],
    ids=["kill", "kill, reliable", "deploy"],
)
def test_a_real_stop_of_the_worker_does_to_its_jobs_what_the_model_says(
    words: list[str], expected: dict[str, int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = lived(capsys, tmp_path, "--cycle", "async", *words)
    everything = dict.fromkeys(("runs_lost", "runs_returned", "runs_failed", "jobs_done_twice"), 0) | expected
    assert {name: measured(found)[name] for name in everything} == everything
    assert {name: found["counts"][name]["simulated"] for name in everything} == everything
    assert found["verdict"] in (AGREES, TOO_BUSY)


@NEEDS_LIVE
def test_while_the_service_is_down_sync_fails_and_async_tries_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    down = [
        "--scale",
        "20",
        "--outage",
        "3-20",
        "--set",
        "failure_time=1",
        "--set",
        "job_retries=1",
        "--set",
        "job_retry_delay=20",
    ]
    sync = lived(capsys, tmp_path, "--cycle", "sync", *down, "--records", str(tmp_path / "records"))
    assert measured(sync)["failed"] == sync["counts"]["failed"]["simulated"] == 3
    rows = (tmp_path / "records" / "sync.csv").read_text().splitlines()
    assert [row.split(",")[6] for row in rows[1:]] == ["timed_out", "failed", "failed", "failed"]
    more = [*down, "--set", "workers=4", "--records", str(tmp_path / "records")]
    later = lived(capsys, tmp_path, "--cycle", "async", *more)
    runs = (tmp_path / "records" / "async.runs.csv").read_text()
    assert runs.count(",failed,") == 3
    assert runs.count(",completed,") == 4
    wanted = {"runs_failed": 3, "jobs_done": 4, "jobs_lost": 0, "failed": 0}
    assert {name: measured(later)[name] for name in wanted} == wanted
    (tmp_path / "records" / "sync.csv").unlink()
    assert read_back(tmp_path / "records", "async") == 4
    (tmp_path / "records" / "async.runs.csv").write_text(runs.replace(",completed,", ",eaten,", 1))
    with pytest.raises(ValueError, match=r"async.runs.csv: outcome 'eaten'; allowed: answered, completed"):
        measured_runs(tmp_path / "records")


@NEEDS_LIVE
@pytest.mark.parametrize("cycle", ["sync", "async"])
def test_the_calls_that_fail_by_chance_are_those_of_the_model(
    cycle: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    chance = ["failure_fraction=0.5", "failure_time=1", "job_retries=9", "job_retry_delay=5", "client_retries=2"]
    again = [*chance, "client_retry_delay=5", "timeout=100"]
    found = lived(capsys, tmp_path, "--cycle", cycle, *(word for rule in again for word in ("--set", rule)))
    whole = ("requests", "visits_answered", "failed", "runs_failed", "jobs_done", "jobs_lost")
    assert {name: measured(found)[name] for name in whole} == {
        name: found["counts"][name]["simulated"] for name in whole
    }
    assert measured(found)["runs_failed" if cycle == "async" else "failed"] > 0


def test_a_program_that_is_told_what_was_called_before_goes_on_from_there() -> None:
    told = Told()
    for line in ("fails 7 1,3 2.5", *called(["7", "7.1", "8"])):
        told.hear(line)
    assert [told.call("7.2", 30.0), told.call("7", 30.0), told.call("8", 30.0)] == [
        (2.5, False),
        (30, True),
        (30, True),
    ]


def test_requests_by_strange_names_are_nobodys() -> None:
    names = ["0", "1", "1.1", "1.1p0", "9.1", "1.99999999999", "1p0p0", "1.2p0", "p1", "-1.1", "١.1"]
    events = [{"event": "arrived", "request_id": name, "at": 1.0 + at} for at, name in enumerate(names)]
    told = {"cycle": "async", "redis": "", "stall": 0.0}
    found = measured_of(events, visits=2, zero=0.0, scale=1.0, told=told)
    assert list(zip(found.visit_id.tolist(), found.attempt.tolist(), found.about.tolist(), strict=True)) == [
        *((0, 0, -1), (1, 0, -1), (1, 1, -1)),
        (1, 0, 2),
    ]
    assert found.counts()["visits_answered"] == 2


@NEEDS_LIVE
def test_clients_ask_on_real_programs_until_their_report_is_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asks = ["--set", "result=polling", "--set", "poll_every=5", "--set", "poll_time=0.2"]
    found = lived(capsys, tmp_path, "--cycle", "async", *asks, "--records", str(tmp_path / "records"))
    assert measured(found)["requests"] == measured(found)["jobs_done"] == 4
    rows = list(csv.DictReader((tmp_path / "records" / "async.csv").read_text().splitlines()))
    reports, polls = ([row for row in rows if (row["kind"] == "poll") == is_poll] for is_poll in (False, True))
    assert len(polls) == measured(found)["polls"]
    assert 4 * 3 < len(polls) <= found["counts"]["polls"]["simulated"] + 4  # a slow machine asks less often
    for report in reports:
        mine = [poll for poll in polls if poll["visit_id"] == report["visit_id"]]
        assert [poll["attempt"] for poll in mine] == [str(number) for number in range(len(mine))]
        assert float(report["completed_at"]) < float(report["seen_at"]) == float(mine[-1]["responded_at"])
        assert all(float(poll["arrived_at"]) < float(report["completed_at"]) for poll in mine[:-1])
    assert read_back(tmp_path / "records", "async") == len(rows)
    assert main(["live", "quiet", "--set", "result=polling", "--board", "--port", str(free_ports(1)[0])]) == 2
    assert "it draws no polls" in capsys.readouterr().err
    assert main(["live", "quiet", "--set", "result=push"]) == 2
    assert "result = 'push': not with the live lab: nobody there pushes" in capsys.readouterr().err


AT_THE_DOOR = "arrived_at,kind,web_time,external_time\n0,report,0.05,15\n" + "".join(
    f"{at},page,0.05,0\n" for at in (2, 4, 6)
)
RULES = ("threads=1", "backlog_limit=1", "service_timeout=10", "client_retries=1", "client_retry_delay=20")
RULES_AT_THE_DOOR = [word for rule in RULES for word in ("--set", rule)]


@NEEDS_LIVE
def test_who_finds_the_line_full_or_is_cut_off_tries_again_as_the_model_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One thread, cut off after 10 s, and a line of one: two pages and the report try again, the pages with success."""
    (tmp_path / "door.csv").write_text(AT_THE_DOOR)
    kept = ["--redis", "fake", "--json", "--records", str(tmp_path / "records")]
    assert main(["live", "--workload", str(tmp_path / "door.csv"), *RULES_AT_THE_DOOR, "--cycle", "sync", *kept]) == 0
    (found,) = json.loads(capsys.readouterr().out)["cycles"]
    wanted = {"requests": 7, "visits_answered": 3, "timed_out": 0, "rejected": 2, "failed": 2}
    assert {name: measured(found)[name] for name in wanted} == wanted
    assert {name: found["counts"][name]["simulated"] for name in wanted} == wanted
    assert (found["verdict"], found["fates_that_differ"]) in ((AGREES, 0), (TOO_BUSY, 0))
    rows = [row.split(",") for row in (tmp_path / "records" / "sync.csv").read_text().splitlines()]
    status, visit, attempt = (rows[0].index(name) for name in ("status", "visit_id", "attempt"))
    assert [(row[visit], row[attempt], row[status]) for row in rows[1:]] == [
        ("0", "0", "failed"),
        *(("1", "0", "ok"), ("2", "0", "rejected"), ("3", "0", "rejected")),
        *(("2", "1", "ok"), ("3", "1", "ok"), ("0", "1", "failed")),
    ]
    assert read_back(tmp_path / "records", "sync") == found["counts"]["requests"]["measured"]


def read_back(folder: Path, cycle: str) -> int:
    """How many requests a recording has, which is replayed, written again as it was, and allowed by the model."""
    run = measured_runs(folder).cycles[cycle]
    again = io.StringIO()
    write_csv(run.records, again)
    assert again.getvalue() == (folder / f"{cycle}.csv").read_text()
    assert [verdict.holds for verdict in verdicts(folder)] == [True]
    assert main(["play", "--measured", str(folder), "--out", str(folder / "page.html")]) == 0
    return len(run.records)


@NEEDS_LIVE
def test_a_limit_that_puma_does_not_know_is_refused_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "quiet", "--set", "backlog_limit=1", "--web", "puma"]) == 2
    assert "--web puma with backlog_limit: it knows no such limit; allowed: --web waitress" in capsys.readouterr().err
    assert main(["live", "quiet", "--set", "failure_fraction=0.5", "--worker", "sidekiq"]) == 2
    assert "with failure_fraction: allowed: --web waitress --worker ours" in capsys.readouterr().err
    stop = ["--kill-worker", "5", "--set", "fetch=reliable"]
    assert main(["live", "quiet", *stop, "--worker", "sidekiq"]) == 2
    assert "that is Sidekiq Pro; allowed: --worker ours" in capsys.readouterr().err
    assert main(["live", "quiet", "--set", "client_retries=21"]) == 2
    assert "client_retries = 21: allowed with the live lab: up to 20" in capsys.readouterr().err


@NEEDS_LIVE
def test_a_rule_that_no_real_program_has_is_refused_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "quiet", "--set", "cores=1"]) == 2
    assert (
        "cores = 1: not with the live lab: its threads wait, and do not compute; allowed: compare"
        in capsys.readouterr().err
    )


@NEEDS_LIVE
def test_a_worker_that_is_away_is_not_stopped_again_although_the_next_one_waits_already() -> None:
    with Stack(sim.load("quiet").replace(restart_time=1200.0), 20, Choice("fake")) as stack:
        mishaps = Mishaps(stack)
        old = stack.named("worker")
        assert mishaps.stop_worker("kill")
        wait_for(lambda: stack.named("worker") is not old and stack.named("worker").ready.is_set())
        assert not mishaps.stop_worker("kill")
        assert stack.named("worker").process.poll() is None


@NEEDS_LIVE
def test_the_next_stop_waits_for_a_worker_that_comes_back_late() -> None:
    stops = [(0.0, "kill"), (1.0, "kill")]
    scenario = sim.load("quiet").replace(restart_time=1.0, shutdown_time=0.0, worker_stops=stops)
    with Stack(scenario, 20, Choice("fake")) as stack:
        Mishaps(stack).begin(time.perf_counter())
        wait_for(lambda: sum(event["event"] == "worker_back" for event in stack.events) == 2)
        said = [event["event"] for event in stack.events if event["event"] in ("worker_stopped", "worker_back")]
        assert said == ["worker_stopped", "worker_back"] * 2


def test_what_has_not_happened_by_the_end_of_a_round_does_not_happen_in_the_next() -> None:
    said = list[str]()
    scenario = sim.load("quiet").replace(outages=[(0.0, 600.0)], worker_stops=[(600.0, "kill")])
    mishaps = Mishaps(mock.Mock(scenario=scenario, scale=1.0, programs=[], told_service="up", say=said.append))
    before = threading.active_count()
    mishaps.begin(time.perf_counter())
    wait_for(lambda: said == ["service_down"])
    mishaps.end()
    assert said == ["service_down", "service_up"]
    wait_for(lambda: threading.active_count() == before)
    assert said == ["service_down", "service_up"]


@NEEDS_LIVE
@pytest.mark.parametrize("worker", ["ours", pytest.param("sidekiq", marks=NEEDS_RUBY)])
def test_a_worker_that_is_killed_comes_back_and_works_on(worker: str) -> None:
    scenario = sim.load("quiet").replace(restart_time=1.0)
    with Stack(scenario, 20, Choice("fake", worker=worker)) as stack:
        mishaps = Mishaps(stack)
        assert mishaps.stop_worker("kill")
        wait_for(lambda: any(event["event"] == "worker_back" for event in stack.events))
        Jobs(client_of(f"redis://127.0.0.1:{stack.redis_port}/0")).push("7", 1.0)
        wait_for(lambda: any(event["event"] == "completed" and event["request_id"] == "7" for event in stack.events))
        stack.until(lambda: True)  # nobody takes it for a mishap
