"""Whole runs on a real Redis: the same records, nobody disturbed, nothing left behind, no password told."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import redis
from live_programs import PATIENCE

from sim import broker, session
from sim.cli import main
from sim.experiments import compare, simulate
from sim.presets import load
from sim.workload import read

# one job of 60 s, then some more that must wait for it: at 30 simulated seconds a second there is time to look
HEADER = "arrived_at,kind,web_time,external_time\n"
BUSY = HEADER + "0,report,0.5,60\n" + "".join(f"{n / 10},report,0.5,6\n" for n in range(1, 9)) + "90,page,0.5,0\n"
SLOWLY = ("--pace", "30", "--set", "workers=1")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and redis-server are POSIX")


@pytest.fixture
def visitor(own_server):
    """Somebody else's client of a server of the test's own, with a key that must not be touched."""
    client = redis.Redis.from_url(own_server.url)
    client.lpush("queue:default", "somebody else's job")
    client.set("simulation", "not ours")
    yield client
    client.close()


def keys(client):
    return sorted(key.decode() for key in client.scan_iter("sim:*"))


def foreign(client):
    return client.lrange("queue:default", 0, -1), client.get("simulation"), client.dbsize() - len(keys(client))


UNTOUCHED = [b"somebody else's job"], b"not ours", 2


@pytest.fixture
def begin(tmp_path):
    """Starts commands that are killed at the end of the test, whatever happens."""
    (tmp_path / "busy.csv").write_text(BUSY)
    begun = []

    def begin_one(*arguments, stderr=subprocess.PIPE, program=("-m", "sim"), **environment):
        command = [sys.executable, *program, *arguments]
        options = {"cwd": tmp_path, "env": {**os.environ, **environment}, "stdout": subprocess.PIPE, "stderr": stderr}
        begun.append(subprocess.Popen(command, **options))
        return begun[-1]

    yield begin_one
    for one in begun:
        one.kill()
        one.communicate()


def paced(begin, url, *more, **environment):
    return begin("compare", "--workload", "busy.csv", "--redis", url, *SLOWLY, *more, **environment)


def wait_for(something, within=PATIENCE):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := something():
            return found
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def wait_for_jobs(client):
    """The key of the list, once some jobs wait in it."""
    return wait_for(
        lambda: next((key for key in keys(client) if client.type(key) == b"list" and client.llen(key) > 3), None)
    )


def the_end(process):
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.decode(), err.decode()


def refused(process):
    """The one line with which a command gave up, after the line that names its key."""
    status, out, err = the_end(process)
    assert (status, out) == (2, ""), err
    lines = err.splitlines()
    assert [line.startswith("error: ") for line in lines] == [False] * (len(lines) - 1) + [True], err
    assert "Traceback" not in err
    assert all(line.isprintable() for line in lines)
    return lines[-1]


# the same on both


def same(one, other):
    """Asserts that two records are equal, turn by turn."""
    assert type(one) is type(other)
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if is_dataclass(left):
            same(left, right)
        elif isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right)
        else:
            assert left == right


@pytest.mark.parametrize("policy", ["finish_started", "finish_all", "kill"])
def test_records_are_the_same_on_the_fake_and_on_the_real_redis(policy, real_redis):
    scenario = load("too-few-workers", ["duration=200", f"on_timeout={policy}"])
    same(simulate(scenario, "async").records, simulate(scenario, "async", redis=real_redis).records)


def test_the_command_line_prints_the_same_on_the_fake_and_on_the_real_redis(begin, own_server, visitor):
    where = {"CLASSROOM": own_server.url}
    runs = [
        begin("compare", "quiet", "--redis", place, **where) for place in ("fake", own_server.unix_url, "env:CLASSROOM")
    ]
    ends = [the_end(one) for one in runs]
    assert ends[0][0] == 0
    assert "•" in ends[0][1]
    assert ends[0] == ends[1] == ends[2]
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


def test_thirty_comparisons_at_once_do_not_disturb_each_other(own_server, visitor):
    together, most = threading.Barrier(30), []

    def one_of_a_class(seed):
        scenario = load("too-few-workers", ["duration=40", f"seed={seed}"])
        together.wait(30)
        compared = compare(scenario, redis=own_server.url)
        most.append(len(keys(visitor)))
        return scenario, compared

    with ThreadPoolExecutor(30) as pool:
        done = list(pool.map(one_of_a_class, range(30)))
    assert max(most) > 2  # they did meet
    for scenario, compared in done:
        alone = compare(scenario)
        for name in ("sync", "async", "sync_same_slots"):
            same(compared.cycles[name].records, alone.cycles[name].records)
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


def test_processes_of_a_class_share_a_server(begin, own_server, visitor):
    runs = [begin("compare", "quiet", "--json", "--redis", own_server.url) for _ in range(4)]
    ends = {the_end(one) for one in runs}
    assert len(ends) == 1
    assert ends.pop()[0] == 0
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


# watching a paced run


def test_a_paced_run_names_its_key_first_and_the_list_can_be_watched(begin, own_server, visitor):
    run = paced(begin, own_server.url)
    first = run.stderr.readline().decode()
    key = re.fullmatch(r"The jobs wait in the Redis list (sim:\w+:queue:default)\n", first)[1]
    assert wait_for_jobs(visitor) == key
    assert 0 < visitor.ttl(key) <= broker.KEY_EXPIRY
    status, out, err = the_end(run)
    assert (status, err) == (0, "")
    assert "longest queue                                 –             8             –" in out
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


def test_pace_changes_the_time_on_the_wall_and_nothing_else():
    scenario = load("too-few-workers", ["duration=10"])
    at_once = simulate(scenario, "async")  # what is imported for the first run is imported
    began = time.monotonic()
    slowly = simulate(scenario, "async", pace=10.0)
    late = time.monotonic() - began - slowly.summary.ended_at / 10
    assert -0.05 < late < 1.0
    same(slowly.records, at_once.records)


def test_a_list_that_waits_long_does_not_expire_while_the_run_is_paced(own_server, visitor, tmp_path, monkeypatch):
    monkeypatch.setattr(session, "RENEW_EVERY", 0.1)
    (tmp_path / "busy.csv").write_text(BUSY)
    scenario, workload = load("slides", ["workers=1"]), read(tmp_path / "busy.csv")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(simulate, scenario, "async", workload=workload, redis=own_server.url, pace=30.0)
        key = wait_for_jobs(visitor)
        wait_for(lambda: visitor.llen(key) == 8)  # all is pushed, and the worker is busy for another minute
        for one in keys(visitor):
            visitor.expire(one, 60)
        wait_for(lambda: all(visitor.ttl(one) > 3000 for one in keys(visitor)), within=1.0)
        assert visitor.llen(key) == 8
        run.result()
    assert keys(visitor) == []


# the failure lab


README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
LAB = README.split("### What goes wrong")[1].split("###")[0]
FAILING = ("--set", "outages=[[0, 300]]", "--set", "job_retries=1", "--pace", "30", "--quiet")


def watched(run, client):
    """What the README's commands for a class print, once there is something to be seen, by the last part of the key."""
    first = run.stderr.readline().decode()
    said = re.fullmatch(
        r"The jobs wait in the Redis list (sim:\w+:)queue:default, and in the sorted set \1retry\n", first
    )
    commands = re.findall(r"^redis-cli (.*?) +#", LAB, re.MULTILINE)
    assert len(commands) == 3
    seen = {}
    for name, key, *how in map(str.split, (command.replace("sim:<run id>:", said[1]) for command in commands)):
        scores = "withscores" in map(str.lower, how)  # an older redis-py takes no notice of the word itself
        seen[key] = wait_for(partial(client.execute_command, name, key, *how, withscores=scores))
    return seen


