"""Who may come in: each check of the router's door, by its rules and through the real router."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from live_programs import PATIENCE, names, program, wait_for

from sim.live import loop
from sim.live.door import BURST, IN_FLIGHT, TRIES, Door, Head, RefusedError, read_head
from sim.live.lan import address_for, lan_addresses
from sim.live.program import free_ports
from sim.live.router import HEAD_WITHIN

HERE = {b"host": b"127.0.0.1:8765"}
POST = {**HERE, b"x-lab": b"1", b"x-phone": b"me"}


def door(**more: Any) -> Door:
    return Door({"127.0.0.1:8765", "localhost:8765"}, control=True, **more)


def refused(at: Door, method: str, path: str, headers: dict[bytes, bytes], now: float = 0.0) -> str:
    with pytest.raises(RefusedError) as error:
        at.way(Head(method, path, headers), "192.0.2.7", now)
    return error.value.status[:3]


@pytest.mark.parametrize("path", ["/", "/board", "/board/events", "/board/s/board.js", "/work-page", "/j/ABCDE"])
def test_another_sites_name_or_origin_is_refused_on_every_path(path: str) -> None:
    at = door(code="ABCDE")
    assert refused(at, "POST", path, {**POST, b"host": b"evil.example:8765"}) == "421"
    assert refused(at, "POST", path, {**POST, b"host": b"127.0.0.1"}) == "421"
    assert refused(at, "POST", path, {b"x-lab": b"1"}) == "421"
    assert refused(at, "POST", path, {**POST, b"origin": b"http://evil.example"}) == "403"
    assert refused(at, "GET", path, {**HERE, b"origin": b"null"}) == "403"
    assert refused(at, "GET", path, {**HERE, b"sec-fetch-site": b"cross-site"}) == "403"
    assert refused(at, "POST", path, HERE) == "403"  # a form of another site, which has no X-Lab
    assert refused(at, "DELETE", path, POST) == "405"


def test_work_takes_a_kind_by_post_and_nothing_else() -> None:
    at = door()
    assert at.way(Head("POST", "/work-report", POST), "x", 0.0).kind == "report"
    assert refused(at, "GET", "/work-report", HERE) == "405"
    assert refused(at, "POST", "/work-600", POST) == "404"
    assert refused(at, "POST", "/work-report/600", POST) == "404"
    assert refused(at, "POST", "/work-report", {**POST, b"content-length": b"3"}) == "413"
    assert refused(door(code="ABCDE"), "POST", "/work-report", POST) == "404"


def test_a_wrong_code_is_refused_and_its_tries_are_limited() -> None:
    at = door(code="ABCDE")
    assert at.way(Head("GET", "/j/ABCDE", HERE), "192.0.2.7", 0.0).kind == ""
    for _ in range(TRIES):
        assert refused(at, "GET", "/j/AAAAA", HERE) == "404"
    assert refused(at, "GET", "/j/ABCDE/state", HERE) == "429"  # nor the right one: it would say so
    assert at.way(Head("GET", "/j/ABCDE", HERE), "192.0.2.8", 0.0).kind == ""  # the others stay in
    assert at.way(Head("GET", "/j/ABCDE", HERE), "192.0.2.7", 61.0).kind == ""
    assert refused(door(), "GET", "/j/", HERE) == "404"


def test_a_phone_has_three_requests_in_flight_and_no_more() -> None:
    at = door(code="ABCDE")
    ways = []
    for number in range(IN_FLIGHT):
        ways.append(at.way(Head("POST", "/j/ABCDE/report", POST), "x", 0.0))
        at.enters(ways[-1])
        assert ways[-1].name == f"{number + 1}r"  # the router names it, not the phone
    assert refused(at, "POST", "/j/ABCDE/page", POST) == "429"
    at.leaves(ways[0])
    assert at.way(Head("POST", "/j/ABCDE/page", POST), "x", 0.0).kind == "page"
    assert refused(at, "POST", "/j/ABCDE/page", {**POST, b"x-phone": b"a b"}) == "400"
    for way in ways[1:]:
        at.leaves(way)
    assert not at.flying


def test_there_is_an_end_to_what_waits_and_to_what_one_address_may_ask() -> None:
    at = door(most=1)
    at.enters(at.way(Head("POST", "/work-page", POST), "x", 0.0))
    assert refused(at, "POST", "/work-page", POST) == "503"
    at = door()
    for _ in range(int(BURST)):
        at.way(Head("GET", "/board", HERE), "192.0.2.7", 0.0)
    assert refused(at, "GET", "/board", HERE) == "429"
    assert at.way(Head("GET", "/board", HERE), "192.0.2.7", 1.0).kind == ""


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(99)) + b"\r\n",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(head: bytes) -> None:
    with pytest.raises(RefusedError, match="400"):
        read_head(head)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({b"transfer-encoding": b"chunked"}, "400"),
        ({b"content-length": b"5000"}, "413"),
        ({b"content-length": b"-1"}, "400"),
    ],
)
def test_a_long_body_is_refused(more: dict[bytes, bytes], status: str) -> None:
    assert refused(door(code="ABCDE"), "POST", "/j/ABCDE/predict", {**POST, **more}) == status


def test_where_there_is_no_uvloop_the_loop_is_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[bool]()

    async def work() -> None:
        done.append(type(asyncio.get_running_loop()).__module__.startswith("asyncio"))

    monkeypatch.setattr(loop, "find_spec", lambda _: None)
    loop.run(work())
    assert done == [True]


@contextmanager
def router(*words: str) -> Iterator[tuple[int, Any, list[dict[str, Any]], socket.socket]]:
    """A real router before a server that does what the test does."""
    port = free_ports(1)[0]
    with socket.create_server(("127.0.0.1", 0), backlog=1200) as server:
        server.settimeout(PATIENCE)
        words = ("--port", str(port), "--app", str(server.getsockname()[1]), *words)
        with program("router", *words) as (child, events):
            yield port, child, events, server


def asked(port: int, path: str = "/work-page", method: str = "POST", more: str = "") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    client.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Lab: 1\r\n{more}\r\n".encode())
    return client


def whole(client: socket.socket) -> bytes:
    with client:
        return b"".join(iter(lambda: client.recv(65536), b""))


def asks_for_the_code(port: int) -> bool:
    """Whether the router has heard that a class is here; until then it lets work in, which nobody answers here."""
    with asked(port) as client:
        client.settimeout(0.2)
        try:
            return client.recv(65536)[9:12] == b"404"
        except TimeoutError:
            return False


def test_the_real_router_holds_the_door() -> None:
    with router("--limit", "60") as (port, child, _, _):
        child.stdin.write(b"code ABCDE\n")
        child.stdin.flush()
        wait_for(lambda: asks_for_the_code(port))
        for path, more, status in [
            ("/board", "", b"404"),
            ("/work-page", "", b"404"),
            ("/j/ABCDF/page", "", b"404"),
            ("/j/ABCDE/page", "", b"400"),
            ("/j/ABCDE/page", "Origin: http://evil.example\r\n", b"403"),
            ("/j/ABCDE/page", f"X-Pad: {'x' * 20_000}\r\n", b"400"),
        ]:
            assert whole(asked(port, path, more=more))[9:12] == status


def test_what_a_stranger_writes_does_not_reach_the_application() -> None:
    with router("--limit", "60") as (port, _, events, server):
        client = asked(port, more="X-Request-Id: 7\r\nX-Work: 600 0 0\r\nCookie: a=b\r\n")
        upstream, _ = server.accept()
        with upstream, client:
            head = upstream.recv(65536)
        assert head.startswith(b"POST /work-page HTTP/1.1\r\nHost: ")
        assert b"X-Work" not in head
        assert b"Cookie" not in head
        wait_for(lambda: "arrived" in names(events))


def test_the_watch_ends_at_the_first_byte() -> None:
    with router("--limit", "0.5") as (port, _, events, server):
        client = asked(port)
        upstream, _ = server.accept()
        with upstream:
            upstream.recv(65536)
            upstream.sendall(b"HTTP/1.1 200 OK\r\n\r\none ")
            wait_for(lambda: "responded" in names(events))
            time.sleep(1.0)  # beyond the limit
            upstream.sendall(b"two")
        assert whole(client).endswith(b"one two")
        assert "timed_out" not in names(events)


def test_a_thousand_that_wait_all_get_their_503_and_the_server_sees_them_go() -> None:
    with router("--limit", "6") as (port, _, events, server):
        upstreams: list[socket.socket] = []
        closed = 0

        def accept() -> None:
            while len(upstreams) < 1000:
                upstreams.append(server.accept()[0])

        accepting = threading.Thread(target=accept)
        accepting.start()
        clients = [asked(port) for _ in range(1000)]
        answers = [whole(client)[9:12] for client in clients]
        assert answers == [b"503"] * 1000
        accepting.join(PATIENCE)
        for upstream in upstreams:
            with upstream:
                upstream.settimeout(PATIENCE)
                closed += whole(upstream).startswith(b"POST ")
        assert closed == 1000
        wait_for(lambda: names(events).count("timed_out") == 1000)


def test_those_that_say_nothing_shut_no_class_out_of_the_real_router() -> None:
    with router("--most", "100") as (port, _, events, server):
        idle = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(400)]
        began = time.monotonic()
        clients = [asked(port) for _ in range(30)]
        wait_for(lambda: names(events).count("arrived") == 30)
        assert time.monotonic() - began < HEAD_WITHIN  # it was not their own time that ran out
        for _ in clients:
            upstream, _ = server.accept()
            with upstream:
                upstream.recv(65536)
                upstream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        assert [whole(client)[9:12] for client in clients] == [b"200"] * 30
        for each in idle:
            each.close()


def test_an_address_of_the_network_is_listened_at_only_when_asked_for() -> None:
    assert address_for(lan=False, wanted=None) == "127.0.0.1"
    with pytest.raises(ValueError, match="without --lan"):
        address_for(lan=False, wanted="192.0.2.1")
    with pytest.raises(ValueError, match=r"--address .*; allowed: "):
        address_for(lan=True, wanted="203.0.113.9")
    assert not any(address.startswith(("127.", "169.254.")) for address in lan_addresses())


@pytest.mark.skipif(not lan_addresses(), reason="this machine is on no private network")
def test_a_router_at_one_address_is_not_at_another() -> None:
    port, (address, *_) = free_ports(1)[0], lan_addresses()
    with program("router", "--host", address, "--port", str(port), "--app", "1"):
        socket.create_connection((address, port), timeout=PATIENCE).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
