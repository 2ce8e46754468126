"""What ends a run from outside: signals, heard before anything else is imported, and the exit status of each."""

import signal
from typing import NoReturn

STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
INTERRUPTED = 128 + signal.SIGINT


def listen() -> None:
    """Let the first of the signals end the run in order; what is ignored already, as after nohup, stays ignored."""
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def listen_no_more() -> None:
    """Ignore the signals from now on: what is done is done, or the keys in Redis are being removed."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, _frame: object) -> NoReturn:
    listen_no_more()
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
