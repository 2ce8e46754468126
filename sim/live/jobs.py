"""Jobs in Redis as Sidekiq keeps them, so that its own Web UI shows them: queue, retry and dead set, heartbeat.

Times are float seconds, which every version reads. Sidekiq 6 shows what is under `<identity>:workers`, 7 and 8 what is
under `<identity>:work`. All keys begin with the lab's prefix where the server is somebody else's, and expire.
"""

import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

WHERE, PREFIX = "LIVE_REDIS", "LIVE_PREFIX"  # in the environment: a command line can be read by everybody
QUEUE = "default"
EXPIRY = 3600  # s: a killed lab leaves keys, and they must not stay
MOST_DEAD = 10_000
DEAD_FOR = 180 * 86_400  # s
CLASS = "HardJob"


class Jobs:
    """One lab's keys on one Redis."""

    def __init__(self, client: Any, prefix: str = "", queues: Sequence[str] = (QUEUE,)) -> None:
        self.client, self.prefix, self.queues = client, prefix, queues

    def key(self, name: str) -> str:
        """The key of that name."""
        return self.prefix + name

    def list_of(self, queue: str = QUEUE) -> str:
        """Where the jobs of a queue wait."""
        return self.key(f"queue:{queue}")

    def private(self, identity: str, queue: str = QUEUE) -> str:
        """Where the jobs of a queue are that a worker has taken reliably."""
        return f"{self.list_of(queue)}:private:{identity}"

    def lists(self, identities: Iterable[str]) -> list[str]:
        """Where the jobs can be that wait, or that one of these workers holds."""
        held = [self.private(identity, queue) for identity in identities for queue in self.queues]
        return [*map(self.list_of, self.queues), *held]

    def names(self, identities: list[str]) -> Iterator[str]:
        """All keys that a lab with these workers can have made."""
        day = time.strftime("%Y-%m-%d", time.gmtime())
        yield from ("queues", "retry", "dead", "schedule", "processes", "private", "results")
        yield from (f"stat:{what}{when}" for what in ("processed", "failed") for when in ("", f":{day}"))
        for identity in identities:
            yield from (f"{identity}{part}" for part in ("", ":workers", ":work", "-signals"))

    def remove(self, identities: list[str]) -> None:
        """Remove them, by name."""
        self.client.delete(*map(self.key, self.names(identities)), *self.lists(identities))

    def push(self, request_id: str, seconds: float, queue: str = QUEUE) -> None:
        """Push a job that works so many simulated seconds."""
        now = time.time()
        job = {"class": CLASS, "args": [request_id, seconds], "jid": secrets.token_hex(12), "queue": queue}
        self.put({**job, "retry": True, "created_at": now}, now)

    def put(self, job: dict[str, Any], now: float) -> None:
        """Append a job to its queue."""
        waits_in = self.list_of(job["queue"])
        with self.client.pipeline() as together:
            together.sadd(self.key("queues"), job["queue"])
            together.lpush(waits_in, json.dumps({**job, "enqueued_at": now}))
            together.expire(self.key("queues"), EXPIRY)
            together.expire(waits_in, EXPIRY)
            together.execute()

    def finish(self, request_id: str) -> None:
        """A report is there: who asks for it is told so."""
        with self.client.pipeline() as together:
            together.sadd(self.key("results"), request_id)
            together.expire(self.key("results"), EXPIRY)
            together.execute()

    def is_there(self, request_id: str) -> bool:
        """Whether a request's report is there."""
        return bool(self.client.sismember(self.key("results"), request_id))

    def give_back(self, texts: list[bytes]) -> None:
        """Put jobs back at the heads of their queues, the first one given to be the next one."""
        with self.client.pipeline() as together:
            for text in reversed(texts):  # the last one pushed is the first one taken
                together.rpush(self.list_of(queue_of(text)), text)
                together.expire(self.list_of(queue_of(text)), EXPIRY)
            together.execute()

    def retry(self, job: dict[str, Any], error: str, most: int, wait: float) -> bool:
        """Put a job whose run failed into the retry set, due `wait` seconds from now, or into the dead set (False)."""
        now, count = time.time(), job.get("retry_count", -1) + 1
        told = {"error_class": "ServiceDownError", "error_message": error, "retry_count": count}
        job = {**job, **told, "failed_at": job.get("failed_at", now), "retried_at": now}
        tries_again = bool(count < most)
        name = self.key("retry" if tries_again else "dead")
        with self.client.pipeline() as together:
            together.zadd(name, {json.dumps(job): now + wait if tries_again else now})
            together.zremrangebyscore(self.key("dead"), "-inf", now - DEAD_FOR)
            together.zremrangebyrank(self.key("dead"), 0, -MOST_DEAD - 1)
            together.expire(name, EXPIRY)
            together.execute()
        return tries_again

    def push_due(self) -> list[str]:
        """Push what is due in the retry set; returns whose jobs those are."""
        pushed, now = [], time.time()
        for text in self.client.zrangebyscore(self.key("retry"), "-inf", now):
            if self.client.zrem(self.key("retry"), text):
                job = json.loads(text)
                self.put(job, now)
                pushed.append(str(job["args"][0]))
        return pushed


