"""A run written as a log and imported again gives its workload back, and SYNC's timeouts agree."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import Row, workload_of
from written_logs import ALL, APPLICATIONS, COARSE_ROUTERS, JOBS, ROUTERS, SLIDES, log_format, run, written

from sim.cycles import SYNC
from sim.experiments import Result
from sim.logs import heroku, lograge, nginx, rails, sidekiq
from sim.logs.importing import Imported, import_logs
from sim.logs.rows import TIMED_OUT
from sim.logs.unqueueing import unqueue
from sim.scenario import Scenario
from sim.workload import Workload, legs_of

EIGHTH = 0.125  # s: a whole number of ms and of 2^-20 s, so that no format rounds it
in_files = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def eighths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least, most).map(lambda number: number * EIGHTH)


def from_the_first(rows: list[Row]) -> Workload:
    first = min(at for at, _, _ in rows)
    return workload_of([(at - first, web, external) for at, web, external in rows])


rows = st.lists(  # who comes at one instant has no order in a log
    st.tuples(eighths(0, 60), eighths(1, 8), st.none() | eighths(0, 40)),
    min_size=1,
    max_size=30,
    unique_by=lambda r: r[0],
)
requests = rows.map(from_the_first)
patient = st.builds(lambda threads: Scenario(threads=threads, timeout=1000.0), st.integers(1, 4))
impatient = st.builds(
    lambda threads, timeout: Scenario(threads=threads, timeout=timeout), st.integers(1, 4), eighths(8, 60)
)


def imported(file: Path, result: Result, *names: str, **how: object) -> Imported:
    log = written(file, result, *(ALL[name] for name in names))
    how = {"threads": result.records.threads, "timeout": result.scenario.timeout} | how
    return import_logs(log, reports="/reports/*", log_format=log_format(names[0]), **how)  # type: ignore[arg-type]


def work(workload: Workload) -> np.ndarray:
    return legs_of(workload, SYNC).first


@pytest.mark.parametrize("name", [*ROUTERS, *APPLICATIONS])
@in_files
@given(workload=requests, scenario=patient)
def test_a_log_without_waiting_or_with_known_threads_gives_the_work_back(
    name: str, workload: Workload, scenario: Scenario, tmp_path: Path
):
    if name in APPLICATIONS:  # its clock begins when a thread takes a request: here at once
        scenario = scenario.replace(threads=30)
    result = run(scenario, workload=workload)
    found = imported(tmp_path / "log", result, name)
    if name == "rails":  # stamps on whole seconds: only the work is exact
        assert sorted(work(found.workload)) == sorted(work(workload))
        return
    for name in ("arrived_at", "is_report"):
        assert (getattr(found.workload, name) == getattr(workload, name)).all()
    assert (work(found.workload) == work(workload)).all()
    assert found.timed_out.sum() == 0


@pytest.mark.parametrize("application", APPLICATIONS)
@pytest.mark.parametrize("router", ["heroku", "alb"])
@in_files
@given(workload=requests, scenario=impatient)
def test_router_and_application_together_give_exactly_the_timeouts_there_were(
    router: str, application: str, workload: Workload, scenario: Scenario, tmp_path: Path
):
    result = run(scenario, workload=workload)
    if np.isnan(result.records.started_at).all():
        return
    found = imported(tmp_path / "log", result, router, application, threads=None)
    again = run(scenario, workload=found.workload)
    assert found.source == "both"
    assert found.timed_out.sum() == result.summary.timed_out
    ran = ~np.isnan(result.records.started_at)
    assert (found.timed_out == result.records.timed_out).all()
    assert (work(found.workload)[ran] == work(workload)[ran]).all()
    assert (again.records.timed_out == result.records.timed_out).all()


@pytest.mark.parametrize("name", ROUTERS)
@in_files
@given(workload=requests, scenario=impatient)
def test_a_router_alone_gives_every_timeout_back_on_random_runs(
    name: str, workload: Workload, scenario: Scenario, tmp_path: Path
):
    result = run(scenario, workload=workload)
    found = imported(tmp_path / "log", result, name)
    assert (found.timed_out == result.records.timed_out).all()
    assert (run(scenario, workload=found.workload).records.timed_out == result.records.timed_out).all()


@pytest.mark.parametrize("name", COARSE_ROUTERS)
@in_files
@given(workload=requests, scenario=patient)
def test_stamps_of_whole_seconds_move_no_arrival_by_more_than_a_second(
    name: str, workload: Workload, scenario: Scenario, tmp_path: Path
):
    result = run(scenario, workload=workload)
    found = imported(tmp_path / "log", result, name)
    moved = np.sort(found.workload.arrived_at) - np.sort(workload.arrived_at)
    assert np.ptp(np.append(moved, 0.0)) < 2.0 + 2e-3  # each by less than one, and instant 0 with the first of them
    assert any("whole seconds" in sentence for sentence in found.said)


@pytest.mark.parametrize("name", JOBS)
@in_files
@given(workload=requests)
def test_jobs_come_back_with_their_own_times(name: str, workload: Workload, tmp_path: Path):
    result = run(Scenario(threads=30, workers=30), "async", workload)
    if not workload.is_report.any():
        return
    found = imported(tmp_path / "log", result, name)
    assert found.source == "jobs"
    assert found.workload.is_report.all()
    expected = np.sort(workload.external_time[workload.is_report])
    assert np.abs(np.sort(found.workload.external_time) - expected).max() <= 1e-3
    assert any("waited in the queue is not in the log" in sentence for sentence in found.said)


CUT_OFF_68 = SLIDES.replace(seed=227, external_time={"distribution": "lognormal", "mean": 13, "p95": 38})


@pytest.fixture(scope="module")
def sync() -> Result:
    return run()


@pytest.mark.parametrize("seed", range(7, 12))
@pytest.mark.parametrize("names", [("heroku",), ("heroku", "lograge"), ("alb",), ("alb", "rails"), ("nginx-msec",)])
def test_on_the_slides_the_timeouts_of_the_model_are_the_log_s(names: tuple[str, ...], seed: int, tmp_path: Path):
    scenario = SLIDES.replace(seed=seed)
    result = run(scenario)
    again = run(scenario, workload=imported(tmp_path / "log", result, *names).workload)
    assert abs(again.summary.timed_out - result.summary.timed_out) <= (0 if len(names) == 2 else 2)


def test_with_68_of_1862_cut_off_a_router_alone_tells_the_timeouts_and_what_it_does_not_know(tmp_path: Path):
    scenario = CUT_OFF_68
    result = run(scenario)
    assert (result.summary.requests, result.summary.timed_out) == (1862, 68)
    found = imported(tmp_path / "log", result, "heroku")
    assert abs(run(scenario, workload=found.workload).summary.timed_out - 68) <= 2
    assert (
        "68 of 1,862 rows are cut off at the timeout: their work is a lower bound, and so are ASYNC's completion times."
        in found.said
    )
    exact, bound = (run(scenario, "async", workload).summary for workload in (result.workload, found.workload))
    assert bound.completion_time.p95 < exact.completion_time.p95


def test_the_trap_a_router_s_service_time_is_not_the_work(tmp_path: Path):
    """Its durations contain the backlog: taken for work they give many times the timeouts there were."""
    scenario = CUT_OFF_68
    result = run(scenario)
    trap = replace(
        result.workload,
        web_time=np.maximum(result.records.response_time, 2.0**-20),
        external_time=np.zeros(1862),
        is_report=np.zeros(1862, bool),
        hop_times=dict.fromkeys(result.workload.hop_times, 0.0),
    )
    assert run(scenario, workload=trap).summary.timed_out > 10 * 68


def test_what_a_router_alone_cannot_know_without_its_threads_is_refused(sync: Result, tmp_path: Path):
    with pytest.raises(ValueError, match="threads: not given; a router's durations contain the waiting"):
        imported(tmp_path / "log", sync, "heroku", threads=None)


def test_too_few_threads_are_found_out(sync: Result, tmp_path: Path):
    found = imported(tmp_path / "log", sync, "heroku", threads=3)
    assert any("ended before any of 3 threads could have taken them" in sentence for sentence in found.said)
    assert not any("ended before" in s for s in imported(tmp_path / "log", sync, "heroku").said)


def test_what_an_application_s_log_alone_cannot_know_is_said(sync: Result, tmp_path: Path):
    found = imported(tmp_path / "log", sync, "lograge")
    assert found.source == "application"
    assert any("how long it waited before, and whether its client had gone, is not in it" in s for s in found.said)


def test_requests_that_never_ran_are_counted_and_guessed_from_their_like(sync: Result, tmp_path: Path):
    found = imported(tmp_path / "log", sync, "heroku", "lograge")
    skipped = np.isnan(sync.records.started_at)
    assert skipped.sum() == 60
    assert any(sentence.startswith("60 cut off by the router never ran") for sentence in found.said)
    pages = work(found.workload)[skipped & ~sync.records.is_report]
    assert np.allclose(pages, 0.097, atol=1e-3)


def test_of_a_report_a_tenth_of_a_second_stays_on_its_thread(sync: Result, tmp_path: Path):
    workload = imported(tmp_path / "log", sync, "heroku", "lograge").workload
    reports = workload.is_report
    assert (workload.web_time[reports] == np.minimum(work(workload)[reports], 104858 / 2**20)).all()
    assert (workload.external_time[~reports] == 0).all()
    longer = imported(tmp_path / "log", sync, "heroku", "lograge", web_time="2s").workload
    assert (work(longer) == work(workload)).all()
    assert longer.web_time[reports].max() == 2.0


def test_unqueueing_is_the_recursion_backwards():
    arrived_at, ended_at = np.array([0.0, 0.0, 1.0, 2.0]), np.array([4.0, 9.0, 5.0, 7.0])
    found = unqueue(arrived_at, ended_at, np.zeros(4, bool), 2)
    assert found.work.tolist() == [4.0, 9.0, 1.0, 2.0]
    assert found.too_early == 0


def test_a_request_given_up_before_a_thread_was_free_has_no_work():
    found = unqueue(np.array([0.0, 1.0]), np.array([40.0, 31.0]), np.array([False, True]), 1)
    assert found.work[0] == 40.0
    assert np.isnan(found.work[1])


def test_an_answer_of_503_is_the_application_s_own_unless_it_took_the_timeout(tmp_path: Path):
    result = run()
    log = Path(written(tmp_path / "log", result, nginx.tell_with_msec))
    log.write_bytes(log.read_bytes().replace(b'" 504 ', b'" 503 ').replace(b'" 200 ', b'" 503 ', 5))
    found = import_logs(str(log), reports="/reports/*", threads=5, log_format=nginx.WITH_MSEC)
    assert found.timed_out.sum() == result.summary.timed_out


def test_a_timeout_other_than_the_one_given_is_noticed(tmp_path: Path):
    found = imported(tmp_path / "log", run(SLIDES.replace(timeout=20.0)), "heroku", timeout=30.0)
    assert any("The log's timeouts come after 20 s, not 30 s: --timeout 20s" in sentence for sentence in found.said)


def test_stamps_of_one_second_are_spread_within_it_in_the_order_of_the_lines(tmp_path: Path):
    result = run(Scenario(threads=9), workload=workload_of([(0.1 * n, 0.01, None) for n in range(10)]))
    arrived_at = imported(tmp_path / "log", result, "nginx").workload.arrived_at
    assert np.allclose(np.diff(arrived_at), 0.1, atol=2e-3)


def test_the_same_log_gives_the_same_workload_every_time(sync: Result, tmp_path: Path):
    one, other = (imported(tmp_path / "log", sync, "nginx") for _ in range(2))
    assert (one.workload.arrived_at == other.workload.arrived_at).all()
    assert (work(one.workload) == work(other.workload)).all()
    assert one.said == other.said


def test_several_files_are_one_log_and_gzip_is_unpacked(sync: Result, tmp_path: Path):
    import gzip

    router, application = written(tmp_path / "r", sync, heroku.tell), written(tmp_path / "a", sync, lograge.tell)
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(Path(application).read_bytes()))
    apart = import_logs([router, str(packed)], reports="/reports/*")
    together = imported(tmp_path / "log", sync, "heroku", "lograge")
    assert (work(apart.workload) == work(together.workload)).all()


def test_rails_lines_are_joined_though_they_interleave(tmp_path: Path):
    result = run()
    lines = Path(written(tmp_path / "log", result, rails.tell)).read_bytes().splitlines()
    started = [place for place, line in enumerate(lines) if b"Started" in line]
    assert any(b"Started" in lines[place + 1] for place in started[:-1])
    found = import_logs(str(tmp_path / "log"), reports="/reports/*")
    ran = ~np.isnan(result.records.started_at)
    held = (result.records.finished_at - result.records.started_at)[ran]
    assert np.abs(np.sort(work(found.workload)) - np.sort(held)).max() <= 1e-3


def test_a_row_s_flags_say_who_gave_up():
    assert heroku.reader()(
        b'2026-01-05T10:01:02.000931+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/"'
        b' host=app.example.com request_id=0f3d fwd="192.0.2.8" dyno=web.1 connect=0ms service=30000ms status=503'
        b" bytes=0 protocol=https"
    ) == (1767607232000931, 30_000_000, TIMED_OUT, b"GET /", b"0f3d")


@pytest.mark.parametrize("context", [{"elapsed": 3.25}, {"elapsed": 3.25, "tags": "mail"}])
def test_a_job_s_usual_end_in_json_is_read_by_the_quick_way(context: dict[str, object]) -> None:
    said = {"ts": "2026-01-02T03:04:05.678Z", "pid": 4, "tid": "1dc94p", "lvl": "INFO", "msg": "done"}
    line = json.dumps(said | {"ctx": {"class": "ReportJob"} | context}, separators=(",", ":")).encode()
    assert sidekiq.USUAL_JSON.match(line)
    slow = line.replace(b'"ctx"', b'"more":{},"ctx"')  # which the pattern leaves to the parser
    assert not sidekiq.USUAL_JSON.match(slow)
    assert sidekiq.reader()(line) == sidekiq.reader()(slow)
