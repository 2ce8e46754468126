"""The lab's own pages behind the router: the board for the projector, the phones' page, and what both ask and say.

The router lets in who may come (`door`); here it is only who holds the teacher's token, which the board has in its
address' fragment, so that no server log and no Referer ever sees it.
"""

import asyncio
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from importlib import resources
from typing import Any

from ..player import assets
from ..words import COLUMNS
from .classroom import Classroom, NotNowError
from .feed import Feed
from .lan import qr

BATCH = 0.05  # s between two batches of events
SCRIPTS = ("board", "guesses", "measured", "phone")  # and those of the player that they import
PLAYER = ("replay", "labreplay", "chances", "side", "model", "tokens", "words")
MOST_BOARDS = 12
SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/board/s/lab.css">
</head>
<body class="{name}">
<main id="sim" data-lab="{data}"></main>
<noscript><p>This page needs JavaScript, which is switched off here.</p></noscript>
<script type="module" src="/board/s/{name}.js"></script>
</body>
</html>
"""


class Board:
    """The pages; `actions` are what the teacher's buttons do, by name, `data` what the board draws with."""

    def __init__(self, feed: Feed, data: dict[str, Any]) -> None:
        self.feed, self.data = feed, data
        self.classroom: Classroom | None = None
        self.token = secrets.token_urlsafe(16)
        self.actions: dict[str, Callable[[str], None]] = {}
        self.link = ""
        self._boards = 0

    def tell(self, **more: Any) -> None:
        """Say the state anew to all boards."""
        state = self.feed.state | more | {"event": "state", "at": time.perf_counter()}
        told = {"class": self.classroom.state()} if self.classroom else {}
        self.feed.take(state | told)

    def application(self) -> Any:
        """The ASGI application."""
        from starlette.applications import Starlette
        from starlette.routing import Route

        routes = [
            Route("/", self._board),
            Route("/board", self._board),
            Route("/board/s/{name}", self._source),
            Route("/board/events", self._events),
            Route("/board/qr.svg", self._qr),
            Route("/board/reasons", self._reasons),
            Route("/board/do/{what}", self._do, methods=["POST"]),
            Route("/board/do/{what}/{value}", self._do, methods=["POST"]),
            Route("/j/{code}", self._phone),
            Route("/j/{code}/state", self._state),
            Route("/j/{code}/predict", self._predict, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    def _answer(self, body: bytes | str, kind: str = "text/html", status: int = 200) -> Any:
        from starlette.responses import Response

        return Response(body, status, SAFE, media_type=kind)

    def _json(self, told: Any, status: int = 200) -> Any:
        return self._answer(json.dumps(told, allow_nan=False), "application/json", status)

    def _page(self, name: str, title: str, data: dict[str, Any]) -> Any:
        text = json.dumps(data, allow_nan=False).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        return self._answer(PAGE.format(name=name, title=title, data=text))

    async def _board(self, _request: Any) -> Any:
        link = {"link": self.link} if self.classroom else {}
        return self._page("board", "The live lab", {**self.data, **link})

    async def _phone(self, _request: Any) -> Any:
        code = self.classroom.code if self.classroom else ""
        return self._page("phone", "Request cycles", {"code": code, "cycles": COLUMNS})

    async def _source(self, request: Any) -> Any:
        text = source(request.path_params["name"])
        kind = "text/css" if request.path_params["name"].endswith(".css") else "text/javascript"
        return self._answer(text or "Nothing here.", kind if text else "text/plain", 200 if text else 404)

    async def _qr(self, _request: Any) -> Any:
        return self._answer(qr(self.link), "image/svg+xml") if self.link else self._answer("", status=404)

    async def _state(self, _request: Any) -> Any:
        more = {name: self.feed.state[name] for name in ("mode", "timeout") if name in self.feed.state}
        return self._json((self.classroom.state() if self.classroom else {}) | more)

    async def _predict(self, request: Any) -> Any:
        try:
            said = json.loads(await request.body())
            assert self.classroom
            self.classroom.guess(str(said["phone"]), said["number"], said.get("reason", ""))
        except NotNowError:
            return self._json({"error": "It is too late, or this phone has guessed."}, 409)
        except (ValueError, KeyError, TypeError, AssertionError, RecursionError):
            return self._json({"error": "Not understood."}, 400)
        self.tell()
        return self._json({"ok": True})

    def _is_teacher(self, request: Any) -> bool:
        said = request.headers.get("x-teacher", "").encode("utf-8", "replace")
        return secrets.compare_digest(said, self.token.encode())

    async def _reasons(self, request: Any) -> Any:
        if not self._is_teacher(request) or not self.classroom:
            return self._answer("Not the teacher.", "text/plain", 403)
        try:
            return self._json(self.classroom.reasons())
        except NotNowError as error:
            return self._json({"error": str(error)}, 409)

    async def _do(self, request: Any) -> Any:
        if not self._is_teacher(request):
            return self._answer("Not the teacher.", "text/plain", 403)
        action = self.actions.get(request.path_params["what"])
        if action is None:
            return self._answer("No such button.", "text/plain", 404)
        try:
            await asyncio.to_thread(action, request.path_params.get("value", ""))
        except ValueError as error:
            return self._json({"error": str(error)}, 400)
        return self._json({"ok": True})

    async def _events(self, _request: Any) -> Any:
        from starlette.responses import StreamingResponse

        if self._boards >= MOST_BOARDS:
            return self._answer("Too many boards.", "text/plain", 503)
        return StreamingResponse(self._batches(), media_type="text/event-stream", headers=SAFE)

    async def _batches(self) -> AsyncIterator[str]:
        self._boards += 1
        try:
            number, rows, state = self.feed.snapshot()
            yield "retry: 500\n\n" + _told(number, {"rows": rows, "state": state})
            while True:
                await asyncio.sleep(BATCH)
                latest, events = self.feed.since(number)
                if events is None:
                    number, rows, state = self.feed.snapshot()
                    yield _told(number, {"rows": rows, "state": state})
                elif events:
                    yield _told(latest, {"events": events})
                    number = latest
        finally:
            self._boards -= 1


def _told(number: int, what: dict[str, Any]) -> str:
    return f"id: {number}\ndata: {json.dumps({'now': time.perf_counter(), **what})}\n\n"


def source(name: str) -> str:
    """A script or the style of the pages, by its file's name; "" where there is none."""
    stem = name.removesuffix(".js")
    if name == "lab.css":
        return assets.style() + _own("lab.css")
    if stem in SCRIPTS:
        return assets.IMPORT.sub(lambda found: f"/board/s/{found[0]}.js", _own(name))
    known = {module for entry in PLAYER for module in assets.modules(entry)}
    if name.endswith(".js") and stem in known:
        return assets.IMPORT.sub(lambda found: f"/board/s/{found[0]}.js", assets.source(name))
    return ""


def _own(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


class Served:
    """A context manager: the board's application on a port of this machine, in a thread of its own."""

    def __init__(self, board: Board, port: int) -> None:
        import uvicorn

        config = uvicorn.Config(
            board.application(),
            host="127.0.0.1",
            port=port,
            log_level="critical",
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(3)
