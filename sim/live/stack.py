"""The programs together: each is started, heard, watched and stopped; none outlives us, and none dies unnoticed."""

import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Self

from ..broker import connect
from ..crowd import raise_open_files
from ..redis_url import failure, place
from ..scenario import Scenario
from .jobs import PREFIX, QUEUE, WHERE, Jobs, client_of
from .program import Program, ProgramEndedError, answers, environment, free_ports, ours

READY_WITHIN = 30.0  # wall seconds: far more than a slow machine needs
STOPPED_WITHIN = 2.0
SERVERS = ("redis-server", "valkey-server")
WEBS = {"waitress": "", "puma": "puma"}  # by the program that must be there
WORKERS = {"ours": "", "sidekiq": "sidekiq"}
RETRIES_TOLD = 30  # delays of the first ones; later ones wait as long as the last


@dataclass(frozen=True)
class Choice:
    """Which programs, and where they listen. `redis`: auto, server, fake, or where a given server is."""

    redis: str = "auto"
    web: str = "waitress"
    worker: str = "ours"
    host: str = "127.0.0.1"
    port: int = 0
    control: int = 0

    @property
    def given(self) -> bool:
        """Whether the Redis is somebody else's."""
        return self.redis not in ("auto", "server", "fake")

    def check(self, on_timeout: str) -> None:
        """Raise ValueError for what is not there or does not go together."""
        for flag, name, known in (("--web", self.web, WEBS), ("--worker", self.worker, WORKERS)):
            if name not in known:
                raise ValueError(f"{flag} {name}: allowed: {', '.join(known)}")
            if known[name] and not shutil.which(known[name]):
                raise ValueError(f"{flag} {name}: there is no {known[name]} in PATH; allowed: {next(iter(known))}")
            if known[name] and self.given:
                raise ValueError(
                    f"{flag} {name} on a given Redis: it knows no prefix, and queue:default may be somebody's;"
                    " allowed: --redis auto, server or fake"
                )
            if known[name] and not sys.platform.startswith("linux"):
                raise ValueError(f"{flag} {name}: its clock is Python's on Linux only; allowed: {next(iter(known))}")
        if self.given:
            failure(connect(self.redis).close)
        if self.web == "puma" and on_timeout != "finish_started":
            raise ValueError(f"--web puma with on_timeout {on_timeout}: behind this router it is finish_started")


