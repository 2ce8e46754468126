"""How fast are the engines, and what are they compared with? All in one run: `python benchmarks/engines.py`.

Every figure is CPU time, compared pair by pair in rounds in which the contenders take turns (`measuring`). A ratio is
written with the bound that the project promises; the status is 1 if one is missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from io import StringIO
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import happy
import measuring
import numpy as np
import redis
import textbook
import textbook_retries
from measuring import MANY, ROUNDS, alternating, bound, command, most_held, rates, ratio
from others import bare_loop, bare_repetition, conversation, kernel, serve_compiled, serve_with_ciw

from sim import ASYNC, SYNC, load
from sim.broker import connect
from sim.delays import Constant
from sim.exact import pool, serve
from sim.experiments import simulate
from sim.path import CONSTANT_HOPS
from sim.player.data import cycles
from sim.scenario import Scenario
from sim.stats import summarise
from sim.story import trace
from sim.studies.sweeps import sweep
from sim.units import column_to_grid
from sim.workload import Workload, draw, legs_of, read, write

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))
from page_model import REGISTER, node  # noqa: E402
from redis_server import RedisServer, binary  # noqa: E402

THREADS, TIMEOUT = 8, 30.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    sections = (engines, retries, presets, memory, jobs, failing, sweeps, slider, page, start_up)
    names = [section.__name__ for section in sections]
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(names)} (all)")
    parser.add_argument("--requests", type=int, default=100_000, help="of the engines' workload (100000)")
    args = parser.parse_args()
    if not set(args.sections) <= set(names):
        parser.error(f"SECTION: allowed: {', '.join(names)}")
    libraries = [f"{package} {version(package)}" for package in ("simpy", "ciw", "numba", "numpy", "redis")]
    print(" ".join([f"Python {platform.python_version()}", *libraries]))
    print(f"{os.cpu_count()} cores; CPU time, medians over {ROUNDS} rounds ({MANY} of short turns)\n")
    for section in sections:
        if not args.sections or section.__name__ in args.sections:
            print(f"{section.__doc__}".splitlines()[0])
            section(args.requests)
            print()
    missed = measuring.missed
    print("All bounds are kept." if not missed else f"Missed: {'; '.join(missed)}")
    return 1 if missed else 0


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
    ours, compiled = simulate(scenario, SYNC, workload=workload).records, serve_compiled(workload, SYNC, scenario)
    started_at, finished_at = textbook.serve(*fed)
    assert np.array_equal(ours.started_at, started_at, equal_nan=True), "the textbook recipe starts others"
    assert np.array_equal(ours.finished_at, finished_at, equal_nan=True)
    assert np.array_equal(ours.finished_at, compiled.finished_at, equal_nan=True)
    assert (ours.at_threads.idle, ours.at_threads.area) == (compiled.at_threads.idle, compiled.at_threads.area)
    times = alternating(
        textbook=lambda: textbook.serve(*fed),
        ciw_with_reneging=lambda: serve_with_ciw(*fed),
        simpy_engine=lambda: simulate(scenario, SYNC, workload=workload),
        exact_engine=lambda: serve(workload, SYNC, scenario),
        exact_loop=lambda: pool(THREADS, *fed[:2], TIMEOUT),
        numba_heap=lambda: kernel(THREADS, *fed[:2], TIMEOUT, inf),
    )
    rates(times, requests)
    bound("SimPy engine, times the textbook", ratio(times, "textbook", "simpy_engine"), least=3.5, aim=4)
    bound("SimPy engine, times Ciw", ratio(times, "ciw_with_reneging", "simpy_engine"), least=6)
    bound("exact engine, times the textbook", ratio(times, "textbook", "exact_engine"), least=40)
    bound("exact engine, times Ciw", ratio(times, "ciw_with_reneging", "exact_engine"), least=60)
    bound("the exact engine's loop, times slower than numba's heap", ratio(times, "exact_loop", "numba_heap"), most=14)
    bound("the exact engine with its records, times its loop", ratio(times, "exact_engine", "exact_loop"), most=1.7)


def retries(requests: int) -> None:
    """Clients who try again twice and a bounded backlog, on a file workload of 8 threads, lognormal service"""
    for load_of_all, limit, least in ((0.8, None, 4.0), (1.3, 100, 2.5)):
        workload = lognormal(min(requests, 30_000), load_of_all)
        scenario = _tries_again(THREADS, limit)
        fed = (workload.arrived_at, workload.web_time, THREADS, TIMEOUT, inf if limit is None else limit, 2, 1.0)
        told, found = textbook_retries.serve(*fed), simulate(scenario, SYNC, workload=workload).summary
        assert abs(told["ok"] - found.answered) <= 0.002 * found.requests, "the textbook recipe answers others"
        times = alternating(
            rounds=MANY,
            textbook=lambda fed=fed: textbook_retries.serve(*fed),
            engine=lambda s=scenario, w=workload: simulate(s, SYNC, workload=w),
        )
        name = f"at load {load_of_all}{f' with a bound of {limit}' if limit else ''}, times the textbook"
        bound(name, ratio(times, "textbook", "engine"), least=least)
    if happy.IS_THERE:
        _against_happy_simulator(lognormal(min(requests, 10_000), 0.8))
    else:
        print("  happy-simulator is not there (it needs Python 3.13): left out")


def _tries_again(threads: int, limit: int | None) -> Scenario:
    again = {"client_retries": 2, "client_retry_delay": Constant(seconds=1)}
    return Scenario(threads=threads, timeout=TIMEOUT, backlog_limit=limit, **again)


def _against_happy_simulator(workload: Workload) -> None:
    scenario = _tries_again(THREADS, None)
    fed = (workload.arrived_at, workload.web_time, THREADS, TIMEOUT, 2, 1.0)
    told, found = happy.serve(*fed), simulate(scenario, SYNC, workload=workload).summary
    assert told == {"ok": found.answered, "timed_out": found.timed_out}, "happy-simulator's client fares differently"
    times = alternating(
        happy_simulator=lambda: happy.serve(*fed), engine=lambda: simulate(scenario, SYNC, workload=workload)
    )
    bound("at load 0.8, times happy-simulator's client", ratio(times, "happy_simulator", "engine"), least=10)


def lognormal(requests: int, load_of_all: float) -> Workload:
    """Poisson arrivals of lognormal service (mean e^0.5 s) at a load of `THREADS` threads."""
    random = np.random.default_rng(1)
    work = np.maximum(column_to_grid(random.lognormal(0.0, 1.0, requests)), 2.0**-10)
    gaps = random.exponential(work.mean() / (load_of_all * THREADS), requests)
    arrived_at, none = column_to_grid(np.cumsum(gaps)), np.zeros(requests)
    hops = {hop.name: 0.0 for hop in CONSTANT_HOPS}
    return Workload(arrived_at, none.astype(bool), work, none, hops, float(arrived_at[-1]), from_file=True)


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
        slower = ratio(times, f"simpy_engine_{cycle}_with_trace", f"simpy_engine_{cycle}")
        bound(f"SimPy engine {cycle} with its trace, times without", slower, most=4)


def memory(requests: int) -> None:
    """Memory: the most that is held at once, for each request"""
    slides = load("slides")
    scenario = slides.replace(duration=requests / slides.rate_steps[0][1])
    workload = draw(scenario)
    result = simulate(scenario, ASYNC, workload=workload)
    many = scenario.replace(threads=10_000)
    held = most_held(lambda: simulate(many, SYNC, workload=workload))
    bound(f"SimPy engine, {len(workload):,} requests, 10,000 threads", held / 1e6, most=150, unit="MB")
    for engine in ("simpy", "exact"):
        held = most_held(lambda engine=engine: simulate(scenario, SYNC, workload=workload, engine=engine))
        bound(f"SYNC on the engine {engine}", held / len(workload), most=300, unit="B")
    lab = lognormal(min(requests, 30_000), 1.3)
    for threads in (8, 500):
        held = most_held(lambda threads=threads: simulate(_tries_again(threads, 100), SYNC, workload=lab))
        attempts = len(simulate(_tries_again(threads, 100), SYNC, workload=lab).records)
        bound(f"tries again, bounded backlog, {threads} threads", held / attempts, most=300, unit="B")
    held = most_held(lambda: trace(result.records, workload, ASYNC))
    bound("making a trace", held / len(workload), most=350, unit="B")
    with TemporaryDirectory() as folder:
        file = Path(folder, "requests.csv")
        with file.open("w") as stream:
            write(workload, stream)
        bound("reading a workload file", most_held(lambda: read(file)) / len(workload), most=230, unit="B")
    times = alternating(write=lambda: write(workload, StringIO()))
    bound("writing a workload file, a row", median(times["write"]) / len(workload) * 1e6, most=3.7, unit="µs")


def jobs(requests: int) -> None:
    """Jobs through Redis, against a bare loop of the same commands on one held connection"""
    count = min(requests, 2_000)
    scenario = Scenario(report_fraction=1.0, external_time=1.0, arrival_rate=3.0, duration=count / 3)
    workload = draw(scenario)

    def run(client: redis.Redis) -> object:
        return simulate(scenario, ASYNC, workload=workload, redis=client)

    def bare(client: redis.Redis) -> Callable[[], object]:
        return partial(bare_loop, client, len(workload))

    beside_a_bare_loop(len(workload), run, bare, most=1.2, aim=0.7, rounds=MANY)


def failing(requests: int) -> None:
    """Jobs that fail, wait in the retry set and are run again, against a bare loop that says the same to Redis"""
    count = min(requests, 10_000)
    wait = {"job_retries": 25, "job_retry_delay": Constant(seconds=20), "retry_poll_time": 5.0}
    calls = {"report_fraction": 1.0, "external_time": 1.0, "failure_fraction": 0.2, "workers": 6}
    scenario = Scenario(arrival_rate=3.0, duration=count / 3, **calls, **wait)
    workload = draw(scenario)

    def run(client: redis.Redis) -> object:
        return simulate(scenario, ASYNC, workload=workload, redis=client)

    def bare(client: redis.Redis) -> Callable[[], object]:
        return partial(bare_repetition, client, conversation(lambda: run(client)))

    beside_a_bare_loop(len(workload), run, bare, most=1.3)


def beside_a_bare_loop(
    jobs: int,
    run: Callable[[redis.Redis], object],
    bare: Callable[[redis.Redis], Callable[[], object]],
    *,
    most: float,
    aim: float | None = None,
    rounds: int = ROUNDS,
) -> None:
    """A run against a bare loop of the same commands: on the fake Redis by CPU time, on a server of its own by wall."""

    def by_turns(client: redis.Redis, clock: Callable[[], float]) -> measuring.Times:
        times = alternating(clock=clock, rounds=rounds, bare_loop=bare(client), run=lambda: run(client))
        rates(times, jobs)
        return times

    times = by_turns(connect("fake"), measuring.cpu)
    bound("a run on the fake Redis, times a bare loop on it", ratio(times, "run", "bare_loop"), most=most)
    if binary() is None:
        print("  no redis-server on PATH: left out")
        return
    with RedisServer() as server, redis.Redis.from_url(server.url) as client:
        times = by_turns(client, time.perf_counter)  # a server's part is no CPU time of ours
    share = ratio(times, "bare_loop", "run")
    bound("jobs a second of a run, share of the bare loop's (wall)", share, least=0.5, aim=aim)


def sweeps(_: int) -> None:
    """Sweeps: what a run of the preset's own size costs beside its loop, and the whole command"""
    slides = load("slides")
    workload = draw(slides)
    pools = [_asked_of_the_pools(workload, cycle, slides) for cycle in (SYNC, ASYNC)]
    times = alternating(
        loops=lambda: [pool(*each) for each in (*pools[0], *pools[1]) for _ in range(20)],
        runs=lambda: [
            summarise(serve(workload, cycle, slides), workload) for cycle in (SYNC, ASYNC) for _ in range(20)
        ],
        sweep=lambda: sweep(slides, {"threads": range(3, 11)}),
        command=lambda: command("-m", "sim", "sweep", "slides", "--vary", "threads=3:10", "--quiet"),
    )
    print(
        f"  a run and cycle of {len(workload):,} requests, figures included {median(times['runs']) / 40 * 1e6:8.0f} µs"
    )
    print(f"  the same in a sweep, draws included {median(times['sweep']) / 320 * 1e6:29.0f} µs")
    bound("a run and its figures, times its loops alone", ratio(times, "runs", "loops"), most=2)
    bound("8 points × 20 replications × both cycles: the whole command", median(times["command"]), most=2, unit="s")
    long = slides.replace(duration=4 * slides.duration)
    with ProcessPoolExecutor(2) as pair:
        times = alternating(
            clock=time.perf_counter,
            in_process=lambda: sweep(long, {"threads": range(3, 11)}),
            two_processes=lambda: sweep(long, {"threads": range(3, 11)}, executor=pair),
            loop=lambda: [spin(0) for _ in range(8)],
            loop_in_two_processes=lambda: list(pair.map(spin, range(8))),
        )
    ours, ideal = ratio(times, "in_process", "two_processes"), ratio(times, "loop", "loop_in_two_processes")
    print(f"  two processes, wall: {ours:.2f} times as fast, a pure CPU loop {ideal:.2f}; on idle cores this counts")


