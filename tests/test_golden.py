"""What must not change by accident: figures, records and traces of runs, made before a change and compared after it.

`python tests/test_golden.py` writes the files anew. Do so only for a change that is meant, and say so in its commit.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

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


def said(*arguments: str) -> bytes:
    """What `python -m sim` prints."""
    return subprocess.run([sys.executable, "-m", "sim", *arguments], check=True, capture_output=True).stdout


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


if __name__ == "__main__":
    for each in RUNS:
        (GOLDEN / f"{each}.json").write_bytes(said("compare", *RUNS[each], "--json"))
        (GOLDEN / f"{each}.sha256").write_text(digests(each), encoding="utf-8")
