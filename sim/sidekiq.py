"""What Sidekiq keeps in Redis where more goes wrong: several queues, private lists, the retry set and the dead set.

The engine of the failure lab knows what must become of every job. Redis is asked to do the same, with Sidekiq's
commands and payloads, and whatever comes back must be, byte for byte, what the engine expects.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn, Protocol

from .broker import PAYLOAD, Keys, bulk, excerpt

if TYPE_CHECKING:
    from redis import Redis

# the exception and what it says are those of the worker in `live`
ERROR = '"error_message":"the service behind does not answer","error_class":"ServiceDownError"'
PUSH = 6  # commands, each with an answer of its own


class Pushed(Protocol):
    """A job as the engine has it: whose, the number of its queue, seconds of work, when it was pushed (s)."""

    request: int
    queue: int
    work_time: float
    enqueued_at: float


class Written:
    """A job as it stands in Redis; its times are whole milliseconds, as Sidekiq's are since 8.0."""

    __slots__ = ("added", "failed_at", "failures", "head", "kept_in", "text")

    def __init__(self, head: str) -> None:
        self.head, self.added = head, ""  # what never changes, and what its failures have added
        self.failures, self.failed_at = 0, 0
        self.text = b""
        self.kept_in = ""  # the private list in which it is while it runs

    def write(self, enqueued_at: float) -> bytes:
        """All of it."""
        self.text = f'{self.head}{self.added},"enqueued_at":{milliseconds(enqueued_at)}}}'.encode()
        return self.text

    def fail(self, now: float, enqueued_at: float) -> bytes:
        """All of it after a failure more: `retry_count` is 0 after the first, `retried_at` there from the second on."""
        at = milliseconds(now)
        retried = f',"retried_at":{at}' if self.failures else ""
        self.failed_at = self.failed_at if self.failures else at
        self.added = f',{ERROR},"retry_count":{self.failures},"failed_at":{self.failed_at}{retried}'
        self.failures += 1
        return self.write(enqueued_at)


