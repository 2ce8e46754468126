"""What the words of the failure lab's presets claim is so, in nine runs of ten at least.

Here a few seeds are run, for these runs take longer than others; LAB_SEEDS=200 runs as many as the words were held
against when they were written.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim import SYNC, load, simulate
from sim.exercises.threads_that_compute import PAGE_COMPUTES
from sim.experiments import Result, columns, quickest_engine
from sim.path import COMPUTES
from sim.presets import LAB
from sim.records import OK, PAGE, POLL, REPORT
from sim.stats import peak
from sim.turns import FAILED, LOST

SEEDS = int(os.environ.get("LAB_SEEDS", "3"))
MOST = 0.9
ROOT = Path(__file__).parents[1]
LONG = 2400  # s: a job of `deploys` that no time between two deploys is enough for


@cache
def run(preset: str, changes: str, column: str, seed: int) -> Result:
    """One column of the comparison, for one seed."""
    scenario = load(preset, changes.split(";") if changes else []).replace(seed=seed)
    _, served, cycle = next(found for found in columns(scenario) if found[0] == column)
    return simulate(served, cycle, engine=quickest_engine(served), redis=None)


def beside(result: Result, preset: str, changes: str = "", column: str = "sync") -> Result:
    """Another run with the same luck."""
    return run(preset, changes, column, result.scenario.seed)


# ---------------------------------------------------------------- figures of a run


def share_failing(result: Result, since: float, until: float) -> float:
    """Of the requests that arrive meanwhile, the share that ends in an error."""
    records = result.records
    arrived = (records.arrived_at >= since) & (records.arrived_at < until) & (records.kind != POLL)
    return float(np.mean(records.status[arrived] != OK))


def late_errors(result: Result) -> float:
    return share_failing(result, 900, 1440)


def without_an_answer(result: Result) -> int:
    return result.summary.visits - result.summary.visits_answered


def bad_pages(result: Result) -> int:
    return int(np.count_nonzero((result.records.kind == PAGE) & (result.records.status != OK)))


def bad_reports(result: Result) -> int:
    return int(np.count_nonzero((result.records.kind == REPORT) & (result.records.status != OK)))


def pages_within(result: Result) -> float:
    return result.summary.page_response_time.p95


def mean_response(result: Result) -> float:
    return result.summary.response_time.mean


def news_is_late_by(result: Result) -> float:
    """Seconds from a report's completion until its client knows, on average."""
    return float(np.nanmean(result.records.seen_at - result.records.completed_at))


def queue_between(result: Result, since: float, until: float) -> int:
    """The most jobs that ever waited of those that joined the queue meanwhile."""
    runs = result.records.at_workers
    joined = (runs.came_at >= since) & (runs.came_at < until)
    return peak(runs.came_at[joined], runs.taken_at[joined])


def share_wasted(result: Result) -> float:
    """Of the workers' busy time, the share of runs that came to nothing."""
    summary = result.summary
    return summary.worker_wasted_time / (summary.worker_wasted_time + summary.worker_useful_time)


def waiting_of_the_healthy(result: Result) -> float:
    """How long the first run of a job waits whose run does not fail, on average."""
    runs = result.records.at_workers
    return float(np.mean(runs.waited[(runs.number == 0) & (runs.outcome != FAILED)]))


def ended(result: Result, outcome: int) -> int:
    return int(np.count_nonzero(result.records.at_workers.outcome == outcome))


def finished_by(result: Result, instant: float, *, long: bool) -> float:
    """The share of the long jobs, or of the quick ones, done by then."""
    return float(np.mean(result.records.completed_at[is_long(result) == long] <= instant))


def is_long(result: Result) -> np.ndarray:
    return result.workload.external_time >= LONG


def long_done(result: Result) -> float:
    """How many long jobs are done when people stop coming."""
    return finished_by(result, 14400, long=True) * np.count_nonzero(is_long(result))


def waiting_of_the_mail(result: Result) -> float:
    """Seconds within which 95 of 100 mails are begun."""
    runs = result.records.at_workers
    mail = result.workload.external_time[runs.request_id] < 60
    return float(np.quantile(runs.waited[mail], 0.95))


def nobody_sees_an_error(result: Result) -> bool:
    return without_an_answer(result) == 0 and bool(np.all(result.records.status == OK))


# ---------------------------------------------------------------- the claims

MAIL_FIRST = 'queues=[{name="mail", share=0.96, external_time=1}, {name="reports", share=0.04, external_time=60}]'
OWN_SLOTS = MAIL_FIRST.replace("external_time=1}", "external_time=1, workers=2}") + ";workers=3"

