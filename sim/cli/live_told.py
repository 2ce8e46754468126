"""How a live run is told: a few lines beside the prediction, and the panels of the figure."""

from typing import TYPE_CHECKING

from ..words import NONE, cycle_name

if TYPE_CHECKING:
    from ..live.measured import Measured
    from ..live.verdict import Beside
    from ..plots import Panel
    from ..scenario import Scenario
    from ..workload import Workload

WORDS = {
    "requests": "requests of all visits",
    "visits_answered": "visits answered well",
    "timed_out": "timed out",
    "rejected": "turned away at the door",
    "failed": "answered 500",
    "polls": "polls for reports",
    "jobs_done": "jobs completed",
    "jobs_lost": "jobs lost",
    "runs_failed": "runs failed",
    "runs_lost": "runs lost",
    "runs_returned": "runs given back",
    "jobs_done_twice": "jobs done twice",
}


def panel(scenario: "Scenario", workload: "Workload", one: "Beside") -> "Panel":
    """A cycle of the figure."""
    from ..checks import Recording
    from ..cycles import CYCLES
    from ..experiments import Result
    from ..plots import Panel

    real = one.measured
    recording = Recording(real.timed_out, real.response_time, real.at["started"])
    result = Result(scenario, workload, CYCLES[real.cycle], one.predicted)
    title = f"{cycle_name(real.cycle)} at 1:{real.scale:g}"
    return Panel(title, result, recording, one.ranges["timed_out"], "too busy" if one.too_busy else one.verdict)


def told(one: "Beside") -> str:
    """A run in a few lines; where the machine was too busy no number is called a result."""
    said, real = one.to_json(), one.measured
    head = f"{cycle_name(real.cycle)} at 1:{real.scale:g} on {', '.join(_programs(real))}: {said['verdict']}"
    busy = f"  latest arrivals (p99) {said['lateness_p99_ms']} ms, longest stall {said['longest_stall_ms']} ms"
    if one.too_busy:
        return f"{head}\n  {one.too_busy}\n{busy}"
    times, counts = said["response_time"], said["counts"]
    rows = [f"{'':26}{'simulated':>12}{'measured':>12}   what the model allows"]
    rows += [f"  {'requests':24}{said['requests']:12}{said['answered'] + said['timed_out']['measured']:12}"]
    for name, count in counts.items():
        low, high = count["range"]
        rows += [f"  {WORDS[name]:24}{count['simulated']:12}{count['measured']:12}   {low} to {high}"]
    for place, name in enumerate(("response time p50, s", "response time p95, s")):
        rows += [f"  {name:24}{_seconds(times['simulated'][place])}{_seconds(times['measured'][place])}"]
    for name, queue in said["queues"].items():
        waits, label = queue["waiting_time"], f"{name if len(name) < 11 else name[:9] + '…'} waits, p95, s"
        low, high = (_seconds(bound).strip() for bound in waits["range"])
        rows += [f"  {label:24}{_seconds(waits['simulated'][1])}{_seconds(waits['measured'][1])}   {low} to {high}"]
    return "\n".join([head, *rows, busy])


def _programs(real: "Measured") -> list[str]:
    chosen = (real.programs.get("web", "waitress"), real.programs.get("worker", "ours"))
    return [real.redis, *(name for name in chosen if name not in ("waitress", "ours"))]


def _seconds(value: float | None) -> str:
    return f"{NONE:>12}" if value is None else f"{value:12.3f}"
