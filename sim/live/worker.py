"""The worker, a program: threads that take Sidekiq's jobs from Redis. TERM gives back what runs, -9 loses it.

With `--reliable` a job waits in a list of the worker's own until it is done (BLMOVE), and the next worker puts back
what a dead one has left, once that one's heartbeat has expired. Quiet and Stop in Sidekiq's Web UI work.
"""

import argparse
import json
import os
import secrets
import signal
import socket
import threading
import time
from typing import Any

from .events import start, tell
from .jobs import Heart, Jobs, connected
from .work import Told

LOOK = 0.05  # s between two looks for what is due or left behind, where nothing else is asked for


class Worker:
    """Its threads, and the jobs that they hold: text and since when, by the thread's number."""

    def __init__(self, jobs: Jobs, told: Told, args: argparse.Namespace) -> None:
        self.jobs, self.told, self.args, self.client = jobs, told, args, jobs.client
        self.identity = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(6)}"
        self.own = self._own(self.identity)
        self.quiet, self.stops, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.busy: dict[int, tuple[bytes, float]] = {}
        self.done = self.failed = 0

    def _own(self, identity: str) -> str:
        return f"{self.jobs.queue}:private:{identity}"

    def fetch(self) -> bytes | None:
        """The next job, within a second."""
        if self.args.reliable:
            text: bytes | None = self.client.blmove(self.jobs.queue, self.own, 1, "RIGHT", "LEFT")
            return text
        taken = self.client.brpop([self.jobs.queue], 1)
        return taken[1] if taken else None

    def let_go(self, text: bytes) -> None:
        """The job needs no keeping any more."""
        if self.args.reliable:
            self.client.lrem(self.own, 1, text)

    def work(self, place: int) -> None:
        """Take one job after another until the worker is quiet or stops."""
        while not self.quiet.is_set():
            text = self.fetch()
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
            while text := self.client.lmove(self._own(identity), self.jobs.queue, "LEFT", "RIGHT"):
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


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.worker", description=__doc__)
    parser.add_argument("--threads", type=int, default=5)
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
    jobs, told = connected(), Told()
    worker = Worker(jobs, told, args)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stops.set())
    start(told.hear)
    if args.waits:
        jobs.client.ping()
        tell("ready", identity=worker.identity)
        told.goes.wait()
    heart = Heart(jobs, worker.identity, args.threads, args.expiry)
    heart.beat({}, 0, 0, quiet=False)
    if args.reliable:
        jobs.client.sadd(jobs.key("private"), worker.identity)
    work = [lambda place=place: worker.work(place) for place in range(args.threads)]
    for run in (*work, worker.look, lambda: worker.beat(heart)):
        threading.Thread(target=run, daemon=True).start()
    if not args.waits:
        tell("ready", identity=worker.identity)
    while not worker.stops.wait(0.2):
        pass
    worker.quiet.set()
    returned = worker.stop(args.grace)
    heart.stop()
    tell("stopped", returned=returned)
    time.sleep(0.1)  # the last line is written
    os._exit(0)


if __name__ == "__main__":
    main()
