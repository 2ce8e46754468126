"""The command line: parses, calls, prints; computes nothing. Heavy imports happen in the command that needs them."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 a verification failed, 2 bad input, 129, 130, 143 stopped."""
    from .commands import run  # not before somebody listens to signals

    return run(arguments)
