"""The site's server under attack: paths that lead out, names of others, clients that dawdle, 200 of them at once."""

import contextlib
import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from live_programs import wait_for

from sim.cli import main
from sim.crowd import Crowd
from sim.site import serve as served
from sim.site.invitation import ISOLATED, for_projector, for_terminal
from sim.site.shelf import read_folder, shelf

PAGE = b"<!doctype html><title>Hello</title>" + bytes(range(256)) * 4000
FILM = bytes(20_000_000)  # more than a connection buffers
SECRET = "what nobody outside may read"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    folder = root / "site"
    (folder / "deep").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "deep" / "page.html").write_text("deep")
    (folder / "film.mp4").write_bytes(FILM)
    (root / "secret.txt").write_text(SECRET)
    (folder / "leak.html").symlink_to(root / "secret.txt")
    (folder / ".env").write_text(SECRET)
    return folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(served, "TO_ASK", 1.0)
        patched.setattr(served, "TO_TAKE", 1.5)
        yield serving(folder)


def serving(folder: Path) -> int:
    """The port of a server that ends with the tests."""
    found: list[int] = []
    is_ready = threading.Event()

    def ready(port: int) -> None:
        found.append(port)
        is_ready.set()

    items = shelf(read_folder(folder))
    threading.Thread(target=served.serve, args=(items, "127.0.0.1", 0, ready), daemon=True).start()
    assert is_ready.wait(30)
    return found[0]


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def everything(client: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := client.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def asked(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the response to raw bytes."""
    with connected(port) as client:
        client.sendall(raw)
        head, _, body = everything(client).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def get(
    port: int, path: str = "/", host: str = "localhost", *more: str, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    return asked(port, "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *more, "", ""]).encode())


def test_a_page_comes_as_it_is_or_compressed_and_not_again_where_it_is_known(port: int) -> None:
    status, headers, body = get(port)
    assert (status, body) == (200, PAGE)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    status, headers, body = get(port, "/index.html", "localhost", "Accept-Encoding: br, gzip")
    assert gzip.decompress(body) == PAGE
    assert len(body) < len(PAGE) / 5
    assert get(port, "/", "localhost", f"If-None-Match: {headers['etag']}")[0] == 304
    assert get(port, "/?later=1")[2] == PAGE
    assert get(port, "/deep/page.html")[2] == b"deep"
    assert get(port, method="HEAD")[2] == b""


PATHS = [
    "/../secret.txt",
    "/deep/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..\\secret.txt",
    "//etc/passwd",
    "/etc/passwd",
    "/leak.html",
    "/.env",
    "/index.html/../../secret.txt",
    "/index.html%00.txt",
    "/deep",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_folder(port: int, path: str) -> None:
    status, _, body = get(port, path)
    assert status == 404
    assert SECRET.encode() not in body


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "",
        "localhost:x",
        "[::1",
        "127.0.0.1.evil.example",
    ],
)
def test_a_page_of_others_cannot_read_ours_under_its_own_name(port: int, host: str) -> None:
    assert get(port, "/", host)[0] == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "192.168.1.20:8000", "[::1]:8000", socket.gethostname()]
)
def test_our_names_and_bare_addresses_are_ours(port: int, host: str) -> None:
    assert get(port, "/", host)[0] == 200


HOSTILE = {
    b"GET / HTTP/1.1\r\n\r\n": 421,
    b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n": 400,
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n": 405,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n": 400,
    b"\x16\x03\x01\x02\x00\r\n\r\n": 400,
    b"GET /\r\n\r\n": 400,
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n": 431,
}


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: repr(raw[:30]))
def test_what_is_no_request_for_a_page_is_refused(port: int, raw: bytes) -> None:
    assert asked(port, raw)[0] == HOSTILE[raw]


def test_who_dawdles_is_let_go_and_nobody_waits_for_it(port: int) -> None:
    slow_to_ask, slow_to_take = connected(port), connected(port)
    slow_to_ask.sendall(b"GET / HT")
    slow_to_take.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow_to_take.sendall(ASKS_FOR_THE_FILM)
    assert get(port)[0] == 200
    assert everything(slow_to_ask) == b""
    time.sleep(2)  # longer than it has to take its page
    assert len(everything(slow_to_take)) < len(FILM)
    slow_to_ask.close()
    slow_to_take.close()


def test_two_hundred_clients_at_once_all_get_the_page(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "TO_ASK", 600.0)
    clients = [connected(port) for _ in range(200)]
    for client in clients:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(everything, clients))
    for client in clients:
        client.close()
    assert {gzip.decompress(answer.partition(b"\r\n\r\n")[2]) == PAGE for answer in answers} == {True}


def test_six_hundred_that_say_nothing_shut_nobody_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "TO_ASK", 600.0)
    idle = [connected(port) for _ in range(600)]
    for each in idle[-300:]:
        each.sendall(b"GET / HT")
    assert [get(port)[2] == PAGE for _ in range(30)] == [True] * 30
    for each in idle:
        each.close()


ASKS_FOR_THE_FILM = b"GET /film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def takers(port: int, number: int) -> list[socket.socket]:
    """Clients that have begun to take a film, and take no more of it."""
    clients = [connected(port) for _ in range(number)]
    for client in clients:
        client.sendall(ASKS_FOR_THE_FILM)
    return [client for client in clients if client.recv(100)]


def test_whoever_takes_nothing_makes_room_and_where_all_are_served_one_more_is_told_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(served, "TO_TAKE", 600.0)
    monkeypatch.setattr(served, "TO_TAKE_MORE", 600.0)
    port = serving(folder)
    being_served = takers(port, 5)
    assert [get(port)[0] for _ in range(3)] == [503] * 3
    for client in being_served:
        client.close()
    monkeypatch.setattr(served, "TO_TAKE_MORE", 0.2)
    wait_for(lambda: get(port)[0] == 200)
    being_served = takers(port, 5)
    wait_for(lambda: get(port)[0] == 200)
    for client in being_served:
        client.close()


def test_one_address_keeps_no_other_out() -> None:
    dropped: list[int] = []
    crowd = Crowd(4)

    def comes(who: int, address: str) -> bool:
        return crowd.comes(who, address, lambda: dropped.append(who))

    for who in range(4):
        assert comes(who, "192.0.2.1")
        crowd.stirs(who, "192.0.2.1", 600)
    assert not comes(4, "192.0.2.1")  # all are being served, and it is one of them
    crowd.stirs(0, "192.0.2.1", 600)
    assert comes(5, "192.0.2.2")
    assert dropped == [1]  # who stirred the longest ago
    assert comes(6, "192.0.2.3")
    assert dropped == [1, 2]
    assert not comes(7, "192.0.2.3")  # it has as many as any other then
    crowd.stirs(3, "192.0.2.1", 0)
    assert comes(7, "192.0.2.3")
    assert dropped == [1, 2, 3]
    for who, address in ((0, "192.0.2.1"), (5, "192.0.2.2"), (6, "192.0.2.3"), (7, "192.0.2.3"), (7, "192.0.2.3")):
        crowd.leaves(who, address)
    assert len(crowd) == 0


def test_the_command_serves_loopback_only_unless_asked_and_ends_cleanly_by_ctrl_c(folder: Path) -> None:
    command = [sys.executable, "-m", "sim", "serve", str(folder), "--port", "0"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        assert program.stdout
        address = program.stdout.readline().split()[0]
        port = int(address.rstrip("/").rpartition(":")[2])
        assert address == f"http://127.0.0.1:{port}/"
        assert get(port)[0] == 200
        assert address.encode() in get(port, "/join.html")[2]
        idle = connected(port)
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=30)
        idle.close()
    finally:
        program.kill()
    assert (program.returncode, errors) == (130, "")


def test_for_a_room_there_is_an_address_a_qr_code_and_a_word_on_guest_networks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(served, "room_address", lambda: "192.0.2.7")
    bound = []
    monkeypatch.setattr(served, "serve", lambda items, host, port, ready: (bound.append(host), ready(8000)))
    assert main(["serve", str(folder), "--lan"]) == 0
    assert bound == ["0.0.0.0"]
    said = capsys.readouterr().out
    assert "http://192.0.2.7:8000/" in said
    assert for_terminal("http://192.0.2.7:8000/") in said
    assert ISOLATED in said
    assert "client isolation" in ISOLATED
    assert b"<svg" in for_projector("http://192.0.2.7:8000/")


def test_without_segno_the_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.site.invitation.find_spec", lambda name: None)
    assert "pip install segno" in for_terminal("http://192.0.2.7:8000/")
    assert b"<svg" not in for_projector("http://192.0.2.7:8000/")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "DIR nowhere: no folder; allowed: one that `site` has written, or any with an index.html"),
        (["."], "DIR .: no index.html; allowed: a folder that `site` has written"),
        (
            [".", "--port", "70000"],
            "argument --port: '70000'; allowed: a whole number from 0 to 65535; see python -m sim serve --help",
        ),
    ],
)
def test_a_wrong_argument_of_serve_is_one_clear_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", *arguments]) == 2
    assert capsys.readouterr().err == f"error: {said}\n"


def test_a_port_that_is_taken_and_a_computer_without_network_are_said_in_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", str(folder), "--port", str(port)]) == 2
    assert f"--port {port}: " in capsys.readouterr().err
    monkeypatch.setattr(served, "room_address", lambda: None)
    assert main(["serve", str(folder), "--lan"]) == 2
    assert "--lan: this computer is in no network" in capsys.readouterr().err


def test_a_folder_that_is_too_large_to_keep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    with (tmp_path / "film.mp4").open("wb") as film:
        os.truncate(film.fileno(), 300_000_000)
    with pytest.raises(ValueError, match=r"300,000,001 bytes; allowed: at most 200,000,000"):
        read_folder(tmp_path)
