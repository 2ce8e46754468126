"""The queue in Redis, as Sidekiq keeps it: a report's job is pushed on the left and taken from the right.

The only module that knows Redis. A web thread `push`es, a worker `pop`s, and the worker's work is what the payload
says: it is a second application and shares no memory with the first. What comes back is not trusted: it is compared,
byte for byte, with what was pushed, and read strictly where it differs.
"""

import json
import os
import re
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Self, TypeVar

from .redis_url import failure, place, problem, unreachable
from .units import LONGEST_RUN

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

KEY_EXPIRY = 3600  # seconds of wall time; a killed run leaves keys behind, and they must not stay
ANSWER_WITHIN = 5.0  # seconds of wall time in which a server must answer, else it counts as unreachable
LARGEST_PAYLOAD = 1024  # bytes; our own have about 200, and nothing larger is parsed
REQUEST_LIMIT = 2**53

QUEUE_NAME = "default"
PAYLOAD = b"<payload>"  # stands for one where a push is packed beforehand
JID = re.compile("[0-9a-f]{24}")


class BrokerError(ValueError):
    """One line: the Redis server failed in mid-run, or somebody else changed this run's queue."""


class Job(NamedTuple):
    """What one report asks a worker to do: its instant of enqueueing and its work, both in simulated seconds."""

    request_id: int
    enqueued_at: float
    work_time: float


def connect(where: str) -> "Redis":
    """A client that has been answered by the Redis `where` says: "fake" (in this process), a URL, or "env:NAME".

    Raises ValueError, one line that names host, port and database, never the URL: a URL holds a password.
    """
    if where == "fake":
        import fakeredis

        return fakeredis.FakeRedis(server=fakeredis.FakeServer())
    url = _url(where)
    client = _client(url)
    if trouble := failure(client.ping)[1]:
        raise ValueError(unreachable(client, url, trouble))
    return client


def _url(where: str) -> str:
    if not where.startswith("env:"):
        return where
    name = where.removeprefix("env:")
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        # not repeated in the message: it may be a URL that somebody put in the wrong place
        raise ValueError("redis: env: must be followed by the name of an environment variable")
    if name not in os.environ:
        raise ValueError(f"redis: the environment variable {name} is not set")
    return os.environ[name]


def _client(url: str) -> "Redis":
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    if wrong := problem(url):
        raise ValueError(f"redis: {wrong}")
    patience = {"socket_timeout": ANSWER_WITHIN, "socket_connect_timeout": ANSWER_WITHIN}
    # no retries: a push sent twice because its answer was lost would be a second job
    # protocol 2, which every server speaks; a URL may say otherwise
    client, trouble = failure(lambda: Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, **patience))
    if client is None or trouble:
        raise ValueError("redis: an option of the URL has a value that cannot be used")
    return client


def tell(left: str | None, error: BaseException | None) -> None:
    """Say what may have stayed in Redis: as a note of the error that is on its way out, else as a BrokerError."""
    if left and error is None:
        raise BrokerError(left)
    if left and error:
        error.add_note(left)


