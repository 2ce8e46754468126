"""Real programs that serve a scenario: router, web server, Redis, worker and load, measured beside the model.

`events` (what a program says, and its lifeline), `router`, `web`, `worker`, `redis_server`, `load`: each is a program
of its own (`python -m sim.live.router --help`). `stack` starts, watches and stops them; `measure` serves a
scenario on them, `measured` is what came of it, `verdict` holds it against the model.
"""
