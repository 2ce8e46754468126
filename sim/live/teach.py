"""The board for a scenario, and the class: the programs, the lab's pages, and what the teacher's buttons do to them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from ..failures.ways import queue_numbers
from ..mishaps import workers_in
from ..player.data import cycles, words
from ..player.trouble import rules_of
from ..scenario import Scenario
from ..words import cycle_name
from ..workload import Workload
from .board import Board, Served
from .classroom import PHASES, Classroom
from .feed import Feed
from .measure import serve_on, works_of
from .measured import Measured
from .mishaps import Mishaps, refuse
from .program import free_ports
from .stack import Choice, Stack

PORT = 8765
TIMEOUT = 10.0  # s, in a class: in 30 nothing happens for too long, and screens lock
QUESTION = "{mode}: of 100 reports that the class asks for, how many will get an error?"
AWAY = {"worker_stopped": True, "worker_back": False}
DOWN = {"service_down": True, "service_up": False}


class Lab:
    """The programs and the lab's pages together."""

    def __init__(self, stack: Stack, board: Board) -> None:
        self.stack, self.board = stack, board
        self.mishaps = Mishaps(stack)
        board.actions |= {
            "kill": lambda _: self._stop("kill"),
            "deploy": lambda _: self._stop("term"),
            "down": lambda _: self.mishaps.service_down(),
            "up": lambda _: self.mishaps.service_up(),
        }

    def _stop(self, how: str) -> None:
        if not self.mishaps.stop_worker(how):
            raise ValueError("the worker is away already")

    @property
    def teachers_link(self) -> str:
        """The board with the teacher's buttons; nobody else may see it."""
        return f"http://{self.stack.choice.host}:{self.stack.port}/board#{self.board.token}"


@contextmanager
def _lab(scenario: Scenario, scale: float, choice: Choice, workload: Workload | None) -> Iterator[Lab]:
    feed, control = Feed(), free_ports(1)[0]
    board = Board(feed, _data(scenario, scale, workload))

    def tell(event: dict[str, Any]) -> None:
        feed.take(event)
        if event["event"] in AWAY:
            board.tell(away=AWAY[event["event"]])
        elif event["event"] in DOWN:
            board.tell(down=DOWN[event["event"]])

    with ExitStack() as things:
        stack = Stack(scenario, scale, replace(choice, control=control), tell)
        things.enter_context(Served(board, control))
        things.enter_context(stack)
        board.tell(mode="sync", timeout=scenario.timeout, away=False, down=False)
        yield Lab(stack, board)


def _data(scenario: Scenario, scale: float, workload: Workload | None) -> dict[str, Any]:
    """What the board draws with."""
    server = {name: getattr(scenario, name) for name in ("threads", "workers", "timeout", "on_timeout")}
    asked, rules = None, {}
    if workload is not None:
        columns = ("arrived_at", "is_report", "external_time", "web_time")
        asked = {name: getattr(workload, name).tolist() for name in columns} | {"ends_at": workload.ends_at}
        asked["queue"], rules = queue_numbers(workload, scenario).tolist(), rules_of(scenario)
    hops = dict(scenario.hop_times if workload is None else workload.hop_times)
    drawn = {"server": server, "scale": scale, "external": scenario.external_time.mean, "workload": asked}
    drawn |= {"rules": rules, "seed": str(scenario.seed), "slots": workers_in(scenario.queues, scenario.workers)}
    return drawn | {"hop_times": hops, "cycles": cycles(), "words": words()}


def on_the_board(
    scenario: Scenario,
    workload: Workload,
    ways: list[str],
    scale: float,
    choice: Choice,
    announce: Callable[[str], None],
) -> Iterator[Measured]:
    """Serve the workload in each cycle, seen on the board; the first begins when the teacher presses Start.

    The board stays until the generator is closed.
    """
    refuse(scenario, choice.web, choice.worker, workload)
    if scenario.result == "polling":
        raise ValueError("result = 'polling' with --board: it draws no polls; allowed: without --board")
    pressed = threading.Event()
    with _lab(scenario, scale, choice, workload) as lab:
        lab.board.actions["play"] = lambda _: pressed.set()
        lab.board.tell(mode=ways[0], told="· press Start")
        announce(f"The board: {lab.teachers_link}")
        for way in ways:
            lab.stack.until(pressed.is_set)
            lab.board.feed.take({"event": "round"})
            lab.board.tell(mode=way, told="")
            yield serve_on(lab.stack, lab.mishaps, workload, way)
            pressed.clear()
            lab.board.tell(
                told=f"· {cycle_name(way)} is done" + ("; press Start for the next" if way != ways[-1] else "")
            )
        announce("All is done; the board stays until Ctrl-C.")
        lab.stack.until(lambda: False)


