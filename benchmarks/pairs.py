"""1,000 pairs of a seed and a preset: whether the page draws and serves what Python does, with `==`: some minutes."""

import sys
from pathlib import Path

import numpy as np

from sim.experiments import compare
from sim.player.data import explorer_data
from sim.player.knobs import knobs_of
from sim.presets import ALL, PRESETS, load
from sim.studies.seeds import seeds_of
from sim.workload import draw

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from page_model import PageModel

PAIRS, LEAST = 1000, 0.999
COLUMNS = ("arrived_at", "is_report", "external_time")


def is_same(page: PageModel, name: str, seed: int) -> bool:
    """Whether the requests are the same, and, where the exact engine has the rules, every figure of three cycles."""
    scenario = load(name).replace(seed=seed)
    sent = {"data": explorer_data(load(name)), "preset": name, "knobs": knobs_of(scenario)}
    answer, workload = page.ask("explore", **sent, seed=str(seed)), draw(scenario, seed)
    if not all(np.array_equal(answer["workload"][column], getattr(workload, column)) for column in COLUMNS):
        return False
    if name not in PRESETS:
        return True
    truths = {cycle: result.summary.to_json() for cycle, result in compare(scenario, engine="exact").cycles.items()}
    summaries = answer["summaries"]
    return all(truths[cycle][figure] == value for cycle in truths for figure, value in summaries[cycle].items())


def main() -> int:
    """Print what was found; 1 if fewer than 999 of 1,000 are the same."""
    each = -(-PAIRS // len(ALL))
    with PageModel() as page:
        found = [(name, seed, is_same(page, name, seed)) for name in ALL for seed in seeds_of(load(name).seed, each)]
    others = [(name, seed) for name, seed, same in found if not same]
    print(f"{len(found) - len(others)} of {len(found)} (seed, preset) pairs are the same; not: {others or 'none'}")
    return int(len(others) > (1 - LEAST) * len(found))


if __name__ == "__main__":
    sys.exit(main())
