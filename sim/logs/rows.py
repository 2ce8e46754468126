"""What a line of a log says of a request: the row that every format gives, and the columns in which rows are kept."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

# begin and duration (µs; begin is the arrival at a router, the start of the work elsewhere), flags, target, request id
Row = tuple[int, int, int, bytes, bytes]
# a row; a reason why a line of this format is no row ("" where nothing is amiss); None for a line of something else
Parsed = Row | str | None
Parse = Callable[[bytes], Parsed]

# flags of a row: how it ended
TIMED_OUT = 1  # the router gave up on it: its duration is the timeout
CUT = 2  # it ended before its answer: the client left, or the connection broke
MAYBE = 4  # 503, or a log without $status: the router's if it lasted the timeout, otherwise the application's own
# where its stamp is on whole seconds
COARSE_END = 8
COARSE_BEGIN = 16
# who wrote it: a router (none of these), the application, the background application
APPLICATION = 32
JOB = 64

OTHER = "lines of other programs"
CUT_SHORT = "lines cut short or damaged"
NEGATIVE = "negative durations"
NO_DURATION = "lines without a duration"
NO_TIME = "lines without a time"
TOO_LONG = "durations of more than a week"
UPGRADED = "connections that became websockets"
REFUSED = "requests refused by the router before any thread (H10, H11, 503)"
OWN_ANSWER = "requests answered on the way to the application (cache, file, redirect)"
STATIC = "static files"
HEALTH = "health checks"
TWICE = "rows that are there twice"
LONG_LINE = "lines too long to be a request's"

WEEK = 7 * 86_400 * 1_000_000  # µs
_FATES = {b"499": CUT, b"460": CUT, b"000": CUT, b"0": CUT, b"-": CUT, b"503": MAYBE, b"504": TIMED_OUT}


def fate(status: bytes) -> int:
    """The flags of a router's row that follow from its status."""
    return _FATES.get(status, 0)


@dataclass
class Columns:
    """All rows of all logs in the order of their lines: 29 bytes each. `code` is the number of a row's group."""

    begin: "array[int]" = field(default_factory=lambda: array("q"))
    duration: "array[int]" = field(default_factory=lambda: array("q"))
    flags: "array[int]" = field(default_factory=lambda: array("B"))
    code: "array[int]" = field(default_factory=lambda: array("i"))
    key: "array[int]" = field(default_factory=lambda: array("q"))  # of the request id, 0 for none; the id is not kept

    def extend(self, *columns: Iterable[int]) -> None:
        """Put further rows at the end: their begins, durations, flags, codes and keys."""
        mine = self.begin, self.duration, self.flags, self.code, self.key
        for column, more in zip(mine, columns, strict=True):
            column.extend(more)
