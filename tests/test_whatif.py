"""The whole way in one command: what happened, what jobs would change, and how little would be enough."""

import json
import re
from pathlib import Path

import pytest
from written_logs import SLIDES, lines, run, written

from sim.cli import main
from sim.log_tables import agreement, sentences, whatif_text
from sim.logs import heroku, lograge
from sim.logs.importing import import_logs
from sim.logs.telling import Tell, log_of
from sim.logs.whatif import DEFAULT_GOALS, WhatIf, check, meets, served, what_if
from sim.scenario import Scenario
from sim.studies.goals import goal

CYCLES = ("SYNC", "ASYNC")


def answer(tmp_path: Path, *tellers: Tell, scenario: Scenario = SLIDES, threads: int = 5, goals=DEFAULT_GOALS):
    log = written(tmp_path / "log", run(scenario), *tellers)
    imported = import_logs(log, reports="/reports/*", threads=threads)
    return what_if(imported, served(threads, 5, 30.0), check(goals))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> WhatIf:
    return answer(tmp_path_factory.mktemp("logs"), heroku.tell, lograge.tell)


def test_it_says_first_whether_the_model_tells_what_happened(both: WhatIf):
    assert both.timeouts == (94, 94, 94)
    assert both.tells_what_happened is True
    assert agreement(both) == (
        "The log has 94 timeouts; the model, SYNC with 5 threads, has 94, 94 of them the same requests:"
        " it tells what happened."
    )
    text = whatif_text(both)
    assert text.index("it tells what happened") < text.index("as it was")


def test_with_jobs_it_is_what_the_truth_would_be(both: WhatIf):
    truth = run(SLIDES, "async").summary
    assert both.with_jobs.summary.timed_out == truth.timed_out == 0
    assert both.with_jobs.summary.completion_time.p95 == pytest.approx(truth.completion_time.p95, rel=0.05)
    assert both.with_jobs.summary.page_response_time.p95 == pytest.approx(truth.page_response_time.p95, rel=0.05)


def test_the_fewest_are_the_fewest(both: WhatIf):
    enough = both.async_enough
    assert enough is not None
    assert both.met(enough)
    scenario, workload = both.as_it_was.scenario, both.imported.workload
    workers = enough.records.workers
    one_less = run(scenario.replace(threads=enough.records.threads, workers=workers - 1), "async", workload)
    assert not meets(one_less, both.goals) or one_less.summary.worker_utilisation > 0.95
    if enough.records.threads > 1:
        fewer = scenario.replace(threads=enough.records.threads - 1, workers=1000)
        assert not meets(run(fewer, "async", workload), both.goals)


def test_where_no_number_of_threads_is_enough_it_says_why(both: WhatIf):
    assert both.sync_enough is None
    assert both.hopeless == 13
    assert sentences(both)[1].endswith(
        "no number of threads is enough in SYNC: 13 requests take 30 s or longer by themselves."
    )


def test_requests_that_take_too_long_are_blamed_for_timeouts_only(tmp_path: Path):
    found = answer(tmp_path, heroku.tell, lograge.tell, goals=["page_response_time.p95 < 1ms"])
    assert sentences(found)[1:] == [
        "For page_response_time.p95 < 0.001, no number of threads is enough in SYNC.",
        "ASYNC does not meet the goals either, with any number of threads and workers.",
    ]


def test_of_too_few_requests_it_is_not_said_that_no_number_is_enough(tmp_path: Path):
    found = answer(tmp_path, heroku.tell, lograge.tell, scenario=SLIDES.replace(duration=40.0))
    assert 0 < found.as_it_was.summary.reports < 20
    why = "completion_time.p95 is –, for there are too few requests for it, or none."
    assert sentences(found)[1:] == [f"Whether {cycle} meets the goals cannot be told: {why}" for cycle in CYCLES]
    assert re.search(r"meets the goals +– +–\n", whatif_text(found))


def test_a_short_log_whose_jobs_end_after_it_has_a_number_of_workers(tmp_path: Path):
    found = answer(
        tmp_path,
        heroku.tell,
        lograge.tell,
        scenario=SLIDES.replace(duration=10.0, external_time=100.0, seed=7),
        goals=["completion_time.max < 200"],
    )
    with_plenty = run(found.as_it_was.scenario.replace(workers=1000), "async", found.imported.workload).summary
    assert with_plenty.completion_time.max < 200
    assert found.async_enough is not None
    assert found.async_enough.records.workers > with_plenty.peak_queue


def test_there_are_three_sentences_and_one_table(both: WhatIf):
    text = whatif_text(both)
    assert text.count("\n• ") == 3
    assert text.count("─\n") == 1
    assert "meets the goals" in text