class Keys:
    """One run's keys in Redis, under `sim:<run id>:`, over one connection that is held.

    A context manager; its end removes the run's own keys, `names`, and touches no other. Everything but `close` raises
    BrokerError when the server fails, or when a key is not what this run made of it.
    """

    def __init__(self, client: "Redis", run_id: str | None = None) -> None:
        from redis import Redis

        if not isinstance(client, Redis):
            raise TypeError(f"redis: must be a redis.Redis client, not {type(client).__name__}")
        if run_id is not None and not re.fullmatch(r"[\w.-]{1,64}", run_id, re.ASCII):
            raise ValueError("run_id: must be 1 to 64 letters, digits, '.', '_' or '-'")
        self._nonce = os.urandom(6).hex()
        self._prefix = f"sim:{run_id or self._nonce}:"
        self.key = f"{self._prefix}queue:{QUEUE_NAME}"  # what to watch
        self.names = [self.key, f"{self._prefix}queues"]
        self._place, self._pool = place(client), client.connection_pool
        # one connection to the end: the pool would replace a lost one, and nobody would hear of it
        self._connection: Any = self._tried(self._pool.get_connection)
        self._closed = False

    def renew(self) -> None:
        """Gives the keys their full expiry again, for a run that stands still or is slowed down."""
        self._ask(*(self._renewal(name) for name in self.names))

    def waiting(self) -> list[Job]:
        """The jobs that wait in Redis now, the next one first."""
        raise NotImplementedError

    def check(self) -> None:
        """Raises BrokerError unless there is as much under the keys as there must be."""
        raise NotImplementedError

    def close(self) -> str | None:
        """Removes this run's keys, by name; returns what to say where they may have stayed, and raises nothing."""
        if self._closed:
            return None
        self._connection.disconnect()  # Ctrl-C can leave an answer unread, which a new connection cannot mistake
        removal = self._packed("DEL", *self.names)
        trouble = failure(lambda: _converse(self._connection, removal))[1]
        self._closed = True
        self._pool.release(self._connection)
        keys = f"{self._prefix}*"
        return f"{self._place}: {keys} may stay for an hour: removing them, {trouble}" if trouble else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        try:
            if kind is None and not self._closed:
                self.check()
        except BrokerError as refused:
            tell(self.close(), refused)
            raise
        tell(self.close(), error)

    def _packed(self, *command: str | bytes | int) -> bytes:
        return b"".join(self._connection.pack_command(*command))

    def _renewal(self, name: str) -> bytes:
        return self._packed("EXPIRE", name, KEY_EXPIRY)

    def _ask(self, *commands: bytes, count: int | None = None) -> list[Any]:
        """The answers to commands, of which one may be so many in one."""
        if self._closed:  # a key written now would stay
            raise BrokerError(f"{self._place}: {self.key} is closed")
        return self._tried(lambda: _converse(self._connection, *commands, count=count))

    def _tried(self, call: Callable[[], T]) -> T:
        answer, trouble = failure(call)
        if answer is None or trouble:
            raise BrokerError(f"{self._place}: {trouble}")
        return answer

    def _refuse(self, what: str, key: str | None = None, kind: str = "queue") -> NoReturn:
        raise BrokerError(f"{self._place}: {key or self.key} {what}: somebody else changed this {kind}")


class JobQueue(Keys):
    """One run's jobs, in Redis under `sim:<run id>:`, in the order in which workers must take them."""

    def __init__(self, client: "Redis", run_id: str | None = None) -> None:
        super().__init__(client, run_id)
        self._expected: deque[tuple[bytes, Job]] = deque()
        self._pushed = 0
        # what is said again and again is packed once; renewed, since a list that empties loses its expiry
        commands = [self._packed("MULTI"), self._packed("SADD", self.names[1], QUEUE_NAME)]
        commands += [self._packed("LPUSH", self.key, PAYLOAD), *map(self._renewal, self.names), self._packed("EXEC")]
        self._pushes = len(commands)
        self._before_push, self._after_push = b"".join(commands).split(bulk(PAYLOAD))
        self._pop = self._packed("RPOP", self.key)

    def push(self, job: Job) -> None:
        """Appends the job at the left, as one transaction with the queue's name and both keys' expiry."""
        payload = _payload(f"{self._nonce}{self._pushed:012x}", job)
        answers = self._ask(self._before_push + bulk(payload) + self._after_push, count=self._pushes)
        self._pushed += 1
        self._expected.append((payload, job))
        self._compare_length(answers[-1][1])

    def pop(self) -> Job:
        """Takes the job at the right end, as its payload says; it must be exactly the one that is next."""
        (payload,) = self._ask(self._pop)
        pushed, job = self._expected.popleft() if self._expected else (None, None)
        if job is None or (payload != pushed and not _say_the_same(payload, pushed)):
            self._refuse(f"gave {excerpt(payload)} where {excerpt(pushed)} was next")
        return job

    def waiting(self) -> list[Job]:
        """The jobs in the list now, as their payloads say, the next one first."""
        (payloads,) = self._ask(self._packed("LRANGE", self.key, 0, -1))
        jobs = []
        for payload in reversed(payloads):
            found = _parse(payload)
            if found is None:
                self._refuse(f"holds {excerpt(payload)}, which is no job of a report")
            jobs.append(found[1])
        return jobs

    def check(self) -> None:
        """Raises BrokerError unless the list is as long as it must be: pops alone miss a job added at the end."""
        (length,) = self._ask(self._packed("LLEN", self.key))
        self._compare_length(length)

    def _compare_length(self, length: int) -> None:
        if length != len(self._expected):
            self._refuse(f"holds {length} jobs where {len(self._expected)} wait")


