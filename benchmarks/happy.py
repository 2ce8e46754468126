"""Clients that try again in happy-simulator (`happysim`, Python 3.13 and later): its `Client`, over its `Resource`.

Its own `Server` answers a client as soon as the request is in its queue, so that no client is ever timed out: here the
web server is an entity as the documentation of `Resource` shows one, with the rule `finish_started`.
"""

import logging
from importlib.util import find_spec

from sim.units import Seconds

IS_THERE = find_spec("happysimulator") is not None


def serve(
    arrived_at: Seconds, work: Seconds, threads: int, timeout: float, retries: int, delay: float
) -> dict[str, int]:
    """How many requests were answered and timed out."""
    from happysimulator import Entity, Instant, Simulation
    from happysimulator.components.client import Client, FixedRetry
    from happysimulator.components.resource import Resource

    logging.getLogger("happysimulator").setLevel(logging.ERROR)
    slots = Resource("threads", capacity=threads)

    class WebServer(Entity):
        def handle_event(self, event):
            came = self.now
            grant = yield slots.acquire()
            if (self.now - came).to_seconds() < timeout:
                yield event.context["metadata"]["payload"]
            grant.release()

    server = WebServer("server")
    client = Client("client", server, timeout=timeout, retry_policy=FixedRetry(1 + retries, delay))
    simulation = Simulation(entities=[slots, server, client])
    for at, seconds in zip(arrived_at.tolist(), work.tolist(), strict=True):
        request = client.send_request(payload=seconds)
        request.time = Instant.from_seconds(at)
        simulation.schedule(request)
    simulation.run()
    return {"ok": client.stats.responses_received, "timed_out": client.stats.timeouts}
