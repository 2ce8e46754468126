"""Studies of many runs: what a scenario gives over many seeds, as knobs are turned, and how many slots it takes.

Reading order: `seeds`, `intervals` and `estimates` (from many runs to one honest figure), `sweeps` and `executors` (the
runs, here or elsewhere), `longrun` and `beside` (what theory says of them), `goals` and `sizing`, `tables` (all of it
as text), `ranges` (what is varied, as text).
"""