def bulk(payload: bytes) -> bytes:
    """A payload as it stands in a packed command."""
    return b"$%d\r\n%b\r\n" % (len(payload), payload)


def _converse(connection: Any, *commands: bytes, count: int | None = None) -> list[Any]:
    """The server's answers, a command each, in bytes whatever the client decodes; an error among them is raised."""
    connection.send_packed_command([b"".join(commands)])
    read = connection.read_response
    answers = [read(disable_decoding=True) for _ in range(count or len(commands))]
    if isinstance(answers[-1], list):
        for answer in answers[-1]:
            if isinstance(answer, Exception):
                raise answer
    return answers


def _payload(jid: str, job: Job) -> bytes:
    """The job as Sidekiq writes it; the times are whole milliseconds for display, the exact ones are in `args`."""
    request_id, enqueued_at, work_time = int(job.request_id), float(job.enqueued_at), float(job.work_time)
    milliseconds = round(enqueued_at * 1000)
    # the class is compared when it comes back, never resolved to code
    return (
        f'{{"class":"ReportWorker","args":[{request_id},{enqueued_at!r},{work_time!r}],"jid":"{jid}",'
        f'"queue":"{QUEUE_NAME}","retry":false,"created_at":{milliseconds},"enqueued_at":{milliseconds}}}'
    ).encode()


def _arguments(job: Job) -> list[int | float]:
    return [int(job.request_id), float(job.enqueued_at), float(job.work_time)]


def _parse(payload: bytes | None) -> tuple[str, Job] | None:
    """The jid and the job of a payload, or None for whatever is not one of ours: anybody may write to a list."""
    try:
        fields = json.loads(payload.decode()) if payload and len(payload) <= LARGEST_PAYLOAD else {}
        name, jid, (request_id, enqueued_at, work_time) = fields["class"], fields["jid"], fields["args"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    job = Job(request_id, enqueued_at, work_time)
    is_ours = name == "ReportWorker" and type(jid) is str and JID.fullmatch(jid) and _is_possible(job)
    return (jid, job) if is_ours else None


def _say_the_same(payload: bytes | None, pushed: bytes | None) -> bool:
    """Whether two payloads, however they are written, are one job."""
    found = _parse(payload)
    return found is not None and found == _parse(pushed)


def _is_possible(job: Job) -> bool:
    """False for NaN and Infinity too, which Python's JSON lets through, and for a request called True."""
    if (type(job.request_id), type(job.enqueued_at), type(job.work_time)) != (int, float, float):
        return False
    times_fit = 0 <= job.enqueued_at < LONGEST_RUN and 0 <= job.work_time < LONGEST_RUN
    return times_fit and 0 <= job.request_id < REQUEST_LIMIT


def _described(found: tuple[str, Job]) -> str:
    return f"job {found[0]} {_arguments(found[1])}"


def excerpt(payload: bytes | None) -> str:
    """What came back, for a message: the job that it is, or its first bytes with the unprintable ones escaped."""
    found = _parse(payload)
    return _described(found) if found else repr(payload[:60]) if payload else "no job"
