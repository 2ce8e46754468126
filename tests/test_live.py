"""The live lab: what each program promises, alone; the verdict on made-up measurements; and all of it together."""

import dataclasses
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import redis_server
from live_programs import NEEDS_LIVE, PATIENCE, names, program, wait_for

import sim
from sim.checks import count_differing
from sim.cli import main
from sim.cycles import SYNC
from sim.exact import serve
from sim.files import write
from sim.live import asking
from sim.live.job_runs import Run
from sim.live.jobs import WHERE, Jobs
from sim.live.measure import _Still
from sim.live.measured import Measured, one_each
from sim.live.program import ProgramEndedError, free_ports
from sim.live.recording import files_of, records_of
from sim.live.replayed import measured_runs, verdicts
from sim.live.stack import Choice, Stack
from sim.live.verdict import AGREES, DIFFERS, TOO_BUSY, beside
from sim.records import POLL
from sim.turns import COMPLETED
from sim.workload import draw

ROOT = Path(__file__).parent.parent
NEEDS_SERVER = pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server (CI has it)")


def ask(port: int, host: str = "127.0.0.1") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(
            f"POST /work-page HTTP/1.1\r\nHost: {host}:{port}\r\nX-Lab: 1\r\nX-Request-Id: 7\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


def test_the_router_says_503_at_its_limit_and_hangs_up_on_the_server(silent_server: socket.socket) -> None:
    port = free_ports(1)[0]
    app = str(silent_server.getsockname()[1])
    with program("router", "--port", str(port), "--app", app, "--limit", "0.3") as (_, events):
        began = time.perf_counter()
        assert ask(port).startswith(b"HTTP/1.1 503 ")
        assert time.perf_counter() - began >= 0.3
        upstream, _ = silent_server.accept()
        with upstream:
            upstream.settimeout(PATIENCE)
            assert b"".join(iter(lambda: upstream.recv(4096), b"")).startswith(b"POST /work-page ")  # and then the end
        assert wait_for(lambda: "timed_out" in names(events) and names(events)[1:]) == ["arrived", "timed_out"]


def test_the_router_tells_a_client_that_leaves_from_an_answer(silent_server: socket.socket) -> None:
    port = free_ports(1)[0]
    app = str(silent_server.getsockname()[1])
    with program("router", "--port", str(port), "--app", app, "--limit", "60") as (_, events):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(f"POST /work-page HTTP/1.1\r\nHost: localhost:{port}\r\nX-Lab: 1\r\n\r\n".encode())
            wait_for(lambda: "arrived" in names(events))
        wait_for(lambda: "left" in names(events))
        assert "responded" not in names(events)


def test_the_router_answers_no_page_of_another_host(silent_server: socket.socket) -> None:
    port = free_ports(1)[0]
    app = str(silent_server.getsockname()[1])
    with program("router", "--port", str(port), "--app", app) as (_, events):
        assert ask(port, host="evil.example").startswith(b"HTTP/1.1 421 ")
        assert names(events) == ["ready"]


@pytest.fixture
def fake_redis() -> Iterator[Any]:
    import redis

    port = free_ports(1)[0]
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


def test_the_cure_of_fakeredis_is_still_needed_and_still_fits() -> None:
    """It replaces a private method: where this fails, look whether a newer fakeredis needs `blocking` no more."""
    import inspect

    import fakeredis._clients._tcp_server as tcp
    import redis
    from fakeredis._socket import FakeSocket

    assert list(inspect.signature(FakeSocket._blocking).parameters)[:3] == ["self", "timeout", "func"]
    assert not tcp.TCPFakeRequestHandler.disable_nagle_algorithm
    server = tcp.TcpFakeServer(("127.0.0.1", 0), server_type="redis", server_version=(7, 0))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with redis.Redis(port=server.server_address[1], protocol=2) as client:
        with socket.create_connection(server.server_address[:2]) as waits:
            waits.sendall(b"*3\r\n$5\r\nBRPOP\r\n$5\r\nqueue\r\n$1\r\n0\r\n")
            time.sleep(0.5)
        client.lpush("queue", "job")
        wait_for(lambda: client.llen("queue") == 0)  # uncured, the dead client swallows it
    server.shutdown()
    server.server_close()


def jobs_of(client: Any) -> list[str]:
    return [json.loads(text)["args"][0] for text in client.lrange("queue:default", 0, -1)]


@pytest.mark.parametrize(("number", "left"), [("SIGTERM", ["b", "a"]), ("SIGKILL", [])])
def test_a_term_gives_back_what_runs_and_a_kill_loses_it(fake_redis: Any, number: str, left: list[str]) -> None:
    where = {WHERE: f"redis://127.0.0.1:{port_of(fake_redis)}/0"}
    with program("worker", "--threads", "2", "--grace", "0.1", **where) as (child, events):
        for place, name in enumerate("ab", start=1):
            Jobs(fake_redis).push(name, 600.0)
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
    return workload, one_each(at, cycle="sync", scale=scale, redis="made up", stall=0.0)


@pytest.mark.parametrize("preset", ["slides", "just-over-thirty", "more-threads"])
def test_a_machine_that_does_what_the_model_says_agrees_with_it(preset: str) -> None:
    scenario = sim.load(preset)
    workload, measured = as_measured(scenario)
    found = beside(scenario, workload, measured)
    assert found.verdict == AGREES
    said = found.to_json()
    assert said["fates_that_differ"] == 0
    low, high = said["range"]  # the rounding of floats is disturbance enough for some of `slides`
    assert high - low <= (20 if preset == "slides" else 0)


def test_the_way_of_a_poll_to_the_server_and_back_is_no_fault_of_the_clients() -> None:
    scenario, way = sim.load("asking-again"), 0.15  # s that the model has no time for: 7 ms at 1:20
    workload = draw(scenario)
    records = sim.simulate(scenario.replace(poll_every=scenario.poll_every + way), "async", workload=workload).records
    is_poll, jobs = records.kind == POLL, records.at_workers
    never = np.full(len(is_poll), np.nan)
    at = dict.fromkeys(("timed_out", "picked_up", "completed", "left"), never)
    at |= {"started": records.started_at, "finished": records.finished_at, "enqueued": records.enqueued_at}
    at |= {"arrived": records.arrived_at - np.where(is_poll, way, 0.0), "responded": records.responded_at}
    about = {visit: row for row, visit in enumerate(records.visit_id) if not is_poll[row]}
    runs = zip(jobs.request_id, jobs.slot, jobs.came_at, jobs.taken_at, jobs.left_at, strict=True)
    measured = dataclasses.replace(
        one_each(at, cycle="async", scale=20.0, redis="made up", stall=0.0),
        visit_id=records.visit_id,
        attempt=records.attempt,
        about=np.where(is_poll, [about[visit] for visit in records.visit_id], -1),
        runs=tuple(Run(str(name), *rest, COMPLETED) for name, *rest in runs),
    )
    found = beside(scenario, workload, measured)
    assert found.to_json()["counts"]["polls"]["simulated"] > 1.1 * is_poll.sum()
    assert found.verdict == AGREES


def test_a_server_with_the_wrong_rule_differs() -> None:
    scenario = sim.load("slides")
    workload, measured = as_measured(scenario.replace(on_timeout="finish_all"))
    assert beside(scenario, workload, measured).verdict == DIFFERS


def test_a_late_or_a_stalled_machine_gives_no_verdict() -> None:
    scenario = sim.load("just-over-thirty")
    workload, measured = as_measured(scenario, late=0.05)
    assert beside(scenario, workload, measured).verdict == TOO_BUSY
    workload, measured = as_measured(scenario)
    stalled = dataclasses.replace(measured, stall=0.3)
    assert beside(scenario, workload, stalled).verdict == TOO_BUSY


def test_where_others_take_all_processors_no_number_is_a_result() -> None:
    scenario = sim.load("just-over-thirty")
    workload, measured = as_measured(scenario)
    beset = beside(scenario, workload, dataclasses.replace(measured, idle=0.004))
    assert beset.verdict == TOO_BUSY
    assert beset.too_busy == "nothing was left of the processors: idle for 0 % of the time"
    assert not beset.to_json()["is_result"]


def test_a_lost_event_gives_no_verdict() -> None:
    scenario = sim.load("just-over-thirty")
    workload, measured = as_measured(scenario)
    measured.at["arrived"][5] = np.nan
    assert beside(scenario, workload, measured).verdict == TOO_BUSY


def test_what_the_json_says_is_documented() -> None:
    scenario = sim.load("quiet")
    said = beside(scenario, *as_measured(scenario)).to_json()
    section = (ROOT / "docs" / "model.md").read_text().partition("## What `live --json` says")[2]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(said)


@NEEDS_LIVE
def test_all_programs_together_give_every_request_a_fate(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["live", "quiet", "--set", "duration=60", "--scale", "50", "--redis", "fake", "--json"])
    assert status == 0
    cycles = json.loads(capsys.readouterr().out)["cycles"]
    assert [cycle["cycle"] for cycle in cycles] == ["sync", "async"]
    for cycle in cycles:
        assert cycle["redis"] == "fakeredis"
        assert cycle["requests"] == cycle["answered"] + cycle["timed_out"]["measured"] > 0
        assert cycle["jobs"]["enqueued"] == cycle["jobs"]["completed"]
        assert 0 <= cycle["idle"] < 1
        assert cycle["verdict"] in (AGREES, TOO_BUSY)
        assert cycle["is_result"] == (cycle["verdict"] != TOO_BUSY)


@pytest.mark.skipif(not redis_server.binary(), reason="no redis-server (CI has it)")
@NEEDS_LIVE
def test_where_there_is_no_redis_server_a_valkey_server_will_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "valkey-server").symlink_to(str(redis_server.binary()))  # they speak the same
    monkeypatch.setenv("PATH", str(tmp_path))
    with Stack(sim.load("quiet"), 20) as stack:
        assert stack.redis == "valkey-server"
        stack.jobs.push("7", 1.0)
        wait_for(lambda: any(event["event"] == "completed" for event in stack.events))


