"""Hands the site to a room: a small web server that knows its files by heart and trusts nobody who asks for them.

A request has a few seconds to be said and a response some minutes to be taken; so many may be here at once, and where
no more have room whoever says nothing, or takes nothing, makes room for the next; a name of ours must stand in `Host`,
so that no page elsewhere can read from here under a name of its own.
"""

import asyncio
import ipaddress
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from ..crowd import Crowd, raise_open_files
from .shelf import Item

LONGEST_HEAD = 8192  # bytes
TO_ASK, TO_TAKE = 10.0, 120.0  # s
TO_TAKE_MORE = 5.0  # s, before it makes room for others
MOST_AT_ONCE = 500  # connections
AT_ONCE = 1 << 16  # bytes written before one looks whether they are taken
ALWAYS = (
    "Cache-Control: no-cache",
    "Connection: close",
    "Cross-Origin-Resource-Policy: same-origin",
    "Referrer-Policy: no-referrer",
    "Vary: Accept-Encoding",
    "X-Content-Type-Options: nosniff",
)


class RefusedError(Exception):
    """A request that is answered with a status and nothing else."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def serve(files: Mapping[str, Item], host: str, port: int, ready: Callable[[int], None]) -> None:
    """Serve until stopped; `ready` is told the port. Raises OSError where the address is not to be had."""
    asyncio.run(_serve(files, host, port, ready))


async def _serve(files: Mapping[str, Item], host: str, port: int, ready: Callable[[int], None]) -> None:
    names = own_names()
    crowd = Crowd(min(MOST_AT_ONCE, raise_open_files() - 100))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or [""])[0])
        has_room = crowd.comes(writer, address, lambda: _drop(writer))
        try:
            await _converse(reader, writer, files, names, has_room, lambda: crowd.stirs(writer, address, TO_TAKE_MORE))
        finally:
            crowd.leaves(writer, address)
            writer.transport.abort()

    asyncio.get_running_loop().set_exception_handler(_tell)
    server = await asyncio.start_server(handle, host, port, limit=LONGEST_HEAD, backlog=256)
    async with server:
        ready(server.sockets[0].getsockname()[1])
        await server.serve_forever()


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What went wrong in a callback; that a connection ends because all does is nothing to tell."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    files: Mapping[str, Item],
    names: frozenset[str],
    has_room: bool,
    stirs: Callable[[], None],
) -> None:
    """One request and its response; whoever is too slow, or goes, is let go without a word."""
    try:
        try:
            if not has_room:
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE)
            async with asyncio.timeout(TO_ASK):
                head = await _head(reader)
            response, body = answer(head, files, names)
        except RefusedError as refused:
            response, body = _refusal(refused.status)
        async with asyncio.timeout(TO_TAKE):
            await _send(writer, response, body, stirs)
    except TimeoutError:
        _drop(writer)
    except ConnectionError:
        pass


def _drop(writer: asyncio.StreamWriter) -> None:
    """Hang up, and let the system forget what it still holds for somebody who does not take it."""
    line: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):  # it has gone by itself
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise RefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from None
    except asyncio.IncompleteReadError:
        raise RefusedError(HTTPStatus.BAD_REQUEST) from None


async def _send(writer: asyncio.StreamWriter, head: bytes, body: bytes, stirs: Callable[[], None]) -> None:
    writer.write(head)
    for start in range(0, len(body), AT_ONCE):
        stirs()
        writer.write(body[start : start + AT_ONCE])
        await writer.drain()
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def answer(head: bytes, files: Mapping[str, Item], names: frozenset[str]) -> tuple[bytes, bytes]:
    """The response to a request's head, as its own head and body; raises RefusedError where there is none."""
    method, target, headers = _parsed(head)
    if not _is_ours(headers.get("host", ""), names):
        raise RefusedError(HTTPStatus.MISDIRECTED_REQUEST)
    if method not in ("GET", "HEAD"):
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
    found = files.get(target.partition("?")[0])
    if found is None:
        raise RefusedError(HTTPStatus.NOT_FOUND)
    if found.tag in headers.get("if-none-match", ""):
        return _response(HTTPStatus.NOT_MODIFIED, [f"ETag: {found.tag}"]), b""
    packs = found.packed is not None and "gzip" in headers.get("accept-encoding", "")
    body = found.packed if packs and found.packed is not None else found.plain
    lines = [f"Content-Type: {found.type}", f"Content-Length: {len(body)}", f"ETag: {found.tag}"]
    lines += ["Content-Encoding: gzip"] if packs else []
    return _response(HTTPStatus.OK, lines), b"" if method == "HEAD" else body


def _parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, target and headers; a header said twice, a line that is none, or another protocol is refused."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or (name.lower() == "host" and "host" in headers):
            raise RefusedError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    return words[0], words[1], headers


def _is_ours(host: str, names: frozenset[str]) -> bool:
    """Whether `Host` is one of our names, or an address: nobody can make another's name of an address."""
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "0")
    if not (port.isascii() and port.isdigit()):
        return False
    if name.lower() in names:
        return True
    try:
        return bool(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return False


def own_names() -> frozenset[str]:
    """The names that this computer answers to."""
    own = socket.gethostname().lower()
    return frozenset({"localhost", own, f"{own.partition('.')[0]}.local"})


def room_address() -> str | None:
    """This computer's address in the room; None without a network. (Nothing is sent to find out.)"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that is kept for documentation
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if ipaddress.ip_address(address).is_loopback else address


def _refusal(status: HTTPStatus) -> tuple[bytes, bytes]:
    body = f"{status.value} {status.phrase}\n".encode()
    lines = ["Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}"]
    lines += ["Allow: GET, HEAD"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []
    return _response(status, lines), body


def _response(status: HTTPStatus, lines: list[str]) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status.value} {status.phrase}", *ALWAYS, *lines, "", ""]).encode()