class SidekiqKeys(Keys):
    """One run's `queue:<name>`, `retry` and `dead`; with `reliable` a private list for each queue and boot of a worker.

    `retries` is how often a failed job is run again. Raises BrokerError where anything but the expected comes back.
    """

    def __init__(
        self, client: "Redis", queues: Sequence[str], *, retries: int, reliable: bool, run_id: str | None = None
    ) -> None:
        super().__init__(client, run_id)
        self._reliable, self._retries, self._queues = reliable, retries, queues
        self._lists = [f"{self._prefix}queue:{name}" for name in queues]
        self._known, self._retry, self._dead = (f"{self._prefix}{name}" for name in ("queues", "retry", "dead"))
        self.names = [self._known, *self._lists, self._retry, self._dead]
        self.key = ", ".join(self._lists) + (f", and in the sorted set {self._retry}" if retries else "")
        self._written: dict[int, Written] = {}
        self._lengths = [0] * len(queues)
        self._held: Counter[str] = Counter()  # in each private list
        self._pushed = self._failed = self._died = 0
        self._pack_what_is_said_again()
        self._boot = -1
        self.boot()

    def _pack_what_is_said_again(self) -> None:
        of_set = self._renewal(self._known)
        self._renewals = {name: self._renewal(name) for name in self.names}
        self._pushes: list[list[bytes]] = []  # what is said before a payload, and after it
        for key, name in zip(self._lists, self._queues, strict=True):
            said = [self._packed("MULTI"), self._packed("SADD", self._known, name), self._packed("LPUSH", key, PAYLOAD)]
            said += [self._renewals[key], of_set, self._packed("EXEC")]
            self._pushes.append(b"".join(said).split(bulk(PAYLOAD)))
        adds = {key: self._packed("ZADD", key, PAYLOAD, PAYLOAD) for key in (self._retry, self._dead)}
        self._adds = {key: add.split(bulk(PAYLOAD))[0] for key, add in adds.items()}  # up to score and payload
        self._takes: list[tuple[bytes, ...]] = [(self._packed("RPOP", key),) for key in self._lists]

    def boot(self) -> None:
        """A worker begins: what it takes is kept in lists of its own, if the fetch is reliable."""
        self._boot += 1
        if self._reliable:
            self._private = [f"{key}:private:{self._boot}" for key in self._lists]
            self.names += self._private
            pairs = list(zip(self._lists, self._private, strict=True))
            self._takes = [(self._packed("LMOVE", key, own, "RIGHT", "LEFT"), self._renewal(own)) for key, own in pairs]

    def push(self, job: Pushed) -> None:
        """Append a job at the left of its queue: a new one, or one that was due in the retry set."""
        written, queue = self._written.get(job.request) or self._new(job), job.queue
        before, after = self._pushes[queue]
        length = self._ask(before + bulk(written.write(job.enqueued_at)) + after, count=PUSH)[-1][1]
        self._lengths[queue] += 1
        if length != self._lengths[queue]:
            self._wrong_length(self._lists[queue], length, self._lengths[queue])

    def _new(self, job: Pushed) -> Written:
        jid = f"{self._nonce}{self._pushed:012x}"
        self._pushed += 1
        head = (
            f'{{"class":"ReportWorker","args":[{job.request},{float(job.enqueued_at)!r},{job.work_time!r}],'
            f'"jid":"{jid}","queue":"{self._queues[job.queue]}","retry":{self._retries},'
            f'"created_at":{milliseconds(job.enqueued_at)}'
        )
        written = self._written[job.request] = Written(head)
        return written

    def take(self, job: Pushed) -> None:
        """A worker takes the job at the right of a queue, which must be this one."""
        written, queue = self._written[job.request], job.queue
        text = self._ask(*self._takes[queue])[0]
        self._lengths[queue] -= 1
        if text != written.text:
            self._not_the(written, text, self._lists[queue], "next")
        if self._reliable:
            written.kept_in = self._private[queue]
            self._held[written.kept_in] += 1

    def done(self, job: Pushed) -> None:
        """The job is completed."""
        written = self._written.pop(job.request)
        if self._reliable:
            self._let_go(written, self._ask(self._release(written))[0])

    def lost(self, job: Pushed) -> None:
        """Nobody has the job any more: it was in the memory of a worker that was killed."""
        del self._written[job.request]

    def fail(self, job: Pushed, now: float, due: float | None) -> None:
        """The run has failed: the job goes into the retry set until it is due, or into the dead set (None)."""
        written = self._written[job.request]
        release = (self._release(written),) if self._reliable else ()
        key, score = (self._dead, now) if due is None else (self._retry, due)
        text = written.fail(now, job.enqueued_at)
        add = self._adds[key] + bulk(repr(float(score)).encode()) + bulk(text)
        added, _, *let_go = self._ask(add, self._renewals[key], *release)
        if added != 1:
            self._refuse(f"held {excerpt(text)} before it failed", key, "set")
        for removed in let_go:
            self._let_go(written, removed)
        if due is None:
            self._died += 1
            del self._written[job.request]
        else:
            self._failed += 1

    def look(self, jobs: Sequence[Pushed], now: float) -> None:
        """The poller takes what is due out of the retry set, which must be these; they are pushed then."""
        asked = self._packed("ZRANGEBYSCORE", self._retry, "-inf", repr(float(now)), "LIMIT", 0, len(jobs) + 1)
        texts = sorted(self._written[job.request].text for job in jobs)
        if not texts:
            found, removed = self._ask(asked)[0], 0
        else:
            found, removed = self._ask(asked, self._packed("ZREM", self._retry, *texts))
        self._failed -= len(texts)
        if sorted(found) != texts:
            self._not_due(found, texts)
        if removed != len(texts):
            self._refuse(f"gave back {removed} of {len(texts)} jobs", self._retry, "set")

    def give_back(self, jobs: Sequence[Pushed]) -> None:
        """Put jobs at the head of their queues, the last of them to be the next one: returned, or recovered."""
        for queue in dict.fromkeys(job.queue for job in jobs):
            own = [self._written[job.request] for job in jobs if job.queue == queue]
            self._lengths[queue] += len(own)
            (self._recover if self._reliable else self._return)(queue, own)

    def _return(self, queue: int, own: Sequence[Written]) -> None:
        """What the worker had in its memory: of one RPUSH the last one is the next that is taken."""
        key = self._lists[queue]
        length = self._ask(self._packed("RPUSH", key, *(each.text for each in own)), self._renewals[key])[0]
        if length != self._lengths[queue]:
            self._wrong_length(key, length, self._lengths[queue])

    def _recover(self, queue: int, own: Sequence[Written]) -> None:
        """What stands in private lists, the last one taken at their left."""
        key = self._lists[queue]
        moves = (self._packed("LMOVE", each.kept_in, key, "LEFT", "RIGHT") for each in own)
        self._held.subtract(each.kept_in for each in own)
        for each, text in zip(own, self._ask(*moves, self._renewals[key]), strict=False):
            if text != each.text:
                self._not_the(each, text, each.kept_in, "to be put back", "list")

    def _release(self, written: Written) -> bytes:
        """What takes a job that has run out of its private list."""
        self._held[written.kept_in] -= 1
        return self._packed("LREM", written.kept_in, 1, written.text)

    def _let_go(self, written: Written, removed: int) -> None:
        if removed != 1:
            self._refuse(f"does not hold {excerpt(written.text)}, which has run", written.kept_in, "list")

    def compare(self, queues: Iterable[Sequence[Pushed]]) -> None:
        """Raise BrokerError unless these jobs wait in the queues, the next one of each first."""
        found = self._ask(*(self._packed("LRANGE", key, 0, -1) for key in self._lists))
        for key, jobs, texts in zip(self._lists, queues, found, strict=True):
            if texts[::-1] != [self._written[job.request].text for job in jobs]:
                self._refuse(f"holds other jobs than the {len(jobs)} that wait", key)

    def check(self) -> None:
        """Raise BrokerError unless all lists and sets are as long as they must be."""
        private = [(name, "list", self._held[name]) for name in self.names if ":private:" in name]
        due = [(key, "queue", length) for key, length in zip(self._lists, self._lengths, strict=True)] + private
        due += [(self._retry, "set", self._failed), (self._dead, "set", self._died)]
        found = self._ask(*(self._packed("ZCARD" if kind == "set" else "LLEN", key) for key, kind, _ in due))
        for (key, kind, length), there in zip(due, found, strict=True):
            if there != length:
                self._wrong_length(key, there, length, kind)

    def _wrong_length(self, key: str, found: int, expected: int, kind: str = "queue") -> NoReturn:
        self._refuse(f"holds {found} jobs where {expected} {'wait' if kind == 'queue' else 'belong'}", key, kind)

    def _not_the(self, written: Written, text: bytes | None, key: str, what: str, kind: str = "queue") -> NoReturn:
        self._refuse(f"gave {_told(text, written.text)} where {excerpt(written.text)} was {what}", key, kind)

    def _not_due(self, found: Sequence[bytes], expected: Sequence[bytes]) -> NoReturn:
        stranger = next((text for text in found if text not in expected), None)
        missing = next((text for text in expected if text not in found), None)
        awaited = excerpt(missing) if missing else "no other job"
        self._refuse(f"gave {_told(stranger, missing)} where {awaited} was due", self._retry, "set")


def _told(text: bytes | None, expected: bytes | None) -> str:
    """What came back; a payload that differs in what an excerpt does not say is called so."""
    same = text is not None and expected is not None and excerpt(text) == excerpt(expected)
    return f"{excerpt(text)}, changed," if same else excerpt(text)


def milliseconds(instant: float) -> int:
    """A simulated instant as Sidekiq writes times."""
    return round(instant * 1000)
