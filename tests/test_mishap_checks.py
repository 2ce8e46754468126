"""The recordings of a real stack under mishaps are repeated, and a wrong rule would be noticed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim import delays, mishap_checks
from sim.cycles import CYCLES
from sim.failures.run import Run
from sim.mishap_checks import attempts_wrong, means, recordings, repeated, runs_wrong

ROOT = Path(__file__).parent.parent


def wrong(name: str, **settings: Any) -> int:
    """How many attempts or runs of a recording end differently with other settings than the recorded ones."""
    recorded = recordings()[name]
    compare = attempts_wrong if name in mishap_checks.ATTEMPTS else runs_wrong
    return compare(recorded, repeated(replace(recorded, settings=recorded.settings | settings)))[0]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("retry-constant.finish_started", {"client_retries": 0}),
        ("retry-constant.finish_started", {"on_timeout": "finish_all"}),
        ("retry-exponential.finish_all", {"client_retries": 2}),
        ("service_timeout", {"service_timeout": 20}),
        ("door", {"backlog_limit": 12}),
        ("outage-constant", {"job_retries": 1}),
        ("outage-kill", {"worker_stops": [[100, "term"]]}),
        ("kill", {"fetch": "reliable"}),
        ("term", {"worker_stops": [[90, "kill"]]}),
    ],
)
def test_a_recording_tells_its_rule_from_another(name: str, settings: dict[str, Any]) -> None:
    most = (mishap_checks.ATTEMPTS | mishap_checks.RUNS)[name][0]
    assert wrong(name) <= most
    assert wrong(name, **settings) > most


def test_without_the_rule_of_one_core_pages_that_compute_would_be_far_too_quick() -> None:
    recorded = recordings()["cores-15"]
    told = float(repeated(recorded).response_time.mean())
    without = float(repeated(replace(recorded, settings=recorded.settings | {"cores": 5})).response_time.mean())
    real = 0.1956
    assert abs(told / real - 1) < 0.05
    assert without / real < 0.6


def test_how_right_the_rule_of_one_core_is_said_to_be_is_what_the_recordings_say() -> None:
    def off(name: str, **settings: Any) -> float:
        recorded = recordings()[name]
        here, real = means(replace(recorded, settings=recorded.settings | settings))
        return 100 * (here / real - 1)

    assert max(abs(off(name)) for name in ("cores-5", "cores-15", "cores-19")) < 3
    assert round(off("cores-crunch")) == -8
    assert off("cores-19", cores=5) < -50
    offs = [round(off(name)) for name in ("cores-5", "cores-15", "cores-19", "cores-crunch")]
    beside = (ROOT / "sim" / "measured" / "lab" / "README.md").read_text(encoding="utf-8")
    assert f"{offs[0]}, {offs[1]}, {offs[2]} and {offs[3]} % (`sim check`)" in beside
    notebook = (ROOT / "notebooks" / "09_threads_that_compute.ipynb").read_text(encoding="utf-8")
    for text in (notebook, (ROOT / "docs" / "model.md").read_text(encoding="utf-8")):
        assert "within 3 %" in text
        assert "8 % too low" in text


def test_delays_that_are_not_sidekiqs_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def say(*verdict: Any) -> Any:
        return verdict

    assert mishap_checks.check_delays(say)[3]
    monkeypatch.setattr(delays.Sidekiq, "seconds_before", lambda _self, retry, _draw: float(retry))
    assert not mishap_checks.check_delays(say)[3]


def test_a_restart_after_a_term_counts_from_where_the_real_grace_ended() -> None:
    recorded = recordings()["term"]
    nominal = recorded.scenario.model_copy(update={"shutdown_time": recorded.settings["shutdown_time"]})
    as_set = Run(recorded.workload, CYCLES["async"], nominal).finish()
    assert runs_wrong(recorded, repeated(recorded))[2] <= 0.04 < runs_wrong(recorded, as_set)[2]
