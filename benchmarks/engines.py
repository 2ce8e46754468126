"""How fast are the engines, and what are they compared with? All in one run: `python benchmarks/engines.py`.

Every figure is the median of five runs that alternate with those it is compared with, so that a machine that is busy
for a while slows both. A ratio is written with the bound that the project promises; the status is 1 if one is missed.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import redis
import textbook
from others import kernel, serve_compiled, serve_with_ciw

from sim import ASYNC, SYNC, load
from sim.exact import serve
from sim.experiments import simulate
from sim.path import CONSTANT_HOPS
from sim.scenario import Scenario
from sim.studies.sweeps import sweep
from sim.units import column_to_grid
from sim.workload import Workload, draw

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from redis_server import RedisServer, binary

RUNS = 5
THREADS, TIMEOUT = 8, 30.0
missed: list[str] = []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    sections = (engines, presets, jobs, sweeps, slider, start_up)
    names = [section.__name__ for section in sections]
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(names)} (all)")
    parser.add_argument("--requests", type=int, default=100_000, help="of the engines' workload (100000)")
    args = parser.parse_args()
    if not set(args.sections) <= set(names):
        parser.error(f"SECTION: allowed: {', '.join(names)}")
    print(
        " ".join([f"Python {platform.python_version()}", *map(versioned, ("simpy", "ciw", "numba", "numpy", "redis"))])
    )
    print(f"{os.cpu_count()} cores; medians of {RUNS} alternating runs\n")
    for section in sections:
        if not args.sections or section.__name__ in args.sections:
            print(f"{section.__doc__}".splitlines()[0])
            section(args.requests)
            print()
    print("All bounds are kept." if not missed else f"Missed: {'; '.join(missed)}")
    return 1 if missed else 0


def versioned(package: str) -> str:
    return f"{package} {version(package)}"


def alternating(**contenders: Callable[[], Any]) -> dict[str, float]:
    """The median wall time of each, s, in runs that take turns, after one run of each that does not count."""
    for run in contenders.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(RUNS):
        for name, run in contenders.items():
            begun = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - begun)
    return {name: median(times) for name, times in taken.items()}


def bound(name: str, value: float, *, least: float | None = None, most: float | None = None, unit: str = "×") -> None:
    """Print a figure beside its bound."""
    kept = (least is None or value >= least) and (most is None or value <= most)
    limit = f"at least {least:g}" if least is not None else f"at most {most:g}"
    print(f"  {name:58} {value:8.3g} {unit:3} ({limit}) {'ok' if kept else 'MISSED'}")
    if not kept:
        missed.append(name)


def rates(times: dict[str, float], requests: int) -> None:
    for name, seconds in times.items():
        print(f"  {name.replace('_', ' '):36} {seconds * 1000:9.1f} ms {requests / seconds / 1000:9.0f} k requests/s")


def poisson(requests: int) -> Workload:
    """Poisson arrivals, 90 % Exp(0.2 s) and 10 % Exp(20 s), at a load of 0.8 on 8 threads."""
    random = np.random.default_rng(1)
    work = np.where(random.random(requests) < 0.9, random.exponential(0.2, requests), random.exponential(20, requests))
    arrived_at = column_to_grid(np.cumsum(random.exponential(2.18 / (0.8 * THREADS), requests)))
    work = np.maximum(column_to_grid(work), 2.0**-20)
    none, hops = np.zeros(requests), {hop.name: 0.0 for hop in CONSTANT_HOPS}
    return Workload(arrived_at, none.astype(bool), work, none, hops, float(arrived_at[-1]), from_file=True)


def engines(requests: int) -> None:
    """SYNC on a file workload: Poisson, 8 threads, 90 % Exp(0.2 s) + 10 % Exp(20 s), load 0.8, timeout 30 s"""
    workload = poisson(requests)
    scenario = Scenario(threads=THREADS, timeout=TIMEOUT)
    fed = (workload.arrived_at, workload.web_time, THREADS, TIMEOUT)
    ours = simulate(scenario, SYNC, workload=workload).records
    started_at, finished_at = textbook.serve(*fed)
    assert np.array_equal(ours.started_at, started_at, equal_nan=True), "the textbook recipe starts others"
    assert np.array_equal(ours.finished_at, finished_at, equal_nan=True)
    compiled = serve_compiled(workload, SYNC, scenario)
    assert np.array_equal(ours.finished_at, compiled.finished_at, equal_nan=True)
    for pool in ("at_threads", "at_workers"):
        assert getattr(ours, pool).idle == getattr(compiled, pool).idle
        assert getattr(ours, pool).area == getattr(compiled, pool).area
    times = alternating(
        textbook=lambda: textbook.serve(*fed),
        ciw_with_reneging=lambda: serve_with_ciw(*fed),
        simpy_engine=lambda: simulate(scenario, SYNC, workload=workload),
        exact_engine=lambda: serve(workload, SYNC, scenario),
        exact_engine_compiled_by_numba=lambda: serve_compiled(workload, SYNC, scenario),
        numba_kernel_without_records=lambda: kernel(THREADS, *fed[:2], TIMEOUT, inf),
    )
    rates(times, requests)
    bound("SimPy engine, times the textbook", times["textbook"] / times["simpy_engine"], least=4)
    bound("SimPy engine, times Ciw", times["ciw_with_reneging"] / times["simpy_engine"], least=5)
    bound("exact engine, times the textbook", times["textbook"] / times["exact_engine"], least=40)
    bound("exact engine, times Ciw", times["ciw_with_reneging"] / times["exact_engine"], least=50)
    slower = times["exact_engine"] / times["exact_engine_compiled_by_numba"]
    bound("exact engine, times slower than compiled by numba", slower, most=10)
    turns = [column for pool in (ours.at_threads, ours.at_workers) for column in vars(pool).values()]
    columns = [column for column in turns if isinstance(column, np.ndarray)]
    bound("records", sum(column.nbytes for column in columns) / requests, most=300, unit="bytes a request")


def presets(requests: int) -> None:
    """Preset `slides` with as many requests: draws included, and what a trace costs"""
    slides = load("slides")
    scenario = slides.replace(duration=requests / slides.rate_steps[0][1])
    workload = draw(scenario)

    def exact() -> None:
        drawn = draw(scenario)
        for cycle in (SYNC, ASYNC):
            serve(drawn, cycle, scenario)

    times = alternating(
        exact_engine_both_cycles_with_draws=exact,
        simpy_engine_sync=lambda: simulate(scenario, SYNC, workload=workload),
        simpy_engine_sync_with_trace=lambda: simulate(scenario, SYNC, workload=workload).trace,
        simpy_engine_async=lambda: simulate(scenario, ASYNC, workload=workload),
        simpy_engine_async_with_trace=lambda: simulate(scenario, ASYNC, workload=workload).trace,
    )
    rates(times, len(workload))
    for cycle in ("sync", "async"):
        ratio = times[f"simpy_engine_{cycle}_with_trace"] / times[f"simpy_engine_{cycle}"]
        bound(f"SimPy engine {cycle} with its trace, times without", ratio, most=4)


def jobs(requests: int) -> None:
    """Jobs through a redis-server of its own, against a bare loop of the same commands"""
    if binary() is None:
        print("  no redis-server on PATH: left out")
        return
    count = min(requests, 5_000)
    scenario = Scenario(report_fraction=1.0, external_time=1.0, arrival_rate=3.0, duration=count / 3)
    workload = draw(scenario)
    with RedisServer() as server:
        client = redis.Redis.from_url(server.url)
        times = alternating(
            bare_loop=lambda: bare_loop(client, len(workload)),
            asynchronous_run=lambda: simulate(scenario, ASYNC, workload=workload, redis=client),
        )
        client.close()
    rates(times, len(workload))
    bound("jobs a second of a run, share of the bare loop's", times["bare_loop"] / times["asynchronous_run"], least=0.6)


def bare_loop(client: Any, count: int) -> None:
    """One transaction and one pop per job, as redis-py sends them."""
    payload = b'{"class":"ReportWorker"}'.ljust(200)
    for _ in range(count):
        with client.pipeline(transaction=True) as push:
            push.sadd("bare:queues", "default").lpush("bare:queue", payload)
            push.expire("bare:queue", 60).expire("bare:queues", 60)
            push.execute()
        client.rpop("bare:queue")


def sweeps(_: int) -> None:
    """A sweep of 8 points × 20 replications × 5,000 requests × both cycles"""
    slides = load("slides").replace(duration=5_000 / 3.0)
    command = ["sweep", "slides", "--set", f"duration={slides.duration}", "--vary", "threads=3:10", "--quiet"]
    with ProcessPoolExecutor(2) as pair:
        times = alternating(
            whole_command_on_one_core=lambda: run("-m", "sim", *command),
            in_process=lambda: sweep(slides, {"threads": range(3, 11)}),
            two_processes=lambda: sweep(slides, {"threads": range(3, 11)}, executor=pair),
            loop=lambda: [spin(0) for _ in range(8)],
            loop_in_two_processes=lambda: list(pair.map(spin, range(8))),
        )
    requests = 8 * 20 * 5_000 * 2
    rates({name: seconds for name, seconds in times.items() if "loop" not in name}, requests)
    bound("the whole command on one core, start-up included", times["whole_command_on_one_core"], most=2, unit="s")
    ours, ideal = times["in_process"] / times["two_processes"], times["loop"] / times["loop_in_two_processes"]
    print(f"  speed-up from two processes: {ours:.2f}, of a pure CPU loop {ideal:.2f}")
    bound("speed-up from two processes, share of a pure CPU loop's", ours / ideal, least=0.8)


def spin(_: int) -> int:
    """A pure CPU loop of about a fifth of a second."""
    total = 0
    for number in range(2_500_000):
        total += number
    return total


def slider(_: int) -> None:
    """What a slider waits for: 2,000 requests through both cycles, records and figures included"""
    scenario = load("slides").replace(duration=2_000 / 3.0)
    workload = draw(scenario)

    def both(drawn: Workload | None) -> None:
        for cycle in (SYNC, ASYNC):
            assert simulate(scenario, cycle, workload=drawn or draw(scenario), engine="exact").summary.requests

    # a batch of 20, since one run is too short to be timed alone
    batches = alternating(
        drawn_before=lambda: [both(workload) for _ in range(20)], with_draws=lambda: [both(None) for _ in range(20)]
    )
    for name, seconds in batches.items():
        bound(f"both cycles, {name.replace('_', ' ')}", seconds / 20 * 1000, most=3, unit="ms")


def start_up(_: int) -> None:
    """Start-up of `python -m sim --help` above that of bare Python"""
    times = alternating(bare=lambda: run("-c", "pass"), help=lambda: run("-m", "sim", "--help"))
    bound("--help above `python -c pass`", (times["help"] - times["bare"]) * 1000, most=100, unit="ms")


def run(*arguments: str) -> None:
    command = [*one_core(), sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def one_core() -> list[str]:
    """What keeps a command on one core, where there is such a thing."""
    return ["taskset", "-c", "0"] if Path("/usr/bin/taskset").exists() else []


if __name__ == "__main__":
    raise SystemExit(main())
