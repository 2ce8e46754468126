"""Several queues on real programs: in which order a worker takes from them, and to which one a job comes back."""

import csv
import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis_server
from live_programs import NEEDS_LIVE, NEEDS_RUBY, PATIENCE, names, program, wait_for
from test_live_mishaps import read_back

from sim.cli import main
from sim.live.jobs import WHERE, Jobs, client_of
from sim.live.program import free_ports
from sim.live.verdict import AGREES, TOO_BUSY
from sim.live.worker import Pool

MAIL_FIRST = ("-q", "mail", "-q", "reports")
REAL = pytest.param("server", marks=pytest.mark.skipif(not redis_server.binary(), reason="no redis-server (CI has it)"))


@pytest.fixture(params=["fake", REAL])
def jobs(request: pytest.FixtureRequest) -> Iterator[Jobs]:
    port = free_ports(1)[0]
    words = ["--program", str(redis_server.binary())] if request.param == "server" else []
    with program("redis_server", "--port", str(port), *words):
        client = client_of(f"redis://127.0.0.1:{port}/0")
        yield Jobs(client, queues=("mail", "reports"))
        client.close()


def where(jobs: Jobs) -> dict[str, str]:
    return {WHERE: f"redis://127.0.0.1:{jobs.client.connection_pool.connection_kwargs['port']}/0"}


def say(child: Any, line: str) -> None:
    child.stdin.write(f"{line}\n".encode())
    child.stdin.flush()


def told(events: list[dict[str, Any]], word: str) -> list[str]:
    return [event["request_id"] for event in events if event["event"] == word]


def waiting(jobs: Jobs) -> dict[str, list[str]]:
    """Who waits in each queue, the next one first."""
    lists = {name: jobs.client.lrange(jobs.list_of(name), 0, -1) for name in jobs.queues}
    return {name: [json.loads(text)["args"][0] for text in reversed(texts)] for name, texts in lists.items()}


@pytest.mark.parametrize("fetch", [(), ("--reliable",)], ids=["basic", "reliable"])
def test_without_weights_a_thread_takes_from_the_first_queue_that_has_a_job(jobs: Jobs, fetch: tuple[str, ...]) -> None:
    with program("worker", "--threads", "1", "--waits", *MAIL_FIRST, *fetch, **where(jobs)) as (child, events):
        for name, queue in (("r1", "reports"), ("m1", "mail"), ("r2", "reports"), ("m2", "mail")):
            jobs.push(name, 0.01, queue)
        say(child, "go")
        wait_for(lambda: len(told(events, "completed")) == 4)
        assert told(events, "picked_up") == ["m1", "m2", "r1", "r2"]
        jobs.push("m3", 0.01, "mail")  # and whoever waits for a job waits for one of any queue
        wait_for(lambda: told(events, "completed")[4:] == ["m3"])
        wait_for(lambda: not jobs.client.keys("queue:*private*"))


def test_by_weight_the_queues_are_shuffled_for_each_job() -> None:
    pool = Pool(1, (("often", 5.0), ("rare", 1.0)))
    first = Counter(pool.order()[0] for _ in range(6000))
    assert 4850 < first["often"] < 5150  # of 6,000 draws 5,000 +- 29
    assert Pool(1, (("b", 0.0), ("a", 0.0))).order() == ["b", "a"]


def test_a_queue_with_threads_of_its_own_is_served_beside_the_others(jobs: Jobs) -> None:
    words = ["--threads", "1", "-q", "mail", "--capsule", "reports,1", "--waits"]
    with program("worker", *words, **where(jobs)) as (child, events):
        for name, queue in (("r1", "reports"), ("r2", "reports"), ("m1", "mail"), ("m2", "mail")):
            jobs.push(name, 600.0 if queue == "reports" else 0.01, queue)
        say(child, "go")
        wait_for(lambda: told(events, "completed") == ["m1", "m2"])
        picked = {event["request_id"]: event["place"] for event in events if event["event"] == "picked_up"}
        assert picked == {"r1": 1, "m1": 0, "m2": 0}  # r2 waits, although a thread for mail is free
        (identity,) = jobs.client.smembers("processes")
        about = json.loads(jobs.client.hget(identity, "info"))
        assert (about["queues"], about["concurrency"]) == (["mail", "reports"], 2)
        busy = f"{identity.decode()}:work"
        wait_for(lambda: [json.loads(text)["queue"] for text in jobs.client.hvals(busy)] == ["reports"])


