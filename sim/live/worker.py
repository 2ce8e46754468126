"""The worker, a program: threads that take Sidekiq's jobs from Redis. TERM gives back what runs, -9 loses it.

With `--reliable` a job waits in a list of the worker's own until it is done (BLMOVE), and the next worker puts back
what a dead one has left, once that one's heartbeat has expired. Quiet and Stop in Sidekiq's Web UI work.

Of several queues a thread takes from the first that has a job, as they are listed (`-q mail -q reports`), or, with
weights (`-q mail,5 -q reports,1`), as they are shuffled for each job; `--capsule reports,2` are threads for one queue.
"""

import argparse
import json
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .events import all_told, start, tell
from .jobs import QUEUE, Heart, Jobs, connected, queue_of
from .work import Told

LOOK = 0.05  # s between two looks for what is due or left behind, where nothing else is asked for
LOOK_AROUND = 0.005  # s between two looks into several queues, where no command waits for a job of any of them
CHANCE = secrets.SystemRandom()


@dataclass(frozen=True)
class Pool:
    """Threads that take from the same queues, each with its weight (0: first come those that are listed first)."""

    threads: int
    queues: tuple[tuple[str, float], ...]

    def order(self) -> list[str]:
        """The queues for the next job, the first that has one to be taken from; heavy ones are early more often."""
        if not any(weight for _, weight in self.queues):
            return [name for name, _ in self.queues]
        return [name for name, _ in sorted(self.queues, key=lambda queue: CHANCE.expovariate(queue[1] or 1))]


def pools_of(args: argparse.Namespace) -> list[Pool]:
    """The threads for all queues but those that have their own, then these, as they are listed."""
    own = [Pool(int(threads), ((name, 0.0),)) for name, threads in args.capsule]
    shared = tuple(args.queue) or (() if own else ((QUEUE, 0.0),))
    return [Pool(args.threads, shared), *own] if shared else own


class Worker:
    """Its threads, and the jobs that they hold: text and since when, by the thread's number."""

    def __init__(self, jobs: Jobs, told: Told, args: argparse.Namespace) -> None:
        self.jobs, self.told, self.args, self.client = jobs, told, args, jobs.client
        self.identity = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(6)}"
        self.quiet, self.stops, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.looks = threading.Lock()
        self.busy: dict[int, tuple[bytes, float]] = {}
        self.done = self.failed = 0

    def fetch(self, pool: Pool) -> bytes | None:
        """The next job, within a second."""
        if self.args.reliable:
            return self._fetch_reliably(pool)
        taken = self.client.brpop([self.jobs.list_of(name) for name in pool.order()], 1)
        return taken[1] if taken else None

    def _fetch_reliably(self, pool: Pool) -> bytes | None:
        """The next job, moved; BLMOVE waits at one list only, so of several threads one looks, and the others wait."""
        if len(pool.queues) == 1:
            (name, _), *_ = pool.queues
            text: bytes | None = self.client.blmove(*self._ways(name), 1, "RIGHT", "LEFT")
            return text
        with self.looks:
            end, text = time.monotonic() + 1, None
            while text is None and not self.quiet.is_set() and time.monotonic() < end:
                moved = (self.client.lmove(*self._ways(name), "RIGHT", "LEFT") for name in pool.order())
                text = next(filter(None, moved), None)
                if text is None:
                    time.sleep(LOOK_AROUND)
            return text

    def _ways(self, queue: str) -> tuple[str, str]:
        return self.jobs.list_of(queue), self.jobs.private(self.identity, queue)

    def let_go(self, text: bytes) -> None:
        """The job needs no keeping any more."""
        if self.args.reliable:
            self.client.lrem(self.jobs.private(self.identity, queue_of(text)), 1, text)

    def work(self, place: int, pool: Pool) -> None:
        """Take one job after another until the worker is quiet or stops."""
        while not self.quiet.is_set():
            text = self.fetch(pool)
            if text is None:
                continue
            if self.quiet.is_set():  # it came too late
                self.jobs.give_back([text])
                self.let_go(text)
                return
            with self.lock:
                self.busy[place] = (text, time.time())
            self.perform(place, text)

    def perform(self, place: int, text: bytes) -> None:
        """Do one job, which leaves `busy` only when it is done."""
        job = json.loads(text)
        name, seconds = job["args"]
        tell("picked_up", request_id=name, place=place)
        seconds, succeeds = self.told.call(name, seconds)
        time.sleep(seconds / self.args.scale)
        with self.lock:
            if self.busy.pop(place, None) is None:
                return  # it was given back meanwhile
            self.done += 1
            self.failed += not succeeds
            tell("completed" if succeeds else "failed", request_id=name, place=place)
        if not succeeds:
            self._try_again(name, job)
        elif self.args.results:
            self.jobs.finish(name)
        self.let_go(text)

    def _try_again(self, name: str, job: dict[str, Any]) -> None:
        count = job.get("retry_count", -1) + 1
        base, spread = self.args.delays[min(count, len(self.args.delays) - 1)]
        wait = (base + spread * secrets.randbelow(2**32) / 2**32) / self.args.scale
        again = self.jobs.retry(job, "the service behind does not answer", self.args.retries, wait)
        tell("retries" if again else "died", request_id=name)

    def look(self) -> None:
        """Push what is due, now and then, as long as the worker takes jobs."""
        while not self.quiet.is_set():
            for name in self.jobs.push_due():
                tell("enqueued", request_id=name)
            self._recover()
            spread = secrets.randbelow(1024) / 1024 + 0.5
            self.quiet.wait(max(LOOK, self.args.look * spread / self.args.scale))

    def _recover(self) -> None:
        """Put back what a worker left behind whose heart has stopped, what it had taken first at the very head."""
        for member in self.client.smembers(self.jobs.key("private")) if self.args.reliable else ():
            identity = member.decode()
            if identity == self.identity or self.client.exists(self.jobs.key(identity)):
                continue
            for queue in self.jobs.queues:
                while text := self.client.lmove(
                    self.jobs.private(identity, queue), self.jobs.list_of(queue), "LEFT", "RIGHT"
                ):
                    tell("recovered", request_id=json.loads(text)["args"][0])
            self.client.srem(self.jobs.key("private"), identity)

    def beat(self, heart: Heart) -> None:
        """Say so every now and then, and hear the Web UI."""
        while not self.stops.is_set():
            with self.lock:
                busy, done, failed = dict(self.busy), self.done, self.failed
                self.done = self.failed = 0
            asked = heart.beat(busy, done, failed, self.quiet.is_set())
            if asked in ("TSTP", "TERM"):
                tell("asked", what=asked)
                self.quiet.set()
            if asked == "TERM":
                self.stops.set()
            self.stops.wait(min(1.0, heart.expiry / 4))

    def stop(self, grace: float) -> int:
        """Wait `grace` seconds for what runs and give the rest back to the head of the queue; returns how many."""
        end = time.monotonic() + grace
        while self.busy and time.monotonic() < end:
            time.sleep(0.01)
        with self.lock:
            held = [text for text, _ in sorted(self.busy.values(), key=lambda job: job[1])]
            self.busy.clear()
        self.jobs.give_back(held)
        for text in held:
            self.let_go(text)
        return len(held)


