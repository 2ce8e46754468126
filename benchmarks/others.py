"""What the engines are compared with besides the textbook: Ciw with reneging, and the recursion compiled by numba."""

from math import inf
from unittest import mock

import ciw
import numba
import numpy as np

from sim import exact
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


@numba.njit
def kernel(slots, came_at, work, patience, limit):
    """The recursion of Kiefer and Wolfowitz, with a scan for the earliest free slot."""
    free_at, reached_at, gaps = np.zeros(slots), np.empty(len(work)), np.zeros(len(work))
    for request in range(len(work)):
        came, slot = came_at[request], 0
        for other in range(1, slots):
            if free_at[other] < free_at[slot]:
                slot = other
        reached_at[request] = max(came, free_at[slot])
        if reached_at[request] - came < patience:
            gaps[request] = reached_at[request] - free_at[slot]
            free_at[slot] = min(reached_at[request] + work[request], came + limit)
    return reached_at, gaps, free_at
