"""Ask a class: one question, answered by phones, so that thirty predictions do not take five minutes."""

import atexit
import html
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn, SupportsFloat

from .classroom import PHASES, Classroom
from .lan import address_for, check_port, qr
from .program import Program, ProgramEndedError, environment, free_ports, ours

if TYPE_CHECKING:
    from ..player.prediction import Prediction

READY_WITHIN = 30.0  # s
ROW = (
    '<tr><td style="text-align:right">{name}</td><td style="width:24em;text-align:left">'
    '<span style="display:inline-block;background:#0072B2;color:#fff;text-align:right;padding-right:.3em;'
    'width:{width}%">{many}</span></td></tr>'
)
ASKED = (
    '<div style="display:flex;gap:2em;align-items:center;font-size:1.3em"><div style="width:13em">{qr}</div>'
    "<div><p><b>{question}</b></p><p>{link}</p><p>{guesses} so far</p></div></div>"
)


class Asked:
    """A question that is open to a class, shown with its link and QR code; `numbers` are the guesses so far."""

    def __init__(self, room: Classroom, host: str = "127.0.0.1", port: int = 0) -> None:
        from .board import Board, Served
        from .feed import Feed

        self.room, self.port, control = room, port or free_ports(1)[0], free_ports(1)[0]
        check_port(host, self.port)
        self.link = f"http://{host}:{self.port}/j/{room.code}"
        self._board = Board(Feed(), {"asks": True})
        self._board.classroom, self._board.link, self._board.token = room, self.link, room.token
        self._board.actions["uncover"] = lambda _: self.uncover()
        self.teachers_link = f"http://{host}:{self.port}/board#{room.token}"
        self._served = Served(self._board, control).__enter__()
        words = ["--host", host, "--port", str(self.port), "--app", str(control), "--control", str(control)]
        self.router = Program("router", ours("router", *words), environment(), lambda _: None)
        self.router.say(f"code {room.code}")
        _open.append(self)
        atexit.register(self.close)
        if not self.router.ready.wait(READY_WITHIN):
            raise RuntimeError(f"the router does not start: {self.router.said}")
        self._board.tell()

    @property
    def numbers(self) -> list[float]:
        """The guesses, in order of size."""
        return self.room.numbers

    def uncover(self, value: float | None = None) -> None:
        """No more guesses; what was guessed may be seen, and, where it is given, what it is."""
        self.room.phase, self.room.answer = PHASES[1], value
        self._board.tell()

    def reveal(self, value: SupportsFloat, interval: Iterable[SupportsFloat] | None = None, **_: Any) -> "Told":
        """What the class guessed, and the answer; the phones see it, too. `interval` is where the value may lie."""
        self.uncover(float(value))
        bounds = [float(bound) for bound in interval] if interval is not None else []
        return Told(self.room.state(), float(value), bounds)

    def close(self) -> None:
        """Let nobody in any more."""
        atexit.unregister(self.close)
        if self in _open:
            _open.remove(self)
        self.router.hang_up()
        self.router.wait(2)
        self._served.__exit__()

    def _repr_html_(self) -> str:
        image = qr(self.link).decode().partition("?>")[2]
        guesses = f"{len(self.numbers)} guess{'' if len(self.numbers) == 1 else 'es'}"
        return ASKED.format(qr=image, question=html.escape(self.room.question), link=self.link, guesses=guesses)

    def __repr__(self) -> str:
        return f"Predict: {self.room.question} At {self.link}: {len(self.numbers)} guesses so far"


_open: list[Asked] = []


class Told:
    """A class' guesses and the answer."""

    def __init__(self, state: dict[str, Any], value: float, interval: list[float]) -> None:
        self.state, self.value, self.interval = state, value, interval

    def _repr_html_(self) -> str:
        shown = self.state["histogram"]
        edges = [shown["low"] + place * shown["width"] for place in range(len(shown["bins"]) + 1)]
        most = max(1, *shown["bins"])
        rows = [
            ROW.format(name=f"{low:.3g} to {high:.3g}", width=round(100 * many / most), many=many or "")
            for low, high, many in zip(edges, edges[1:], shown["bins"], strict=False)
        ]
        question = html.escape(self.state["question"])
        return f"<p><b>{question}</b></p><table>{''.join(rows)}</table><p><b>{html.escape(self._answer)}</b></p>"

    @property
    def _answer(self) -> str:
        middle, unit = self.state["histogram"]["median"], self.state["unit"]
        guessed = "Nobody guessed." if middle is None else f"The middle guess: {middle:.4g} {unit}.".replace(" .", ".")
        bounds = f" ({self.interval[0]:.4g} to {self.interval[1]:.4g})" if self.interval else ""
        return f"{guessed} It is {self.value:.4g} {unit}".rstrip() + bounds + "."

    def __repr__(self) -> str:
        return f"{self.state['guesses']} guesses. {self._answer}"


def predict(
    question: str,
    *,
    unit: str = "",
    reason: bool = True,
    least: float | None = 0.0,
    most: float | None = None,
    ask_the_class: bool = False,
    lan: bool = False,
) -> "Prediction | Asked":
    """A question to be shown in one cell, whose `reveal` shows the answer in a later one.

    `unit` is what the number counts or is measured in; with `reason`, a few words of why are asked for too. A number
    below `least` or above `most` (None: any) must be committed twice. What was committed to the same question stays
    until the kernel is restarted. With `ask_the_class` the question is answered by phones, at a link and QR code: of
    this machine only, or, with `lan`, of everybody on its network. Raises ValueError for an empty question.
    """
    if not ask_the_class:
        from ..player.prediction import predict as predicted

        return predicted(question, unit=unit, reason=reason, least=least, most=most)
    if not question.strip():
        raise ValueError(f"question = {question!r}; allowed: a text")
    host = address_for(lan, None)
    if lan:
        print(f"Warning: everybody on your network can reach {host} until this is closed.", file=sys.stderr)  # noqa: T201
    return Asked(Classroom(question, unit, least, most, plays=False), host)


def ask(
    question: str, unit: str, host: str, port: int = 0, *, least: float | None = None, most: float | None = None
) -> "Asked":
    """A question for `live --ask` or a slide; it stays open until it is closed."""
    for flag, text in (("--ask", question or " "), ("--unit", unit)):
        if text.isspace() or not text.isprintable():
            raise ValueError(f"{flag} {text[:60]!r}: allowed: a text that can be printed")
    return Asked(Classroom(question, unit, least, most, plays=False), host, port)


def stay() -> NoReturn:
    """Until somebody stops it; raises ProgramEndedError where a router ends unasked: nobody could answer any more."""
    while True:
        for asked in _open:
            if asked.router.ended is not None:
                raise ProgramEndedError(asked.router.obituary)
        time.sleep(1)
