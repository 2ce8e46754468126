"""How much memory a run may take: what the machine has free, or what the process is allowed where that is less."""

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = (  # the limit and what is in use, of the control group in which a container sees itself; version 2 and 1
    ("/sys/fs/cgroup", "memory.max", "memory.current"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
UNUSED_FILES = re.compile(r"^inactive_file (\d+)$", re.MULTILINE)  # kept only as long as nobody wants the memory
OUT_OF_MEMORY = re.compile(  # what others say of it: Python, the loader, Node.js, C++
    r"cannot allocate memory|failed to map segment|can't start new thread|out of memory|process OOM|bad_alloc",
    re.IGNORECASE,
)

FEW = 100_000  # rows fit everywhere
BYTES_PER_REQUEST = 900  # of records, in the three columns of a comparison
BYTES_PER_RUN = 250  # of a job, in the column that has workers
MOST_AGAIN = 500_000  # more than that, and more than so many for each visit, is a flood: some ten seconds of computing
MOST_AGAIN_IN_REDIS = 20_000  # which takes so much longer
AGAIN_EACH = 10


def refuse_absurd_sizes(rows: float, where: str, what: str = "requests", each: int = BYTES_PER_REQUEST) -> None:
    """Raise ValueError, with the arithmetic, if so many requests (or runs) take more than half of the free memory."""
    if rows < FEW:
        return
    needed, free = rows * each, free_memory()
    if needed > free / 2:
        raise ValueError(
            f"{where}: {rows:,.0f} {what} × {each} bytes = {needed / 1e9:,.1f} GB;"
            f" allowed: half of the free memory, {free / 2e9:,.1f} GB"
        )


def says_out_of_memory(text: str) -> bool:
    """Whether what somebody else's code said at its end means that there was not enough memory."""
    return OUT_OF_MEMORY.search(text) is not None


def refuse_a_flood(again: int, visits: int, at: float, where: str, what: str, *, in_redis: bool = False) -> None:
    """Raise ValueError, with the arithmetic, if so much was done again for so many visits until `at`."""
    most = MOST_AGAIN_IN_REDIS if in_redis else MOST_AGAIN
    if again > max(AGAIN_EACH * visits, most):
        raise ValueError(
            f"{where}: {again:,} {what} for {visits:,} visits until {at:,.0f} s;"
            f" allowed: {most:,}{' in Redis' if in_redis else ''}, or {AGAIN_EACH} for each visit"
        )


def free_memory() -> float:
    """Bytes that this process may still take; infinite where nobody can tell."""
    return max(0.0, min([*_of_the_machine(), *_of_the_process(), *_of_the_group()], default=math.inf))


def _of_the_machine() -> Iterator[float]:
    with suppress(ImportError):  # not where Python runs in a browser
        import psutil

        yield psutil.virtual_memory().available


def _of_the_process() -> Iterator[float]:
    """Within `ulimit -v`."""
    with suppress(ImportError, OSError):
        import resource

        import psutil

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            yield limit - psutil.Process().memory_info().vms


def _of_the_group() -> Iterator[float]:
    for folder, limit, used in GROUPS:
        with suppress(OSError, ValueError):  # "max" is no number: no limit
            most, taken = (int((Path(folder) / name).read_text()) for name in (limit, used))
            unused = UNUSED_FILES.search((Path(folder) / "memory.stat").read_text())
            yield most - taken + (int(unused[1]) if unused else 0)
