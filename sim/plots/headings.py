"""Texts of strangers on a figure: short, on one line, without signs that the font does not have."""

import textwrap

from ..scenario import Scenario

LONGEST_TITLE = 70  # characters that fit on one line at the size of a figure's title


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