def test_where_threads_are_enough_the_smallest_number_is_told(tmp_path: Path):
    found = answer(tmp_path, heroku.tell, lograge.tell, goals=["timeout_fraction < 1%"])
    assert found.sync_enough is not None
    threads = found.sync_enough.records.threads
    tried = {
        n: run(found.as_it_was.scenario.replace(threads=n), "sync", found.imported.workload).summary.timeout_fraction
        for n in (threads - 1, threads)
    }
    assert tried[threads] < 0.01 <= tried[threads - 1]
    assert f"SYNC needs {threads} threads" in sentences(found)[1]


def test_a_wrong_number_of_threads_is_found_out(tmp_path: Path):
    found = answer(tmp_path, heroku.tell, lograge.tell, threads=8)
    assert found.tells_what_happened is False
    assert "it does not tell what happened; look at --threads and --timeout" in agreement(found)


def test_a_router_alone_agrees_and_says_what_it_does_not_know(tmp_path: Path):
    found = answer(tmp_path, heroku.tell)
    assert found.tells_what_happened is True
    assert "But of 94 requests only part of the work is known" in agreement(found)


def test_an_application_s_log_alone_cannot_be_checked(tmp_path: Path):
    found = answer(tmp_path, lograge.tell)
    assert found.tells_what_happened is None
    assert agreement(found).startswith("This log knows no timeouts")


def test_workers_that_do_not_keep_up_are_not_enough_whatever_the_goal(tmp_path: Path):
    found = answer(tmp_path, heroku.tell, lograge.tell, goals=["timeout_fraction < 1%"])
    assert found.async_enough is not None
    work = found.imported.workload.external_time.sum() / found.imported.workload.ends_at
    assert found.async_enough.records.workers > work


def test_a_goal_is_met_where_its_figure_meets_it(both: WhatIf):
    value = both.with_jobs.summary.completion_time.p95
    assert meets(both.with_jobs, [goal(f"completion_time.p95 < {value + 1}")])
    assert not meets(both.with_jobs, [goal(f"completion_time.p95 < {value - 1}")])
    assert not meets(both.as_it_was, [goal("completion_time.p95 < 1e9")])  # never


def test_the_globs_that_were_given_have_figures_in_every_column(both: WhatIf):
    text = whatif_text(both)
    assert f"/reports/*: {both.as_it_was.summary.reports} requests" in text
    assert re.search(r"\n  completion time, p95 +never +4", text)
    assert both.to_json()["columns"]["with_jobs"]["labels"]["/reports/*"]["timed_out"] == 0


def test_the_goals_that_the_help_gives_are_goals(capsys):
    assert main(["whatif", "--help"]) == 0
    given = re.search(r'\("(.+?)", (.+?)\)', " ".join(capsys.readouterr().out.split()))
    assert given
    assert len(check(given.groups())) == 2


def test_the_command_prints_the_same_and_writes_what_is_asked_for(tmp_path: Path, capsys):
    log = written(tmp_path / "log", run(), heroku.tell, lograge.tell)
    arguments = ["whatif", log, "--report", "/reports/*", "--threads", "5"]
    assert main([*arguments, "--plot", str(tmp_path / "w.png"), "--out", str(tmp_path / "w.csv")]) == 0
    out = capsys.readouterr().out
    assert "it tells what happened" in out
    assert re.search(r"timed out +94 +0 +0", out)
    assert (tmp_path / "w.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "w.csv").read_text().startswith("arrived_at,kind,web_time,external_time,label\n0.0,")
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["timeouts"] == {"log": 94, "model": 94, "both": 94, "tells_what_happened": True}
    assert told["columns"]["as_it_was"]["timed_out"] == 94
    assert told["columns"]["async_enough"]["meets_goals"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--report", "/reports/*"], "--threads"),
        (["--threads", "5"], "nothing in the log is a report"),
        (["--threads", "5", "--report", "/nothing"], "nothing in the log is a report"),
        (["--threads", "0", "--report", "/reports/*"], "--threads"),
        (["--threads", "5", "--workers", "-1", "--report", "/reports/*"], "--workers"),
        (["--threads", "5", "--report", "/reports/*", "--goal", "speed < 1"], "speed"),
        *(
            (
                ["--threads", "5", "--report", "/reports/*", "--goal", f"{name} < 1"],
                f"--goal {name} < 1: it changes with",
            )
            for name in ("thread_utilisation", "idle_time", "worker_utilisation", "worker_idle_time")
        ),
        (["--threads", "5", "--report", "/reports/*", "--goal", "queues.mail.jobs < 1"], "one line of jobs"),
        (["--threads", "5", "--report", "/reports/*", "--timeout", "soon"], "--timeout"),
        (["--threads", "5", "--report", "/reports/*", "--plot", "x.doc"], "--plot x.doc"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments: list[str], words: str, tmp_path: Path, capsys):
    log = lines(tmp_path / "log", list(log_of(run(), heroku.tell))[:200])
    assert main(["whatif", log, *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