@pytest.mark.skipif(not redis_server.binary(), reason="no redis-server (CI has it)")
@NEEDS_LIVE
def test_a_given_redis_keeps_what_others_have_there_and_its_password_is_not_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import redis

    with redis_server.RedisServer(password="s3cret") as server, redis.Redis.from_url(server.url) as client:
        client.lpush("queue:default", "somebody else's")
        client.sadd("queues", "theirs")
        monkeypatch.setenv("CLASS_REDIS", server.url)
        seen = list[set[bytes]]()
        watch = threading.Event()

        def look() -> None:
            while not watch.wait(0.1):
                seen.append(set(client.keys()))

        watcher = threading.Thread(target=look)
        watcher.start()
        words = ["--set", "duration=60", "--scale", "50", "--cycle", "async", "--redis", "env:CLASS_REDIS"]
        plot = tmp_path / "live.svg"
        assert main(["live", "quiet", *words, "--records", str(tmp_path / "records"), "--plot", str(plot)]) == 0
        watch.set()
        watcher.join()
        assert client.lrange("queue:default", 0, -1) == [b"somebody else's"]
        assert set(client.keys()) == {b"queue:default", b"queues"}
        ours = set().union(*seen) - {b"queue:default", b"queues"}
        assert ours
        assert all(key.startswith(b"live:") for key in ours)
    told = capsys.readouterr()
    assert f"127.0.0.1:{server.port}, database 0" in told.out
    assert "s3cret" not in told.out + told.err
    assert plot.stat().st_size > 10_000
    played = tmp_path / "run.html"
    assert main(["play", "--measured", str(tmp_path / "records"), "--out", str(played)]) == 0
    assert "measured: SYNC and ASYNC" in played.read_text()


