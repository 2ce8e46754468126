"""What happened to each request: the turns at the two pools, and the columns and times derived from them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from .turns import ANSWERED, KILLED, OUTCOMES, SKIPPED, Codes, Ids, Slots, Turns, last_left, no_pool
from .units import Seconds
from .workload import Flags

KINDS = ("page", "report", "poll")
PAGE, REPORT, POLL = range(len(KINDS))
STATUSES = ("ok", "timed_out", "rejected", "failed")
OK, TIMED_OUT, REJECTED, FAILED = range(len(STATUSES))
ONE_QUEUE = ("default",)


@dataclass(frozen=True)
class Records:
    """The turns of a run, and columns with a row per request in the order of arrival: seconds; NaN has not happened.

    `at_threads` has a turn of every request, `at_workers` one of every run of a job (no pool, where a cycle has no
    workers). Nothing else is kept: all columns are made from these.
    """

    cycle: str
    timeout: float
    is_report: Flags
    at_threads: Turns
    at_workers: Turns

    def __len__(self) -> int:
        return len(self.at_threads)

    @property
    def threads(self) -> int:
        return self.at_threads.slots

    @property
    def workers(self) -> int:
        return self.at_workers.slots

    @property
    def arrived_at(self) -> Seconds:
        """When the router handed the request to the server."""
        return self.at_threads.came_at

    @property
    def started_at(self) -> Seconds:
        """When a thread began to work on the request."""
        return self._unless_skipped(self.at_threads.taken_at)

    @property
    def enqueued_at(self) -> Seconds:
        """When the request's job was in the queue."""
        return self._of_jobs(self.at_workers.came_at)

    @property
    def finished_at(self) -> Seconds:
        """When the thread was free again."""
        return self._unless_skipped(self.at_threads.left_at)

    @property
    def skipped_at(self) -> Seconds:
        """When a thread found that the client had gone."""
        return np.where(self.at_threads.outcome == SKIPPED, self.at_threads.taken_at, np.nan)

    @property
    def picked_up_at(self) -> Seconds:
        """When a worker took the job."""
        return self._of_jobs(self.at_workers.taken_at)

    @property
    def completed_at(self) -> Seconds:
        """When the job was done."""
        return self._of_jobs(self.at_workers.left_at)

    @property
    def thread(self) -> Slots | None:
        """The thread that served or skipped each request (None from the exact engine)."""
        return self.at_threads.slot

    @property
    def worker(self) -> Slots | None:
        """The worker that ran each request's job, -1 for none (None from the exact engine)."""
        slot = self.at_workers.slot
        if slot is None or self.at_threads.slot is None:
            return None
        return self.at_workers.per_request(slot, len(self), -1).astype(np.int32)

    def _unless_skipped(self, column: Seconds) -> Seconds:
        return np.where(self.at_threads.outcome == SKIPPED, np.nan, column)

    def _of_jobs(self, column: Seconds) -> Seconds:
        return self.at_workers.per_request(column, len(self), np.nan).astype(np.float64, copy=False)

    @property
    def deadline(self) -> Seconds:
        """When the router gives up on each request."""
        return self.arrived_at + self.timeout

    @property
    def timed_out(self) -> Flags:
        """Whether the client got an error: the deadline wins ties, and a skipped request never finished."""
        return np.not_equal(self.at_threads.outcome, ANSWERED)

    @property
    def killed(self) -> Flags:
        """Whether the request was cut off on its thread."""
        return np.equal(self.at_threads.outcome, KILLED)

    @property
    def responded_at(self) -> Seconds:
        """When the browser has its answer, good or bad."""
        return np.where(self.timed_out, self.deadline, self.at_threads.left_at)

    @property
    def response_time(self) -> Seconds:
        """From arrival until the browser has an answer, s; exactly the timeout for a timed-out request."""
        return self.responded_at - self.arrived_at

    @property
    def reached_at(self) -> Seconds:
        """When a thread reached the request, to start it or to skip it."""
        return self.at_threads.taken_at

    @property
    def waiting_time(self) -> Seconds:
        """From arrival until a thread reaches the request, s."""
        return self.at_threads.waited

    @property
    def client_served_at(self) -> Seconds:
        """When the client's report exists: with the job's end, or else with an answer in time; inf for never."""
        served_at = np.where(self.timed_out, np.inf, self.at_threads.left_at)
        served_at[self.at_workers.request_id] = self.at_workers.left_at
        return served_at

    @property
    def completion_time(self) -> Seconds:
        """From arrival until the client's report exists, s; inf for never. Means something for reports only."""
        return self.client_served_at - self.arrived_at

    @property
    def visit_id(self) -> Ids:
        """Whose request each is: the number of the visit."""
        return np.arange(len(self), dtype=np.int32)

    @property
    def attempt(self) -> Ids:
        """How many requests of its visit came before; of a poll, how many polls."""
        return np.zeros(len(self), dtype=np.int32)

    @property
    def kind(self) -> Codes:
        """What each request is, as numbers of KINDS."""
        return self.is_report.astype(np.int8)

    @property
    def status(self) -> Codes:
        """What each client was told, as numbers of STATUSES."""
        return np.where(self.timed_out, np.int8(TIMED_OUT), np.int8(OK))

    @property
    def queues(self) -> tuple[str, ...]:
        """The names of the queues of jobs."""
        return ONE_QUEUE

    @property
    def queue(self) -> Ids:
        """The number of the queue that each request's job was put into; -1: it has no job."""
        return np.where(np.isnan(self.enqueued_at), np.int32(-1), np.int32(0))

    @property
    def run_queue(self) -> Ids:
        """Of each turn at the workers, the number of the queue that it came from."""
        return np.zeros(len(self.at_workers), dtype=np.int32)

    @property
    def run_enqueued_at(self) -> Seconds:
        """Of each turn at the workers, when its job was last pushed; one that is put back keeps its instant."""
        return self.at_workers.came_at

    @property
    def died_at(self) -> Seconds:
        """When the request's job was given up."""
        return np.full(len(self), np.nan)

    @property
    def seen_at(self) -> Seconds:
        """When the client had the report: in SYNC with a good answer; where nobody tells it of its job, never."""
        mine = self.is_report & ~self.timed_out & (self.workers == 0)
        return np.where(mine, self.at_threads.left_at, np.nan)

    @property
    def at_cores(self) -> Turns:
        """The turns at the cores, where there are so few that they are waited for; else there are none."""
        return no_pool()

    @property
    def ended_at(self) -> float | None:
        """When the last request left its thread or was skipped and the last job was done; None with no requests."""
        return last_left(self.at_threads, self.at_workers) if len(self) else None