class Stack:
    """A context manager: all programs for a scenario, ready; `events` grows as they speak, `tell` hears each."""

    def __init__(
        self,
        scenario: Scenario,
        scale: float,
        choice: Choice | None = None,
        tell: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.scenario, self.scale, self.choice = scenario, scale, choice or Choice()
        self.choice.check(scenario.on_timeout)
        self.events: list[dict[str, Any]] = []
        self.programs: list[Program] = []
        self.told_service, self.told_calls = "up", list[str]()
        self.begun = 0
        self._tell = tell
        self._server, self.redis_port = None, free_ports(1)[0]
        queues = [queue.name for queue in scenario.queues] or [QUEUE]
        if self.choice.given:
            client = connect(self.choice.redis)
            self.jobs, self.redis = (
                Jobs(client, f"live:{secrets.token_hex(4)}:", queues),
                place(client).removeprefix("redis at "),
            )
        else:
            self._server = _server(self.choice.redis)
            self.jobs = Jobs(client_of(f"redis://127.0.0.1:{self.redis_port}/0"), queues=queues)
            self.redis = os.path.basename(self._server) if self._server else "fakeredis"

    def _hear(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if self._tell:
            self._tell(event)

    @property
    def round(self) -> list[dict[str, Any]]:
        """What was heard since these requests began."""
        return self.events[self.begun :]

    def say(self, event: str, **more: Any) -> None:
        """An event of our own."""
        self._hear({"at": time.perf_counter(), "event": event, "from": "lab", **more})

    def __enter__(self) -> Self:
        raise_open_files()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        web, port = free_ports(2)
        self.port = self.choice.port or port
        url = f"redis://127.0.0.1:{self.redis_port}/0"
        if self.choice.given:
            where = self.choice.redis
            url = os.environ[where[4:]] if where.startswith("env:") else where
        else:
            self.start(
                "redis_server", "--port", str(self.redis_port), *(["--program", self._server] if self._server else [])
            )
        self._environment = environment(**{WHERE: url, PREFIX: self.jobs.prefix, "LIVE_SCALE": repr(self.scale)})
        self._start_web(web)
        self._start_router(web)
        self.until(lambda: self.programs[0].ready.is_set(), READY_WITHIN)
        self.start_worker()
        self.until(lambda: all(program.ready.is_set() for program in self.programs) and answers(web), READY_WITHIN)

    def _start_web(self, port: int) -> None:
        threads = str(self.scenario.threads)
        if self.choice.web == "puma":
            words = ["-q", "-t", f"{threads}:{threads}", "-e", "production"]
            self._run("web", ["puma", *words, "-b", f"tcp://127.0.0.1:{port}?backlog=1024", _ruby("config.ru")])
            return
        words = ["--threads", threads, "--on-timeout", self.scenario.on_timeout, "--scale", repr(self.scale)]
        for name in ("backlog_limit", "service_timeout"):
            limit = getattr(self.scenario, name)
            words += [] if limit is None else [f"--{name.replace('_', '-')}", repr(limit)]
        self._run("web", ours("web", "--port", str(port), *words))

    def _start_router(self, web: int) -> None:
        words = ["--host", self.choice.host, "--port", str(self.port), "--app", str(web)]
        limit = ["--limit", repr(self.scenario.timeout / self.scale)]
        self.start("router", *words, *limit, *(["--control", str(self.choice.control)] if self.choice.control else []))

    def start(self, name: str, *words: str) -> Program:
        """Start one of the lab's own programs."""
        return self._run(name, ours(name, *words), environment())

    def _run(self, name: str, command: list[str], variables: dict[str, str] | None = None) -> Program:
        program = Program(name, command, variables or self._environment, self._hear)
        self.programs.append(program)
        return program

    def start_worker(self, *, waits: bool = False) -> Program:
        """Start a worker application; with `waits` it is ready and takes jobs when it is told to `go`."""
        scenario, scale = self.scenario, self.scale
        grace = scenario.shutdown_time / scale
        if self.choice.worker == "sidekiq":
            words = ["-c", str(scenario.workers), "-t", str(max(1, round(grace))), "-e", "production"]
            return self._run("worker", ["sidekiq", "-r", _ruby("live.rb"), *words, *_queues(scenario)])
        delay = scenario.job_retry_delay
        bounds = [(delay.seconds_before(k, 0.0), delay.seconds_before(k, 1.0)) for k in range(1, RETRIES_TOLD)]
        words = ["--threads", str(scenario.workers), "--scale", repr(scale), "--grace", repr(grace)]
        words += ["--retries", str(scenario.job_retries), "--look", repr(scenario.retry_poll_time)]
        words += ["--delays", ",".join(f"{low:g}:{high - low:g}" for low, high in bounds)]
        words += ["--expiry", repr(max(1.0, scenario.recovery_time / scale))]
        words += ["--results"] if scenario.result == "polling" else []
        words += ["--reliable"] if scenario.fetch == "reliable" else []
        words += _queues(scenario)
        return self._run("worker", ours("worker", *words, *(["--waits"] if waits else [])))

    def jobs_left(self) -> int:
        """How many jobs wait in Redis: in the queue, for a retry, or with a worker that took them reliably.

        Raises ProgramEndedError where a given Redis does not say so; the end of our own is seen by `until`.
        """
        left, trouble = failure(self._count_jobs)
        if trouble and self.choice.given:
            raise ProgramEndedError(f"redis at {self.redis}: {trouble}")
        return 1 if left is None else left

    def _count_jobs(self) -> int:
        with self.jobs.client.pipeline() as together:
            for name in self.jobs.lists(self._identities()):
                together.llen(name)
            together.zcard(self.jobs.key("retry"))
            return sum(together.execute())

    def _identities(self) -> list[str]:
        return [event["identity"] for event in self.events if "identity" in event]

    def named(self, name: str) -> Program:
        """The newest program of that name."""
        return next(program for program in reversed(self.programs) if program.name == name)

    def until(self, done: Callable[[], bool], seconds: float = float("inf")) -> None:
        """Wait, and raise ProgramEndedError if one of the programs ends meanwhile, or if it takes too long."""
        end = time.monotonic() + seconds
        while not done():
            for program in self.programs:
                if program.ended is not None and not (program.name == "load" and program.ended == 0):
                    raise ProgramEndedError(program.obituary)
            if time.monotonic() > end:
                raise ProgramEndedError(f"the programs did not do within {seconds:g} s what they were asked")
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        for program in self.programs:
            program.hang_up()
        end = time.monotonic() + STOPPED_WITHIN
        for program in self.programs:
            program.wait(end - time.monotonic())
        if self.choice.given:
            failure(lambda: self.jobs.remove(self._identities()))
        elif self._server and answers(self.redis_port):  # its keeper was killed, and it has no lifeline of its own
            failure(lambda: self.jobs.client.shutdown(nosave=True))
        failure(self.jobs.client.close)


def _queues(scenario: Scenario) -> list[str]:
    """Which queues a worker takes from, as Sidekiq is told it; those of a capsule it is told in our words."""
    words = []
    for queue in scenario.queues:
        if queue.workers is not None:
            words += ["--capsule", f"{queue.name},{queue.workers}"]
        else:
            words += ["-q", queue.name + ("" if queue.weight is None else f",{queue.weight:.17g}")]
    return words


def _ruby(name: str) -> str:
    return str(Path(str(resources.files(__package__))) / "ruby" / name)


def _server(redis: str) -> str | None:
    if redis == "fake":
        return None
    found = next(filter(None, map(shutil.which, SERVERS)), None)
    if redis == "server" and not found:
        raise ValueError("--redis server: there is no redis-server and no valkey-server; allowed: --redis fake")
    return found