# the words; what they are said of: changes to the preset, and a column; whether a run bears them out
Claim = tuple[str, str, str, Callable[[Result], bool]]
CLAIMS: dict[str, list[Claim]] = {
    "retry-storm": [
        ("more than half of the requests still fail", "", "sync", lambda run: late_errors(run) > 0.5),
        ("was no trouble before", "", "sync", lambda run: share_failing(run, 0, 300) < 0.1),
        ("how many fail", "client_retries=0", "sync", lambda run: late_errors(run) < 0.02),
        ("how many attempts", "client_retries=1", "sync", lambda run: late_errors(run) < 0.02),
        ("The retry storm", "", "async", nobody_sees_an_error),
    ],
    "polite-clients": [
        ("the storm goes on all the same", "", "sync", lambda run: late_errors(run) > 0.5),
        (
            "fewer people go away with nothing",
            "",
            "sync",
            lambda run: without_an_answer(run) < 0.9 * without_an_answer(beside(run, "retry-storm")),
        ),
        ("does it end", "client_retries=1", "sync", lambda run: late_errors(run) < 0.02),
        (
            "politeness and a short line together",
            "backlog_limit=30",
            "sync",
            lambda run: without_an_answer(run) < 0.6 * without_an_answer(beside(run, "polite-clients")),
        ),
        ("politeness and a short line together", "backlog_limit=30", "sync", lambda run: late_errors(run) < 0.1),
    ],
    "short-line": [
        ("most requests are answered again", "", "sync", lambda run: late_errors(run) < 0.5),
        (
            "where most of them fail with the long line",
            "",
            "sync",
            lambda run: late_errors(beside(run, "retry-storm")) > 0.5,
        ),
        (
            "fewer people go away with nothing",
            "",
            "sync",
            lambda run: without_an_answer(run) < 0.7 * without_an_answer(beside(run, "retry-storm")),
        ),
    ],
    "impatient-server": [
        (
            "wait less than half as long",
            "",
            "sync",
            lambda run: pages_within(run) < pages_within(beside(run, "slides")) / 2,
        ),
        ("none gets an error", "", "sync", lambda run: bad_pages(run) == 0),
        (
            "whose call takes 15 seconds or more",
            "",
            "sync",
            lambda run: bad_reports(run) >= np.count_nonzero(run.workload.external_time >= 15) > 20,
        ),
        (
            "who pays for it",
            "service_timeout=5",
            "sync",
            lambda run: bad_reports(run) > run.summary.reports / 2 and pages_within(run) < 2,
        ),
        ("what is cut off there", "", "async", nobody_sees_an_error),
    ],
    "busy-core": [
        ("three quarters of the time", "", "sync", lambda run: 0.7 < run.summary.core_utilisation < 0.82),
        ("about twice its 0.1 s", "", "sync", lambda run: 0.15 < mean_response(run) < 0.3),
        ("3, 5 or 8 threads alike", "threads=3", "sync", lambda run: 0.15 < mean_response(run) < 0.3),
        ("3, 5 or 8 threads alike", "threads=8", "sync", lambda run: 0.15 < mean_response(run) < 0.3),
        (
            "more of them make it no faster",
            "threads=8",
            "sync",
            lambda run: mean_response(run) >= mean_response(beside(run, "busy-core")),
        ),
        ("--set cores=2", "cores=2", "sync", lambda run: mean_response(run) < 0.12),
    ],
    "asking-again": [
        ("about 0.6 s after", "", "async", lambda run: 0.55 < news_is_late_by(run) < 0.7),
        (
            "busy nearly twice as long",
            "",
            "async",
            lambda run: 1.6 < run.summary.thread_utilisation / beside_push(run).summary.thread_utilisation < 2.1,
        ),
        ("how busy", "poll_every=0.25", "async", lambda run: 0.15 < run.summary.thread_utilisation < 0.25),
        ("how late", "poll_every=5", "async", lambda run: 2 < news_is_late_by(run) < 3),
        ("result=push", "result=push", "async", lambda run: news_is_late_by(run) == 0 == run.summary.polls),
    ],
    "outage": [
        ("its errors are the people's", "", "sync", lambda run: run.summary.failed > 20),
        ("nobody sees one", "", "async", nobody_sees_an_error),
        (
            "all are done in the end",
            "",
            "async",
            lambda run: run.summary.jobs_dead == 0 and run.summary.reports_completed == run.summary.reports,
        ),
        ("in the retry set", "", "async", lambda run: run.summary.peak_retry_set > 20),
        (
            "longer than it ever was before",
            "",
            "async",
            lambda run: queue_between(run, 420, 900) > queue_between(run, 0, 240),
        ),
        ("more than four minutes", "", "async", lambda run: run.summary.completion_time.max > 240),
        ("how many jobs die", "job_retries=3", "async", lambda run: run.summary.jobs_dead > 5),
        (
            "how long does the queue get",
            "workers=6",
            "async",
            lambda run: run.summary.peak_queue < beside(run, "outage", "", "async").summary.peak_queue,
        ),
    ],
    "poisoned": [
        (
            "every job is done",
            "",
            "async",
            lambda run: run.summary.jobs_dead == 0 and run.summary.reports_completed == run.summary.reports,
        ),
        ("about half of the workers' time", "", "async", lambda run: 0.4 < share_wasted(run) < 0.6),
        (
            "wait for it in the queue",
            "",
            "async",
            lambda run: waiting_of_the_healthy(run) > 2 * waiting_of_the_healthy(beside_well(run)),
        ),
        ("how many jobs die", "job_retries=0", "async", lambda run: run.summary.jobs_dead > 50),
        (
            "who waits less",
            "job_retries=0",
            "async",
            lambda run: waiting_of_the_healthy(run) < waiting_of_the_healthy(beside(run, "poisoned", "", "async")),
        ),
    ],
    "pulled-plug": [
        ("gone for good", "", "async", lambda run: ended(run, LOST) == run.summary.jobs_lost > 0),
        ("had been told that all was well", "", "async", nobody_sees_an_error),
        ("what is lost now", "fetch=reliable", "async", lambda run: run.summary.jobs_lost == 0 < ended(run, LOST)),
        (
            "how late is the slowest",
            "fetch=reliable",
            "async",
            lambda run: run.summary.completion_time.max > 60 and run.summary.reports_completed == run.summary.reports,
        ),
        ('[[300, "term"]]', 'worker_stops=[[300, "term"]]', "async", lambda run: run.summary.jobs_lost == 0),
    ],
    "deploys": [
        ("not one long job ends", "", "async", lambda run: finished_by(run, 14400, long=True) == 0),
        ("more than half of all work comes to nothing", "", "async", lambda run: 0.5 < share_wasted(run) < 0.75),
        (
            "wait for more than an hour",
            "",
            "async",
            lambda run: np.quantile(run.records.completion_time[~is_long(run)], 0.95) > 3600,
        ),
        (
            "how long do the long jobs take now",
            "worker_stops=[]",
            "async",
            lambda run: finished_by(run, 14400, long=True) > 0.6,
        ),
        (
            "whom does that help",
            "workers=20",
            "async",
            lambda run: np.quantile(run.records.completion_time[~is_long(run)], 0.95) < 300,
        ),
        ("whom not", "workers=20", "async", lambda run: finished_by(run, 14400, long=True) == 0),
    ],
    "one-line": [
        ("five mails of a hundred for several seconds", "", "async", lambda run: waiting_of_the_mail(run) > 4),
        ("mail first", MAIL_FIRST, "async", lambda run: run.summary.queues["mail"].waiting_time.p95 < 30),
        (
            "workers=2 of its own",
            OWN_SLOTS,
            "async",
            lambda run: run.summary.queues["mail"].waiting_time.p95 < 1.5,
        ),
        (
            "workers=2 of its own",
            OWN_SLOTS,
            "async",
            lambda run: (
                run.summary.queues["mail"].waiting_time.p95
                < beside(run, "one-line", MAIL_FIRST, "async").summary.queues["mail"].waiting_time.p95
            ),
        ),
    ],
}
EVERY_CLAIM = [(preset, *claim) for preset, claims in CLAIMS.items() for claim in claims]