CSV_COLUMNS = [
    *("request_id", "kind", "arrived_at", "started_at", "enqueued_at", "responded_at", "status", "finished_at"),
    *("skipped_at", "picked_up_at", "completed_at", "visit_id", "attempt", "queue", "died_at", "seen_at"),
]
RUN_COLUMNS = ["request_id", "run", "queue", "enqueued_at", "picked_up_at", "ended_at", "outcome", "worker"]


def write_csv(records: Records, stream: IO[str]) -> None:
    """Write the records as CSV, a row per request: instants exact in seconds, empty: has not happened."""
    named = {"kind": KINDS, "status": STATUSES, "queue": (*records.queues, "")}  # -1 is the last
    codes = {name: np.array(names, dtype=object)[getattr(records, name)].tolist() for name, names in named.items()}
    made = {"request_id": range(len(records))} | codes
    _write(
        stream, CSV_COLUMNS, (made[name] if name in made else getattr(records, name).tolist() for name in CSV_COLUMNS)
    )


def write_runs(records: Records, stream: IO[str]) -> None:
    """Write the runs of the jobs as CSV, a row per run that a worker began, by (picked_up_at, request_id)."""
    runs = records.at_workers
    order = np.lexsort((runs.request_id, runs.taken_at))
    worker = np.full(len(runs), None) if runs.slot is None else runs.slot
    columns = (
        *(runs.request_id, runs.number, np.array(records.queues, dtype=object)[records.run_queue]),
        *(records.run_enqueued_at, runs.taken_at, runs.left_at),
        *(np.array(OUTCOMES, dtype=object)[runs.outcome], worker),
    )
    _write(stream, RUN_COLUMNS, (column[order].tolist() for column in columns))


def _write(stream: IO[str], names: list[str], columns: Iterable[Iterable[Any]]) -> None:
    out = csv.writer(stream, lineterminator="\n")
    out.writerow(names)
    for row in zip(*columns, strict=True):
        out.writerow(["" if value != value else value for value in row])
