"""What is shown of a run must not change by accident: the data of figures, the talk's values, the page's columns.

Not pixels and no words. `python tests/test_golden_shown.py` writes the file anew, for a change that is meant.
"""

import hashlib
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.spines import Spine

from sim import plots
from sim.deck.values import Runs, values_of
from sim.experiments import Comparison, compare
from sim.player.data import play_data
from sim.presets import load

GOLDEN = Path(__file__).parent / "golden"
SLIDES = load(str(GOLDEN / "slides-as-it-was.toml"))


@cache
def _compared() -> Comparison:
    return compare(SLIDES)


def _pictures() -> dict[str, Any]:
    """Each picture of the run, as what makes it."""
    sync, later = _compared().sync, _compared().cycles["async"]
    made: dict[str, Any] = {"comparison": partial(plots.comparison_figure, _compared())}
    for name, result in (("sync", sync), ("async", later)):
        for figure in (plots.response_times, plots.slots, plots.backlog, plots.pages, plots.halves):
            made[f"{name} {figure.__name__}"] = partial(plots.picture, figure, result)
        made[f"{name} timeline"] = partial(plots.picture, plots.timeline, result, 11)
    made["ledger"] = partial(plots.picture, plots.ledger, _compared())
    return made


def _of(artist: Any) -> np.ndarray:
    """The data that an artist draws: a line's points, a patch's corners, a collection's places and outlines."""
    if isinstance(artist, Line2D):
        return np.asarray(artist.get_xydata(), dtype=float)
    if isinstance(artist, Patch):
        return artist.get_patch_transform().transform(artist.get_path().vertices)
    return np.concatenate([np.ma.filled(artist.get_offsets(), np.nan), *(path.vertices for path in artist.get_paths())])


def _artists(axes: list[Axes]) -> Iterator[tuple[str, Any]]:
    for number, ax in enumerate(axes):
        for kind, name in ((Line2D, "lines"), (Patch, "patches"), (Collection, "collections")):
            found = [
                one
                for one in ax.get_children()
                if isinstance(one, kind) and not isinstance(one, Spine) and one is not ax.patch
            ]
            if found:
                yield f"{number} {name}", found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def figures() -> Iterator[str]:
    """For each kind of thing in each picture, how many there are and a digest of their data."""
    for name, make in _pictures().items():
        for what, artists in _artists(make().axes):
            data = b"".join(np.array([f"{x:.9g}" for x in _of(one).ravel()]).tobytes() for one in artists)
            yield f"figure {name}, axes {what}: {len(artists)} {_digest(data)}"


def talk() -> Iterator[str]:
    """The talk's values by name."""
    yield from (f"talk {name} = {value.text}" for name, value in values_of(Runs(SLIDES)).items())


def page() -> Iterator[str]:
    """The page's numbers by name; of a column its digest."""
    data = play_data(_compared())
    yield from _leaves("page", {name: data[name] for name in ("warmup", "workload", "runs", "end")})


def _leaves(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict) and "base64" in value:
        yield f"{name}: {value['type']} {_digest(value['base64'].encode())}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}", inner)
    else:
        yield f"{name} = {value!r}"


SHOWN = {"figures": figures, "talk": talk, "page": page}


@pytest.mark.parametrize("what", SHOWN)
def test_what_is_shown_of_a_run_is_what_it_was(what: str) -> None:
    """Line by line, so that what differs is named."""
    kept = (GOLDEN / f"shown-{what}.txt").read_text(encoding="utf-8").splitlines()
    now = list(SHOWN[what]())
    assert sorted(set(kept) - set(now)) == [], f"now: {sorted(set(now) - set(kept))}"
    assert now == kept


if __name__ == "__main__":
    for what, lines in SHOWN.items():
        (GOLDEN / f"shown-{what}.txt").write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")
