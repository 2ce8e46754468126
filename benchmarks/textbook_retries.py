"""The textbook recipe for clients that try again and a backlog with a limit: a process per client and one per attempt.

As SimPy's examples do it: `Resource` for the threads, `AnyOf` for "the answer or the timeout", the line's length looked
at on arrival. What has started runs to its end, and who is reached too late is skipped (finish_started).
"""

import simpy

from sim.units import Seconds


def serve(
    arrived_at: Seconds, work: Seconds, threads: int, timeout: float, limit: float, retries: int, delay: float
) -> dict[str, int]:
    """How many requests were answered, timed out and rejected."""
    counts = {"ok": 0, "timed_out": 0, "rejected": 0}
    env = simpy.Environment()
    server = simpy.Resource(env, capacity=threads)

    def request(seconds, deadline):
        with server.request() as turn:
            yield turn
            if env.now < deadline:
                yield env.timeout(seconds)

    def client(seconds):
        for attempt in range(1 + retries):
            if attempt:
                yield env.timeout(delay)
            if server.count == server.capacity and len(server.queue) >= limit:
                counts["rejected"] += 1
                continue
            answer = env.process(request(seconds, env.now + timeout))
            yield answer | env.timeout(timeout)
            if answer.triggered:
                counts["ok"] += 1
                return
            counts["timed_out"] += 1

    def arrivals():
        for at, seconds in zip(arrived_at.tolist(), work.tolist(), strict=True):
            yield env.timeout(at - env.now)
            env.process(client(seconds))

    env.process(arrivals())
    env.run()
    return counts
