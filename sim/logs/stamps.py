"""The times that logs write, as whole microseconds since 1970: fast, for there is one in every line."""

import re
from calendar import timegm
from functools import lru_cache

# to be put into a format's pattern: minute, second, fraction, zone
ISO = rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|[+-]\d\d:?\d\d))?"
ISO_TEXT = re.compile(ISO)
CLF = rb"(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d):(\d\d) ([+-]\d{4})"
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
SECOND = 1_000_000
SECONDS = {b"%02d" % number: number * SECOND for number in range(100)}  # to look up is faster than to count
GROUP = re.compile(rb"\((?!\?)")


def iso(minute: bytes, second: bytes, fraction: bytes | None, zone: bytes | None) -> int:
    """The instant of an ISO 8601 time; without a zone it is taken for UTC. Raises ValueError for no date."""
    whole = _iso_minute(minute, zone) + SECONDS[second]
    if not fraction:
        return whole
    return whole + (int(fraction) if len(fraction) == 6 else int(fraction[:6].ljust(6, b"0")))


def iso_text(text: bytes) -> int:
    """The instant of a whole ISO 8601 time. Raises ValueError for none."""
    found = ISO_TEXT.fullmatch(text)
    if not found:
        raise ValueError("no time")
    return iso(*found.groups())


def clf(minute: bytes, second: bytes, zone: bytes) -> int:
    """The instant of a time in the common log format, 05/Jan/2026:10:00:31 +0000."""
    return _clf_minute(minute, zone) + SECONDS[second]


@lru_cache(maxsize=4096)
def _iso_minute(minute: bytes, zone: bytes | None) -> int:
    return _micros(minute[:4], int(minute[5:7]), minute[8:10], minute[11:13], minute[14:16], zone or b"Z")


@lru_cache(maxsize=4096)
def _clf_minute(minute: bytes, zone: bytes) -> int:
    return _micros(minute[7:11], MONTHS.index(minute[3:6]) + 1, minute[:2], minute[12:14], minute[15:17], zone)


def _micros(year: bytes, month: int, day: bytes, hour: bytes, minute: bytes, zone: bytes) -> int:
    if not (1 <= month <= 12 and 1 <= int(day) <= 31 and int(hour) <= 24 and int(minute) <= 59 and int(year) >= 1970):
        raise ValueError("no date")
    return (timegm((int(year), month, int(day), int(hour), int(minute), 0)) - _offset(zone)) * SECOND


def _offset(zone: bytes) -> int:
    if not zone.startswith((b"+", b"-")):
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone.startswith(b"-") else seconds


@lru_cache(maxsize=4096)
def micros(seconds: bytes) -> int:
    """A number of seconds as a log writes it, in µs."""
    return round(float(seconds) * SECOND)


def uncaptured(pattern: bytes) -> bytes:
    """A pattern that matches the same and keeps nothing of it: what is not needed should take no time."""
    return GROUP.sub(b"(?:", pattern)
