"""Where the runs of a sweep are carried out: in this process, in several, or on a Dask cluster."""

import logging
import os
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from multiprocessing import parent_process
from threading import Event, Thread
from typing import Any

MOST_JOBS = 256
DASK_ANSWERS_WITHIN = 5  # seconds of wall time
DASK_LOOKS_EVERY = 1.0  # seconds of wall time
DASK_WAITS_FOR_WORKERS = 12.0  # seconds without any: time enough for a nanny to start one anew


@contextmanager
def chosen(jobs: int = 1, dask: str | None = None) -> Iterator[Executor | None]:
    """The executor of so many processes, or of the Dask cluster at an address; None is this process.

    Raises ValueError for an unreachable cluster.
    """
    if not 1 <= jobs <= MOST_JOBS:
        raise ValueError(f"jobs {jobs}: allowed: a whole number from 1 to {MOST_JOBS}")
    if dask is not None and jobs > 1:
        raise ValueError("jobs: given beside dask; allowed: one of the two")
    if dask is not None:
        with cluster(dask) as executor:
            yield executor
    elif jobs > 1:
        with processes(jobs) as executor:
            yield executor
    else:
        yield None


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """So many processes of this machine; what they have not begun is dropped when the block is left early."""
    pool = ProcessPoolExecutor(count, initializer=_leave_signals_to_the_parent)
    try:
        yield pool
    except (BrokenExecutor, CancelledError):
        raise ValueError("jobs: a process was ended from outside") from None
    finally:
        pool.shutdown(cancel_futures=True)  # without waiting, Python's own exit may trip over it


def _leave_signals_to_the_parent() -> None:
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """One that was killed cannot say so, and its processes would wait for work for ever."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The Dask cluster whose scheduler has this address."""
    if not re.fullmatch(r"((tcp|tls|ws|wss|ucx)://)?[\w.-]+:\d{1,5}", address):  # not repeated: it may hold a password
        raise ValueError("dask: allowed: the address of a Dask scheduler, such as tcp://localhost:8786")
    where = f"dask {address[:60]!r}"
    needs("distributed", "dask")
    import asyncio

    import distributed

    _silence("distributed", "tornado")  # our own line says it
    try:
        # a Client waits without end for what takes the connection and is no scheduler
        asyncio.run(asyncio.wait_for(_identity(address), DASK_ANSWERS_WITHIN))
        client: Any = distributed.Client(address, timeout=DASK_ANSWERS_WITHIN, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError):
        raise ValueError(f"{where}: no Dask scheduler answers there") from None
    try:
        _check_workers(client, where)
        executor = _Abandonable(client)
        workers = partial(client.sync, client.scheduler.ncores, callback_timeout=DASK_ANSWERS_WITHIN)
        with _watch(lambda: bool(workers()), executor.abandon):
            yield executor
    except (OSError, CancelledError, distributed.KilledWorker):
        raise ValueError(f"{where}: the connection or a worker was lost") from None
    finally:
        client.close()


class _Abandonable(Executor):
    """A Dask client's executor that can be told from another thread that nothing will come of what it was given."""

    def __init__(self, client: Any) -> None:
        self._client, self._inner = client, client.get_executor()
        self._pending: set[Future[Any]] = set()

    def submit(self, call: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        try:
            future: Future[Any] = self._inner.submit(call, *args, **more)
        except Exception:
            if self._client.status == "running":
                raise
            raise CancelledError from None  # it closed itself without its scheduler; each version says so differently
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def abandon(self) -> None:
        """Cancel all that is under way; who waits for it gets CancelledError."""
        for future in list(self._pending):
            future.cancel()


@contextmanager
def _watch(has_workers: Callable[[], bool], abandon: Callable[[], None]) -> Iterator[None]:
    """Look now and then whether there are workers, and abandon the work when there have been none for a while.

    Dask itself would wait for ever: another worker might join.
    """
    left = Event()

    def look() -> None:
        without = 0.0
        while not left.wait(DASK_LOOKS_EVERY):
            try:
                without = 0.0 if has_workers() else without + DASK_LOOKS_EVERY
            except TimeoutError:  # it is frozen, or out of reach; who was suspended meanwhile hears it the next time
                without += DASK_ANSWERS_WITHIN
            except (OSError, RuntimeError, TypeError, ValueError):  # the scheduler does not answer
                without += DASK_LOOKS_EVERY
            if without >= DASK_WAITS_FOR_WORKERS:
                abandon()

    Thread(target=look, daemon=True).start()
    try:
        yield
    finally:
        left.set()


def _silence(*libraries: str) -> None:
    """Let these libraries log nothing; each of their loggers has a level of its own."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in libraries:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


async def _identity(address: str) -> None:
    """Ask the scheduler at this address who it is."""
    import distributed

    security = distributed.Security().get_connection_args("client")  # type: ignore[no-untyped-call]
    async with distributed.rpc(address, connection_args=security) as scheduler:  # type: ignore[no-untyped-call]
        await scheduler.identity()


def _check_workers(client: Any, where: str) -> None:
    """Raise ValueError where Dask would wait without end: for a worker, or for one that knows this package."""
    found = client.run(find_spec, f"{__package__}.sweeps", on_error="return")
    if not found:
        raise ValueError(f"{where}: the scheduler has no workers; allowed: at least one")
    if not all(isinstance(spec, ModuleSpec) for spec in found.values()):
        raise ValueError(f"{where}: a worker does not have this package; allowed: install it there as here")


def needs(module: str, parameter: str) -> None:
    """Raise ValueError with the remedy where an optional package is not installed."""
    if find_spec(module) is None:
        raise ValueError(f"{parameter}: needs the package {module}: pip install {module}")