def _asked_of_the_pools(workload: Workload, cycle: object, scenario: Scenario) -> list[tuple]:
    """What the exact engine asks its loop: the threads', and the workers' where there are jobs."""
    legs, records = legs_of(workload, cycle), serve(workload, cycle, scenario)
    runs = records.at_workers
    asked = [(scenario.threads, workload.arrived_at, legs.first + legs.after_push, scenario.patience, scenario.limit)]
    return asked + ([(runs.slots, runs.came_at, legs.job[runs.request_id], inf, inf)] if len(runs) else [])


def spin(_: int) -> int:
    """A pure CPU loop of about a fifth of a second."""
    total = 0
    for number in range(2_500_000):
        total += number
    return total


def slider(_: int) -> None:
    """What a notebook's slider waits for: 2,000 requests through both cycles, records and figures included"""
    slides = load("slides")
    scenario = slides.replace(duration=2_000 / slides.rate_steps[0][1])
    workload = draw(scenario)

    def both(drawn: Workload | None) -> None:
        for cycle in (SYNC, ASYNC):
            assert simulate(scenario, cycle, workload=drawn or draw(scenario), engine="exact").summary.requests

    # a batch of 20, since one run is too short to be timed alone
    batches = alternating(
        drawn_before=lambda: [both(workload) for _ in range(20)], with_draws=lambda: [both(None) for _ in range(20)]
    )
    for name, rounds in batches.items():
        bound(f"both cycles, {name.replace('_', ' ')}", median(rounds) / 20 * 1000, most=3, unit="ms")


