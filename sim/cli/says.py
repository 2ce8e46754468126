"""How a command's end is told: the exit status, and on stderr a line for each mistake, with no secret in it."""

import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from ..memory import says_out_of_memory
from ..secrets import masked, masked_argument
from .stops import INTERRUPTED, asked

DONE, FAILED, WRONG = 0, 1, 2


def ended_by(error: BaseException, given: Sequence[str]) -> int:
    """The exit status after `error`, which is told in lines; raises it again where it is a mistake of ours."""
    status = _status(error)
    if status is None:
        raise error
    if isinstance(error, OSError):
        say_no_more(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return status  # whoever read our output has seen enough
    told = [_told(error, given)] if status == WRONG and not isinstance(error, SystemExit) else []
    complain("; ".join([*told, *getattr(error, "__notes__", [])]), given)
    return status


def _status(error: BaseException) -> int | None:
    if isinstance(error, SystemExit):
        return int(error.code or DONE)
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return DONE
    if (stopped := asked()) is not None:  # what was imported made an error of its own of it
        return stopped
    return WRONG if isinstance(error, ValueError | OSError | MemoryError) or _lacks_memory(error) else None


def _lacks_memory(error: BaseException) -> bool:
    """Whether an import or a thread failed for want of memory."""
    return isinstance(error, ImportError | RuntimeError) and says_out_of_memory(str(error))


def _told(error: BaseException, given: Sequence[str]) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the output'}: cannot be written: {error.strerror}"
    if isinstance(error, ValueError):
        return _by_flag(str(error), given)
    return "there is not enough memory for this; allowed: fewer requests, or more memory"


def _by_flag(mistake: str, given: Sequence[str]) -> str:
    """The mistake, each line beginning with the flag where the library names the parameter that a flag given is for."""
    flags = {argument.partition("=")[0] for argument in given}

    def flag(name: re.Match[str]) -> str:
        text = f"--{name[0].replace('_', '-')}"
        return text if text in flags else name[0]

    return re.sub(r"^\w+(?=[: ])(?! at )", flag, mistake, flags=re.MULTILINE)  # "redis at 10.0.0.1" names a server


def complain(mistakes: str, given: Sequence[str]) -> None:
    """Print mistakes on stderr, a line each; a name with a line break in it makes no second line."""
    try:
        for line in _without(given, mistakes).splitlines():
            print(f"error: {harmless(line)}", file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        say_no_more(sys.stderr)  # nobody hears it; the status says it


def _without(given: Sequence[str], mistakes: str) -> str:
    """The mistakes with whatever was given in them made harmless as a whole."""
    parts = {part for argument in given for part in (argument, argument.partition("=")[0], argument.partition("=")[2])}
    for part in sorted(parts - {""}, key=len, reverse=True):
        mistakes = mistakes.replace(part, harmless(masked_argument(part)))
    return mistakes


def harmless(text: str) -> str:
    """The text without control characters or secrets: neither a hostile file nor a password reaches the terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in masked(text))


def say_no_more(stream: IO[str]) -> None:
    """Send what is still to come on a stream nowhere, for Python would complain once more at exit."""
    with suppress(io.UnsupportedOperation):  # no stream of the process: a test or a notebook listens
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