def _delays(text: str) -> list[tuple[float, float]]:
    pairs = [part.partition(":") for part in text.split(",")]
    return [(float(base), float(spread)) for base, _, spread in pairs]


def _named(text: str) -> tuple[str, float]:
    name, _, number = text.partition(",")
    return name, float(number or 0)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.worker", description=__doc__)
    parser.add_argument("--threads", type=int, default=5)
    parser.add_argument(
        *("-q", "--queue"), type=_named, action="append", default=[], help=f"a queue, and its weight (-q {QUEUE})"
    )
    parser.add_argument(
        "--capsule", type=_named, action="append", default=[], help="a queue, and the threads that serve it alone"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--grace", type=float, default=25.0, help="wall seconds that a TERM leaves to what runs (25)")
    parser.add_argument("--reliable", action="store_true", help="take jobs by BLMOVE: a kill loses none")
    parser.add_argument("--expiry", type=float, default=60.0, help="wall seconds that a heartbeat is good for (60)")
    parser.add_argument("--retries", type=int, default=25, help="so often a failed job is run again (25)")
    parser.add_argument(
        "--delays", type=_delays, default=[(15.0, 10.0)], help="simulated seconds before each retry, base:spread,..."
    )
    parser.add_argument("--look", type=float, default=0.0, help="simulated seconds between looks for what is due (0)")
    parser.add_argument("--results", action="store_true", help="note whose report is there, for who asks")
    parser.add_argument("--waits", action="store_true", help="be ready, and take jobs once stdin says `go`")
    args = parser.parse_args()
    pools, told = pools_of(args), Told()
    jobs = connected([name for pool in pools for name, _ in pool.queues])
    worker = Worker(jobs, told, args)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stops.set())
    start(told.hear)
    if args.waits:
        jobs.client.ping()
        tell("ready", identity=worker.identity)
        while not (worker.stops.is_set() or told.goes.wait(0.2)):
            pass
        if worker.stops.is_set():  # it has taken nothing
            tell("stopped", returned=0)
            all_told()
            return
    slots = [pool for pool in pools for _ in range(pool.threads)]
    heart = Heart(jobs, worker.identity, len(slots), args.expiry)
    heart.beat({}, 0, 0, quiet=False)
    if args.reliable:
        jobs.client.sadd(jobs.key("private"), worker.identity)
    work = [partial(worker.work, place, pool) for place, pool in enumerate(slots)]
    runs: list[Callable[[], None]] = [*work, worker.look, partial(worker.beat, heart)]
    for run in runs:
        threading.Thread(target=run, daemon=True).start()
    if not args.waits:
        tell("ready", identity=worker.identity)
    while not worker.stops.wait(0.2):
        pass
    worker.quiet.set()
    returned = worker.stop(args.grace)
    heart.stop()
    tell("stopped", returned=returned)
    all_told()
    os._exit(0)


if __name__ == "__main__":
    main()
