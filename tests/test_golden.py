"""What must not change by accident: words, figures, records and traces, made before a change and compared after it.

`python tests/test_golden.py` writes the files anew. Do so only for a change that is meant, and say so in its commit.
"""

import hashlib
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from sim.cli import main

GOLDEN = Path(__file__).parent / "golden"
SLIDES = str(GOLDEN / "slides-as-it-was.toml")
RUNS = {
    "slides-as-it-was": [SLIDES],
    "slides-as-it-was-warm": [SLIDES, "--set", "warmup=60"],
    "slides-as-it-was-kill": [SLIDES, "--set", "on_timeout=kill"],
    "slides-as-it-was-finish-all": [SLIDES, "--set", "on_timeout=finish_all"],
    "quiet": ["quiet"],
    "rush-hour": ["rush-hour"],
    "just-over-thirty": ["just-over-thirty"],
    "too-few-workers": ["too-few-workers"],
    "more-threads": ["more-threads"],
}
FEW = ["--replications", "3", "--set", "duration=200"]
SAID = {  # command lines whose whole output is kept, as it is read
    "compare": ["compare", SLIDES],
    "compare-warm": ["compare", SLIDES, "--set", "warmup=60"],
    "compare-overload": ["compare", SLIDES, "--set", "workers=1", "--set", "on_timeout=kill"],
    "compare-never": ["compare", SLIDES, "--set", "external_time=40", "--set", "arrival_rate=1"],
    "compare-nothing": ["compare", SLIDES, "--set", "arrival_rate=0"],
    "compare-few": ["compare", SLIDES, "--set", "duration=5"],
    "trace-page": ["trace", "sync", SLIDES, "--request", "100"],
    "trace-report": ["trace", "async", SLIDES, "--request", "11"],
    "replicate": ["replicate", SLIDES, *FEW],
    "replicate-theory": [
        *("replicate", SLIDES, *FEW, "--statistic=thread_utilisation", "--theory"),
        *("--set=on_timeout=finish_all", "--set=threads=30"),
    ],
    "sweep": ["sweep", SLIDES, "--vary", "threads=4,12", *FEW],
    "sweep-two": ["sweep", SLIDES, "--vary=threads=4,12", "--vary=workers=2,5", "--statistic=peak_backlog", *FEW],
    "size": ["size", SLIDES, "--goal", "timed_out < 5", "--most", "12", *FEW],
    "size-workers": ["size", SLIDES, "--goal", "completion_time.p95 < 60", "--over", "workers", "--most", "9", *FEW],
}


def said(*arguments: str) -> bytes:
    """What `python -m sim` prints; in this process, for there are many of them."""
    with redirect_stdout(StringIO()) as written:
        assert main([*arguments]) == 0
    return written.getvalue().encode()


def digests(run: str) -> str:
    """A line for each table of a run, too long to be kept: its SHA-256 and its name."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for engine in ("simpy", "exact"):
            said("compare", *RUNS[run], "--engine", engine, "--records", folder, "--quiet")
            lines += [_digest(file.read_bytes(), f"{engine} {file.name}") for file in sorted(Path(folder).iterdir())]
    for cycle in ("sync", "async"):
        lines.append(_digest(said("trace", cycle, *RUNS[run], "--request", "100"), f"trace {cycle} 100"))
    lines.append(_digest(said("workload", *RUNS[run]), "workload"))
    return "\n".join(lines) + "\n"


def _digest(content: bytes, name: str) -> str:
    return f"{hashlib.sha256(content).hexdigest()}  {name}"


@pytest.mark.parametrize("run", RUNS)
def test_the_figures_of_a_run_are_what_they_were(run: str) -> None:
    kept = (GOLDEN / f"{run}.json").read_bytes()
    assert said("compare", *RUNS[run], "--json") == kept
    assert said("compare", *RUNS[run], "--json", "--engine", "exact") == kept


@pytest.mark.parametrize("run", RUNS)
def test_the_records_of_a_run_are_what_they_were(run: str) -> None:
    assert digests(run) == (GOLDEN / f"{run}.sha256").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAID)
def test_a_command_says_what_it_said(name: str) -> None:
    assert said(*SAID[name]).decode() == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_the_files_of_a_sweep_are_what_they_were(tmp_path: Path) -> None:
    assert sweep_files(tmp_path) == (GOLDEN / "sweep.sha256").read_text(encoding="utf-8")


def sweep_files(folder: Path) -> str:
    """A digest of the sweep's CSV, and one of its JSON."""
    written = folder / "sweep.csv"
    told = said(*SAID["sweep"], "--csv", str(written), "--json")
    return f"{_digest(written.read_bytes(), 'csv')}\n{_digest(told, 'json')}\n"


if __name__ == "__main__":
    for each, line in SAID.items():
        (GOLDEN / f"{each}.txt").write_bytes(said(*line))
    with tempfile.TemporaryDirectory() as place:
        (GOLDEN / "sweep.sha256").write_text(sweep_files(Path(place)), encoding="utf-8")
    for each in RUNS:
        (GOLDEN / f"{each}.json").write_bytes(said("compare", *RUNS[each], "--json"))
        (GOLDEN / f"{each}.sha256").write_text(digests(each), encoding="utf-8")