def test_measured_records_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    scenario = sim.load("just-over-thirty")
    workload, measured = as_measured(scenario, late=0.003)
    for name, content in files_of(scenario, workload, [measured]).items():
        write(tmp_path / name, content)
    run = measured_runs(tmp_path).sync
    assert run.summary.timed_out == int(measured.timed_out.sum())
    assert count_differing(run.records, records_of(scenario, workload, measured)) == 0
    model = serve(workload, SYNC, scenario)
    assert np.nanmax(np.abs(run.records.started_at - model.started_at)) <= 0.0601
    assert (run.records.thread[~run.records.timed_out] >= 0).all()  # type: ignore[index]
    (verdict,) = verdicts(tmp_path)
    assert verdict.holds
    assert verdict.found == f"{run.summary.timed_out} of {len(workload):d} measured"


def test_a_measured_run_of_a_server_with_the_wrong_rule_does_not_hold(tmp_path: Path) -> None:
    scenario = sim.load("slides")
    workload, measured = as_measured(scenario.replace(on_timeout="finish_all"))
    for name, content in files_of(scenario, workload, [measured]).items():
        write(tmp_path / name, content)
    assert [verdict.holds for verdict in verdicts(tmp_path)] == [False]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("sync.csv", "request_id,kind\n0,page\n", "sync.csv: allowed: the columns request_id,"),
        ("requests.csv", "", "requests.csv: line 1"),
        ("machine.json", "{}", "machine.json: allowed: what live --records wrote"),
        ("sync.csv", None, "neither sync.csv nor async.csv"),
    ],
)
def test_records_that_make_no_sense_are_refused_in_one_line(
    file: str, content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = sim.load("quiet")
    workload, measured = as_measured(scenario)
    for name, whole in files_of(scenario, workload, [measured]).items():
        write(tmp_path / name, whole)
    (tmp_path / file).unlink() if content is None else (tmp_path / file).write_text(content)
    command = ["check"] if file.endswith("json") else ["play", "--out", str(tmp_path / "x.html")]
    assert main([*command, "--measured", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@NEEDS_LIVE
def test_a_program_that_dies_is_named_and_no_other_stays() -> None:
    with Stack(sim.load("quiet"), 50, Choice("fake")) as stack:
        stack.programs[-1].process.kill()
        with pytest.raises(ProgramEndedError, match="the worker ended unasked"):
            stack.until(lambda: False, PATIENCE)
    assert all(child.process.returncode is not None for child in stack.programs)


@pytest.mark.slow
@NEEDS_LIVE
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


@pytest.mark.parametrize("plan", ["", "0 page 60.0 -\n"], ids=["none of it", "a part"])
def test_who_sends_the_load_does_not_wait_for_ever_for_a_plan_whose_maker_has_gone(plan: str) -> None:
    command = [sys.executable, "-m", "sim.live.load", "--port", "1"]
    assert subprocess.run(command, input=plan, text=True, timeout=PATIENCE).returncode == 0


@pytest.mark.parametrize("said", ["work 12 0.0", "\nwork\nlimit x\n"], ids=["half a line", "nonsense"])
@NEEDS_LIVE
def test_a_program_ends_with_its_maker_whatever_that_one_said_last(said: str) -> None:
    command = [sys.executable, "-m", "sim.live.web", "--port", str(free_ports(1)[0])]
    environment = {**os.environ, WHERE: "redis://127.0.0.1:1/0"}
    done = subprocess.run(command, input=said, text=True, timeout=PATIENCE, env=environment, capture_output=True)
    assert done.returncode == 0
    assert done.stderr == (
        "" if said.startswith("work") else "".join(f"not understood: {line!r}\n" for line in ("", "work"))
    )


def test_the_last_word_of_a_program_is_heard_however_slow_its_machine_is() -> None:
    slowly = "from sim.live import events, load; events.TOGETHER = 0.5; load.main()"
    with subprocess.Popen([sys.executable, "-c", slowly, "--port", "1"], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write("\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readlines()[-1])["event"] == "stopped"


def test_a_worker_that_waits_to_be_told_to_go_is_stopped_like_any_other(fake_redis: Any) -> None:
    Jobs(fake_redis).push("a", 1.0)
    where = {WHERE: f"redis://127.0.0.1:{port_of(fake_redis)}/0"}
    with program("worker", "--waits", **where) as (child, _):
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
    assert jobs_of(fake_redis) == ["a"]


@NEEDS_LIVE
def test_a_given_redis_that_goes_away_is_told_although_a_request_never_ends(redis_binary: str) -> None:
    with redis_server.RedisServer() as server, Stack(sim.load("quiet"), 50, Choice(server.url)) as stack:
        stack.say("started")
        server.stop()
        with pytest.raises(ProgramEndedError, match=r"^redis at 127.0.0.1:\d+, database 0: cannot be reached"):
            stack.until(_Still(stack), PATIENCE)


@NEEDS_LIVE
def test_who_asks_a_class_is_told_when_nobody_can_answer_any_more() -> None:
    asked = asking.ask("How many?", "", "127.0.0.1")
    try:
        asked.router.process.kill()
        with pytest.raises(ProgramEndedError, match=r"^the router ended unasked \(killed by signal 9\)$"):
            asking.stay()
    finally:
        asked.close()


def heed_ctrl_c() -> None:
    """What a terminal's programs do, and those that a background job starts do not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def started(*words: str) -> Iterator[tuple[Any, list[Any]]]:
    """The command in a process of its own, as a terminal starts it, and its children once all are there."""
    command = [sys.executable, "-m", "sim", "live", "quiet", "--scale", "1", "--cycle", "async", *words]
    parent = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=heed_ctrl_c,
    )
    of_it = psutil.Process(parent.pid)
    try:
        wait_for(lambda: any("sim.live.load" in " ".join(child.cmdline()) for child in of_it.children()))
        yield parent, of_it.children(recursive=True)
    finally:
        parent.kill()
        parent.wait()
        assert parent.stderr
        parent.stderr.close()


@pytest.mark.skipif(not redis_server.binary(), reason="no redis-server (CI has it)")
@NEEDS_LIVE
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_when_it_is_stopped_no_program_and_no_key_is_left(number: int, status: int) -> None:
    import redis

    with redis_server.RedisServer() as server, redis.Redis.from_url(server.url) as client:
        with started("--redis", server.url) as (parent, children):
            wait_for(client.keys)
            parent.send_signal(number)
            assert parent.wait(PATIENCE) == status
            assert not psutil.wait_procs(children, timeout=PATIENCE)[1]
        assert client.keys() == []


@NEEDS_LIVE
@pytest.mark.parametrize(
    ("program", "redis", "killed"),
    [
        ("router", "fake", "sim.live.router"),
        pytest.param("redis_server", "server", "sim.live.redis_server", marks=NEEDS_SERVER),
        pytest.param("redis_server", "server", "redis-server 127.0.0.1:", marks=NEEDS_SERVER),
    ],
    ids=["router", "keeper of the Redis", "Redis"],
)
def test_the_command_ends_with_a_line_about_the_program_that_was_killed(program: str, redis: str, killed: str) -> None:
    with started("--redis", redis) as (parent, children):
        next(child for child in children if killed in " ".join(child.cmdline())).kill()
        told = parent.stderr.read().decode().splitlines()[-1]
        assert parent.wait(PATIENCE) == 1
        assert told == f"live: the {program} ended unasked (killed by signal 9)"
        assert not psutil.wait_procs(children, timeout=PATIENCE)[1]  # nor redis-server, whose keeper is no more


def test_as_many_files_may_be_open_as_the_router_needs(capsys: pytest.CaptureFixture[str]) -> None:
    told = (
        "import resource; most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, {}))\n"
        "from sim.crowd import raise_open_files\nfrom sim.live.files import most_waiting\n"
        "print(raise_open_files(2000), most_waiting())"
    )
    for most, allowed in (("min(most, 20000)", "2000 4000"), ("300", "300 100")):
        done = subprocess.run([sys.executable, "-c", told.format(most)], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == allowed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "on_timeout=kill"], "allowed: finish_started, finish_all"),
        (["--scale", "0"], "allowed: a number from 1 to 100"),
        (["--redis", "redis://u:secret@127.0.0.1:1"], "redis at 127.0.0.1:1, database 0: cannot be reached"),
        (["--redis", "redis://127.0.0.1:1", "--web", "puma"], "--web puma"),
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
