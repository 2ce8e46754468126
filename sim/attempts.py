"""Records of a run in which more went wrong: a visit may have several requests, and a job several runs or none."""

from dataclasses import dataclass, field

import numpy as np

from .records import OK, ONE_QUEUE, POLL, REJECTED, TIMED_OUT, Records
from .turns import COMPLETED, LOST, Codes, Ids, Turns, no_pool
from .turns import FAILED as RUN_FAILED
from .turns import REJECTED as TURNED_AWAY
from .turns import SKIPPED as NOT_BEGUN
from .units import Seconds
from .workload import Flags


@dataclass(frozen=True)
class Rows:
    """What stands in a request's row beside its turns, as `Records` has it; the columns have one length.

    `cut` says who was cut off on its thread; `queue_of` is the number of each visit's queue, and `run_enqueued_at`
    has a value for each turn at the workers.
    """

    visit_id: Ids
    attempt: Ids
    kind: Codes
    status: Codes
    cut: Flags
    enqueued_at: Seconds
    responded_at: Seconds
    died_at: Seconds
    seen_at: Seconds
    queue_of: Ids
    run_enqueued_at: Seconds
    queues: tuple[str, ...] = ONE_QUEUE
    at_cores: Turns = field(default_factory=no_pool)


@dataclass(frozen=True)
class Attempts(Records):
    """Records with a row per HTTP request: a visit's first one, then its retries and polls in the order of coming."""

    rows: Rows

    @property
    def visit_id(self) -> Ids:
        return self.rows.visit_id

    @property
    def attempt(self) -> Ids:
        return self.rows.attempt

    @property
    def kind(self) -> Codes:
        return self.rows.kind

    @property
    def status(self) -> Codes:
        return self.rows.status

    @property
    def is_poll(self) -> Flags:
        """Which requests only ask for a result."""
        return np.equal(self.rows.kind, POLL)

    @property
    def queues(self) -> tuple[str, ...]:
        return self.rows.queues

    @property
    def queue(self) -> Ids:
        return np.where(np.isnan(self.rows.enqueued_at), np.int32(-1), self.rows.queue_of[self.rows.visit_id])

    @property
    def run_queue(self) -> Ids:
        return self.rows.queue_of[self.rows.visit_id[self.at_workers.request_id]]

    @property
    def run_enqueued_at(self) -> Seconds:
        return self.rows.run_enqueued_at

    @property
    def enqueued_at(self) -> Seconds:
        return self.rows.enqueued_at

    @property
    def completed_at(self) -> Seconds:
        done = self.at_workers.outcome == COMPLETED
        completed_at = np.full(len(self), np.nan)
        completed_at[self.at_workers.request_id[done]] = self.at_workers.left_at[done]
        return completed_at

    @property
    def died_at(self) -> Seconds:
        return self.rows.died_at

    @property
    def seen_at(self) -> Seconds:
        return self.rows.seen_at

    @property
    def at_cores(self) -> Turns:
        return self.rows.at_cores

    def _unless_skipped(self, column: Seconds) -> Seconds:
        outcome = self.at_threads.outcome
        return np.where((outcome == NOT_BEGUN) | (outcome == TURNED_AWAY), np.nan, column)

    @property
    def timed_out(self) -> Flags:
        """Whether the router gave up; a request may also be rejected or failed."""
        return np.equal(self.rows.status, TIMED_OUT)

    @property
    def killed(self) -> Flags:
        return self.rows.cut

    @property
    def responded_at(self) -> Seconds:
        return self.rows.responded_at

    @property
    def client_served_at(self) -> Seconds:
        """When the request's report exists: with its job's end, or, where it has no job, with a good answer."""
        has_job = ~np.isnan(self.rows.enqueued_at)
        answered_at = np.where(self.rows.status == OK, self.rows.responded_at, np.nan)
        served_at = np.where(has_job, self.completed_at, answered_at)
        return np.where(np.isnan(served_at), np.inf, served_at)

    @property
    def first_arrived_at(self) -> Seconds:
        """When each request's visit began."""
        return self.arrived_at[self.visit_id]

    def per_visit(self, instants: Seconds, visits: int) -> Seconds:
        """The earliest of a column of instants for each of so many visits; inf where there is none."""
        earliest = np.full(visits, np.inf)
        happened = ~np.isnan(instants)
        np.minimum.at(earliest, self.visit_id[happened], instants[happened])
        return earliest

    @property
    def in_retry_set(self) -> tuple[Seconds, Seconds]:
        """From when until when each job waited in the retry set that was once there, by the run that failed."""
        runs = self.at_workers
        order = np.lexsort((runs.number, runs.request_id))
        same = runs.request_id[order][1:] == runs.request_id[order][:-1]
        failed = runs.outcome[order][:-1] == RUN_FAILED
        before, after = order[:-1][same & failed], order[1:][same & failed]
        return runs.left_at[before], self.run_enqueued_at[after]

    @property
    def lost(self) -> Flags:
        """Of each turn at the workers, whether its job was lost with it, for good."""
        runs = self.at_workers
        last = np.zeros(len(self), dtype=np.int16)
        np.maximum.at(last, runs.request_id, runs.number)
        return np.equal(runs.outcome, LOST) & np.equal(runs.number, last[runs.request_id])

    @property
    def rejected(self) -> Flags:
        """Who was turned away at the door."""
        return np.equal(self.rows.status, REJECTED)
