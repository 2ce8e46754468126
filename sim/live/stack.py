"""The programs together: each is started, heard, watched and stopped; none outlives us, and none dies unnoticed."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from ..scenario import Scenario
from .web import WHERE

READY_WITHIN = 30.0  # wall seconds: far more than a slow machine needs
STOPPED_WITHIN = 2.0
SERVERS = ("redis-server", "valkey-server")


class ProgramEndedError(RuntimeError):
    """One line: a program of the lab ended unasked."""


class Program:
    """A child: stdin is its lifeline, stdout its events, stderr what is told if it dies."""

    def __init__(self, name: str, words: list[str], environment: dict[str, str], hear: Callable[[Any], None]) -> None:
        self.name, self.ready, self.said = name, threading.Event(), b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"sim.live.{name}", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=sys.platform != "win32",  # the terminal's Ctrl-C is for us alone
        )
        self._threads = [threading.Thread(target=work, daemon=True) for work in (lambda: self._hear(hear), self._note)]
        for thread in self._threads:
            thread.start()

    def _hear(self, hear: Callable[[Any], None]) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "ready":
                self.ready.set()
            hear(event)

    def _note(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said = line.strip() or self.said

    def say(self, text: str) -> None:
        """Write to its stdin."""
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def hang_up(self) -> None:
        """End its lifeline."""
        assert self.process.stdin
        with contextlib.suppress(OSError):  # it may have gone already
            self.process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait for its end and for its last words; it is killed after so many seconds."""
        try:
            self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


class Stack:
    """A context manager: all programs for a scenario, ready; `events` grows as they speak."""

    def __init__(self, scenario: Scenario, scale: float, redis: str = "auto") -> None:
        self.scenario, self.scale = scenario, scale
        self.events: list[dict[str, Any]] = []
        self.programs: list[Program] = []
        self.server = _server(redis)
        self.redis = os.path.basename(self.server) if self.server else "fakeredis"

    def __enter__(self) -> Self:
        _raise_open_files()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        redis, web, self.port = _free_ports(3)
        environment = {**os.environ, WHERE: f"redis://127.0.0.1:{redis}/0"}
        scale, scenario = ["--scale", repr(self.scale)], self.scenario
        program = ["--program", self.server] if self.server else []
        threads = ["--threads", str(scenario.threads), "--on-timeout", scenario.on_timeout]
        router = ["--app", str(web), "--limit", repr(scenario.timeout / self.scale)]
        self.start("redis_server", ["--port", str(redis), *program], environment)
        self.start("web", ["--port", str(web), *threads, *scale], environment)
        self.start("router", ["--port", str(self.port), *router], environment)
        self.until(lambda: self.programs[0].ready.is_set(), READY_WITHIN)
        self.start("worker", ["--threads", str(scenario.workers), *scale], environment)
        self.until(lambda: all(program.ready.is_set() for program in self.programs), READY_WITHIN)

    def start(self, name: str, words: list[str], environment: dict[str, str] | None = None) -> Program:
        """Start one program."""
        program = Program(name, words, environment or dict(os.environ), self.events.append)
        self.programs.append(program)
        return program

    def until(self, done: Callable[[], bool], seconds: float = float("inf"), spared: str = "load") -> None:
        """Wait, and raise ProgramEndedError if one of the programs ends meanwhile, or if it takes too long."""
        end = time.monotonic() + seconds
        while not done():
            for program in self.programs:
                status = program.process.poll()
                if status is not None and (program.name != spared or status):
                    said = program.said.decode(errors="replace")
                    raise ProgramEndedError(f"the {program.name} ended unasked (status {status}){said and ': ' + said}")
            if time.monotonic() > end:
                raise ProgramEndedError(f"the programs did not do within {seconds:g} s what they were asked")
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        for program in self.programs:
            program.hang_up()
        end = time.monotonic() + STOPPED_WITHIN
        for program in self.programs:
            program.wait(end - time.monotonic())


def _server(redis: str) -> str | None:
    if redis == "fake":
        return None
    found = next(filter(None, map(shutil.which, SERVERS)), None)
    if redis == "server" and not found:
        raise ValueError("--redis server: there is no redis-server and no valkey-server; allowed: --redis fake")
    return found


def _free_ports(count: int) -> list[int]:
    trials = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [trial.getsockname()[1] for trial in trials]
    for trial in trials:
        trial.close()
    return ports


def _raise_open_files(wanted: int = 8192) -> None:
    """The router needs two open files for each request that waits, and macOS allows 256."""
    if sys.platform != "win32":
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        if now != resource.RLIM_INFINITY and now < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