@pytest.mark.parametrize(("signal_number", "status"), [(2, 130), (15, 143), (1, 129)])
def test_a_class_watches_the_retry_set_and_a_stop_takes_it_away(signal_number, status, begin, own_server, visitor):
    run = begin("compare", "outage", "--redis", own_server.url, *FAILING)
    seen = watched(run, visitor)
    for key, found in seen.items():
        pairs = found if key.endswith(("retry", "dead")) else [(text, 0.0) for text in found]
        jobs = [(json.loads(text), instant) for text, instant in pairs]
        assert all(job["class"] == "ReportWorker" for job, _ in jobs)
        if key.endswith("retry"):
            assert all(job["failed_at"] / 1000 + 15 <= due + 0.001 for job, due in jobs)
    assert -1 not in map(visitor.ttl, keys(visitor))  # all expire; a list may be empty again, and gone
    run.send_signal(signal_number)
    found, out, err = the_end(run)
    assert (found, out, err) == (status, "", "")
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


def test_a_stranger_in_the_retry_set_is_noticed(begin, own_server, visitor):
    run = begin("compare", "outage", "--redis", own_server.url, *FAILING)
    retry = next(key for key in watched(run, visitor) if key.endswith("retry"))
    visitor.zadd(retry, {'{"class": "Kernel"}': 1.0})
    assert f'{retry} gave b\'{{"class": "Kernel"}}\' where no other job was due: somebody else' in refused(run)
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


# stopped


STOPS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", 1), 129)]


