"""The questions of slides that take a guess: each carries its answer with this run and with other luck, covered."""

import html
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ASKED = re.compile(r'<p class="guess" data-predicts="([\w.]+)" data-unit="([^"]*)"(?: data-most="([\w.]+)")?>')
SCALES = {"%": 100.0, "ms": 1000.0}  # of shares and of seconds

GUESS = re.compile(
    r'<p class="guess" data-unit="(?P<unit>[^"]*)" data-value="[^"]*" data-others="[^"]*"'
    r'(?: data-most="(?P<most>[^"]*)")?>(?:Your guess: )?(?P<text>.*?)</p>',
    re.DOTALL,
)
INVITED = '<p class="class"><img src="{picture}" alt="QR code of {link}"><span>{shown}</span></p>'


@dataclass(frozen=True)
class Question:
    """What a slide asks: the question, what the number counts or is measured in, and the most that it can be."""

    text: str
    unit: str
    most: float | None


@dataclass(frozen=True)
class Invitation:
    """Where a class answers a question: the link, and its QR code as an SVG image."""

    link: str
    picture: bytes


Invite = Callable[[Question], Invitation]
Number = Callable[[str], float | None]
Others = Callable[[str], Sequence[float]]


def with_answers(markdown: str, number: Number, others: Others) -> str:
    """The Markdown whose questions name their answers, with these: `data-value`, `data-others` and `data-most`.

    A question whose answer is not a finite number in this run is only read. Of other luck only what is finite counts.
    """

    def answered(tag: re.Match[str]) -> str:
        name, unit, most = tag.groups()
        value, scale = number(name), SCALES.get(unit, 1.0)
        if value is None or not math.isfinite(value):
            return '<p class="guess">'
        luck = ",".join(_written(scale * other) for other in others(name) if math.isfinite(other))
        above = f' data-most="{most if most.isdecimal() else _written(number(most) or 0.0)}"' if most else ""
        return (
            f'<p class="guess" data-unit="{unit}" data-value="{_written(scale * value)}" data-others="[{luck}]"{above}>'
        )

    return ASKED.sub(answered, markdown)


def with_invitations(markdown: str, invite: Invite, keep: Callable[[bytes], str]) -> str:
    """The Markdown whose questions are open to a class: a link and its QR code after each; `keep` names its file."""

    def invited(place: re.Match[str]) -> str:
        text = " ".join(html.unescape(place["text"]).split())
        most = place["most"]
        invitation = invite(Question(text[:1].upper() + text[1:], place["unit"], float(most) if most else None))
        link = html.escape(invitation.link)
        shown = re.sub(r"(?<=[^/])/(?=[^/])", "<wbr>/", link, count=1)
        return place[0] + "\n" + INVITED.format(picture=keep(invitation.picture), link=link, shown=shown)

    return GUESS.sub(invited, markdown)


def _written(value: float) -> str:
    return f"{value:.6g}" if abs(value) < 1e5 else f"{value:.0f}"