def beside_push(result: Result) -> Result:
    return beside(result, "asking-again", "result=push", "async")


def beside_well(result: Result) -> Result:
    return beside(result, "poisoned", "failure_fraction=0", "async")


@pytest.mark.parametrize(("preset", "words", "changes", "column", "holds"), EVERY_CLAIM)
def test_a_typical_run_bears_out_the_words(preset, words, changes, column, holds):
    scenario = load(preset)
    assert words in f"{scenario.title} {scenario.shows} {scenario.try_this}"
    assert np.mean([holds(run(preset, changes, column, seed)) for seed in range(SEEDS)]) >= MOST


@pytest.mark.parametrize("preset", LAB)
def test_the_seed_that_is_shown_bears_out_the_words_too(preset):
    for words, changes, column, holds in CLAIMS[preset]:
        assert holds(run(preset, changes, column, load(preset).seed)), words


# figures that are quoted of the run that is shown, and the middle half of seeds 1 to 200 when the seed was chosen:
# the preset, changes to it, a column, the figure, its quartiles
TYPICAL = [
    ("retry-storm", "", "sync", lambda run: run.summary.visits, 4032, 4122),
    ("retry-storm", "", "sync", lambda run: run.summary.requests, 11_477, 12_566),
    ("retry-storm", "", "sync", without_an_answer, 1373, 1597),
    ("retry-storm", "", "sync", late_errors, 0.691, 0.763),
    ("retry-storm", "client_retries=0", "sync", lambda run: run.summary.timed_out, 534, 699),
    ("retry-storm", "client_retries=0", "sync", late_errors, 0.0010, 0.0029),
    ("polite-clients", "", "sync", without_an_answer, 1010, 1265),
    ("polite-clients", "", "sync", late_errors, 0.615, 0.683),
    ("polite-clients", "backlog_limit=30", "sync", without_an_answer, 388, 540),
    ("short-line", "", "sync", without_an_answer, 577, 735),
    ("short-line", "", "sync", late_errors, 0.0065, 0.0343),
    # the requests of `slides`, whose seed it has for that: its pages' p95 stands at 0.76 of 200
    ("impatient-server", "", "sync", pages_within, 5.0, 8.9),
    ("impatient-server", "", "sync", bad_reports, 37, 46),
    ("busy-core", "", "sync", mean_response, 0.191, 0.206),
    ("busy-core", "threads=3", "sync", mean_response, 0.177, 0.192),
    ("busy-core", "threads=8", "sync", mean_response, 0.208, 0.227),
    ("busy-core", "threads=16", "sync", mean_response, 0.218, 0.242),
    ("busy-core", "", "sync", lambda run: run.summary.core_utilisation, 0.752, 0.775),
    ("asking-again", "", "async", lambda run: run.summary.reports, 171, 189),
    ("asking-again", "", "async", lambda run: run.summary.polls, 1351, 1582),
    ("asking-again", "", "async", lambda run: run.summary.thread_utilisation, 0.0965, 0.1055),
    ("asking-again", "", "async", news_is_late_by, 0.612, 0.649),
    ("asking-again", "poll_every=0.25", "async", lambda run: run.summary.thread_utilisation, 0.185, 0.208),
    ("asking-again", "poll_every=5", "async", news_is_late_by, 2.50, 2.65),
    ("outage", "", "sync", lambda run: run.summary.failed, 49, 58),
    ("outage", "", "async", lambda run: run.summary.peak_retry_set, 49, 58),
    ("outage", "", "async", lambda run: queue_between(run, 420, 900), 13, 22),
    ("outage", "", "async", lambda run: run.summary.completion_time.max, 256, 273),
    ("poisoned", "", "async", share_wasted, 0.495, 0.542),
    ("poisoned", "", "async", lambda run: run.summary.job_runs, 368, 405),
    ("poisoned", "", "async", waiting_of_the_healthy, 3.01, 6.95),
    ("pulled-plug", "", "async", lambda run: run.summary.reports, 172, 189),
    ("pulled-plug", "", "async", lambda run: run.summary.jobs_lost, 3, 4),
    ("pulled-plug", "fetch=reliable", "async", lambda run: run.summary.completion_time.max, 103, 149),
    ("deploys", "", "async", share_wasted, 0.538, 0.603),
    ("deploys", "", "async", lambda run: int(is_long(run).sum()), 12, 17),
    ("deploys", "worker_stops=[]", "async", long_done, 10, 14),
]


