"""Values and pictures put into the Markdown, with every sign escaped that Markdown or HTML could take for its own."""

import html
import re
from collections.abc import Callable, Mapping

from .values import Value

PLACE = re.compile(r"\{\{(.+?)\}\}")
SIGN = re.compile(r"[!-/:-@\[-`{-~]")  # all ASCII punctuation
HARMLESS = frozenset(".,%+")  # what a number is written with, so that numbers may stand in code
PICTURE, LIVE = "picture ", "live "


class UndefinedValueError(Exception):
    """A value that the text quotes is not defined in these runs."""


def escaped(text: str) -> str:
    """The text as Markdown and HTML show it, whatever is in it: signs as entities, no control characters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return SIGN.sub(lambda sign: sign[0] if sign[0] in HARMLESS else f"&#{ord(sign[0])};", plain)


def fill(markdown: str, values: Mapping[str, Value], picture: Callable[[str], str], file: str = "deck.md") -> str:
    """The Markdown with `{{name}}` said in words, `{{name|noun}}` counted, `{{picture ...}}` as an image.

    Raises UndefinedValueError for a value that these runs do not define, ValueError for a name that there is not.
    """

    def filled(place: re.Match[str]) -> str:
        content = place[1].strip()
        return picture(content) if content.startswith((PICTURE, LIVE)) else _said(content, values, file)

    return PLACE.sub(filled, markdown)


def _said(content: str, values: Mapping[str, Value], file: str) -> str:
    name, _, noun = content.partition("|")
    if name not in values:
        raise ValueError(f"slides/{file}: {{{{{content}}}}}: there is no value of this name")
    value = values[name]
    if name == "title":
        return escaped(value.text)
    if value.number is None:
        raise UndefinedValueError(f"{name} is not defined")
    return escaped(value.of(noun) if noun else value.text).replace(" ", "&nbsp;")  # no line ends between 30 and s


def image(source: str, alt: str) -> str:
    """An image, in a block of its own."""
    return f'<p class="picture"><img src="{html.escape(source)}" alt="{html.escape(" ".join(alt.split()))}"></p>'
