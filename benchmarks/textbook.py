"""The textbook recipe for a queue with a timeout in SimPy: a process per request, `Resource` and `AnyOf`.

It is what SimPy's own example "Bank Renege" does, with the rule `finish_started`: who is reached is served to the end.
"""

import simpy

from sim.units import Seconds


def serve(arrived_at: Seconds, work: Seconds, threads: int, timeout: float) -> tuple[list[float], list[float]]:
    """When each request started and finished, s; NaN for one that gave up waiting."""
    started_at, finished_at = [float("nan")] * len(work), [float("nan")] * len(work)
    env = simpy.Environment()
    server = simpy.Resource(env, capacity=threads)

    def request(number, seconds):
        with server.request() as turn:
            yield turn | env.timeout(timeout)
            if not turn.triggered:
                return
            started_at[number] = env.now
            yield env.timeout(seconds)
            finished_at[number] = env.now

    def arrivals():
        for number, (at, seconds) in enumerate(zip(arrived_at.tolist(), work.tolist(), strict=True)):
            yield env.timeout(at - env.now)
            env.process(request(number, seconds))

    env.process(arrivals())
    env.run()
    return started_at, finished_at
