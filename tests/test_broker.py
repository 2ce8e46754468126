"""The queue in Redis: what lies there, what is left there, and what is said when something is wrong with it."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import fakeredis
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from redis_server import RedisServer

from sim import broker
from sim.broker import BrokerError, Job, JobQueue
from sim.secrets import masked

CERTIFICATE = Path(__file__).parent / "localhost.pem"  # made for these tests, signed by nobody, good for nothing else
FIRST, SECOND, THIRD = Job(0, 0.25, 30.0), Job(1, 0.5, 0.0), Job(7, 12.75, 2.0**-20)
JID = "0123456789abcdef01234567"


def one_line(error: BaseException) -> str:
    """The message, which must be a single line that a terminal can show as it is."""
    message = str(error)
    assert message.isprintable(), message
    assert 20 < len(message) < 400, message
    return message


@contextmanager
def ends_in_one_line(client: Any, says: str = "somebody else changed this queue") -> Iterator[JobQueue]:
    """A run that must end, by itself or at its end, in a BrokerError of one line that names the server."""
    with pytest.raises(BrokerError, match=re.escape(says)) as caught, JobQueue(client) as queue:
        yield queue
    assert one_line(caught.value).startswith(SERVER[type(client)])


SERVER = {fakeredis.FakeRedis: "the fake redis: ", redis.Redis: "redis at 127.0.0.1:"}


def decoding(client: Any) -> Any:
    """A second client of the same database that answers in str, as many notebooks make it."""
    options = client.connection_pool.connection_kwargs
    if isinstance(client, fakeredis.FakeRedis):
        return fakeredis.FakeRedis(server=options["server"], decode_responses=True)
    return redis.Redis(host=options["host"], port=options["port"], decode_responses=True)


def waits_for(queue: JobQueue, client: Any, payload: bytes) -> None:
    """Puts the payload in the place of the job that is next."""
    client.rpop(queue.key)
    client.rpush(queue.key, payload)


def payload(**changes: Any) -> bytes:
    """A payload as one of ours, but for the changes."""
    fields = {"class": "ReportWorker", "args": [0, 0.25, 30.0], "jid": JID, "queue": "default", "retry": False}
    return json.dumps(fields | {"created_at": 250, "enqueued_at": 250} | changes).encode()


class TestTheQueue:
    def test_a_report_lies_in_redis_as_sidekiq_would_write_it(self, client: Any) -> None:
        with JobQueue(client, "monday") as queue:
            queue.push(THIRD)
            assert sorted(client.keys()) == [b"sim:monday:queue:default", b"sim:monday:queues"]
            assert client.smembers("sim:monday:queues") == {b"default"}
            (written,) = client.lrange("sim:monday:queue:default", 0, -1)
            fields = json.loads(written)
            assert re.fullmatch("[0-9a-f]{24}", fields.pop("jid"))
            assert fields == {
                "class": "ReportWorker",
                "args": [7, 12.75, 2.0**-20],
                "queue": "default",
                "retry": False,
                "created_at": 12750,
                "enqueued_at": 12750,
            }
            assert [type(fields[name]) for name in ("retry", "created_at", "enqueued_at")] == [bool, int, int]
            assert [type(argument) for argument in fields["args"]] == [int, float, float]

    def test_a_run_chooses_its_own_prefix_and_tells_its_key(self, client: Any) -> None:
        with JobQueue(client) as one, JobQueue(client) as other:
            assert re.fullmatch("sim:[0-9a-f]{12}:queue:default", one.key)
            assert one.key != other.key

    def test_the_first_job_pushed_is_the_first_one_taken(self, client: Any) -> None:
        with JobQueue(client) as queue:
            for job in (FIRST, SECOND, THIRD):
                queue.push(job)
            assert [queue.pop(), queue.pop()] == [FIRST, SECOND]
            queue.push(FIRST)
            assert [queue.pop(), queue.pop()] == [THIRD, FIRST]

    def test_a_job_is_pushed_on_the_left_and_taken_from_the_right(self, client: Any) -> None:
        with JobQueue(client) as queue:
            queue.push(FIRST)
            queue.push(SECOND)
            assert [json.loads(item)["args"][0] for item in client.lrange(queue.key, 0, -1)] == [1, 0]
            queue.pop()
            assert [json.loads(item)["args"][0] for item in client.lrange(queue.key, 0, -1)] == [1]

    def test_two_jobs_of_the_same_content_have_different_jids(self, client: Any) -> None:
        with JobQueue(client) as queue:
            for _ in range(50):
                queue.push(FIRST)
            assert len({json.loads(item)["jid"] for item in client.lrange(queue.key, 0, -1)}) == 50

    def test_exact_seconds_come_back_exactly(self, client: Any) -> None:
        with JobQueue(client) as queue:
            job = Job(2**40, 2**32 + 2.0**-20, 1e9 + 2.0**-20)
            queue.push(job)
            assert queue.pop() == job

    def test_one_can_look_at_the_waiting_jobs_and_they_stay(self, client: Any) -> None:
        with JobQueue(client) as queue:
            assert queue.waiting() == []
            queue.push(FIRST)
            queue.push(SECOND)
            assert queue.waiting() == queue.waiting() == [FIRST, SECOND]
            queue.push(THIRD)
            assert queue.waiting() == [FIRST, SECOND, THIRD]

    def test_both_keys_expire_should_the_run_be_killed(self, client: Any) -> None:
        with JobQueue(client, "a") as queue:
            queue.push(FIRST)
            assert [3590 < client.ttl(name) <= broker.KEY_EXPIRY for name in (queue.key, "sim:a:queues")] == [True] * 2

    def test_a_list_that_was_empty_gets_its_expiry_back_with_the_next_push(self, client: Any) -> None:
        with JobQueue(client) as queue:
            queue.push(FIRST)
            queue.pop()
            assert client.ttl(queue.key) == -2  # no such key: Redis removes an empty list
            queue.push(SECOND)
            assert client.ttl(queue.key) > 3590

    def test_a_slow_run_renews_the_expiry(self, client: Any) -> None:
        with JobQueue(client, "a") as queue:
            queue.push(FIRST)
            client.expire(queue.key, 9)
            client.expire("sim:a:queues", 9)
            queue.renew()
            assert min(client.ttl(queue.key), client.ttl("sim:a:queues")) > 3590

    def test_a_client_that_decodes_its_answers_serves_as_well(self, client: Any) -> None:
        with JobQueue(decoding(client)) as queue:
            queue.push(FIRST)
            queue.push(SECOND)
            assert queue.waiting() == [FIRST, SECOND]
            assert queue.pop() == FIRST
            waits_for(queue, client, b"\xff\xfe")
            with pytest.raises(BrokerError) as caught:
                queue.pop()
            assert r"b'\xff\xfe'" in one_line(caught.value)


class TestTheEndOfARun:
    def test_only_the_run_s_own_keys_are_removed(self, client: Any) -> None:
        client.set("somebody", "else")
        client.sadd("queues", "default")
        client.lpush("queue:default", "a real Sidekiq job")
        client.lpush("sim:other:queue:default", "another run's job")
        before = {name: client.dump(name) for name in client.keys("*")}
        with JobQueue(client) as queue:
            queue.push(FIRST)
            assert len(client.keys()) == 6
        assert {name: client.dump(name) for name in client.keys("*")} == before
        assert [client.ttl(name) for name in before] == [-1] * 4

    @pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(143), BrokerError("first"), OSError()])
    def test_an_interrupted_run_leaves_no_key_and_its_own_error(self, client: Any, interruption: BaseException) -> None:
        caught: BaseException | None = None
        try:
            with JobQueue(client) as queue:
                queue.push(FIRST)
                client.lpush(queue.key, b"and something else is wrong too")
                raise interruption
        except BaseException as error:  # noqa: BLE001
            caught = error
        assert caught is interruption
        assert client.keys() == []

    def test_closing_twice_removes_nothing_the_second_time(self, client: Any) -> None:
        queue = JobQueue(client, "a")
        queue.push(FIRST)
        queue.close()
        client.lpush(queue.key, "the next run's")
        queue.close()
        assert client.keys() == [b"sim:a:queue:default"]

    def test_two_runs_at_once_do_not_disturb_each_other(self, client: Any) -> None:
        with JobQueue(client) as one:
            one.push(FIRST)
            with JobQueue(client) as other:
                other.push(SECOND)
                assert (one.waiting(), other.waiting()) == ([FIRST], [SECOND])
            assert one.pop() == FIRST

    def test_another_thread_s_conversation_on_the_same_client_goes_on(self, client: Any) -> None:
        listener = client.pubsub(ignore_subscribe_messages=True)
        listener.subscribe("news")
        listener.get_message(timeout=1)
        with JobQueue(client) as queue:
            queue.push(FIRST)
        client.publish("news", "still here")
        assert listener.get_message(timeout=1)["data"] == b"still here"
        listener.close()

    def test_a_run_sends_no_command_that_looks_at_or_empties_the_database(self, own_server: RedisServer) -> None:
        client = broker.connect(own_server.url)
        client.config_resetstat()
        with JobQueue(client) as queue:
            queue.push(FIRST)
            queue.renew()
            queue.waiting()
            queue.pop()
        used = {name.removeprefix("cmdstat_").split("|")[0] for name in client.info("commandstats")}
        handshake = {"hello", "auth", "select", "client", "config", "info"}
        assert used - handshake == {"multi", "exec", "sadd", "lpush", "expire", "lrange", "rpop", "llen", "del"}

    def test_thirty_runs_at_once_share_one_server(self, real_redis: str) -> None:
        taken: dict[int, list[Job]] = {}

        def run(number: int) -> None:
            jobs = [Job(n, float(n), float(number)) for n in range(20)]
            with JobQueue(broker.connect(real_redis)) as queue:
                for job in jobs:
                    queue.push(job)
                taken[number] = [queue.pop() for _ in jobs]

        threads = [threading.Thread(target=run, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert taken == {number: [Job(n, float(n), float(number)) for n in range(20)] for number in range(30)}
        assert broker.connect(real_redis).keys("sim:*") == []


HOSTILE = {
    "no JSON": b"Marshal\x04\x08",
    "nothing": b"",
    "not UTF-8": b"\xff\xfe{}",
    "UTF-16": payload().decode().encode("utf-16"),
    "a number": b"17",
    "null": b"null",
    "an unknown class": payload(**{"class": "Kernel"}),
    "a class as a list": payload(**{"class": ["ReportWorker"]}),
    "a stranger's job": payload(),
    "no jid": payload(jid=None),
    "a jid that paints the terminal": payload(jid="\x1b[31m" + JID[5:]),
    "a jid of two lines": payload(jid=JID + "\n"),
    "no args": payload(args=[]),
    "args as an object": payload(args={"work": 1.0}),
    "too many args": payload(args=[0, 0.25, 30.0, 1.0]),
    "infinite work": payload(args=[0, 0.25, float("inf")]),
    "work that is not a number": payload(args=[0, 0.25, float("nan")]),
    "negative work": payload(args=[0, 0.25, -1.0]),
    "huge work": payload(args=[0, 0.25, 1e300]),
    "work beyond every float": payload().replace(b"30.0", b"1e999"),
    "work as text": payload(args=[0, 0.25, "30.0"]),
    "true for work": payload(args=[0, 0.25, True]),
    "true for a request": payload(args=[True, 0.25, 30.0]),
    "a negative request": payload(args=[-1, 0.25, 30.0]),
    "a request of a thousand digits": payload().replace(b"[0,", b"[" + b"9" * 800 + b","),
    "an infinite instant": payload(args=[0, float("inf"), 30.0]),
    "deep nesting": b"[" * 1000,
    "a hundred thousand levels": b'{"a":' * 100_000,
    "a megabyte": payload(queue="x" * 1_000_000),
    "control characters": b"\x1b]0;owned\x07\r\nERROR\x00" * 9,
}


CALLS: dict[str, Callable[[JobQueue], object]] = {
    "push": lambda queue: queue.push(SECOND),
    "pop": JobQueue.pop,
    "waiting": JobQueue.waiting,
    "check": JobQueue.check,
    "renew": JobQueue.renew,
}


class TestSomebodyElseInTheQueue:
    @pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
    def test_a_payload_that_is_not_the_job_ends_the_run(self, client: Any, hostile: bytes) -> None:
        with ends_in_one_line(client) as queue:
            queue.push(FIRST)
            waits_for(queue, client, hostile)
            queue.pop()
        assert client.keys() == []

    @pytest.mark.parametrize("hostile", [HOSTILE[name] for name in HOSTILE if name != "a stranger's job"])
    def test_looking_does_not_trust_the_list_either(self, client: Any, hostile: bytes) -> None:
        with ends_in_one_line(client, "which is no job of a report") as queue:
            queue.push(FIRST)
            client.lpush(queue.key, hostile)
            queue.waiting()

    def test_a_job_whose_work_was_changed_is_not_the_job_that_is_next(self, client: Any) -> None:
        with ends_in_one_line(client, "[0, 0.25, 31.0] where job") as queue:
            queue.push(FIRST)
            waits_for(queue, client, client.lindex(queue.key, -1).replace(b"30.0", b"31.0"))
            queue.pop()

    def test_a_thief_who_took_the_only_job_is_noticed(self, client: Any) -> None:
        with ends_in_one_line(client, "gave no job where job") as queue:
            queue.push(FIRST)
            client.rpop(queue.key)
            queue.pop()

    def test_a_thief_who_took_one_of_two_jobs_is_noticed(self, client: Any) -> None:
        with ends_in_one_line(client, "[1, 0.5, 0.0] where job") as queue:
            queue.push(FIRST)
            queue.push(SECOND)
            client.rpop(queue.key)
            queue.pop()

    def test_the_next_push_notices_a_thief_too(self, client: Any) -> None:
        with ends_in_one_line(client, "holds 1 jobs where 2 wait") as queue:
            queue.push(FIRST)
            client.rpop(queue.key)
            queue.push(SECOND)
            raise AssertionError("the push has noticed nothing")

    def test_a_job_injected_after_the_last_pop_is_noticed_at_the_end(self, client: Any) -> None:
        with ends_in_one_line(client, "holds 1 jobs where 0 wait") as queue:
            queue.push(FIRST)
            queue.pop()
            client.lpush(queue.key, payload())
        assert client.keys() == []

    def test_a_pop_without_a_push_takes_nobody_s_job_for_its_own(self, client: Any) -> None:
        with ends_in_one_line(client, "where no job was next") as queue:
            client.lpush(queue.key, payload())
            queue.pop()

    @pytest.mark.parametrize("call", [name for name in CALLS if name != "renew"])  # a string expires like a list
    def test_a_key_that_became_a_string_ends_the_run(self, client: Any, call: str) -> None:
        with ends_in_one_line(client, "a key of this run has another type now: somebody else changed it") as queue:
            queue.push(FIRST)
            client.set(queue.key, "mine now")
            CALLS[call](queue)
        assert client.keys() == []

    @given(st.binary(max_size=300))
    def test_random_bytes_never_pass_and_never_crash(self, hostile: bytes) -> None:
        refused_by_pop(hostile)

    @pytest.mark.slow
    @given(
        st.sampled_from(["class", "args", "jid", "queue"]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        ),
    )
    def test_random_json_in_a_payload_never_passes_and_never_crashes(self, field: str, value: Any) -> None:
        refused_by_pop(payload(**{field: value}))

    @given(st.integers(), st.floats(), st.floats())
    def test_random_numbers_in_a_payload_never_pass_and_never_crash(self, number: int, at: float, work: float) -> None:
        refused_by_pop(payload(args=[number, at, work]))


def refused_by_pop(hostile: bytes) -> None:
    client = broker.connect("fake")
    queue = JobQueue(client)
    queue.push(FIRST)
    client.lset(queue.key, 0, hostile)
    with pytest.raises(BrokerError) as caught:
        queue.pop()
    one_line(caught.value)


class TestALostServer:
    @pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
    def test_a_server_stopped_in_mid_run_ends_it(
        self, own_server: RedisServer, call: Callable[[JobQueue], object]
    ) -> None:
        place = f"redis at 127.0.0.1:{own_server.port}, database 0: "
        with ends_in_one_line(broker.connect(own_server.url), place + "cannot be reached") as queue:
            queue.push(FIRST)
            own_server.stop()
            call(queue)

    def test_a_killed_connection_ends_the_run_and_the_keys_are_still_removed(self, own_server: RedisServer) -> None:
        bystander = broker.connect(own_server.url)
        with ends_in_one_line(broker.connect(own_server.url), "cannot be reached") as queue:
            queue.push(FIRST)
            bystander.client_kill_filter(_type="normal", skipme=True)
            queue.pop()
        assert bystander.keys() == []

    def test_a_server_that_falls_silent_ends_the_run(self, own_server: RedisServer, impatient: None) -> None:
        with ends_in_one_line(broker.connect(own_server.url), "does not answer") as queue:
            queue.push(FIRST)
            own_server.freeze()
            queue.pop()

    def test_a_server_without_memory_says_so(self, own_server: RedisServer) -> None:
        client = broker.connect(own_server.url)
        client.config_set("maxmemory", 1)
        with ends_in_one_line(client, "the server has no memory left") as queue:
            queue.push(FIRST)

    def test_a_user_who_may_not_push_says_so(self, own_server: RedisServer) -> None:
        broker.connect(own_server.url).acl_setuser(
            "reader", enabled=True, passwords=["+x"], keys="*", commands=["+ping"]
        )
        client = broker.connect(own_server.url.replace("//", "//reader:x@"))
        with ends_in_one_line(client, "the server does not let this user do that") as queue:
            queue.push(FIRST)

    def test_a_run_on_a_lost_server_ends_although_its_keys_cannot_be_removed(self, own_server: RedisServer) -> None:
        queue = JobQueue(broker.connect(own_server.url))
        queue.push(FIRST)
        own_server.stop()
        queue.close()

    def test_the_keys_are_removed_over_a_fresh_connection_since_ctrl_c_can_leave_an_answer_unread(
        self, own_server: RedisServer
    ) -> None:
        client = broker.connect(own_server.url)
        queue = JobQueue(client)
        queue.push(FIRST)
        queue._connection.send_command("LRANGE", queue.key, 0, -1)
        interrupted = queue._connection._sock
        queue.close()
        assert queue._connection._sock is not interrupted
        assert client.keys() == []

    @pytest.mark.parametrize("after", [0.0, 0.003, 0.03])
    def test_ctrl_c_at_any_instant_leaves_no_key_behind(self, own_server: RedisServer, after: float) -> None:
        child = subprocess.Popen([sys.executable, "-c", ENDLESS, own_server.url], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "running\n"
        time.sleep(after)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130
        assert broker.connect(own_server.url).keys() == []

    def test_a_closed_run_writes_no_key_that_nobody_would_remove(self, client: Any) -> None:
        queue = JobQueue(client)
        queue.close()
        with pytest.raises(BrokerError, match="is closed"):
            queue.push(FIRST)
        assert client.keys() == []

    def test_a_run_holds_one_connection_and_gives_it_back(self, real_redis: str) -> None:
        client = redis.Redis.from_url(real_redis, max_connections=1)
        with JobQueue(client), pytest.raises(BrokerError) as caught:
            JobQueue(client)
        assert "redis at 127.0.0.1" in one_line(caught.value)
        JobQueue(client).close()


ENDLESS = """
import itertools, sys
from sim import broker
try:
    with broker.JobQueue(broker.connect(sys.argv[1])) as queue:
        for n in itertools.count():
            queue.push(broker.Job(n, float(n), 1.0))
            if n == 2:
                print("running", flush=True)
            if n >= 2:
                queue.pop()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "ANSWER_WITHIN", 0.3)


