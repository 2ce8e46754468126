"""Logs for the tests: runs told in every format, as files."""

from collections.abc import Iterable
from pathlib import Path

from sim.experiments import Result, simulate
from sim.logs import alb, cloudfront, heroku, lograge, nginx, rails, sidekiq
from sim.logs.telling import Tell, log_of
from sim.presets import load
from sim.scenario import Scenario
from sim.workload import Workload

ROUTERS: dict[str, Tell] = {"heroku": heroku.tell, "alb": alb.tell, "nginx-msec": nginx.tell_with_msec}
COARSE_ROUTERS: dict[str, Tell] = {"nginx": nginx.tell, "cloudfront": cloudfront.tell}
APPLICATIONS: dict[str, Tell] = {"lograge": lograge.tell, "rails": rails.tell}
JOBS: dict[str, Tell] = {
    "sidekiq 5": sidekiq.tell_as_5,
    "sidekiq 7": sidekiq.tell,
    "sidekiq 8": sidekiq.tell_as_8,
    "sidekiq json": sidekiq.tell_as_json,
}
ALL = ROUTERS | COARSE_ROUTERS | APPLICATIONS | JOBS


SLIDES = load(str(Path(__file__).parent / "golden" / "slides-as-it-was.toml"))


def run(scenario: Scenario = SLIDES, cycle: str = "sync", workload: Workload | None = None) -> Result:
    return simulate(scenario, cycle, workload=workload, engine="exact")


def written(file: Path, result: Result, *tellers: Tell) -> str:
    """The name of a file with the log of a run."""
    return lines(file, log_of(result, *tellers))


def lines(file: Path, content: Iterable[bytes]) -> str:
    file.write_bytes(b"".join(line + b"\n" for line in content))
    return str(file)


def log_format(name: str) -> str:
    return nginx.WITH_MSEC if name == "nginx-msec" else ""