@pytest.mark.parametrize(
    ("number", "words", "left"),
    [
        (signal.SIGTERM, (), {"mail": ["m1", "m2"], "reports": ["r1", "r2"]}),
        (signal.SIGKILL, (), {"mail": ["m2"], "reports": ["r2"]}),
        (signal.SIGKILL, ("--reliable",), {"mail": ["m1", "m2"], "reports": ["r1", "r2"]}),
    ],
    ids=["term", "kill", "kill, reliable"],
)
def test_each_job_comes_back_to_the_head_of_its_own_queue(
    jobs: Jobs, number: int, words: tuple[str, ...], left: dict[str, list[str]]
) -> None:
    flags = ["--threads", "2", "--grace", "0.1", "--expiry", "1", *MAIL_FIRST, *words]
    with program("worker", *flags, **where(jobs)) as (child, events):
        for count, (name, queue) in enumerate((("m1", "mail"), ("r1", "reports")), start=1):
            jobs.push(name, 600.0, queue)
            wait_for(lambda count=count: names(events).count("picked_up") == count)
        jobs.push("m2", 600.0, "mail")
        jobs.push("r2", 600.0, "reports")
        child.send_signal(number)
        child.wait(PATIENCE)
    if words:  # a worker that takes no jobs puts back what the dead one has left
        with program("worker", "--threads", "0", *MAIL_FIRST, *words, **where(jobs)) as (_, events):
            wait_for(lambda: sorted(told(events, "recovered")) == ["m1", "r1"])
    assert waiting(jobs) == left


def test_a_job_that_fails_comes_back_to_its_own_queue(jobs: Jobs) -> None:
    words = ["--threads", "1", "--delays", "0:0", "--waits", *MAIL_FIRST]
    with program("worker", *words, **where(jobs)) as (child, events):
        jobs.push("r1", 0.01, "reports")
        say(child, "fails r1 1 0.01\ngo")
        wait_for(lambda: all(told(events, word) == ["r1"] for word in ("failed", "enqueued", "completed")))
        assert jobs.client.smembers("queues") == {b"reports"}


ROWS = [(0, "reports", 30), (2, "reports", 30), (4, "reports", 30), (6, "mail", 10), (8, "mail", 10)]
FILE = "arrived_at,kind,web_time,external_time,queue\n" + "".join(
    f"{at},report,0.05,{seconds},{queue}\n" for at, queue, seconds in ROWS
)
NAMED = 'queues=[{name="mail"%s}, {name="reports"%s}]'


def lived(capsys: pytest.CaptureFixture[str], folder: Path, queues: str, *words: str) -> dict[str, Any]:
    """Three reports of 30 s and two mails of 10 s behind them, for two workers, on the real programs."""
    (folder / "queues.csv").write_text(FILE)
    fixed = ["--workload", str(folder / "queues.csv"), "--set", "workers=2", "--set", queues]
    fixed += ["--json", "--cycle", "async", "--records", str(folder / "records")]
    assert main(["live", *fixed, *words]) == 0
    (found,) = json.loads(capsys.readouterr().out)["cycles"]
    assert found["verdict"] in (AGREES, TOO_BUSY)
    assert found["counts"]["jobs_done"]["measured"] == found["counts"]["jobs_done"]["simulated"] == len(ROWS)
    return dict(found)


def runs(folder: Path) -> list[dict[str, str]]:
    """As they were picked up."""
    return list(csv.DictReader((folder / "records" / "async.runs.csv").read_text().splitlines()))


def picked(folder: Path) -> list[str]:
    return [run["request_id"] for run in runs(folder)]