class Class:
    """A lesson with phones, and what the teacher's buttons do."""

    def __init__(self, lab: Lab, scenario: Scenario) -> None:
        self.lab, self.scenario = lab, scenario
        self.room = Classroom(QUESTION.format(mode=cycle_name("sync")), "in 100")
        lab.board.classroom, self.mode, self.asked = self.room, "sync", "sync"
        self.found: dict[str, float] = {}
        lab.board.token = self.room.token
        lab.stack.named("router").say(f"code {self.room.code}")
        host, port = lab.stack.choice.host, lab.stack.port
        self.link = lab.board.link = f"http://{host}:{port}/j/{self.room.code}"
        lab.board.actions |= {
            "uncover": lambda _: self.uncover(),
            "play": lambda _: self.play(),
            "round": lambda _: self.next_question(),
            "sync": lambda _: self.switch("sync"),
            "async": lambda _: self.switch("async"),
            "timeout": self.wait,
        }
        self.switch("sync")

    def switch(self, mode: str) -> None:
        """SYNC or ASYNC from now on, on an empty board."""
        self._remember()
        self.mode = mode
        page, report = works_of(_one_of_each(self.scenario), mode)
        self.lab.stack.named("web").say(page.line("page"), report.line("report"))
        self.lab.board.feed.take({"event": "round"})
        self.lab.board.tell(mode=mode)

    def wait(self, seconds: str) -> None:
        """The router waits so long from now on."""
        number = float(seconds)
        if not 1 <= number <= 60:
            raise ValueError("a timeout from 1 to 60 s")
        self.lab.stack.named("router").say(f"limit {number:g}")
        self.lab.board.tell(timeout=number)

    def uncover(self) -> None:
        """Show what was guessed, and what it was if the class has tried it."""
        self._remember()
        self.room.phase, self.room.answer = PHASES[1], self.found.get(self.asked)
        self.lab.board.tell()

    def play(self) -> None:
        """The phones' buttons work now."""
        self.room.phase = PHASES[2]
        self.lab.board.feed.take({"event": "round"})
        self.lab.board.tell()

    def next_question(self) -> None:
        """Guess anew, about the other cycle."""
        self.asked = "async" if self.asked == "sync" else "sync"
        self.switch(self.asked)
        self.found.pop(self.asked, None)
        self.room.again(QUESTION.format(mode=cycle_name(self.asked)))
        self.lab.board.tell()

    def _remember(self) -> None:
        """How many of 100 reports of this round got an error, if any has ended."""
        rows = self.lab.board.feed.snapshot()[1]
        ended = [row for row in rows if row.get("kind") == "report" and ("late" in row or "status" in row)]
        errors = sum("late" in row or row["status"] >= 500 for row in ended)
        if ended:
            self.found[self.mode] = round(100 * errors / len(ended), 1)


def _one_of_each(scenario: Scenario) -> Workload:
    """A page and a report, whose slow call takes what it takes on average."""
    call = np.array([0.0, scenario.external_time.mean])
    return Workload(np.zeros(2), np.array([False, True]), np.zeros(2), call, scenario.hop_times, 1.0)


def teach(scenario: Scenario, choice: Choice, phones: int, announce: Callable[[str], None]) -> None:
    """Let a class feel it, until the teacher ends it (Ctrl-C); `phones` of them are simulated."""
    refuse(scenario, choice.web, choice.worker)
    if scenario.client_retries:
        raise ValueError(f"client_retries = {scenario.client_retries}: a class tries again itself; allowed: 0")
    if scenario.result != "nothing":
        raise ValueError(f'result = "{scenario.result}" with --class: nobody asks again; allowed: "nothing"')
    if scenario.queues:
        raise ValueError("queues with --class: it asks for one kind of report; allowed: without them")
    if scenario.failure_fraction:
        raise ValueError(
            f"failure_fraction = {scenario.failure_fraction:g}: in a class calls fail by a button; allowed: 0"
        )
    with _lab(scenario, 1.0, choice, None) as lab:
        lesson = Class(lab, scenario)
        announce(f"The class joins at {lesson.link} (its QR code is on the board)")
        announce(f"The board with your buttons, for you alone: {lab.teachers_link}")
        if phones:
            lab.stack.start(
                "phones", "--port", str(lab.stack.port), "--host", choice.host, "--phones", str(phones)
            ).say(lesson.room.code)
        lab.stack.until(lambda: False)
