"""The live lab: what each program promises, alone; the verdict on made-up measurements; and all of it together."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
import psutil
import pytest

import sim
from sim.cli import main
from sim.cycles import SYNC
from sim.exact import serve
from sim.live.measure import AGREES, DIFFERS, TOO_BUSY, Measured, beside
from sim.live.stack import ProgramEndedError, Stack, _free_ports
from sim.live.web import WHERE
from sim.workload import draw

PATIENCE = 60.0
NEEDS_WAITRESS = pytest.mark.skipif(
    not find_spec("waitress") and os.environ.get("CI") != "true", reason="no waitress (CI has it, and must)"
)


def wait_for(done: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := done()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


@contextmanager
def program(name: str, *words: str, **environment: str) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """One program of the lab by itself, ready; and its events, which grow."""
    child = subprocess.Popen(
        [sys.executable, "-m", f"sim.live.{name}", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
    )
    events: list[dict[str, Any]] = []
    assert child.stdout
    lines = child.stdout
    reader = threading.Thread(target=lambda: [events.append(json.loads(line)) for line in lines], daemon=True)
    reader.start()
    try:
        wait_for(lambda: names(events).count("ready"))
        yield child, events
    finally:
        child.kill()
        child.wait()
        reader.join()
        lines.close()
        assert child.stdin
        child.stdin.close()


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def ask(port: int, host: str = "127.0.0.1") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(f"GET /work HTTP/1.1\r\nHost: {host}:{port}\r\nX-Request-Id: 7\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


def test_the_router_says_503_at_its_limit_and_hangs_up_on_the_server(silent_server: socket.socket) -> None:
    port = _free_ports(1)[0]
    app = str(silent_server.getsockname()[1])
    with program("router", "--port", str(port), "--app", app, "--limit", "0.3") as (_, events):
        began = time.perf_counter()
        assert ask(port).startswith(b"HTTP/1.1 503 ")
        assert time.perf_counter() - began >= 0.3
        upstream, _ = silent_server.accept()
        with upstream:
            upstream.settimeout(PATIENCE)
            assert b"".join(iter(lambda: upstream.recv(4096), b"")).startswith(b"GET /work ")  # and then the end
        assert wait_for(lambda: "timed_out" in names(events) and names(events)[1:]) == ["arrived", "timed_out"]


def test_the_router_tells_a_client_that_leaves_from_an_answer(silent_server: socket.socket) -> None:
    port = _free_ports(1)[0]
    app = str(silent_server.getsockname()[1])
    with program("router", "--port", str(port), "--app", app, "--limit", "60") as (_, events):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            wait_for(lambda: "arrived" in names(events))
        wait_for(lambda: "left" in names(events))
        assert "responded" not in names(events)


def test_the_router_answers_no_page_of_another_host(silent_server: socket.socket) -> None:
    port = _free_ports(1)[0]
    app = str(silent_server.getsockname()[1])
    with program("router", "--port", str(port), "--app", app) as (_, events):
        assert ask(port, host="evil.example").startswith(b"HTTP/1.1 421 ")
        assert names(events) == ["ready"]


@pytest.fixture
def fake_redis() -> Iterator[Any]:
    import redis

    port = _free_ports(1)[0]
    with program("redis_server", "--port", str(port)), redis.Redis(port=port, protocol=2) as client:
        yield client


def port_of(client: Any) -> int:
    return int(client.connection_pool.connection_kwargs["port"])


def test_a_killed_client_that_waited_loses_nobodys_job(fake_redis: Any) -> None:
    with socket.create_connection(("127.0.0.1", port_of(fake_redis))) as waits:
        waits.sendall(b"*3\r\n$5\r\nBRPOP\r\n$5\r\nqueue\r\n$1\r\n0\r\n")
        time.sleep(0.5)  # it waits by now; if not, there is nothing to lose
    fake_redis.lpush("queue", "job")
    time.sleep(1.0)
    assert fake_redis.rpop("queue") == b"job"


def test_a_pipelined_push_is_not_held_up(fake_redis: Any) -> None:
    def push() -> float:
        began = time.perf_counter()
        with fake_redis.pipeline() as together:
            together.sadd("queues", "default")
            together.lpush("queue", "job")
            together.execute()
        return time.perf_counter() - began

    assert min(push() for _ in range(30)) < 0.02  # uncured, each takes 40 ms


def jobs_of(client: Any) -> list[str]:
    return [json.loads(text)["args"][0] for text in client.lrange("queue:default", 0, -1)]


@pytest.mark.parametrize(("number", "left"), [("SIGTERM", ["b", "a"]), ("SIGKILL", [])])
def test_a_term_gives_back_what_runs_and_a_kill_loses_it(fake_redis: Any, number: str, left: list[str]) -> None:
    import signal

    from sim.live.web import push

    where = {WHERE: f"redis://127.0.0.1:{port_of(fake_redis)}/0"}
    with program("worker", "--threads", "2", "--grace", "0.1", **where) as (child, events):
        for place, name in enumerate("ab", start=1):
            push(fake_redis, name, 600.0)
            wait_for(lambda place=place: names(events).count("picked_up") == place)
        child.send_signal(getattr(signal, number))
        child.wait(PATIENCE)
    assert jobs_of(fake_redis) == left  # taken from the right: the first one taken is the next one again


def as_measured(scenario: Any, late: float = 0.0, scale: float = 20.0) -> tuple[Any, Measured]:
    """What a machine would measure that does exactly what the model says, all of it so many wall seconds later."""
    workload = draw(scenario)
    records, later = serve(workload, SYNC, scenario), late * scale
    at = {
        "arrived": records.arrived_at + later,
        "started": records.started_at + later,
        "finished": records.finished_at + later,
        "responded": np.where(records.timed_out, np.nan, records.responded_at + later),
        "timed_out": np.where(records.timed_out, records.responded_at + later, np.nan),
        **{name: np.full(len(workload), np.nan) for name in ("enqueued", "completed", "picked_up", "left")},
    }
    return workload, Measured("sync", scale, "made up", at, stall=0.0)


@pytest.mark.parametrize("preset", ["slides", "just-over-thirty", "more-threads"])
def test_a_machine_that_does_what_the_model_says_agrees_with_it(preset: str) -> None:
    scenario = sim.load(preset)
    workload, measured = as_measured(scenario)
    found = beside(scenario, workload, measured)
    assert found.verdict == AGREES
    assert found.to_json()["fates_that_differ"] == 0


def test_a_server_with_the_wrong_rule_differs() -> None:
    scenario = sim.load("slides")
    workload, measured = as_measured(scenario.replace(on_timeout="finish_all"))
    assert beside(scenario, workload, measured).verdict == DIFFERS


def test_a_late_or_a_stalled_machine_gives_no_verdict() -> None:
    scenario = sim.load("just-over-thirty")
    workload, measured = as_measured(scenario, late=0.05)
    assert beside(scenario, workload, measured).verdict == TOO_BUSY
    workload, measured = as_measured(scenario)
    stalled = Measured(measured.cycle, measured.scale, measured.redis, measured.at, stall=0.3)
    assert beside(scenario, workload, stalled).verdict == TOO_BUSY


def test_a_lost_event_gives_no_verdict() -> None:
    scenario = sim.load("just-over-thirty")
    workload, measured = as_measured(scenario)
    measured.at["arrived"][5] = np.nan
    assert beside(scenario, workload, measured).verdict == TOO_BUSY


@NEEDS_WAITRESS
def test_all_programs_together_give_every_request_a_fate(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["live", "quiet", "--set", "duration=60", "--scale", "50", "--redis", "fake", "--json"])
    assert status == 0
    cycles = json.loads(capsys.readouterr().out)["cycles"]
    assert [cycle["cycle"] for cycle in cycles] == ["sync", "async"]
    for cycle in cycles:
        assert cycle["redis"] == "fakeredis"
        assert cycle["requests"] == cycle["answered"] + cycle["timed_out"]["measured"] > 0
        assert cycle["jobs"]["enqueued"] == cycle["jobs"]["completed"]
        assert cycle["verdict"] in (AGREES, TOO_BUSY)


@NEEDS_WAITRESS
def test_a_program_that_dies_is_named_and_no_other_stays() -> None:
    with Stack(sim.load("quiet"), 50, "fake") as stack:
        stack.programs[-1].process.kill()
        with pytest.raises(ProgramEndedError, match="the worker ended unasked"):
            stack.until(lambda: False, PATIENCE)
    assert all(child.process.returncode is not None for child in stack.programs)


@NEEDS_WAITRESS
def test_no_program_outlives_a_killed_parent() -> None:
    words = [sys.executable, "-m", "sim", "live", "quiet", "--scale", "1", "--redis", "auto"]
    parent = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    of_it = psutil.Process(parent.pid)
    wait_for(lambda: sum("sim.live" in " ".join(child.cmdline()) for child in of_it.children()) == 5)
    children = of_it.children(recursive=True)
    assert not any("redis://" in " ".join(child.cmdline()) for child in children)
    parent.kill()
    parent.wait()
    assert not psutil.wait_procs(children, timeout=PATIENCE)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "on_timeout=kill"], "allowed: finish_started, finish_all"),
        (["--scale", "0"], "allowed: a number from 1 to 100"),
        (["--redis", "redis://u:secret@host"], "--redis"),
    ],
)
def test_what_it_cannot_do_is_refused_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", "quiet", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert "secret" not in told
