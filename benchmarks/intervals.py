"""Do the intervals hold what they say? `python benchmarks/intervals.py`: many experiments of 20 runs of every preset.

An interval holds where it contains the mean over all runs that were made here, thousands, dealt out anew four times.
Counted are the intervals that promise something: those of figures that differ in more than a few of the runs. Of those
that are alike in all runs it is printed how often what is said of other runs is true. Student's interval and scipy's
bootstrap (BCa) are given the same runs. The status is 1 if a figure holds in fewer than 90 of 100 experiments, by more
than two standard errors of this study.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from sim.experiments import simulate
from sim.presets import PRESETS, load
from sim.stats import t_half_width
from sim.studies.estimates import STATISTICS, estimate, figures, kinds_of, labels_of, with_difference
from sim.studies.intervals import shares_of_runs
from sim.studies.sizing import size
from sim.workload import draw

Values = NDArray[np.float64]
CYCLES = ("sync", "async")
PROMISED = 0.9
FIRST_SEED = 10**9  # of runs that no replication of a preset has
SHUFFLES = 4
RARE = 0.5  # a figure that is promised in fewer of the experiments is not promised


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=list(PRESETS), metavar="PRESET")
    parser.add_argument("--runs", type=int, default=6000, help="of each preset, all together (6000)")
    parser.add_argument("--replications", type=int, default=20, help="of one experiment (20)")
    parser.add_argument("--bootstrap", type=int, default=60, help="experiments for the bootstrap, which is slow (60)")
    parser.add_argument("--sizing", type=int, default=0, help="recommendations of size to try (none)")
    args = parser.parse_args()
    holds = True
    with ProcessPoolExecutor(2) as processes:
        for preset in args.presets:
            seeds = range(FIRST_SEED, FIRST_SEED + args.runs)
            runs = np.array(list(processes.map(partial(run, preset), seeds, chunksize=50)))
            holds &= told(preset, with_difference(runs, CYCLES), args.replications, args.bootstrap)
    sizings(args.sizing)
    return 0 if holds else 1


def run(preset: str, seed: int) -> Values:
    scenario = load(preset)
    workload = draw(scenario, seed)
    return np.array([figures(simulate(scenario, name, workload=workload, engine="exact").summary) for name in CYCLES])


def told(preset: str, runs: Values, count: int, bootstrapped: int) -> bool:
    """Print what holds how often in a preset; whether all that is promised does."""
    experiments = np.concatenate([dealt_out(runs, count, shuffle) for shuffle in range(SHUFFLES)])
    labels = labels_of(CYCLES)
    with np.errstate(invalid="ignore"):
        truth = runs.mean(axis=0)
    found = [estimate(values, kinds_of(values, labels)) for values in experiments]
    promised = np.array([(one.rests_on == count) & (one.missing == "") for one in found])
    held = np.array([(one.low <= truth) & (truth <= one.high) for one in found]) & promised
    student = (
        np.array([np.abs(values.mean(axis=0) - truth) <= t_half_width(values) for values in experiments]) & promised
    )
    often = (promised.mean(axis=0) >= RARE) & np.isfinite(truth)
    share = np.divide(held.sum(axis=0), promised.sum(axis=0), out=np.ones(often.shape), where=often)
    of_student = np.divide(student.sum(axis=0), promised.sum(axis=0), out=np.ones(often.shape), where=often)
    print(f"{preset}: {len(experiments)} experiments of {count} runs; {often.sum()} figures promised")
    worst = np.argsort(share, axis=None)[:5]
    for cycle, statistic in zip(*np.unravel_index(worst, share.shape), strict=True):
        values = experiments[:bootstrapped, :, cycle, statistic]
        print(
            f"  {labels[cycle]:12} {STATISTICS[statistic]:24} {share[cycle, statistic]:6.1%}"
            f"   Student's {of_student[cycle, statistic]:6.1%}   bootstrap {bca(values, truth[cycle, statistic]):6.1%}"
        )
    alike = alike_runs(runs, experiments, found, labels)
    print(f"  all alike, so that up to {shares_of_runs(count)[1][0]:.0%} of all runs may differ: true of {alike:.1%}")
    error = np.sqrt(share * (1 - share) / (len(runs) // count))
    return bool((share + 2 * error >= PROMISED).all())


def dealt_out(runs: Values, count: int, shuffle: int) -> Values:
    """The runs in experiments of so many, in an order of their own."""
    order = np.random.default_rng(shuffle).permutation(len(runs))
    return runs[order[: len(runs) // count * count]].reshape(-1, count, *runs.shape[1:])


def bca(experiments: Values, truth: float) -> float:
    """How often the bootstrap's interval holds."""
    held = [
        bootstrap((values,), np.mean, n_resamples=999, rng=number).confidence_interval
        for number, values in enumerate(experiments)
    ]
    return float(np.mean([one.low <= truth <= one.high for one in held]))


def alike_runs(runs: Values, experiments: Values, found: list, labels: list[str]) -> float:
    """How often what is said where all runs of an experiment are alike is true of all runs."""
    most = shares_of_runs(experiments.shape[1])[1][0]
    true, said = 0, 0
    for values, one in zip(experiments, found, strict=True):
        alike = (one.rests_on == 0) & (one.missing == "")
        differ = (runs != values[0]).mean(axis=0)
        true, said = true + int((differ[alike] <= most).sum()), said + int(alike.sum())
    return true / said if said else 1.0


def sizings(number: int) -> None:
    """What `size` recommends, and what that gives with 2,000 other seeds."""
    scenario = load("slides", ["duration=60"])
    for goal in ("timed_out_pages < 0.01", "timeout_fraction < 0.01", "page_response_time.p95 < 1") if number else ():
        name = goal.split()[0]
        missed = recommended = 0
        for seed in range(number):
            sizing = size(scenario.replace(seed=50_000 + seed), goal)
            if sizing.smallest is None:
                continue
            recommended += 1
            served = scenario.replace(threads=sizing.smallest)
            values = [
                figures(simulate(served, workload=draw(served, FIRST_SEED + other), engine="exact").summary)
                for other in range(2000)
            ]
            missed += not np.mean(values, axis=0)[STATISTICS.index(name)] < sizing.goals[0].bound
        print(
            f"{goal}: {recommended} of {number} recommendations, {missed} of them miss the goal with 2,000 other seeds"
        )


if __name__ == "__main__":
    sys.exit(main())