@pytest.mark.parametrize(("signal_number", "status"), STOPS)
def test_a_run_that_is_stopped_takes_its_keys_with_it(signal_number, status, begin, own_server, visitor, tmp_path):
    run = paced(begin, own_server.url, "--records", "out", "--plot", "figure.png")
    wait_for_jobs(visitor)
    run.send_signal(signal_number)
    found, out, err = the_end(run)
    assert (found, out) == (status, "")
    assert len(err.splitlines()) == 1  # the key's name
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)
    assert [file.name for file in tmp_path.iterdir()] == ["busy.csv"]


@pytest.mark.parametrize(("signal_number", "status"), STOPS)
def test_impatience_does_not_disturb_the_tidying_up(signal_number, status, begin, own_server, visitor):
    run = paced(begin, own_server.url)
    wait_for_jobs(visitor)
    for _ in range(20):
        run.send_signal(signal_number)
        time.sleep(0.002)
    assert the_end(run)[0] == status
    assert keys(visitor) == []


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0), (2, 0), (1, 2)])
def test_another_signal_while_a_slow_server_is_tidied_up_changes_nothing(first, second, begin, own_server, visitor):
    run = paced(begin, own_server.url)
    wait_for_jobs(visitor)
    visitor.execute_command("CLIENT", "PAUSE", "2000")
    run.send_signal(STOPS[first][0])
    time.sleep(0.5)
    run.send_signal(STOPS[second][0])
    found, _, err = the_end(run)
    assert (found, len(err.splitlines())) == (STOPS[first][1], 1), err
    assert keys(visitor) == []


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="nothing to hang up here")
def test_a_run_begun_with_nohup_outlives_its_terminal(begin, own_server, visitor, tmp_path):
    arguments = ("--workload", "busy.csv", "--redis", own_server.url, "--pace", "60", "--set", "workers=1", "--quiet")
    command = ["nohup", sys.executable, "-m", "sim", "compare", *arguments]
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_jobs(visitor)
    run.send_signal(signal.SIGHUP)
    assert the_end(run)[0] == 0


def test_keys_that_could_not_be_removed_are_named(begin, own_server, visitor):
    visitor.execute_command("ACL", "SETUSER", "pupil", "on", ">pw", "~*", "&*", "+@all", "-del")
    url = own_server.url.replace("redis://", "redis://pupil:pw@")
    done = begin("compare", "quiet", "--redis", url, "--set", "duration=60", "--quiet")
    line = refused(done)
    assert re.fullmatch(
        r"error: redis at 127.0.0.1:\d+, database 0: sim:\w+:\* may stay for an hour: removing them,"
        r" the server does not let this user do that",
        line,
    )
    assert 1 <= len(keys(visitor)) <= 2


def test_a_stopped_run_whose_keys_stay_says_so_too(begin, own_server, visitor):
    run = paced(begin, own_server.url)
    wait_for_jobs(visitor)
    own_server.freeze()
    run.send_signal(signal.SIGTERM)
    found, _, err = the_end(run)
    assert found == 143
    assert re.search(
        r"^error: redis at .*: sim:\w+:\* may stay for an hour: removing them, the server does not", err, re.MULTILINE
    )


def test_a_run_that_is_killed_leaves_only_keys_that_expire(begin, own_server, visitor):
    run = paced(begin, own_server.url)
    wait_for_jobs(visitor)
    run.kill()
    assert the_end(run)[0] == -signal.SIGKILL
    left = keys(visitor)
    assert len(left) == 2
    assert all(0 < visitor.ttl(key) <= broker.KEY_EXPIRY for key in left)
    assert foreign(visitor) == UNTOUCHED


def test_ctrl_c_in_a_run_without_redis_says_nothing(begin):
    run = begin("compare", "rush-hour", "--set", "duration=300000")
    time.sleep(1.5)
    run.send_signal(signal.SIGINT)
    assert the_end(run) == (130, "", "")


def test_an_error_in_the_middle_of_a_run_leaves_no_key(own_server, visitor, tmp_path):
    (tmp_path / "busy.csv").write_text(BUSY)

    def progress(requests):
        for request in requests:
            if request == 9:
                assert keys(visitor)
                raise ZeroDivisionError("a student's own code")
            yield request

    with pytest.raises(ZeroDivisionError):
        simulate("slides", "async", workload=read(tmp_path / "busy.csv"), redis=own_server.url, progress=progress)
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


# disturbed


def test_a_server_that_is_stopped_in_the_middle_is_one_line(begin, own_server, visitor):
    run = paced(begin, own_server.url)
    wait_for_jobs(visitor)
    own_server.stop()
    assert f"redis at 127.0.0.1:{own_server.port}, database 0" in refused(run)


