"""Mishaps for real, at their instants: the worker killed (-9) or deployed (TERM) and brought back, the service down.

Which calls fail by chance is the model's luck, told beforehand: so both meet the same failures.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ..draws import Luck
from ..failures.ways import queue_numbers
from ..scenario import Scenario
from ..workload import Workload
from .events import sleep_until
from .program import Program
from .stack import Stack
from .work import called

# what real programs here can do; the rest of the rules are refused by name
ANYBODY = frozenset({"worker_stops", "outages", "client_retries", "queues"})
WAITRESS = frozenset({"backlog_limit", "service_timeout"})
OURS = frozenset({"failure_fraction", "result"})
WHY = {
    "cores": "its threads wait, and do not compute",
    "result": "nobody there pushes to a browser",
}
MOST_RETRIES = 20
MOST_CALLS = 100  # of a visit, whose fate is told


def refuse(scenario: Scenario, web: str = "waitress", worker: str = "ours", workload: Workload | None = None) -> None:
    """Raise ValueError for what the real programs cannot do, or for requests whose queues nobody serves."""
    for name in scenario.beyond:
        if name in WAITRESS and web != "waitress":
            raise ValueError(f"--web {web} with {name}: it knows no such limit; allowed: --web waitress")
        if name in OURS and (web != "waitress" or worker != "ours"):
            raise ValueError(f"--web {web} --worker {worker} with {name}: allowed: --web waitress --worker ours")
        if name not in ANYBODY | WAITRESS | OURS or scenario.result == "push":
            said = f"{name} = {getattr(scenario, name)!r}: not with the live lab"
            raise ValueError(f"{said}: {WHY.get(name, 'it has no such rule')}; allowed: compare, or none")
    if workload is not None:
        queue_numbers(workload, scenario)
    if worker == "sidekiq":
        if scenario.fetch == "reliable":
            raise ValueError('--worker sidekiq with fetch = "reliable": that is Sidekiq Pro; allowed: --worker ours')
        _refuse_queues(scenario)
    if scenario.client_retries > MOST_RETRIES:
        raise ValueError(f"client_retries = {scenario.client_retries}: allowed with the live lab: up to {MOST_RETRIES}")
    if scenario.on_timeout == "kill":
        raise ValueError("on_timeout kill: no web server here kills a thread; allowed: finish_started, finish_all")


def _refuse_queues(scenario: Scenario) -> None:
    """Raise ValueError for queues that genuine Sidekiq cannot be told by its flags."""
    for queue in scenario.queues:
        if queue.workers is not None:
            raise ValueError(
                f"--worker sidekiq with workers = {queue.workers} of the queue {queue.name}: Sidekiq 6 has no capsules;"
                " allowed: --worker ours"
            )
        if queue.weight is not None and not queue.weight.is_integer():
            raise ValueError(
                f"--worker sidekiq with weight = {queue.weight:g} of the queue {queue.name}: allowed: whole numbers"
            )


def failing_calls(scenario: Scenario, visits: Iterable[int], count: int) -> Iterator[str]:
    """Which calls of these visits, of so many in all, fail by the model's luck, as `work.Told` hears it."""
    share, luck = scenario.failure_fraction, Luck(scenario.seed, count)
    most = min(MOST_CALLS, scenario.job_retries + scenario.client_retries + len(scenario.worker_stops) + 1)
    for visit in visits if share else ():
        if numbers := [str(number) for number in range(1, most + 1) if luck.failure(number, visit) < share]:
            yield f"fails {visit} {','.join(numbers)} {_seconds(scenario.failure_time)}"


def _seconds(wait: float | None) -> str:
    return "-" if wait is None else f"{wait:.6f}"


class Mishaps:
    """What goes wrong with a stack, by itself at the scenario's instants (`begin`), or when a button says so."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.scenario, self.scale = stack, stack.scenario, stack.scale
        self._lock, self._is_away = threading.Lock(), False
        self._over = threading.Event()

    def begin(self, zero: float) -> None:
        """From now on what the scenario says happens when it says so, until `end`."""
        self._over = threading.Event()
        for at, how in self.scenario.worker_stops:
            self._at(zero + at / self.scale, partial(self._stop_in_turn, how))
        for from_at, until_at in self.scenario.outages:
            self._at(zero + from_at / self.scale, self.service_down)
            self._at(zero + until_at / self.scale, self.service_up)

    def end(self) -> None:
        """What has not happened by now does not happen to others later, and an outage does not outlast its requests."""
        self._over.set()
        if self.scenario.outages and self.stack.told_service != "up":
            self.service_up()

    def _at(self, instant: float, do: Callable[[], object]) -> None:
        over = self._over

        def wait() -> None:
            if not over.wait(max(0.0, instant - time.perf_counter())):
                do()

        threading.Thread(target=wait, daemon=True).start()

    def service_down(self) -> None:
        """Calls that begin from now on fail."""
        self._tell_service(f"down {_seconds(self.scenario.failure_time)}")
        self.stack.say("service_down")

    def service_up(self) -> None:
        """And from now on succeed."""
        self._tell_service("up")
        self.stack.say("service_up")

    def _tell_service(self, line: str) -> None:
        self.stack.told_service = line
        for program in self.stack.programs:
            if program.name in ("web", "worker") and not program.spared:
                program.say(line)

    def _stop_in_turn(self, how: str) -> None:
        """The scenario's stop, at once when the worker is back that the one before has stopped."""
        over = self._over
        while not (self.stop_worker(how) or over.wait(0.01)):
            pass

    def stop_worker(self, how: str) -> bool:
        """Kill the worker (-9) or deploy it (TERM), and bring it back; False while it is away already."""
        with self._lock:
            if self._is_away:
                return False
            self._is_away, worker = True, self.stack.named("worker")
            worker.spared = True
        if how == "kill" or sys.platform == "win32":
            worker.process.kill()
        else:
            worker.process.send_signal(signal.SIGTERM)
        stopped = time.perf_counter()
        self.stack.say("worker_stopped", how=how)
        threading.Thread(target=self._bring_back, args=(worker, how, stopped), daemon=True).start()
        return True

    def _bring_back(self, old: Program, how: str, stopped: float) -> None:
        prompt = self.stack.choice.worker == "ours"
        new = self.stack.start_worker(waits=True) if prompt else None
        old.process.wait()
        gone = stopped if how == "kill" else time.perf_counter()
        self.stack.say("worker_gone", how=how)
        sleep_until(gone + self.scenario.restart_time / self.scale)
        new = new or self.stack.start_worker()
        new.ready.wait()
        made = [event["request_id"] for event in self.stack.round if event["event"] == "picked_up"]
        new.say(*self.stack.told_calls, *called(made), self.stack.told_service, "go")
        self._is_away = False
        self.stack.say("worker_back")