class TestConnecting:
    def test_two_fake_redises_share_nothing(self) -> None:
        one, other = broker.connect("fake"), broker.connect("fake")
        one.set("a", 1)
        assert other.keys() == []

    def test_a_real_server_is_reached_by_port_by_socket_and_through_the_environment(
        self, locked_server: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CLASS_REDIS", locked_server.url)
        broker.connect(locked_server.url).set("a", 1)
        assert broker.connect(locked_server.unix_url).get("a") == b"1"
        assert broker.connect("env:CLASS_REDIS").get("a") == b"1"
        by_option = f"unix://{locked_server.unix_url.split('@')[1]}?db=3&password=correct+horse%40battery%2Fstaple%239"
        assert broker.connect(by_option).keys() == []

    def test_a_queue_refuses_what_is_no_client_and_what_is_no_name(self) -> None:
        with pytest.raises(TypeError, match=r"redis\.Redis client, not str"):
            JobQueue("redis://localhost")  # type: ignore[arg-type]
        for name in ("", "a b", "a:b", "x" * 65, "\x1b[31m", "é"):
            with pytest.raises(ValueError, match="run_id"):
                JobQueue(broker.connect("fake"), name)

    def test_importing_the_module_imports_no_redis(self) -> None:
        code = "import sys, sim.broker; sys.exit(any(m.split('.')[0] in ('redis', 'fakeredis') for m in sys.modules))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


SECRET = "s3cr3t"
UNUSABLE = [
    "",
    "localhost",
    "redis",
    "unix:",
    "FAKE",
    f"http://u:{SECRET}@localhost",
    f"REDIS://u:{SECRET}@localhost",
    f"redis:u:{SECRET}@localhost",
    f"u:{SECRET}@localhost:6379",
    f"redis://u:{SECRET}",
    f"redis://u:{SECRET}#{SECRET}@localhost",
    f"redis://u:{SECRET}/{SECRET}@localhost",
    f"redis://u:{SECRET}?{SECRET}@localhost",
    f"redis://u:{SECRET}@[::1",
    f"redis://u:{SECRET}\N{ACCOUNT OF}@localhost",
    f"redis://u:{SECRET}@localhost:0",
    f"redis://u:{SECRET}@localhost:70000",
    f"redis://u:{SECRET}@localhost:-1",
    f"redis://u:{SECRET}@localhost/{SECRET}",
    f"redis://u:{SECRET}@localhost?db={SECRET}",
    f"redis://u:{SECRET}@localhost?{SECRET}=1",
    f"redis://u:{SECRET}@localhost?password",
    f"redis://u%3A{SECRET}%40localhost",
    f"redis://u:{SECRET}\n@localhost",
    f"redis://u:{SECRET}\x1b[31m@localhost",
    f"rediss://u:{SECRET}@127.0.0.1:1?ssl_cert_reqs={SECRET}",
    f"unix://u:{SECRET}@",
    f"unix://u:{SECRET}/{SECRET}@/run/redis.sock",
    f"unix://u:{SECRET}@/run/%0A{SECRET}",
    f"env:redis://u:{SECRET}@localhost",
    "env:",
    "env:A B",
    "env:\x1b[31m",
    "env:SIM_NO_SUCH_VARIABLE",
    # passwords of digits before a character that should be escaped: host and port then *are* the password
    "redis://u:4711#4711@localhost",
    "redis://u:4711/4711@localhost",
    "redis://u:4711?4711@localhost",
    "redis://u:4711?db=4711@localhost",
    "redis://u:4711?password=4711@localhost",
    "unix://u:4711/4711@/run/redis.sock",
    "redis://:4711/0?x@localhost",
    "redis://u%3A4711%40localhost:4711",
    "redis://4711 localhost",
    "redis:// URL 4711",
    "redis://$4711",
]


@contextmanager
def refused(says: str = "", hides: tuple[str, ...] = (SECRET,)) -> Iterator[None]:
    """The block must raise a ValueError that hides the secrets, however it is printed and whatever hangs on it."""
    with pytest.raises(ValueError, match=re.escape(says) or None) as caught:
        yield
    one_line(caught.value)
    assert masked(str(caught.value)) == str(caught.value)  # what is printed is all of it
    errors: list[BaseException] = [caught.value]
    for error in errors:
        errors += [other for other in (error.__cause__, error.__context__) if other is not None]
        shown = "".join(traceback.format_exception_only(error)) + repr(error) + repr(vars(error))
        assert not [secret for secret in hides if secret in shown]


class TestPasswords:
    @pytest.mark.parametrize("where", UNUSABLE)
    def test_an_unusable_place_is_refused_without_a_word_of_it(self, where: str) -> None:
        with refused(hides=(SECRET, "4711", "\x1b")):
            broker.connect(where)

    @pytest.mark.parametrize(
        ("where", "says"),
        [
            ("redis://localhost:0", "a number from 1 to 65535"),
            ("redis://\x1bhost:1", "say fake, env:NAME, or"),
            ("redis://u:a#b@localhost", "write # as %23"),
            ("redis://u:a/b@localhost", "/ as %2F"),
            ("redis://u:a?b@localhost", "? as %3F"),
            ("redis://localhost:here", "a number from 1 to 65535"),
            ("redis://localhost/one", "must be a database number"),
            ("redis://localhost?timeout=1", "options may be db, password"),
            ("redis://localhost?db=one", "a value that cannot be used"),
            ("unix://", "the server's socket"),
            ("env:SIM_NO_SUCH_VARIABLE", "the environment variable SIM_NO_SUCH_VARIABLE is not set"),
            ("env:", "the name of an environment variable"),
        ],
    )
    def test_the_message_says_what_is_allowed(self, where: str, says: str) -> None:
        with refused(says):
            broker.connect(where)

    @pytest.mark.parametrize(
        "url",
        [
            f"redis://u:{SECRET}@127.0.0.1:{{port}}",
            f"redis://:{SECRET}@127.0.0.1:{{port}}/3",
            f"redis://{SECRET}@127.0.0.1:{{port}}",
            f"redis://127.0.0.1:{{port}}?password={SECRET}",
            f"rediss://u:{SECRET}@127.0.0.1:{{port}}",
        ],
    )
    def test_a_closed_port_is_named_and_the_password_is_not(self, url: str) -> None:
        with socket.socket() as probe:  # bound and not listening
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            with refused(f"127.0.0.1:{port}, database"):
                broker.connect(url.format(port=port))

    @pytest.mark.parametrize("login", [f"u:{SECRET}@", f":{SECRET}@", f"{SECRET}@", ""])
    def test_a_wrong_password_is_said_and_not_shown(self, locked_server: RedisServer, login: str) -> None:
        with refused("user name or password", hides=(SECRET, "horse")):
            broker.connect(f"redis://{login}127.0.0.1:{locked_server.port}")

    def test_the_password_of_a_server_lost_in_mid_run_is_not_shown(self, locked_server: RedisServer) -> None:
        with refused(hides=("horse", "battery")), JobQueue(broker.connect(locked_server.url)) as queue:
            queue.push(FIRST)
            locked_server.stop()
            queue.pop()

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            ("redis://u:s3cr3t@127.0.0.1:{port}", "user name or password"),
            ("redis://127.0.0.1:{port}/4242", "database 4242: the server refuses the command or the database"),
            ("rediss://:s3cr3t@127.0.0.1:{port}", "127.0.0.1:{port}, database 0: "),
            (
                "rediss://:s3cr3t@127.0.0.1:{port}?ssl_ca_certs=/no/such/file",
                "the file of the URL's option ssl_ca_certs cannot be read",
            ),
            ("rediss://:s3cr3t@127.0.0.1:{port}?ssl_cert_reqs=bogus", "ssl_cert_reqs may be none, optional, required"),
            ("redis://:s3cr3t@127.0.0.1:{port}?protocol=4", "the URL's option protocol may be 2, 3"),
        ],
    )
    def test_a_server_that_does_not_fit_the_url(
        self, own_server: RedisServer, impatient: None, url: str, complaint: str
    ) -> None:
        with refused(complaint.format(port=own_server.port), hides=(SECRET, "/no/such")):
            broker.connect(url.format(port=own_server.port))

    def test_a_certificate_that_nobody_vouches_for_is_said_to_be_the_reason(self) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=shake_hands, args=(listener, context), daemon=True).start()
            url = f"rediss://:{SECRET}@127.0.0.1:{listener.getsockname()[1]}"
            with refused("the server's certificate is not trusted (ssl_ca_certs=FILE names who signed it)"):
                broker.connect(url)

    def test_a_server_that_does_not_speak_tls_is_asked_about_it(self, own_server: RedisServer, impatient: None) -> None:
        with refused("(does the server speak TLS on this port?)"):
            broker.connect(f"rediss://127.0.0.1:{own_server.port}")

    def test_a_redis_cluster_is_called_one(self, redis_binary: str) -> None:
        with RedisServer(cluster=True) as server:
            client = broker.connect(server.url)
            with refused("the server is part of a Redis Cluster"), JobQueue(client) as queue:
                queue.push(FIRST)

    @pytest.mark.parametrize("options", ["", "?protocol=2", "?protocol=3"])
    def test_a_server_is_spoken_to_in_the_protocol_that_all_know_unless_the_url_says_otherwise(
        self, own_server: RedisServer, options: str
    ) -> None:
        client = broker.connect(own_server.url + options)
        asked = client.connection_pool.connection_kwargs["protocol"]
        assert int(asked) == int(options[-1:] or 2)
        with JobQueue(client) as queue:
            queue.push(FIRST)
            assert queue.pop() == FIRST

    def test_a_server_from_before_protocol_3_will_do(self, own_server: RedisServer) -> None:
        visitor = redis.Redis.from_url(own_server.url, protocol=2)
        visitor.execute_command("ACL", "SETUSER", "default", "-hello")
        with JobQueue(broker.connect(own_server.url)) as queue:
            queue.push(FIRST)
            assert queue.pop() == FIRST

    def test_a_server_is_found_by_its_socket_too(self, own_server: RedisServer) -> None:
        with JobQueue(broker.connect(own_server.unix_url)) as queue:
            queue.push(FIRST)
            assert queue.pop() == FIRST

    def test_a_silent_server_is_given_up(self, own_server: RedisServer, impatient: None) -> None:
        own_server.freeze()
        with refused("does not answer"):
            broker.connect(f"redis://:{SECRET}@127.0.0.1:{own_server.port}")

    @pytest.mark.parametrize(
        "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-ERR \x1b[31m no\r\n", b"\xff" * 99, b""]
    )
    def test_what_is_not_a_redis_server_is_said_in_our_words(self, greeting: bytes) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=greet, args=(listener, greeting), daemon=True).start()
            with refused(f"127.0.0.1:{listener.getsockname()[1]}", hides=(SECRET, "HTTP/1.1", "\x1b")):
                broker.connect(f"redis://:{SECRET}@127.0.0.1:{listener.getsockname()[1]}")

    def test_a_socket_that_is_not_there_is_named(self, tmp_path: os.PathLike[str]) -> None:
        with refused("nobody.sock, database 0: cannot be reached"):
            broker.connect(f"unix://u:{SECRET}@{tmp_path}/nobody.sock")

    @pytest.mark.parametrize(
        "greeting", [b"-ERR unknown command `HELLO`, with args\r\n", b"-NOPROTO unsupported protocol version\r\n"]
    )
    def test_a_server_from_before_protocol_3_says_that_it_must_not_be_asked_for(self, greeting: bytes) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=greet, args=(listener, greeting), daemon=True).start()
            with refused("does not speak protocol 3 (the URL's option protocol may be left out)"):
                broker.connect(f"redis://127.0.0.1:{listener.getsockname()[1]}?protocol=3")

    @given(st.text(max_size=40), st.sampled_from(["redis", "rediss", "unix", "http", "env"]))
    def test_no_text_for_a_password_gets_into_a_message(self, text: str, scheme: str) -> None:
        with refused(hides=("QzQz",)):
            broker.connect(f"{scheme}://u:QzQz{text}QzQz@127.0.0.1:1/0")


def shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        context.wrap_socket(connection, server_side=True)


def greet(listener: socket.socket, greeting: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(greeting)
