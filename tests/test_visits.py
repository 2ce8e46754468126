"""The figures of runs in which more goes wrong, held against plain loops over the reference's requests and runs."""

import csv
import io
import math
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import fakeredis
import pytest
from lab_cases import Case, cases, told

from sim.cycles import CYCLES
from sim.experiments import Result, compare, quickest_engine, simulate
from sim.failures.door import Requests
from sim.failures.run import Run
from sim.memory import refuse_a_flood
from sim.presets import load
from sim.records import TIMED_OUT, write_csv, write_runs
from sim.scenario import Scenario
from sim.stats import Spread
from sim.turns import LOST
from sim.units import ticks
from sim.workload import read as read_workload

STORM = ["threads=4", "arrival_rate=6", "duration=60", "timeout=4", "client_retries=2", "backlog_limit=20"]


def result_of(case: Case, cycle: str) -> Result:
    """The run of a case, with the luck of the case."""
    workload, scenario = case.workload(), case.scenario()
    records = Run(workload, CYCLES[cycle], scenario, case.luck).finish()  # type: ignore[arg-type]
    return Result(scenario, workload, CYCLES[cycle], records)


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values and max(values) < math.inf else None


def counted(case: Case, cycle: str) -> dict[str, Any]:
    """Figures of the reference, by loops."""
    rows, runs = told(case.reference(cycle))
    requests = [row for row in rows if row[2] != "poll"]
    first = {row[0]: row[5] for row in reversed(requests)}
    ok_at, completed_at, seen_at = (defaultdict(lambda: math.inf) for _ in range(3))
    completions: dict[int, int] = defaultdict(int)
    for row in requests:
        visit, status = row[0], row[3]
        if status == "ok":
            ok_at[visit] = min(ok_at[visit], row[8])
        done = row[12] if cycle == "async" and row[2] == "report" else row[8] if status == "ok" else None
        if done is not None:
            completed_at[visit] = min(completed_at[visit], done)
            completions[visit] += cycle == "async"
        if row[14] is not None:
            seen_at[visit] = min(seen_at[visit], row[14])
    reports = sorted({row[0] for row in requests if row[2] == "report"})
    last = {request: max(run[2] for run in runs if run[1] == request) for request in {run[1] for run in runs}}
    return {
        "visits": len(first),
        "requests": len(requests),
        "polls": len(rows) - len(requests),
        **{
            name: sum(row[3] == status for row in requests)
            for name, status in zip(
                ("answered", "timed_out", "rejected", "failed"), ("ok", "timed_out", "rejected", "failed"), strict=True
            )
        },
        "visits_answered": len(ok_at),
        "visit_time": mean([ok_at[visit] - at for visit, at in sorted(first.items())]),
        "response_time": mean([row[8] - row[5] for row in requests if row[3] != "rejected"]),
        "reports_completed": sum(completed_at[visit] < math.inf for visit in reports),
        "completion_time": mean([completed_at[visit] - first[visit] for visit in reports]),
        "result_time": mean([seen_at[visit] - first[visit] for visit in reports]) if seen_at else None,
        "job_runs": len(runs),
        "job_waiting_time": mean([run[0] - run[6] for run in runs]),
        "jobs_dead": sum(row[13] is not None for row in requests),
        "jobs_done_twice": sum(number > 1 for number in completions.values()),
        "jobs_lost": sum(run[5] == "lost" and run[2] == last[run[1]] for run in runs),
        "worker_useful_time": sum(run[7] - run[0] for run in runs if run[5] == "completed"),
        "worker_wasted_time": sum(run[7] - run[0] for run in runs if run[5] != "completed"),
    }


@pytest.mark.parametrize("cycle", CYCLES)
def test_every_figure_is_what_a_loop_over_the_reference_counts(cycle: str) -> None:
    seen: dict[str, int] = defaultdict(int)
    for case in cases(range(1000, 1080)):
        summary = result_of(case, cycle).summary
        for name, value in counted(case, cycle).items():
            found = getattr(summary, name)
            found = found.mean if isinstance(found, Spread) else found
            assert found == pytest.approx(value, abs=1e-9), (name, case.rules)
            seen[name] += bool(value)
    never = {"polls", "jobs_dead", "jobs_done_twice", "jobs_lost", "job_runs", "job_waiting_time"} | {
        "worker_useful_time",
        "worker_wasted_time",
    }
    assert {name for name, count in seen.items() if not count} == (never if cycle == "sync" else set())


