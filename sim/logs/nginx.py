"""nginx: `combined` followed by $request_time (and $upstream_response_time, $request_id), or any log_format given."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from ..complaints import shown
from .rows import COARSE_END, CUT_SHORT, MAYBE, NEGATIVE, NO_DURATION, OWN_ANSWER, UPGRADED, Parse, Parsed, Row, fate
from .stamps import CLF, ISO, clf, iso, micros, uncaptured
from .telling import START, Told

NAME, SOURCE = "nginx", "router"
TAKES_LOG_FORMAT = True
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
NUMBER = rb"-?\d{1,9}\.\d{3}"  # nginx writes three decimals; with fewer it was cut short
LIST = rb"(?:-|%s)(?:(?:, | : )(?:-|%s))*+" % (NUMBER, NUMBER)
TIMES = re.compile(NUMBER)
PARTS = {  # what a variable looks like, where that is known; groups within are of the time
    "request_time": NUMBER + rb"|-",
    "upstream_response_time": LIST,
    "msec": rb"\d{1,11}\.\d{3}",
    "time_local": CLF,
    "time_iso8601": ISO,
    "status": rb"\d{3}|-",
}
STAMPS: dict[str, tuple[Callable[..., int], list[int], int]] = {
    "msec": (micros, [0], 0),
    "time_local": (clf, [1, 2, 3], COARSE_END),
    "time_iso8601": (iso, [1, 2, 3, 4], COARSE_END),
}
NEEDED = (tuple(STAMPS), ("request_time",), ("request", "request_uri", "uri"))
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
COMBINED_ONLY = re.compile(rb"[^ ]++ [^ ]++ [^\[]{1,200}\[" + CLF + rb'\] "(?:[^"\\]|\\.)*+" \d{3} (?:\d+|-)')
SAID = ("request_time", "upstream_response_time", "status", "request_id", "request", "request_method", "request_uri")
KEPT = {*STAMPS, *SAID, "uri"}
ABSENT = rb"(?P<absent>(?!))?"  # the group of what a log_format does not have
TAIL = rb' (?P<request_time>%s|-)(?: (?P<upstream_response_time>%s))?(?: "?(?P<request_id>[\w\-]{6,}+)"?)?' % (
    NUMBER,
    LIST,
)


def reader(log_format: str = "") -> Parse:
    """How a line of this log_format is read; raises ValueError where it lacks what is needed."""
    pattern = re.compile((_pattern(log_format) if log_format else _pattern(COMBINED) + TAIL) + rb"\s*$" + ABSENT)
    names, match = dict(pattern.groupindex), pattern.match
    if log_format:
        _check(log_format, set(names))
    names.setdefault("request_uri", names.get("uri", names["absent"]))
    stamp = next(name for name in STAMPS if name in names)
    instant, parts, flags = STAMPS[stamp]
    places = [names.get(name, names["absent"]) for name in SAID] + [names[stamp] + part for part in parts]

    def row(line: bytes) -> Parsed:
        if found := match(line):
            return _row(instant, flags, *found.group(*places))
        return _no_row(line)

    return row


def _no_row(line: bytes) -> str | None:
    found = COMBINED_ONLY.match(line)
    if not found:
        return None
    return CUT_SHORT if TIMES.search(line, found.end()) else NO_DURATION


def _pattern(log_format: str) -> bytes:
    """A log_format as a pattern: a variable takes all up to the character that follows it."""
    text, at, pattern, seen = log_format.strip(), 0, b"", set()
    for variable in VARIABLE.finditer(text):
        name = variable[1] or variable[2]
        follows = text[variable.end() : variable.end() + 1].encode() or b" "
        part = PARTS.get(name) or (QUOTED if follows == b'"' else rb"[^%s]*+" % re.escape(follows))
        pattern += re.escape(text[at : variable.start()].encode())
        kept = name in KEPT and name not in seen
        pattern += b"(?P<%s>%s)" % (name.encode(), part) if kept else b"(?:%s)" % uncaptured(part)
        seen.add(name)
        at = variable.end()
    return pattern + re.escape(text[at:].encode())


QUOTED = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'


def _check(log_format: str, names: set[str]) -> None:
    for needed in NEEDED:
        if not names & set(needed):
            raise ValueError(f"log_format = {shown(log_format)}: it lacks ${', $'.join(needed)}; allowed: with it")


def _row(
    instant: Callable[..., int],
    flags: int,
    request_time: bytes,
    upstream: bytes | None,
    status: bytes | None,
    key: bytes | None,
    request: bytes | None,
    method: bytes | None,
    uri: bytes | None,
    *when: bytes,
) -> Row | str:
    if status == b"101":
        return UPGRADED
    if request_time == b"-":
        return NO_DURATION
    if upstream is not None and not upstream.strip(b"-,: "):
        return OWN_ANSWER
    whole = duration = micros(request_time)
    if upstream and upstream != request_time:
        # servers tried one after the other (,) and internal redirects (:), never longer than the whole
        times = [micros(time) for time in TIMES.findall(upstream)]
        duration = min(whole, sum(times)) if min(times) >= 0 else -1
    if whole < 0 or duration < 0:
        return NEGATIVE
    if status != b"200":
        flags |= MAYBE if status is None else fate(status)
    target = request if request is not None else (method or b"") + b" " + (uri or b"")
    return instant(*when) - whole, duration, flags, target, key if key and key != b"-" else b""


def tell(told: Told) -> Iterator[tuple[int, bytes]]:
    """A request's line, and when it is written."""
    spent = f"{(told.responded_at - told.arrived_at) / 1e6:.3f}"
    when = (START + timedelta(microseconds=told.responded_at)).strftime("%d/%b/%Y:%H:%M:%S +0000")
    request = f'"{told.method} {told.path} HTTP/1.1" {504 if told.timed_out else 200} 412 "-" "curl/8.5"'
    yield told.responded_at, f"192.0.2.7 - - [{when}] {request} {spent} {spent} {told.request_id}".encode()


WITH_MSEC = '$msec $request_id "$request" $status $request_time $upstream_response_time'


def tell_with_msec(told: Told) -> Iterator[tuple[int, bytes]]:
    """The same in the log_format WITH_MSEC, whose stamps have milliseconds."""
    spent = f"{(told.responded_at - told.arrived_at) / 1e6:.3f}"
    at = f"{START.timestamp() + told.responded_at / 1e6:.3f}"
    request = f'"{told.method} {told.path} HTTP/1.1" {504 if told.timed_out else 200}'
    yield told.responded_at, f"{at} {told.request_id} {request} {spent} {spent}".encode()
