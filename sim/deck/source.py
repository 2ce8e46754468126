"""The deck's source: Markdown slides between `---` lines, with their claims, their notes and how long they take.

`<!-- holds: CLAIM -->` says what must be true for the slide; `<!-- otherwise: CLAIM -->` begins what is shown in its
place where it is not. `Note:` begins the speaker's notes; `data-timing` is the slide's share of the talk in seconds.
"""

import re
from dataclasses import dataclass
from pathlib import Path

PLACES = (Path(__file__).parents[2] / "slides", Path(__file__).parent / "slides")  # a checkout, an installed package
SLIDE = re.compile(r"\n---\n")
OTHERWISE = re.compile(r"^<!-- otherwise:(.*?)-->\n", re.MULTILINE)
HOLDS = re.compile(r"^<!-- holds:(.*?)-->\n", re.MULTILINE)
NOTE = re.compile(r"^Note:\n?", re.MULTILINE)
TIMING = re.compile(r'<!-- \.slide:[^>]*data-timing="(\d+)"')
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
NAME = re.compile(r'<!-- \.slide:[^>]*\b(?:id|aria-label)="([^"]+)"')


@dataclass(frozen=True)
class Variant:
    """One version of a slide: what must hold for it, its Markdown, its notes, and its time in seconds."""

    claim: str
    markdown: str
    notes: str
    time: int


@dataclass(frozen=True)
class Slide:
    """A slide in the versions there are of it, the one that the talk is about first."""

    name: str
    line: int
    variants: tuple[Variant, ...]


def read(name: str) -> str:
    """The text of a file in the folder `slides`; ValueError where it is not there."""
    for place in PLACES:
        if (place / "deck.md").is_file():
            return (place / name).read_text(encoding="utf-8")
    raise ValueError("slides/deck.md is neither beside the package nor in it; allowed: a checkout or a built wheel")


def parse(text: str, file: str = "deck.md") -> list[Slide]:
    """The slides of a deck; raises ValueError naming the line of one without notes or timing."""
    slides, line = [], 1
    for source in SLIDE.split(text):
        slides.append(_slide(source, f"slides/{file}: line {line}", line))
        line += source.count("\n") + 2
    return slides


def _slide(source: str, where: str, line: int) -> Slide:
    first, *others = OTHERWISE.split(source)
    held = HOLDS.search(first)
    claims = [held[1] if held else "", *others[::2]]
    bodies = [HOLDS.sub("", first), *others[1::2]]
    variants = tuple(_variant(claim, body, where) for claim, body in zip(claims, bodies, strict=True))
    return Slide(_name(first, where), line, variants)


def _variant(claim: str, body: str, where: str) -> Variant:
    markdown, *notes = NOTE.split(body)
    timing = TIMING.search(markdown)
    if len(notes) != 1 or not notes[0].strip():
        raise ValueError(f"{where}: a slide without notes; allowed: 'Note:' once, and what to say")
    if timing is None:
        raise ValueError(f'{where}: how long? allowed: <!-- .slide: data-timing="60" -->')
    return Variant(claim.strip(), markdown.strip(), notes[0].strip(), int(timing[1]))


def _name(source: str, where: str) -> str:
    found = NAME.search(source) or HEADING.search(source)
    if found is None:
        raise ValueError(f"{where}: a slide without heading or aria-label")
    return re.sub(r"[*`]|\{\{|\}\}", "", found[1])
