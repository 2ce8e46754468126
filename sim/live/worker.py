"""The worker, a program: threads that take Sidekiq's jobs from Redis. TERM gives back what runs, -9 loses it."""

import argparse
import json
import os
import signal
import threading
import time
from typing import Any

from .events import start, tell
from .web import WHERE

QUEUE = "queue:default"


class Worker:
    """Its threads, and the jobs that they hold: the text of each by the thread's number."""

    def __init__(self, client: Any, scale: float) -> None:
        self.client, self.scale = client, scale
        self.stops, self.busy, self.lock = threading.Event(), dict[int, bytes](), threading.Lock()

    def work(self, place: int) -> None:
        """Take one job after another until the worker stops."""
        while not self.stops.is_set():
            taken = self.client.brpop([QUEUE], 1)
            if taken is None:
                continue
            with self.lock:
                self.busy[place] = taken[1]
            if not self.stops.is_set():
                self.perform(place, taken[1])

    def perform(self, place: int, text: bytes) -> None:
        """Do one job, which leaves `busy` only when it is done."""
        name, seconds = json.loads(text)["args"]
        tell("picked_up", request_id=name, place=place)
        time.sleep(seconds / self.scale)
        with self.lock:
            if self.busy.pop(place, None) is not None:
                tell("completed", request_id=name, place=place)

    def stop(self, grace: float) -> int:
        """Wait `grace` seconds for what runs and give the rest back to the head of the queue; returns how many."""
        end = time.monotonic() + grace
        while self.busy and time.monotonic() < end:
            time.sleep(0.01)
        with self.lock:
            held = list(self.busy.values())
            self.busy.clear()
        if held:
            self.client.rpush(QUEUE, *reversed(held))  # the last one pushed is the first one taken
        return len(held)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m sim.live.worker", description=__doc__)
    parser.add_argument("--threads", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--grace", type=float, default=25.0, help="seconds that a TERM leaves to what runs (25)")
    args = parser.parse_args()
    import redis

    worker = Worker(redis.Redis.from_url(os.environ[WHERE], protocol=2), args.scale)
    signal.signal(signal.SIGTERM, lambda *_: worker.stops.set())
    start()
    for place in range(args.threads):
        threading.Thread(target=worker.work, args=(place,), daemon=True).start()
    tell("ready")
    while not worker.stops.wait(0.2):
        pass
    tell("stopped", returned=worker.stop(args.grace))
    time.sleep(0.1)  # the last line is written
    os._exit(0)


if __name__ == "__main__":
    main()
