"""The words and numbers written on the figures: durations, counts, findings, and texts of strangers made harmless."""

import math
import textwrap

from ..experiments import Result
from ..scenario import Scenario

LONGEST_TITLE = 70  # characters that fit on one line at the size of a figure's title


def seconds(value: float | None) -> str:
    """A duration as people say it: "97 ms", "12.6 s", "never" for inf, NaN and None."""
    if value is None or not math.isfinite(value):
        return "never"
    if abs(value) < 0.9995:
        return f"{value * 1000:.3g} ms" if value else "0 s"
    if abs(value) >= 99.95:
        return f"{value:,.0f} s"
    return f"{value:.{2 if abs(value) < 9.995 else 1}f}".rstrip("0").rstrip(".") + " s"


def counted(number: int, thing: str) -> str:
    """ "1 request", "1,851 requests"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def joined(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *others, last = parts or [""]
    return f"{', '.join(others)} and {last}" if others else last


def percent(part: float, whole: float) -> str:
    """A share for people: "0 %" and "100 %" only where it is exactly so."""
    share = 100 * part / whole if whole else 0.0
    if share in (0, 100):
        return f"{share:.0f} %"
    if share < 1:
        return "< 1 %"
    return "> 99 %" if share > 99 else f"{share:.0f} %"


def cycle_label(result: Result, cycles_slots: int | None = None) -> str:
    """What the cycle is called: SYNC, ASYNC; with its threads where these differ from `cycles_slots`."""
    name = result.cycle.name.upper()
    threads = result.records.threads
    return name if cycles_slots in (None, threads) else f"{name} with {counted(threads, 'thread')}"


def fate(result: Result) -> str:
    """The finding in a sentence: how many requests timed out."""
    timed_out, requests = result.summary.timed_out, result.summary.requests
    if not requests:
        return "no requests"
    if not timed_out:
        return f"none of {counted(requests, 'request')} timed out" if requests > 1 else "the only request was answered"
    if timed_out == requests:
        return f"all {requests:,} requests timed out" if requests > 1 else "the only request timed out"
    return f"{timed_out:,} of {counted(requests, 'request')} timed out"


def plain(text: str, longest: int = LONGEST_TITLE) -> str:
    """A stranger's text on one short line, without control characters and signs that the font does not have."""
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont("DejaVu Sans"))
    letters = (letter if letter.isprintable() else " " for letter in text)
    drawable = "".join(letter if font.get_char_index(ord(letter)) else "□" for letter in letters)
    words = " ".join(drawable.split())
    return textwrap.shorten(words, longest, placeholder=" …") if " " in words[:longest] else words[:longest]


def heading(scenario: Scenario) -> str:
    """The scenario's title, or what it is about where it has none."""
    return plain(scenario.title) or "Request cycles side by side"