def test_a_thief_is_noticed(begin, own_server, visitor):
    run = paced(begin, own_server.url)
    visitor.rpop(wait_for_jobs(visitor))
    assert "somebody else changed this queue" in refused(run)
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


@pytest.mark.parametrize("job", ["\x1b[2J\nerror: boo", '{"class": "Kernel", "args": ["rm -rf /"]}'])
def test_a_stranger_who_adds_a_job_is_noticed(job, begin, own_server, visitor):
    run = paced(begin, own_server.url)
    visitor.rpush(wait_for_jobs(visitor), job)
    assert "somebody else changed this queue" in refused(run)
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


def test_a_job_added_where_it_is_taken_last_is_noticed_too(begin, own_server, visitor):
    run = paced(begin, own_server.url)
    visitor.lpush(wait_for_jobs(visitor), "{}")
    assert "somebody else changed this queue" in refused(run)
    assert (keys(visitor), foreign(visitor)) == ([], UNTOUCHED)


# not let in


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hunter2@127.0.0.1:{port}/0",
        "redis://somebody:hunter2@127.0.0.1:{port}/0",
        "redis://127.0.0.1:{port}/0?password=hunter2",
        "redis://u:hunter2#sec@127.0.0.1:{port}/0",
        "redis://u:hunter2/x@127.0.0.1:{port}/0",
        "redis://:hunter2@127.0.0.1:1/0",
        "redis://:hunter2@127.0.0.1:{port}/hunter2",
        "env:redis://:hunter2@127.0.0.1",
        "env:SIM_URL",
        "http://:hunter2@127.0.0.1:{port}",
        "unix://:hunter2@/nosuch/redis.sock",
    ],
)
def test_no_password_is_told_whatever_is_wrong(url, locked_server, monkeypatch, capfd):
    monkeypatch.setenv("SIM_URL", f"redis://:hunter2@127.0.0.1:{locked_server.port}/0")
    assert main(["compare", "quiet", "--redis", url.format(port=locked_server.port)]) == 2
    out, err = capfd.readouterr()
    assert re.fullmatch("error: .+\n", err)
    assert not [word for word in ("hunter2", "sec") if word in out + err]


def test_the_right_password_opens_and_is_not_told_when_the_server_goes(begin, locked_server):
    run = paced(begin, "env:SIM_URL", SIM_URL=locked_server.url)
    client = redis.Redis.from_url(locked_server.url)
    wait_for_jobs(client)
    locked_server.stop()
    said = refused(run)
    assert not [piece for piece in ("horse", "battery", "staple", "correct") if piece in said]


def test_a_server_that_does_not_answer_is_given_up(own_server, monkeypatch, capsys):
    monkeypatch.setattr(broker, "ANSWER_WITHIN", 0.3)
    own_server.freeze()
    assert main(["compare", "quiet", "--redis", own_server.url]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "does not answer" in err
    assert len(err.splitlines()) == 1


# progress


def on_a_terminal(begin, *arguments, **options):
    """What a command writes to a terminal on stderr."""
    import fcntl
    import pty
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    run = begin(*arguments, stderr=follower, **options)
    os.close(follower)
    written = b""
    try:
        while piece := os.read(leader, 4096):
            written += piece
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(leader)
    assert run.wait(PATIENCE) == 0
    return written.decode()


@pytest.fixture
def slow_run(own_server):
    return "compare", "--set", "duration=60", "--redis", own_server.url, "--pace", "40"


def test_a_run_of_more_than_a_second_shows_a_bar_on_a_terminal(begin, slow_run):
    written = on_a_terminal(begin, *slow_run)
    assert "async:" in written
    assert "requests" in written
    assert "sync_same_slots" not in written  # it took no second


def test_a_quiet_run_shows_no_bar(begin, slow_run):
    written = on_a_terminal(begin, *slow_run, "--quiet")
    assert re.fullmatch(r"The jobs wait in the Redis list \S+\r\n", written)


def test_a_short_run_shows_no_bar(begin):
    assert on_a_terminal(begin, "compare", "quiet") == ""


@pytest.mark.parametrize(
    "command",
    [("sweep", "--vary", "threads=4,12"), ("replicate",), ("size", "--goal", "answered > 9")],
)
def test_many_runs_show_a_bar_on_a_terminal(command, begin):
    at_once = "from sim.cli import common, main; common.BAR_AFTER = 0; raise SystemExit(main())"
    written = on_a_terminal(begin, *command, "--replications", "3", program=("-c", at_once))
    assert f"{command[0]}:" in written
    assert "runs" in written
