"""How many lines a second each log format is read with, on one core, and what is kept of a request.

    python benchmarks/logs.py [LINES]

Processor time, not wall time; the goal is 100,000 lines a second for every format.
"""

import sys
import tempfile
import time
from pathlib import Path

from sim import presets
from sim.experiments import simulate
from sim.logs import alb, cloudfront, heroku, lograge, nginx, rails, sidekiq
from sim.logs.importing import import_logs
from sim.logs.telling import Tell, log_of

SYNC: dict[str, tuple[Tell, ...]] = {
    "heroku": (heroku.tell,),
    "nginx": (nginx.tell,),
    "rails": (rails.tell,),
    "lograge": (lograge.tell,),
    "alb": (alb.tell,),
    "cloudfront": (cloudfront.tell,),
    "heroku and lograge": (heroku.tell, lograge.tell),
}
JOBS: dict[str, tuple[Tell, ...]] = {
    "sidekiq 5": (sidekiq.tell_as_5,),
    "sidekiq 7": (sidekiq.tell,),
    "sidekiq 8": (sidekiq.tell_as_8,),
    "sidekiq json": (sidekiq.tell_as_json,),
}


def main(lines: int) -> None:
    scenario = presets.load("slides").replace(duration=lines / 3.0, threads=12)
    jobs = scenario.replace(report_fraction=1.0, workers=60)
    print("format                lines/s")
    for cycle, served, formats in (("sync", scenario, SYNC), ("async", jobs, JOBS)):
        result = simulate(served, cycle, engine="exact")
        for name, tellers in formats.items():
            with tempfile.TemporaryDirectory() as folder:
                log, content = Path(folder) / "log", list(log_of(result, *tellers))
                log.write_bytes(b"\n".join(content))
                start = time.process_time()
                import_logs(str(log), reports=["/reports/*"], threads=12)
                print(f"{name:20} {len(content) / (time.process_time() - start):9,.0f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
