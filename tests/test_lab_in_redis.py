"""Jobs in Redis where more goes wrong: what lies there, who is noticed, and that the runs are the same."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_cases import case_of
from redis_server import RedisServer
from strategies import workload_of
from test_failures import told_by
from test_redis_runs import same

from sim import broker
from sim.broker import BrokerError
from sim.cli import main
from sim.cycles import CYCLES
from sim.delays import Constant
from sim.experiments import simulate, start
from sim.failures.run import Run
from sim.mishaps import Queue
from sim.presets import LAB, load
from sim.scenario import Scenario
from sim.workload import Workload

FAILS = {"outages": ((0.0, 10.0), (30.0, 40.0), (60.0, 70.0)), "failure_time": 1.0, "job_retries": 2}
SLOW = {"job_retry_delay": Constant(seconds=30.0)}
RETRY, DEAD, QUEUE = "sim:monday:retry", "sim:monday:dead", "sim:monday:queue:default"
OWN = f"{QUEUE}:private:0"


def served(**fields: Any) -> Scenario:
    """One worker, unless said otherwise."""
    return Scenario(**({"workers": 1, "threads": 9, "timeout": 500.0} | fields))


def reports(*calls: float) -> Workload:
    """Reports whose jobs are pushed at 1 s, each with its call."""
    return workload_of([(0.0, 1.0, call) for call in calls])


def begun(client: Any, workload: Workload, **fields: Any) -> Any:
    return start(served(**fields), "async", workload=workload, redis=client, run_id="monday")


def jobs(client: Any, key: str) -> list[int]:
    """Whose jobs are in a list, from left to right."""
    return [json.loads(text)["args"][0] for text in client.lrange(key, 0, -1)]


def told(text: bytes) -> dict[str, Any]:
    """A payload without its jid, which chance has made."""
    fields: dict[str, Any] = json.loads(text)
    assert len(fields.pop("jid")) == 24
    return fields


FIRST = {"class": "ReportWorker", "args": [0, 1.0, 5.0], "queue": "default", "retry": 2, "created_at": 1000}
ERROR = {"error_message": "the service behind does not answer", "error_class": "ServiceDownError", "failed_at": 2000}


class TestWhatLiesThere:
    def test_a_failed_job_stands_in_the_retry_set_as_sidekiq_writes_it_and_at_last_in_the_dead_set(
        self, client: Any
    ) -> None:
        with begun(client, reports(5.0), **FAILS, **SLOW) as run:
            run.until(3.0)
            ((text, due),) = client.zrange(RETRY, 0, -1, withscores=True)
            assert due == 32.0
            assert told(text) == FIRST | ERROR | {"enqueued_at": 1000, "retry_count": 0}
            run.until(32.5)
            assert client.zcard(RETRY) == 0
            run.until(34.0)
            ((text, due),) = client.zrange(RETRY, 0, -1, withscores=True)
            assert due == 63.0
            assert told(text) == FIRST | ERROR | {"enqueued_at": 32000, "retry_count": 1, "retried_at": 33000}
            run.until(65.0)
            ((text, died_at),) = client.zrange(DEAD, 0, -1, withscores=True)
            assert died_at == 64.0
            assert told(text) == FIRST | ERROR | {"enqueued_at": 63000, "retry_count": 2, "retried_at": 64000}
            assert run.finish().died_at.tolist() == [64.0]
        assert client.keys() == []

    def test_a_due_job_goes_to_the_end_of_its_queue_and_says_when(self, client: Any) -> None:
        with begun(client, reports(5.0, 99.0, 99.0), outages=((0.0, 1.5),), failure_time=1.0, job_retries=9) as run:
            run.until(60.0)
            assert jobs(client, QUEUE) == [0, 2]
            assert told(client.lindex(QUEUE, 0))["enqueued_at"] > 15_000
            assert (run.waiting()[0].request_id, run.waiting()[0].enqueued_at) == (2, 1.0)

    def test_each_queue_is_a_list_and_its_name_in_the_set(self, client: Any) -> None:
        workload = reports(50.0, 50.0, 50.0)
        workload = Workload(**(vars(workload) | {"queues": ("mail", "slow"), "queue": [1, 0, 1]}))
        queues = (Queue(name="mail"), Queue(name="slow"))
        with begun(client, workload, queues=queues) as run:
            run.until(2.0)
            assert client.smembers("sim:monday:queues") == {b"mail", b"slow"}
            assert jobs(client, "sim:monday:queue:mail") == []  # strict: mail is taken first
            assert jobs(client, "sim:monday:queue:slow") == [2, 0]
            assert told(client.lindex("sim:monday:queue:slow", -1))["queue"] == "slow"

    def test_a_basic_fetch_loses_with_the_worker_what_it_runs(self, client: Any) -> None:
        with begun(client, reports(50.0, 50.0), worker_stops=((5.0, "kill"),), restart_time=10.0) as run:
            run.until(6.0)
            assert jobs(client, QUEUE) == [1]
            assert sorted(client.keys()) == [QUEUE.encode(), b"sim:monday:queues"]
            assert run.finish() is not None

    def test_a_reliable_fetch_keeps_it_in_a_list_of_its_own_and_puts_it_back_at_the_head(self, client: Any) -> None:
        kill = {"worker_stops": ((5.0, "kill"),), "restart_time": 10.0, "recovery_time": 20.0, "fetch": "reliable"}
        with begun(client, reports(50.0, 50.0, 50.0, 50.0), workers=2, **kill) as run:
            run.until(10.0)
            assert jobs(client, OWN) == [1, 0]
            assert jobs(client, QUEUE) == [3, 2]
            run.until(16.0)  # the next boot takes what waits
            assert jobs(client, f"{QUEUE}:private:1") == [3, 2]
            run.until(26.0)
            assert client.exists(OWN) == 0
            assert jobs(client, QUEUE) == [1, 0]
            run.until(70.0)
            assert jobs(client, f"{QUEUE}:private:1") == [1, 0]
            run.finish()
        assert client.keys() == []

    @pytest.mark.parametrize("fetch", ["basic", "reliable"])
    def test_a_term_returns_a_job_to_the_head_with_its_old_instant(self, client: Any, fetch: str) -> None:
        term = {"worker_stops": ((5.0, "term"),), "shutdown_time": 2.0, "restart_time": 9.0, "fetch": fetch}
        with begun(client, reports(50.0, 50.0, 50.0, 50.0), workers=2, **term) as run:
            run.until(8.0)
            assert jobs(client, QUEUE) == [3, 2, 1, 0]
            assert told(client.lindex(QUEUE, -1))["enqueued_at"] == 1000

    def test_all_keys_expire_and_are_renewed(self, client: Any) -> None:
        with begun(client, reports(5.0, 5.0, 50.0, 50.0), **FAILS, **SLOW, fetch="reliable", workers=2) as run:
            run.until(2.5)
            keys = client.keys()
            assert len(keys) >= 3
            assert min(map(client.ttl, keys)) > 3590
            for key in keys:
                client.expire(key, 9)
            run.queue.renew()
            assert min(map(client.ttl, keys)) > 3590

    def test_the_page_of_the_model_names_every_key_and_every_field_of_a_job(self) -> None:
        page = (Path(__file__).parent.parent / "docs" / "model.md").read_text(encoding="utf-8")
        said = page.split("## What lies in Redis")[1].split("\n## ")[0]
        fields = {"retry_count", "retried_at", *FIRST, *ERROR, "jid", "enqueued_at"}
        assert [name for name in fields if f"`{name}`" not in said] == []
        with begun(broker.connect("fake"), reports(5.0), **FAILS, fetch="reliable") as run:
            names = {name.removeprefix("sim:monday:") for name in run.queue.names}
        keys = {name.replace("default", "<name>").replace("private:0", "private:<boot>") for name in names}
        assert set(re.findall(r"^\| `([^`]+)`", said, re.MULTILINE)) == keys

    def test_a_run_sends_no_command_that_looks_at_or_empties_the_database(self, real_redis: str) -> None:
        client = broker.connect(real_redis)
        client.config_resetstat()
        simulate(
            load("outage", ["duration=300", "fetch=reliable", "worker_stops=[[250,'term']]"]), "async", redis=client
        )
        used = {name.removeprefix("cmdstat_").split("|")[0] for name in client.info("commandstats")}
        ours = {"multi", "exec", "sadd", "lpush", "expire", "lmove", "lrem", "zadd", "zrangebyscore", "zrem", "del"}
        assert used - {"hello", "auth", "select", "client", "config", "info"} == ours | {"llen", "zcard"}
        client.close()


@contextmanager
def one_line(says: str) -> Iterator[None]:
    """A run that must end in one line about somebody else, with these words in it."""
    with pytest.raises(BrokerError, match=re.escape(says)) as caught:
        yield
    assert str(caught.value).isprintable()
    assert "somebody else changed" in str(caught.value)


def _changed(key: str) -> Callable[[Any], None]:
    """Somebody writes another number of retries into a job of the retry set, or of a list."""

    def change(client: Any) -> None:
        if client.type(key) == b"zset":
            ((text, due),) = client.zrange(key, 0, 0, withscores=True)
            client.zrem(key, text)
            client.zadd(key, {text.replace(b'"retry_count":0', b'"retry_count":9'): due})
        else:
            client.lset(key, -1, client.lindex(key, -1).replace(b'"retry":2', b'"retry":3'))

    return change


CHANGES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a stranger in the retry set": (lambda c: c.zadd(RETRY, {"\x1b[2J\nboo": 5.0}), "was due"),
    "a stranger who is never due": (lambda c: c.zadd(RETRY, {"{}": 1e9}), "retry holds 1 jobs where 0 belong"),
    "a thief at the retry set": (lambda c: c.zremrangebyrank(RETRY, 0, -1), "retry gave no job where job"),
    "a payload in the retry set": (_changed(RETRY), ", changed, where job"),
    "a job that is put off": (lambda c: c.zadd(RETRY, {c.zrange(RETRY, 0, 0)[0]: 900.0}), "retry gave no job"),
    "a retry set of another type": (lambda c: c.set(RETRY, "x"), "another type now"),
    "a thief at the queue": (lambda c: c.rpop(QUEUE), "queue:default gave"),
    "a payload in the queue": (_changed(QUEUE), ", changed, where job"),
    "a stranger in the queue": (lambda c: c.lpush(QUEUE, "{}"), "queue:default"),
    "a thief at what runs": (lambda c: c.delete(OWN), "private:0 does not hold job"),
    "a stranger at what runs": (lambda c: c.lpush(OWN, "x"), "private:0 holds 1 jobs where 0 belong"),
    "a stranger in the dead set": (lambda c: c.zadd(DEAD, {"x": 1.0}), "dead holds 1 jobs where 0 belong"),
}


class TestSomebodyElse:
    @pytest.mark.parametrize("change", CHANGES)
    def test_who_changes_the_jobs_is_told_in_one_line(self, client: Any, change: str) -> None:
        do, says = CHANGES[change]
        failing = {"outages": ((0.0, 3.0),), "failure_time": 1.0, "job_retries": 2, "fetch": "reliable"}
        with one_line(says), begun(client, reports(9.0, 9.0, 9.0, 9.0), **failing, **SLOW) as run:
            run.until(3.5)  # two in the retry set, due from 32 s on, one runs until 12 s, one waits
            do(client)
            run.finish()
        assert client.keys() == []

    def test_a_look_at_the_queues_does_not_trust_them_either(self, client: Any) -> None:
        with (
            one_line("holds other jobs than the 2 that wait"),
            begun(client, reports(9.0, 9.0, 9.0), worker_stops=((900.0, "term"),)) as run,
        ):
            run.until(2.0)
            client.lset(QUEUE, 0, "x")
            run.waiting()

    def test_a_stolen_private_list_is_noticed_when_it_is_put_back(self, client: Any) -> None:
        kill = {"worker_stops": ((5.0, "kill"),), "fetch": "reliable"}
        with one_line("[0, 1.0, 50.0] was to be put back"), begun(client, reports(50.0), **kill) as run:
            run.until(6.0)
            client.delete(OWN)
            run.finish()

    def test_a_server_that_is_stopped_in_the_middle_is_one_line_and_status_2(
        self, own_server: RedisServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        converse, asked = broker._converse, []

        def until_the_server_goes(connection: Any, *commands: bytes, **how: Any) -> list[Any]:
            asked.append(commands)
            if len(asked) == 100:
                own_server.stop()
            return converse(connection, *commands, **how)

        monkeypatch.setattr(broker, "_converse", until_the_server_goes)
        assert main(["compare", "poisoned", "--redis", own_server.url, "--quiet"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert f"redis at 127.0.0.1:{own_server.port}, database 0: cannot be reached" in err


class TestTheSameRuns:
    @pytest.mark.parametrize("name", [name for name in LAB if load(name).beyond])
    def test_a_preset_of_the_lab_fares_in_redis_as_in_memory(self, name: str) -> None:
        scenario = load(name)
        same(simulate(scenario, "async").records, simulate(scenario, "async", redis=None).records)

    @settings(max_examples=30)
    @given(st.integers(0, 10**9))
    def test_whatever_goes_wrong_goes_wrong_in_redis_alike(self, number: int) -> None:
        client, case = broker.connect("fake"), case_of(number)
        runs = [
            Run(case.workload(), CYCLES["async"], case.scenario(), case.luck, client=where)  # type: ignore[arg-type]
            for where in (None, client)
        ]
        for run in runs:
            with run:
                run.run()
                if run.queue:
                    run.queue.check()
        assert told_by(runs[0], case.queue_names) == told_by(runs[1], case.queue_names)
        assert client.keys() == []

    def test_thirty_runs_at_once_do_not_meet_on_one_server(self, real_redis: str) -> None:
        together, most, visitor = threading.Barrier(30), [], broker.connect(real_redis)

        def one_of_a_class(seed: int) -> tuple[Scenario, Any]:
            stops = "worker_stops=[[30,'kill']]"
            scenario = load("outage", ["duration=40", "outages=[[0,20]]", "fetch=reliable", stops, f"seed={seed}"])
            together.wait(30)
            records = simulate(scenario, "async", redis=real_redis).records
            most.append(len(visitor.keys("sim:*")))
            return scenario, records

        with ThreadPoolExecutor(30) as pool:
            done = list(pool.map(one_of_a_class, range(30)))
        assert max(most) > 5  # they did meet
        for scenario, records in done:
            same(records, simulate(scenario, "async", redis=None).records)
        assert visitor.keys("sim:*") == []
        visitor.close()