@NEEDS_LIVE
def test_mail_first_is_measured_beside_the_prediction_and_read_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = lived(capsys, tmp_path, NAMED % ("", ""), "--redis", "fake")
    assert sorted(picked(tmp_path)[2:4]) == ["3", "4"]  # the mails pass the third report
    for name, simulated in (("mail", 24), ("reports", 32.4)):
        waits = found["queues"][name]["waiting_time"]
        assert waits["simulated"][1] == pytest.approx(simulated, abs=0.3)
        assert waits["range"][0] <= waits["range"][1]
        mine = [run for run in runs(tmp_path) if run["queue"] == name]
        waited = [float(run["picked_up_at"]) - float(run["enqueued_at"]) for run in mine]
        assert waits["measured"] == pytest.approx(np.quantile(waited, [0.5, 0.95]), abs=0.001)
    rows = csv.DictReader((tmp_path / "records" / "async.csv").read_text().splitlines())
    assert [row["queue"] for row in rows] == [queue for _, queue, _ in ROWS]
    assert read_back(tmp_path / "records", "async") == len(ROWS)


@NEEDS_LIVE
def test_a_stop_gives_each_queue_its_own_job_back(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = NAMED % ("", ", workers=1")
    words = ["--set", "workers=1", "--deploy-worker", "11", "--set", "shutdown_time=0", "--redis", "fake"]
    found = lived(capsys, tmp_path, own, *words)
    assert found["counts"]["runs_returned"]["measured"] == found["counts"]["runs_returned"]["simulated"] == 2
    assert sorted(picked(tmp_path)[:2]) == sorted(picked(tmp_path)[2:4])  # each the next one of its own queue
    assert read_back(tmp_path / "records", "async") == len(ROWS)


@pytest.mark.skipif(not redis_server.binary(), reason="no redis-server (CI has it)")
@NEEDS_LIVE
def test_by_weight_no_key_is_left_in_a_given_redis(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import redis

    with redis_server.RedisServer() as server, redis.Redis.from_url(server.url) as client:
        weights = NAMED % (", weight=5", ", weight=1")
        one = ["--set", "workers=1", "--set", "fetch=reliable"]
        found = lived(capsys, tmp_path, weights, "--redis", server.url, *one)
        assert client.keys() == []
    low, high = found["queues"]["mail"]["waiting_time"]["range"]
    assert high - low > 20  # one time in six a report is first


@NEEDS_LIVE
@NEEDS_RUBY
def test_genuine_sidekiq_takes_the_queues_by_its_own_flags(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    genuine = ["--redis", "fake", "--web", "puma", "--worker", "sidekiq"]
    lived(capsys, tmp_path, NAMED % ("", ""), *genuine)
    assert sorted(picked(tmp_path)[2:4]) == ["3", "4"]


@NEEDS_LIVE
@pytest.mark.parametrize(
    ("queues", "words", "said"),
    [
        (NAMED % (", share=0.5, workers=2", ", share=0.5"), ["--worker", "sidekiq"], "Sidekiq 6 has no capsules"),
        (
            NAMED % (", share=0.5, weight=2.5", ", share=0.5, weight=1"),
            ["--worker", "sidekiq"],
            "allowed: whole numbers",
        ),
        (NAMED % (", share=0.5", ", share=0.5"), ["--class"], "queues with --class: it asks for one kind of report"),
        (
            NAMED % ("", ""),
            ["--workload", "plain.csv"],
            "the workload has no column queue; allowed: a workload with one",
        ),
        ("workers=2", ["--workload", "queues.csv"], "queues: none, and the workload has a column queue"),
    ],
)
def test_queues_that_nobody_serves_are_refused_in_one_line(
    queues: str,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("queues.csv").write_text(FILE)
    Path("plain.csv").write_text("arrived_at,kind,web_time,external_time\n0,report,0.05,1\n")
    scenario = [] if "--workload" in words else ["quiet"]
    assert main(["live", *scenario, "--set", queues, *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