@pytest.mark.parametrize("cycle", CYCLES)
def test_the_written_rows_and_runs_are_those_of_the_reference(cycle: str) -> None:
    for case in cases(range(1000, 1030)):
        rows, runs = told(case.reference(cycle))
        records = result_of(case, cycle).records
        written, made = read(write_csv, records), read(write_runs, records)
        for row, expected in zip(written, rows, strict=True):
            visit, attempt, kind, status, _, *instants = expected
            assert (row["visit_id"], row["attempt"]) == (str(visit), str(attempt))
            assert (row["kind"], row["status"]) == (kind, status)
            names = ["arrived_at", "started_at", "enqueued_at", "responded_at", "finished_at", "skipped_at"]
            names += ["picked_up_at", "completed_at", "died_at", "seen_at"]
            assert [number(row[name]) for name in names] == instants
            assert bool(row["queue"]) == bool(row["enqueued_at"])
        assert [
            (
                *(number(run["picked_up_at"]), int(run["request_id"]), int(run["run"]), run["queue"]),
                *(int(run["worker"]), run["outcome"], number(run["enqueued_at"]), number(run["ended_at"])),
            )
            for run in made
        ] == runs


def read(write: Any, records: Any) -> list[dict[str, str]]:
    stream = io.StringIO()
    write(records, stream)
    return list(csv.DictReader(io.StringIO(stream.getvalue())))


def number(text: str) -> float | None:
    return float(text) if text else None


def test_a_scenario_with_a_rule_is_served_by_the_engine_that_knows_it() -> None:
    comparison = compare(load("slides", STORM))
    for result in comparison.cycles.values():
        summary = result.summary
        assert summary.requests == summary.answered + summary.timed_out + summary.rejected + summary.failed
    sync, later = comparison.sync.summary, comparison.async_.summary
    assert sync.visits == later.visits == len(comparison.workload)
    assert sync.requests > sync.visits
    assert sync.rejected > 0
    assert later.visits_answered == later.visits


