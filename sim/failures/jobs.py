"""A job: what a report pushed, from its push until nobody works on it any more."""

import math
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Job:
    """What a report pushed, from its push until it is done, dead or lost; `runs` and `retries` made so far."""

    request: int
    visit: int
    queue: int
    work_time: float
    enqueued_at: float = math.nan
    joined_at: float = math.nan  # later than enqueued_at where it was put back
    runs: int = 0
    retries: int = 0