class Heart:
    """What a worker's process says of itself while it lives, and who hears what the Web UI tells it."""

    def __init__(self, jobs: Jobs, identity: str, threads: int, expiry: float) -> None:
        self.jobs, self.identity, self.threads, self.expiry = jobs, identity, threads, expiry
        host, pid, _ = identity.split(":")
        about = {"hostname": host, "pid": int(pid), "identity": identity, "started_at": time.time(), "tag": "live lab"}
        also = {"concurrency": threads, "queues": jobs.queues, "labels": ["python"], "version": "7.0.0"}
        self.about = json.dumps({**about, **also, "embedded": False})

    def beat(self, busy: dict[int, tuple[bytes, float]], done: int, failed: int, quiet: bool) -> str:
        """Say that it lives and what its threads do; returns what the Web UI asks for ("" for nothing)."""
        key, me, day = self.jobs.key, self.jobs.key(self.identity), time.strftime("%Y-%m-%d", time.gmtime())
        with self.jobs.client.pipeline() as together:
            for name, count in (("processed", done), ("failed", failed)):
                for stat in (key(f"stat:{name}"), key(f"stat:{name}:{day}")):
                    together.incrby(stat, count)
                    together.expire(stat, EXPIRY)
            for works in (f"{me}:workers", f"{me}:work"):
                together.delete(works)
                for place, (text, since) in busy.items():
                    told = {"queue": queue_of(text), "payload": text.decode(), "run_at": int(since)}
                    together.hset(works, f"t{place}", json.dumps(told))
                together.expire(works, EXPIRY)
            together.sadd(key("processes"), self.identity)
            together.expire(key("processes"), EXPIRY)
            state = {"info": self.about, "concurrency": self.threads, "busy": len(busy), "beat": time.time()}
            together.hset(me, mapping={**state, "quiet": str(quiet).lower(), "rtt_us": 100, "rss": 30_000})
            together.pexpire(me, int(self.expiry * 1000))
            together.rpop(f"{me}-signals")
            said = together.execute()[-1]
        return said.decode() if said else ""

    def stop(self) -> None:
        """Say that it is no more."""
        me = self.jobs.key(self.identity)
        with self.jobs.client.pipeline() as together:
            together.srem(self.jobs.key("processes"), self.identity)
            together.delete(me, f"{me}:workers", f"{me}:work", f"{me}-signals")
            together.execute()


def queue_of(text: bytes) -> str:
    """The queue of a job."""
    return str(json.loads(text)["queue"])


def client_of(url: str) -> Any:
    """A client of the Redis there, not yet connected."""
    import redis

    return redis.Redis.from_url(url, protocol=2)


def connected(queues: Sequence[str] = (QUEUE,)) -> Jobs:
    """The jobs on the Redis that the environment names."""
    return Jobs(client_of(os.environ[WHERE]), os.environ.get(PREFIX, ""), queues)
