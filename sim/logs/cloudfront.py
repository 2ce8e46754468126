"""CloudFront's standard log: a #Fields header, tabs, UTC on whole seconds, time-taken in s up to the last byte."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter

from .rows import COARSE_END, CUT_SHORT, NEGATIVE, NO_DURATION, OWN_ANSWER, Parse, Parsed, fate
from .stamps import ISO_TEXT, iso, micros
from .telling import Told, stamp

NAME, SOURCE = "cloudfront", "router"
HEADER = b"#Fields:"
STANDARD = (
    b"date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent)"
    b" cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken"
    b" x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status"
    b" fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len"
    b" sc-range-start sc-range-end"
).split()
NEEDED = (b"date", b"time", b"time-taken", b"sc-status", b"cs-uri-stem")
METHOD, RESULT = b"cs-method", b"x-edge-result-type"
SECONDS = re.compile(rb"-?\d{1,9}\.\d{3}")  # with fewer decimals it was cut short
FROM_THE_CACHE = {b"Hit", b"RefreshHit", b"Redirect", b"OriginShieldHit"}


def reader(_: str = "") -> Parse:
    """How lines are read, which the last header says."""
    size, last, pick = _layout(STANDARD)

    def row(line: bytes) -> Parsed:
        nonlocal size, last, pick
        if line.startswith(b"#"):
            if line.startswith(HEADER):
                size, last, pick = _layout(line[len(HEADER) :].split())
            return "" if line.startswith((HEADER, b"#Version")) else None
        tabs = line.count(b"\t")
        if not tabs or not pick:
            return NO_DURATION if tabs else None
        if tabs + 1 < size:
            return CUT_SHORT if ISO_TEXT.match(line.replace(b"\t", b" ", 1)) else None
        cells = line.rstrip(b"\r").split(b"\t", last)
        cells.append(b"")
        return _row(*pick(cells))

    return row


def _layout(names: Sequence[bytes]) -> tuple[int, int, Callable[[list[bytes]], tuple[bytes, ...]] | None]:
    """How many fields a line has, after how many nothing more is needed, and what picks from these what is; None
    where that is not among them."""
    places = {name: place for place, name in enumerate(names)}
    if not all(name in places for name in NEEDED):
        return len(names), 0, None
    wanted = [places.get(name, -1) for name in (*NEEDED, METHOD, RESULT)]
    return len(names), max(wanted) + 1, itemgetter(*wanted)


def _row(date: bytes, time: bytes, taken: bytes, status: bytes, stem: bytes, method: bytes, result: bytes) -> Parsed:
    end = _instant(date, time)
    if end is None:
        return None
    if result in FROM_THE_CACHE:
        return OWN_ANSWER
    duration = _duration(taken)
    if duration is None or not status.isdigit():
        return NO_DURATION if taken == b"-" else CUT_SHORT
    if duration < 0:
        return NEGATIVE
    return end - duration, duration, COARSE_END | fate(status), method + b" " + stem, b""


@lru_cache(maxsize=4096)
def _duration(taken: bytes) -> int | None:
    return micros(taken) if SECONDS.fullmatch(taken) else None


@lru_cache(maxsize=4096)
def _instant(date: bytes, time: bytes) -> int | None:
    found = ISO_TEXT.fullmatch(date + b"T" + time)
    return iso(*found.groups()) if found else None


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's line, and when it is written."""
    spent = f"{(told.responded_at - told.arrived_at) / 1e6:.3f}"
    date, time = stamp(told.responded_at, 0).split("T")
    path, _, query = told.path.partition("?")
    result, status = ("Error", 504) if told.timed_out else ("Miss", 200)
    cells = [date, time, "FRA2", "412", "192.0.2.7", told.method, "d111.cloudfront.net", path, str(status), "-"]
    cells += ["curl/8.5", query or "-", "-", result, told.request_id, "app.example.com", "https", "811", spent]
    cells += [
        "-",
        "TLSv1.3",
        "TLS_AES_128_GCM_SHA256",
        result,
        "HTTP/2.0",
        "-",
        "-",
        "2817",
        spent,
        result,
        "-",
        "-",
        "-",
        "-",
    ]
    yield told.responded_at, "\t".join(cells).encode()
