"""How many files a program may have open: the router needs two for each request that waits, and macOS allows 256."""

import sys

WANTED = 10_000


def most_waiting(most: int = 4000) -> int:
    """How many requests can wait at once, up to `most`: the router has two files open for each, and some others."""
    return max(10, min(most, (raise_open_files() - 100) // 2))


def raise_open_files(wanted: int = WANTED) -> int:
    """Raise the limit as far as is allowed and wanted; returns what it is then."""
    if sys.platform == "win32":
        return wanted  # sockets are no files there
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if now != resource.RLIM_INFINITY and now < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
        now = limit
    return wanted if now == resource.RLIM_INFINITY else now
