"""The site, built: lessons, explorer, player, talk, notebooks and the model's page; the same bytes every time."""

import os
from functools import cache
from pathlib import Path

from ..deck import build as build_deck
from ..experiments import compare
from ..player import explorer_page, play_page
from ..presets import load
from .chapters import chapter_names, chapters
from .lesson_pages import home_page, lesson_page
from .markdown import plain, rendered
from .pages import page
from .stages import lesson, lessons

HERE = Path(__file__).parent
DOCUMENTS = (HERE.parent / "docs", HERE.parents[1] / "docs")  # in a wheel, in a checkout
TALK = "talk.html"


def build(*, talk: bool = True) -> dict[str, bytes]:
    """The files of the site by name; without the `talk` its slides are neither built nor linked to.

    Raises ValueError where a lesson's words do not hold for its run, or something is not installed.
    """
    steps = lessons()
    names = ["index.html", "explorer.html", "player.html", "model.html", *chapter_names()]
    there = frozenset([*names, *(f"{step.name}.html" for step in steps), *([TALK] if talk else [])])
    files = {"index.html": home_page(lesson("home"), steps, there)}
    for step, before, after in zip(steps, [None, *steps], [*steps[1:], None], strict=False):
        files[f"{step.name}.html"] = lesson_page(step, before, after, there)
    files["explorer.html"] = explorer_page("slides").encode()
    files["player.html"] = play_page(compare("slides")).encode()
    files["model.html"] = model_page(there)
    files |= dict(chapters(there))
    return files | ({TALK: _talk()} if talk else {})


@cache
def _talk() -> bytes:
    return build_deck(load("slides")).files[TALK]


def model_page(there: frozenset[str]) -> bytes:
    """docs/model.md as a page; ValueError where it is not to be found."""
    text = next((file for place in DOCUMENTS if os.path.exists(file := place / "model.md")), None)
    if text is None:
        raise ValueError("docs/model.md is neither beside the package nor in it; allowed: a checkout or a built wheel")
    markdown = text.read_text(encoding="utf-8")
    return page(plain(markdown.splitlines()[0]), rendered(markdown, there), kind="document", there=there)
