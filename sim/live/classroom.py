"""A class: its code, what each phone guessed, and which part of the lesson it is. No names, nothing on disk."""

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
MOST_GUESSES = 500
LONGEST_REASON = 200
LARGEST_GUESS = 1e9
PHASES = ("predict", "uncovered", "play")
BINS = 10


def new_code() -> str:
    """Five letters, one of 29 million."""
    return "".join(secrets.choice(LETTERS) for _ in range(5))


def _plain(text: str) -> str:
    """A text in one line, without what cannot be printed or turns the direction of writing."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


class NotNowError(ValueError):
    """A guess that is not taken: it is too late, or this phone has one."""


@dataclass
class Classroom:
    """The state of a lesson: question and guesses, and the phase; `answer` once it is known."""

    question: str
    unit: str = ""
    least: float | None = 0.0
    most: float | None = 100.0
    plays: bool = True
    code: str = field(default_factory=new_code)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    phase: str = PHASES[0]
    round: int = 1  # the same question may be asked again
    answer: float | None = None
    _guesses: dict[str, tuple[float, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def guess(self, phone: str, number: object, reason: object) -> None:
        """Take a phone's one guess; raises ValueError for what is none, NotNowError where it comes too late."""
        if not isinstance(number, int | float) or isinstance(number, bool) or not abs(number) <= LARGEST_GUESS:
            raise ValueError("a number")
        if not self._inside(float(number)):
            raise ValueError(f"a number from {self.least} to {self.most}")
        if not phone or len(phone) > 24 or not isinstance(reason, str):
            raise ValueError("a phone and a reason")
        with self._lock:
            if self.phase != PHASES[0] or phone in self._guesses or len(self._guesses) >= MOST_GUESSES:
                raise NotNowError
            self._guesses[phone] = (float(number), _plain(reason)[:LONGEST_REASON])

    def _inside(self, number: float) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    @property
    def numbers(self) -> list[float]:
        """All guesses, without whose they are."""
        with self._lock:
            return sorted(number for number, _ in self._guesses.values())

    def reasons(self) -> list[tuple[float, str]]:
        """The guesses with the reasons that were given, by size: it says nothing of who gave them.

        Raises NotNowError as long as the guesses are covered.
        """
        with self._lock:
            if self.phase == PHASES[0]:
                raise NotNowError("the guesses are covered still")
            return sorted({guess for guess in self._guesses.values() if guess[1]})

    def histogram(self) -> dict[str, Any]:
        """The guesses in ten bins, from `low` on, `width` wide each."""
        numbers = self.numbers
        if self.least is not None and self.most is not None:
            low, high = self.least, self.most
        else:
            low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
        width = (high - low) / BINS or 1.0
        bins = [0] * BINS
        for number in numbers:
            bins[min(BINS - 1, int((number - low) / width))] += 1
        middle = numbers[len(numbers) // 2] if numbers else None
        return {"low": low, "width": width, "bins": bins, "median": middle}

    def state(self) -> dict[str, Any]:
        """What everybody may know: how many have guessed, and what they guessed only when it is uncovered."""
        told = {"phase": self.phase, "question": self.question, "unit": self.unit, "guesses": len(self.numbers)}
        told |= {"least": self.least, "most": self.most, "plays": self.plays, "round": self.round}
        if self.phase != PHASES[0]:
            told |= {"histogram": self.histogram(), "answer": self.answer}
        return told

    def again(self, question: str) -> None:
        """Another question, for which everybody guesses anew."""
        with self._lock:
            self._guesses.clear()
            self.question, self.phase, self.answer = question, PHASES[0], None
            self.round += 1
