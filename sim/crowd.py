"""Who is connected, and who has to go where no more have room: nobody can shut the others out by doing nothing."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Hashable

MOST_FILES = 10_000


class Crowd:
    """The connections by address. A connection that says nothing has no claim to stay, one that is being served has.

    Where there is no room, whoever was silent the longest leaves the address that has the most connections; one of a
    smaller address comes in even if nobody is silent there.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._here: defaultdict[str, dict[Hashable, Callable[[], None]]] = defaultdict(dict)  # the latest stir last
        self._silent_from: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._silent_from)

    def comes(self, who: Hashable, address: str, drop: Callable[[], None]) -> bool:
        """Whether there is room, which `drop` of another may have made."""
        if len(self) >= self.most and not self._make_room(address):
            return False
        self._here[address][who] = drop
        self._silent_from[who] = 0.0
        return True

    def stirs(self, who: Hashable, address: str, patience: float) -> None:
        """It does what it came for, and counts as silent only when that many seconds pass before it stirs again."""
        if who in self._silent_from:
            self._here[address][who] = self._here[address].pop(who)
            self._silent_from[who] = time.monotonic() + patience

    def leaves(self, who: Hashable, address: str) -> None:
        """It is gone, or has to go."""
        if self._silent_from.pop(who, None) is not None:
            del self._here[address][who]
            if not self._here[address]:
                del self._here[address]

    def _make_room(self, address: str) -> bool:
        largest = max(self._here, key=lambda one: len(self._here[one]))
        there, now = self._here[largest], time.monotonic()
        silent = (who for who in there if self._silent_from[who] <= now)
        fewer = len(self._here.get(address, ())) + 1 < len(there)
        who = next(silent, next(iter(there)) if fewer else None)
        if who is None:
            return False
        drop = there[who]
        self.leaves(who, largest)
        drop()
        return True


def raise_open_files(wanted: int = MOST_FILES) -> int:
    """Raise the limit of open files, which connections are, as far as is allowed and wanted (macOS has 256 at first).

    Returns what it is then.
    """
    if sys.platform == "win32":
        return wanted  # sockets are no files there
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if now != resource.RLIM_INFINITY and now < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
        now = limit
    return wanted if now == resource.RLIM_INFINITY else now
