"""What the engines are compared with besides the textbook: Ciw with reneging, bare Redis, numba's recursion."""

from collections.abc import Callable, Iterator
from itertools import islice
from math import inf
from typing import Any
from unittest import mock

import ciw
import numba
import numpy as np

from sim import broker, exact
from sim.cycles import Cycle
from sim.records import Records
from sim.scenario import Scenario
from sim.units import Seconds
from sim.workload import Workload


class OfRequest(ciw.dists.Distribution):
    """The service time of each request, also where some never take theirs."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = seconds

    def sample(self, t=None, ind=None):
        return self.seconds[ind.id_number - 1]


def serve_with_ciw(arrived_at: Seconds, work: Seconds, threads: int, timeout: float) -> list:
    """Ciw's records of the same requests: those served and those that reneged."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*np.diff(arrived_at, prepend=0.0).tolist(), inf])],
        service_distributions=[OfRequest(work.tolist())],
        reneging_time_distributions=[ciw.dists.Deterministic(timeout)],
        number_of_servers=[threads],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(1e9)
    return simulation.get_all_records(only=["service", "renege"])


def serve_compiled(workload: Workload, cycle: Cycle, scenario: Scenario) -> Records:
    """The exact engine's records with its loop compiled by numba."""
    with mock.patch.object(exact, "pool", compiled_pool):
        return exact.serve(workload, cycle, scenario)


def compiled_pool(
    slots: int, came_at: Seconds, work: Seconds, patience: float = inf, limit: float = inf
) -> exact.Served:
    """What `exact.pool` says."""
    reached_at, gaps, free_at = kernel(slots, came_at, work, patience, limit)
    return exact.Served(reached_at, gaps, free_at.tolist())


def bare_loop(client: Any, count: int) -> None:
    """The commands of a push and a pop for each job, as redis-py sends them on one connection that is held."""
    payload = b'{"class":"ReportWorker"}'.ljust(200)
    push = (
        *(("MULTI",), ("SADD", "bare:queues", "default"), ("LPUSH", "bare:queue", payload)),
        *(("EXPIRE", "bare:queue", 60), ("EXPIRE", "bare:queues", 60), ("EXEC",)),
    )
    connection = client.connection_pool.get_connection()
    for _ in range(count):
        for commands in (push, (("RPOP", "bare:queue"),)):
            connection.send_packed_command(connection.pack_commands(commands))
            for _ in commands:
                connection.read_response(disable_decoding=True)
    client.connection_pool.release(connection)


def conversation(run: Callable[[], Any]) -> list[list[tuple[bytes, ...]]]:
    """All that a run says to Redis, each time command by command, in words."""
    said: list[list[tuple[bytes, ...]]] = []
    converse = broker._converse

    def listening(connection: Any, *commands: bytes, **how: Any) -> list[Any]:
        said.append(list(_in_words(b"".join(commands))))
        return converse(connection, *commands, **how)

    with mock.patch.object(broker, "_converse", listening):
        run()
    return said


def _in_words(packed: bytes) -> Iterator[tuple[bytes, ...]]:
    """The commands in what is sent: `*2`, then for each of its two words `$4` and the word; no line ends in one."""
    lines = iter(packed.split(b"\r\n")[:-1])
    for head in lines:
        yield tuple(islice(lines, 2 * int(head[1:])))[1::2]


def bare_repetition(client: Any, said: list[list[tuple[bytes, ...]]]) -> None:
    """The same commands again, as redis-py sends them on one connection that is held."""
    connection = client.connection_pool.get_connection()
    for commands in said:
        connection.send_packed_command(connection.pack_commands(commands))
        for _ in commands:
            connection.read_response(disable_decoding=True)
    client.connection_pool.release(connection)


@numba.njit
def kernel(slots, came_at, work, patience, limit):
    """The recursion of Kiefer and Wolfowitz over a heap of the instants at which slots are free."""
    free_at, reached_at, gaps = np.zeros(slots), np.empty(len(work)), np.zeros(len(work))
    for request in range(len(work)):
        came = came_at[request]
        reached_at[request] = max(came, free_at[0])
        gaps[request] = reached_at[request] - free_at[0]
        end = reached_at[request]
        if reached_at[request] - came < patience:
            end = min(end + work[request], came + limit)
        place = 0
        while 2 * place + 1 < slots:
            below = 2 * place + 1
            if below + 1 < slots and free_at[below + 1] < free_at[below]:
                below += 1
            if free_at[below] >= end:
                break
            free_at[place] = free_at[below]
            place = below
        free_at[place] = end
    return reached_at, gaps, free_at