def test_the_luck_of_what_goes_wrong_is_the_scenarios_seed() -> None:
    storm, other = (load("slides", [*STORM, f"seed={seed}"]) for seed in (1, 2))
    workload = simulate(storm, "sync").workload
    runs = [simulate(each, "sync", workload=workload).summary for each in (storm, storm, other)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_the_slots_that_exist_are_those_of_the_capsules_too() -> None:
    queues = 'queues=[{name="mail", share=0.5, workers=2}, {name="reports", share=0.5}]'
    comparison = compare(load("quiet", [queues, "workers=3", "threads=4"]))
    assert comparison.async_.records.workers == 5
    assert comparison.sync_same_slots.records.threads == 9


def test_each_queue_has_its_figures_and_its_share() -> None:
    queues = 'queues=[{name="mail", share=0.75, external_time=0.5}, {name="reports", share=0.25}]'
    summary = simulate(load("slides", [queues]), "async").summary
    assert set(summary.queues) == {"mail", "reports"}
    jobs = {name: each.jobs for name, each in summary.queues.items()}
    assert sum(jobs.values()) == summary.reports
    assert jobs["mail"] / summary.reports == pytest.approx(0.75, abs=0.1)
    times = {name: each.completion_time.mean for name, each in summary.queues.items()}
    assert times["mail"] < times["reports"]
    assert ticks(summary.worker_useful_time) > 0


@pytest.mark.parametrize(
    ("override", "column", "words"),
    [
        ('queues=[{name="mail"}, {name="slow"}]', None, "queues = mail, slow: the workload has no column queue"),
        ('queues=[{name="mail"}]', "slow", "queue = slow: a queue of the workload; allowed: mail"),
        ('queues=[{name="mail"}]', '"mail\n"', r"queue = 'mail\n'; allowed: 1 to 64 letters, digits, . _ -"),
        ("threads=2", "slow", "queues: none, and the workload has a column queue"),
    ],
)
def test_queues_of_a_file_and_of_the_scenario_must_be_the_same(
    override: str, column: str | None, words: str, tmp_path: Any, capsys: Any
) -> None:
    from sim.cli import main

    file = tmp_path / "w.csv"
    head, row = ("arrived_at,kind,web_time,external_time", "0,report,1,1")
    file.write_text(f"{head},queue\n{row},{column}\n" if column else f"{head}\n{row}\n")
    assert main(["compare", "--workload", str(file), "--set", override]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def said(*overrides: str) -> tuple[str, str]:
    """The table of a comparison of the slides' scenario, and its sentences."""
    from sim.lesson import sentences
    from sim.tables import comparison_table

    comparison = compare(load("slides", overrides))
    with mock.patch("sim.luck.OTHERS", 5):  # other seeds: that they are told of is seen elsewhere
        return comparison_table(comparison), "\n".join(sentences(comparison))


def test_the_table_leads_with_visits_where_people_try_again() -> None:
    table, sentences = said(*STORM)
    rows = [line.split("  ")[0].strip() for line in table.splitlines()]
    assert rows.index("visits") < rows.index("time to the good answer, mean") < rows.index("requests sent")
    assert "response time, mean" not in rows  # rejections make it look fast
    summary = compare(load("slides", STORM)).sync.summary
    without = summary.visits - summary.visits_answered
    assert f"In SYNC {summary.visits:,} people sent {summary.requests:,} requests; {without:,} of them" in sentences
    turned_away = f"found full and turned away at once (503) were {summary.rejected:,} in SYNC and none in ASYNC"
    assert f"room for 20 requests: {turned_away}" in sentences
    assert "ASYNC kept its word" in sentences


ALONE = {  # a file of one page, what is set, and what is said of it
    "it had a good answer in the end.": [],
    "it never had a good answer.": ["service_timeout=0.01"],
    "(1 request was cut off on its thread)": ["service_timeout=0.01"],
    "The line has room for 1 request: nobody found it full.": ["backlog_limit=1"],
    "SYNC gets 1 request and nobody is left without a good answer, as in ASYNC.": ["backlog_limit=1"],
    "SYNC gets 1 request and one person is left without a good answer, as many as ASYNC's 1.": ["service_timeout=0.01"],
}


@pytest.mark.parametrize(("words", "rule"), ALONE.items())
def test_one_and_none_are_said_as_people_say_them(words: str, rule: list[str], tmp_path: Path) -> None:
    from sim.visit_lesson import visit_sentences

    (tmp_path / "one.csv").write_text("arrived_at,kind,web_time,external_time\n0,page,1,0\n")
    scenario = load("slides", rule or ["client_retries=1"])
    told = " ".join(visit_sentences(compare(scenario, workload=read_workload(tmp_path / "one.csv"))))
    assert words in told
    assert "one person sent 1 request; it" in told


def test_where_async_loses_or_doubles_work_it_says_that_async_is_not_safe() -> None:
    stops = 'worker_stops=[[100, "kill"], [300, "kill"]]'
    _, sentences = said(stops, "failure_fraction=0.6", "job_retries=1", "job_retry_delay=1")
    summary = compare(
        load("slides", [stops, "failure_fraction=0.6", "job_retries=1", "job_retry_delay=1"])
    ).async_.summary
    assert summary.jobs_lost
    assert summary.jobs_dead
    assert "ASYNC is not safe here" in sentences
    assert f"accepted {summary.jobs_lost} were lost with a killed worker and {summary.jobs_dead} were" in sentences
    assert "given up after the last retry. Their clients had been told that all is well." in sentences
    assert "begun again" not in sentences  # of a basic fetch nothing comes back
    assert "The worker application was stopped 2 times" in sentences


def test_a_stop_after_all_is_done_is_no_stop_of_this_run() -> None:
    _, sentences = said('worker_stops=[[100, "term"], [5000, "kill"]]')
    assert "The worker application was stopped once: " in sentences
    _, sentences = said('worker_stops=[[5000, "kill"]]')
    assert "All was done before the worker application would have been stopped." in sentences
    assert "was stopped" not in sentences


def test_a_job_that_comes_back_from_a_killed_worker_is_said_to_be_done_again_in_part() -> None:
    asked = ['worker_stops=[[100, "kill"]]', "fetch=reliable", "duration=120"]
    runs = simulate(load("slides", asked), "async").records.at_workers
    assert (runs.outcome == LOST).sum() == 5
    _, sentences = said(*asked)
    assert "none was lost or made twice. 5 jobs were begun again from the start after a run that was cut" in sentences


def test_polls_are_told_with_what_they_cost() -> None:
    table, sentences = said("result=polling", "duration=120")
    polls = compare(load("slides", ["result=polling", "duration=120"])).async_.summary.polls
    assert f"the clients asked {polls:,} times whether their report is ready" in sentences
    assert "until the client has it, p50" in table


def as_rows(records: Any) -> tuple[list[list[str]], list[list[str]]]:
    """What is written of records, but for the numbers of slots."""
    rows = [list(row.values()) for row in read(write_csv, records)]
    runs = [list(run.values())[:-1] for run in read(write_runs, records)]
    return rows, runs


@pytest.mark.parametrize("cycle", CYCLES)
def test_the_exact_engine_cuts_a_thread_short_as_the_other_does(cycle: str) -> None:
    defaults = {name: field.default for name, field in Scenario.model_fields.items()}
    failed = killed = 0
    for case in cases(range(2000, 2150)):
        scenario = case.scenario()
        kept = {name: getattr(scenario, name) for name in ("threads", "workers", "timeout", "on_timeout")}
        limit = scenario.service_timeout or scenario.failure_time or 2.0
        plain = Scenario.model_construct(**defaults | kept | {"service_timeout": limit})
        workload = replace(case.workload(), queues=(), queue=None)
        told = simulate(plain, cycle, workload=workload)
        computed = simulate(plain, cycle, workload=workload, engine="exact")
        assert as_rows(told.records) == as_rows(computed.records)
        assert told.summary == computed.summary
        assert (told.records.cycle, told.records.timeout) == (computed.records.cycle, computed.records.timeout)
        assert (told.records.is_report == computed.records.is_report).all()
        assert (told.records.killed == computed.records.killed).all()
        failed += told.summary.failed
        killed += int((computed.records.killed & (computed.records.status == TIMED_OUT)).sum())
    assert failed > 100
    assert killed > 20


def test_a_rule_without_feedback_is_left_to_the_quicker_engine() -> None:
    assert quickest_engine(load("slides", ["service_timeout=15"])) == "exact"
    assert quickest_engine(load("slides", ["service_timeout=15", "client_retries=1"])) == "simpy"


TOLD = {  # the events of a trace, and the column of the records that they must be
    "arrived": "arrived_at",
    "started": "started_at",
    "enqueued": "enqueued_at",
    "skipped": "skipped_at",
    "died": "died_at",
    "seen": "seen_at",
}


@pytest.mark.parametrize("cycle", CYCLES)
def test_the_trace_tells_what_the_records_say_and_each_run(cycle: str) -> None:
    for case in cases(range(1000, 1025)):
        result = result_of(case, cycle)
        rows, runs = read(write_csv, result.records), read(write_runs, result.records)
        told: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, request, event, _ in result.trace:
            told[event].append((request, at))
        for event, column in TOLD.items():
            assert sorted(told[event]) == [(n, float(row[column])) for n, row in enumerate(rows) if row[column]]
        for outcome in ("completed", "failed", "lost", "returned"):
            event = outcome if outcome == "completed" else f"run_{outcome}"
            ends = [(int(run["request_id"]), float(run["ended_at"])) for run in runs if run["outcome"] == outcome]
            assert sorted(told[event]) == sorted(ends)
        answers = sorted(told["responded"] + told["timed_out"] + told["rejected"] + told["failed"])
        assert answers == [(n, float(row["responded_at"])) for n, row in enumerate(rows)]
        instants = [at for at, *_ in result.trace]
        assert instants == sorted(instants)
        let_go = sorted(told["finished"] + told["killed"])
        assert let_go == [(n, float(row["finished_at"])) for n, row in enumerate(rows) if row["finished_at"]]


def test_a_job_that_is_run_twice_is_told_in_the_order_in_which_it_happened(capsys: Any) -> None:
    from sim.cli import main

    fails = ["--set", "outages=[[0, 100]]", "--set", "job_retries=1", "--set", "job_retry_delay=200"]
    only = ["--set", "report_fraction=1", "--set", "external_time=5", "--set", "duration=30"]
    assert main(["trace", "async", "quiet", "--request", "0", *fails, *only]) == 0
    lines = capsys.readouterr().out.splitlines()
    deeds = [" ".join(line.split()[2:]) for line in lines[3:] if "worker" in line or "report" in line]
    assert [deed.split(": ")[-1] for deed in deeds] == [
        *("worker 0 takes the job", "the slow call has failed"),
        *("worker 0 takes the job", "the report exists"),
    ]


def test_a_retry_is_told_as_one(capsys: Any) -> None:
    from sim.cli import main

    records = simulate(load("slides", STORM), "sync").records
    retry = int((records.attempt == 1).argmax())
    sets = [part for override in STORM for part in ("--set", override)]
    assert main(["trace", "sync", "slides", "--request", str(retry), *sets]) == 0
    assert f"number 1 of visit {records.visit_id[retry]}" in capsys.readouterr().out


def test_retries_beyond_the_memory_stop_the_run_with_the_arithmetic(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from sim.cli import main

    monkeypatch.setattr("sim.memory.free_memory", lambda: 2e8)
    storm = ["backlog_limit=0", "threads=1", "client_retries=100", "client_retry_delay=0.01", "arrival_rate=20"]
    sets = [part for override in storm for part in ("--set", override)]
    assert main(["compare", "slides", *sets]) == 2
    told = capsys.readouterr().err
    assert re.match(r"error: client_retries, result: [\d.]+ retries and polls for each of [\d,]+ visits: ", told)
    assert "requests × 900 bytes" in told
    assert told.count("\n") == 1


def test_a_flood_of_retries_is_stopped_where_it_begins_and_not_where_memory_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sim.memory.free_memory", lambda: 2e9)
    monkeypatch.setattr("sim.failures.door.CHECKED", 1 << 10)
    flood = ["backlog_limit=0", "client_retries=100", "client_retry_delay=0", "arrival_rate=50", "report_fraction=1"]
    made = mock.Mock(wraps=Requests.add)
    with (
        mock.patch.object(Requests, "add", lambda *row: made(*row)),
        pytest.raises(ValueError, match=r"client_retries, result: .* allowed: half of the free memory"),
    ):
        simulate(load("slides", flood), "sync")
    assert made.call_count < 5_000


@pytest.mark.parametrize(
    ("flood", "told"),
    [
        (
            ["backlog_limit=0", "threads=1", "client_retries=100", "client_retry_delay=0.01", "arrival_rate=20"],
            r"client_retries, result: [\d,]+ retries and polls for [\d,]+ visits until [\d,]+ s;",
        ),
        (
            ["result=polling", "poll_every=0.001", "external_time=10"],
            r"client_retries, result: [\d,]+ retries and polls for [\d,]+ visits until [\d,]+ s;",
        ),
        (
            ["failure_fraction=1", "failure_time=0", "job_retries=999", "job_retry_delay=0"],
            r"job_retries: [\d,]+ more runs of jobs for [\d,]+ visits until [\d,]+ s;",
        ),
        (
            ["cores=1", "controller_time=600", "on_timeout=finish_all"],
            r"cores: [\d,]+ turns after the end of a quantum for [\d,]+ visits until [\d,]+ s;",
        ),
    ],
)
def test_a_flood_for_which_there_is_memory_ends_in_seconds_with_the_arithmetic(
    monkeypatch: pytest.MonkeyPatch, flood: list[str], told: str
) -> None:
    monkeypatch.setattr("sim.memory.MOST_AGAIN", 10_000)
    monkeypatch.setattr("sim.memory.AGAIN_EACH", 1)
    monkeypatch.setattr("sim.failures.door.CHECKED", 1 << 10)
    monkeypatch.setattr("sim.failures.application.CHECKED", 1 << 10)
    with pytest.raises(ValueError, match=told + " allowed: 10,000, or 1 for each visit"):
        simulate(load("slides", flood), "async", redis=None)


def test_a_long_log_of_people_who_each_ask_ten_times_is_no_flood() -> None:
    refuse_a_flood(1_000_000, 100_000, 3600.0, "result", "polls")
    with pytest.raises(ValueError, match=r"1,000,001 polls for 100,000 visits .* allowed: 500,000, or 10 for each"):
        refuse_a_flood(1_000_001, 100_000, 3600.0, "result", "polls")


def test_a_flood_of_runs_is_stopped_earlier_in_redis_and_leaves_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.memory.MOST_AGAIN_IN_REDIS", 500)
    monkeypatch.setattr("sim.memory.AGAIN_EACH", 1)
    monkeypatch.setattr("sim.failures.application.CHECKED", 1 << 8)
    poison = ["failure_fraction=1", "failure_time=0", "job_retries=999", "job_retry_delay=0", "duration=200"]
    client = fakeredis.FakeRedis()
    with pytest.raises(ValueError, match=r"job_retries: .* allowed: 500 in Redis, or 1 for each visit"):
        simulate(load("slides", poison), "async", redis=client)
    assert client.keys() == []


def test_runs_beyond_the_memory_stop_the_run_with_the_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.memory.free_memory", lambda: 1e7)
    monkeypatch.setattr("sim.failures.application.CHECKED", 1 << 10)
    monkeypatch.setattr("sim.memory.FEW", 1)
    poison = ["failure_fraction=1", "failure_time=0", "job_retries=999", "job_retry_delay=0", "duration=200"]
    with pytest.raises(ValueError, match=r"job_retries: runs, and as many again to come: [\d,]+ runs × 250 bytes"):
        simulate(load("slides", poison), "async", redis=None)
