"""What ends a run from outside: signals, heard before anything else is imported, and the exit status of each."""

import _thread
import os
import signal
import sys
import time
from typing import Any, NoReturn

STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
INTERRUPTED = 128 + signal.SIGINT
ASK_AGAIN_AFTER = 0.05  # s

_listened: list[int] = []  # the signals that are listened to
_asked: list[int] = []  # those of them that came


def listen() -> None:
    """Let the first of the signals end the run in order; what is ignored already, as after nohup, stays ignored."""
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            _listened.append(number)
            signal.signal(number, _stop)
    sys.unraisablehook = _lost


def listen_no_more() -> None:
    """Ignore the signals from now on: what is done is done, or the keys in Redis are being removed."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def asked() -> int | None:
    """The exit status of who was stopped; None where no signal was heard."""
    return 128 + _asked[-1] if _asked else None


def _stop(number: int, _frame: object) -> NoReturn:
    listen_no_more()
    _asked.append(number)
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


def _lost(what: Any) -> None:
    """Ask again where Python lets no exception out, as in a lock of its imports; else the run could not be stopped."""
    if not _asked or not isinstance(what.exc_value, KeyboardInterrupt | SystemExit):
        sys.__unraisablehook__(what)
        return
    for number in _listened:
        signal.signal(number, _stop)
    _thread.start_new_thread(_ask_again, ())


def _ask_again() -> None:
    time.sleep(ASK_AGAIN_AFTER)
    if sys.platform == "win32":
        _thread.interrupt_main(_asked[-1])
    else:
        os.kill(os.getpid(), _asked[-1])  # which wakes who sleeps or waits, too