def page(_: int) -> None:
    """What the page computes in JavaScript, in node: 2,000 visits through both cycles, the medians of 200 warm runs"""
    again = ("client_retries=3",)
    worker = ("failure_fraction=0.2", "job_retries=3", "retry_poll_time=5", 'worker_stops=[[300, "kill"]]')
    plain = _in_node()
    bound("nothing goes wrong: the event loop, times a bare recursion", plain["loop"] / plain["recursion"], most=3)
    for more in ((), ("backlog_limit=20",), worker, ("cores=1",)):
        settings = [setting.partition("=")[0] for setting in again + more]
        bound(f"both cycles with {', '.join(settings)}", _in_node(*again, *more)["loop"], most=10, unit="ms")
    for threads in ("5", "500"):
        held = _in_node(*again, "cores=1", f"threads={threads}")["bytes"]
        bound(f"records of a request with client_retries, cores, threads={threads}", held, most=300, unit="bytes")


def _in_node(*settings: str) -> dict[str, float]:
    """Milliseconds of processor time of both cycles, by what served them."""
    slides = load("slides", settings)
    scenario = slides.replace(duration=2_000 / slides.rate_steps[0][1])
    workload = draw(scenario)
    columns = {name: getattr(workload, name).tolist() for name in ("arrived_at", "is_report", "external_time")}
    constants = {"hop_times": dict(workload.hop_times), "ends_at": workload.ends_at, "from_file": False}
    asked = {"workload": columns | constants, "scenario": scenario.model_dump(mode="json"), "cycles": cycles()}
    script = str(Path(__file__).parent / "page.mjs")
    command = [node(), "--expose-gc", "--import", REGISTER, script]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def start_up(_: int) -> None:
    """Start-up: what a command costs above bare Python, and a whole comparison beside importing numpy"""
    times = alternating(
        bare=lambda: command("-c", "pass"),
        numpy=lambda: command("-c", "import numpy"),
        help=lambda: command("-m", "sim", "--help"),
        compare=lambda: command("-m", "sim", "compare", "slides", "--quiet", "--json"),
        exact=lambda: command("-m", "sim", "compare", "slides", "--quiet", "--json", "--engine", "exact"),
        check=lambda: command("-m", "sim", "check"),
    )
    above = [a - b for a, b in zip(times["help"], times["bare"], strict=True)]
    bound("--help above `python -c pass`", median(above) * 1000, most=100, unit="ms")
    bound("`compare slides`, times `import numpy`", ratio(times, "compare", "numpy"), most=5)
    bound("`compare slides --engine exact`, times `import numpy`", ratio(times, "exact", "numpy"), most=4)
    bound("`check`", median(times["check"]), most=3, unit="s")


if __name__ == "__main__":
    raise SystemExit(main())
