"""How many requests can wait: the router needs two open files for each."""

from ..crowd import raise_open_files


def most_waiting(most: int = 4000) -> int:
    """How many requests can wait at once, up to `most`: the router has two files open for each, and some others."""
    return max(10, min(most, (raise_open_files() - 100) // 2))