@pytest.mark.parametrize(("preset", "changes", "column", "figure", "low", "high"), TYPICAL)
def test_the_seed_that_is_shown_is_an_ordinary_one(preset, changes, column, figure, low, high):
    assert low <= figure(run(preset, changes, column, load(preset).seed)) <= high


def test_the_three_storms_are_of_the_same_people():
    assert len({load(preset).seed for preset in ("retry-storm", "polite-clients", "short-line")}) == 1


def test_a_page_of_the_busy_core_computes_for_as_long_as_its_words_say():
    computes = sum(hop.visit_time for hop in SYNC.page.thread if hop in COMPUTES)
    assert f"computes for {1000 * computes:.0f} ms" in load("busy-core").shows
    assert computes == pytest.approx(PAGE_COMPUTES, abs=1e-5)
    notebook = (ROOT / "notebooks" / "09_threads_that_compute.ipynb").read_text(encoding="utf-8")
    assert f"{load('busy-core').arrival_rate:g} pages × {PAGE_COMPUTES:g} s" in notebook


def test_no_preset_claims_what_nobody_looked_at():
    assert set(CLAIMS) == set(LAB)


def test_who_never_answers_well_dies_after_twenty_days():
    """As the words of `poisoned` ask: 25 retries with Sidekiq's delays."""
    result = run("poisoned", "failure_fraction=1;duration=60;retry_poll_time=600", "async", 1)
    died = result.records.died_at[~np.isnan(result.records.died_at)]
    assert result.summary.jobs_dead == len(died) > 5
    assert 20 < (died / 86_400).min() <= (died / 86_400).max() < 21
