"""Whom the router lets in, and where to: the checks of every request's head, in one place, without a network.

A browser that shows another site's page can send requests here, too: so the name in Host and the Origin are looked at
on every path, and nothing is done by GET. Whoever is on the same network can try codes: so tries are counted.
"""

import re
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_HEADERS, LONGEST_BODY = 60, 4096
IN_FLIGHT = 3  # requests of a phone: browsers open six connections to a host, and the page needs some
TRIES, TRIES_IN_ALL, A_MINUTE = 20, 300, 60.0  # wrong codes of one address, and of all, in so many seconds
BURST, PER_SECOND = 400.0, 150.0  # requests of one address: a whole class may come from one
WORK = re.compile(r"/work-(page|report|poll)")
JOINED = re.compile(r"/j/([^/]*)(/[a-z]+)?")
NAME = re.compile(rb"[\w.-]{1,24}")


class RefusedError(Exception):
    """A request that is turned away: the status line's end, and a word."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(status)
        self.status, self.text = status, text


class Head(NamedTuple):
    """A request's head: method, path, and headers by lower-case name."""

    method: str
    path: str
    headers: dict[bytes, bytes]


class Way(NamedTuple):
    """Where a request goes: to the web application as a page or a report under a name, or (kind "") to the lab."""

    kind: str
    name: str
    phone: str
    body: int


def read_head(head: bytes) -> Head:
    """The head of a request; raises RefusedError where it is none, or ambiguous."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    parts, headers = first.split(b" "), dict[bytes, bytes]()
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1.") or len(lines) > MOST_HEADERS:
        raise RefusedError("400 Bad Request", "Not understood.")
    for name, colon, value in (line.partition(b":") for line in lines):
        if not colon or not name or name != name.strip() or name.lower() in headers:
            raise RefusedError("400 Bad Request", "A header that is none, or that comes twice.")
        headers[name.lower()] = value.strip()
    return Head(parts[0].decode("latin1"), parts[1].decode("latin1").partition("?")[0], headers)


@dataclass
class Door:
    """The lab's rules for strangers. `code` is the class's, "" for none; then only the lab's own load brings work."""

    hosts: set[str]
    control: bool = False
    code: str = ""
    most: int = 4000
    flying: "defaultdict[str, int]" = field(default_factory=lambda: defaultdict(int))
    waiting: int = 0
    _named: int = 0
    _tries: "defaultdict[str, deque[float]]" = field(default_factory=lambda: defaultdict(deque))
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def way(self, head: Head, address: str, now: float | None = None) -> Way:
        """Where the request goes; raises RefusedError."""
        now = time.monotonic() if now is None else now
        self._same_site(head)
        if self.code or not WORK.fullmatch(head.path):  # the lab's own load has no limit
            self._rate(address, now)
        body = self._body(head)
        if joined := JOINED.fullmatch(head.path):
            self._knows_the_code(joined[1], address, now)
            if joined[2] in ("/page", "/report"):
                return self._work(head, joined[2][1:], head.headers.get(b"x-phone", b""), body)
        elif work := WORK.fullmatch(head.path):
            if self.code:
                raise RefusedError("404 Not Found", "In a class work comes from the phones.")
            return self._work(head, work[1], b"", body)
        elif head.path != "/" and not head.path.startswith("/board"):
            raise RefusedError("404 Not Found", "Nothing here.")
        if not self.control:
            raise RefusedError("404 Not Found", "Nothing here.")
        return Way("", "", "", body)

    def _same_site(self, head: Head) -> None:
        host = head.headers.get(b"host", b"").decode("latin1")
        if host not in self.hosts:
            raise RefusedError("421 Misdirected Request", "Not this host.")
        origin = head.headers.get(b"origin", b"").decode("latin1")
        if origin not in ("", f"http://{host}") or head.headers.get(b"sec-fetch-site") == b"cross-site":
            raise RefusedError("403 Forbidden", "Another site's page may not ask here.")
        if head.method not in ("GET", "POST"):
            raise RefusedError("405 Method Not Allowed", "GET or POST.")
        if head.method == "POST" and b"x-lab" not in head.headers:  # which no form of another site can send
            raise RefusedError("403 Forbidden", "Not from the lab's own page.")

    def _rate(self, address: str, now: float) -> None:
        left, since = self._left.get(address, (BURST, now))
        left = min(BURST, left + (now - since) * PER_SECOND)
        self._left[address] = (max(0.0, left - 1), now)
        if len(self._left) > 10_000:
            self._left.clear()
        if left < 1:
            raise RefusedError("429 Too Many Requests", "Slower, please.")

    def _body(self, head: Head) -> int:
        length = head.headers.get(b"content-length", b"0")
        if b"transfer-encoding" in head.headers or not length.isdigit() or len(length) > 9:
            raise RefusedError("400 Bad Request", "Not understood.")
        if int(length) > (LONGEST_BODY if head.method == "POST" else 0):
            raise RefusedError("413 Content Too Large", "Too long.")
        return int(length)

    def _knows_the_code(self, code: str, address: str, now: float) -> None:
        tries = (self._tries[address], TRIES), (self._tries[""], TRIES_IN_ALL)
        for made, most in tries:
            while made and now - made[0] > A_MINUTE:
                made.popleft()
            if len(made) >= most and (most == TRIES or not self._right(code)):
                raise RefusedError("429 Too Many Requests", "Too many wrong codes; wait a minute.")
        if not self._right(code):
            for made, _ in tries:
                made.append(now)
            raise RefusedError("404 Not Found", "This class is over, or the code is wrong.")

    def _right(self, code: str) -> bool:
        return bool(self.code) and secrets.compare_digest(code.encode("utf-8", "replace"), self.code.encode())

    def _work(self, head: Head, kind: str, phone: bytes, body: int) -> Way:
        if head.method != "POST":
            raise RefusedError("405 Method Not Allowed", "Work comes by POST.")
        if body:
            raise RefusedError("413 Content Too Large", "A kind, and nothing else.")
        if self.waiting >= self.most:
            raise RefusedError("503 Service Unavailable", "Too many wait.")
        if not self.code:
            given = head.headers.get(b"x-request-id", b"")
            return Way(kind, given.decode() if NAME.fullmatch(given) else "", "", 0)
        if not NAME.fullmatch(phone):
            raise RefusedError("400 Bad Request", "Which phone?")
        if self.flying[phone.decode()] >= IN_FLIGHT:
            raise RefusedError("429 Too Many Requests", "Three at a time.")
        self._named += 1
        return Way(kind, f"{self._named}{kind[0]}", phone.decode(), 0)

    def enters(self, way: Way) -> None:
        """Count a request that now waits."""
        self.waiting += 1
        if way.phone:
            self.flying[way.phone] += 1

    def leaves(self, way: Way) -> None:
        """And that does so no more."""
        self.waiting -= 1
        if way.phone:
            self.flying[way.phone] -= 1
            if not self.flying[way.phone]:
                del self.flying[way.phone]
