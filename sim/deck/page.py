"""The deck as HTML: reveal.js from an installed package, in a folder or inside one file; nothing from a network."""

import base64
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..player.assets import inline, modules, script, source
from ..plots.style import THEMES
from .source import read

STYLES = ("reveal/reset.css", "reveal/reveal.css", "deck.css")
SCRIPTS = ("reveal/reveal.js", "reveal/markdown.js", "reveal/notes.js", "deck.js")
FONTS = tuple(f"fonts/source-sans-pro-{cut}.woff" for cut in ("regular", "semibold", "italic"))
LICENCES = ("reveal/LICENSE", "fonts/LICENSE")
PLACES = {  # where the package has what the deck's folder has
    "reveal/reset.css": "dist/reset.css",
    "reveal/reveal.css": "dist/reveal.css",
    "reveal/reveal.js": "dist/reveal.js",
    "reveal/markdown.js": "plugin/markdown/markdown.js",
    "reveal/notes.js": "plugin/notes/notes.js",
    "reveal/LICENSE": "LICENSE",
    **{font: f"dist/theme/{font.replace('fonts/', 'fonts/source-sans-pro/')}" for font in (*FONTS, "fonts/LICENSE")},
}
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{questions}</style>
{styles}
<style>:root {{ {palette} }}</style>
</head>
<body>
<div class="reveal"><div class="slides">
{sections}
</div></div>
<noscript>These slides need JavaScript; it is all here, nothing is loaded from a network.</noscript>
<script type="application/json" id="explorer">{explorer}</script>
{scripts}
<script type="module">{questions_script}whenShown($asked.ask);</script>
</body>
</html>
"""
SECTION = """<section data-markdown data-separator-notes="^Note:$"><textarea data-template>
{markdown}

Note:
{notes}
</textarea></section>"""


@dataclass(frozen=True)
class Shown:
    """A slide as it is shown: Markdown and notes with everything filled in, and its time in seconds."""

    markdown: str
    notes: str
    time: int


@dataclass(frozen=True)
class Deck:
    """All that a deck shows: its slides, its pictures by file name, the explorer's page ("": none)."""

    title: str
    theme: str
    slides: Sequence[Shown]
    pictures: Mapping[str, bytes]
    explorer: str


def section(slide: Shown) -> str:
    """A slide for reveal's Markdown plugin, in a textarea that nothing in the slide can close."""
    parts = {"markdown": slide.markdown, "notes": slide.notes}
    return SECTION.format(**{name: html.escape(text, quote=False) for name, text in parts.items()})


@cache
def asset(name: str) -> bytes:
    """A file of the deck's folder: our own from `slides`, the others from the package that brings reveal.js."""
    if name not in PLACES:
        return read(name).encode()
    spec = find_spec("sphinx_revealjs")  # found, not imported: Sphinx would come with it
    if spec is None or spec.origin is None:
        raise ValueError("sphinx-revealjs, which brings reveal.js, is not installed: pip install sphinx-revealjs")
    file = Path(spec.origin).parent / "_static" / "revealjs" / PLACES[name]
    if not file.is_file():
        raise ValueError(f"sphinx-revealjs has no {PLACES[name]}; allowed: a version that brings reveal.js 5")
    return file.read_bytes()


def folder(deck: Deck) -> dict[str, bytes]:
    """The files of the deck by name, `index.html` first."""
    styles = [f'<link rel="stylesheet" href="{name}">' for name in STYLES]
    scripts = [f'<script src="{name}"></script>' for name in SCRIPTS]
    names = (*STYLES, *SCRIPTS, *FONTS, *LICENCES)
    return {
        "index.html": _page(deck, styles, scripts).encode(),
        **{name: asset(name) for name in names},
        **deck.pictures,
    }


def single_file(deck: Deck) -> bytes:
    """The deck as one HTML file with scripts, styles, fonts and pictures inside."""
    styles = [f"<style>{_with_fonts(asset(name).decode())}</style>" for name in STYLES]
    scripts = [f"<script>{_inside_script(asset(name).decode())}</script>" for name in SCRIPTS]
    page = _page(deck, styles, scripts)
    for name, picture in deck.pictures.items():
        page = page.replace(f'src="{name}"', f'src="{_data_url(picture, "image/svg+xml")}"')
    return page.encode()


def _page(deck: Deck, styles: Sequence[str], scripts: Sequence[str]) -> str:
    return PAGE.format(
        theme=deck.theme,
        title=html.escape(deck.title),
        styles="\n".join(styles),
        palette=_palette(deck.theme),
        questions=source("player.css") + source("predict.css"),
        sections="\n".join(section(slide) for slide in deck.slides),
        explorer=json.dumps(deck.explorer).replace("<", "\\u003c"),
        questions_script=inline(script(modules("asked"))),
        scripts="\n".join(scripts),
    )


def _palette(theme: str) -> str:
    """The colours of the figures as CSS variables: a slide and the pictures on it are one."""
    colours = THEMES[theme]
    names = ("paper", "ink", "soft", "faint", "idle", "page", "report", "timed_out", "useful", "async_")
    return " ".join(f"--{name.strip('_').replace('_', '-')}: {getattr(colours, name)};" for name in names)


def _with_fonts(style: str) -> str:
    def inlined(url: re.Match[str]) -> str:
        return f"url({_data_url(asset(url[1]), 'font/woff')})"

    return re.sub(r"url\((fonts/[\w./-]+)\)", inlined, style)


def _inside_script(source: str) -> str:
    return re.sub(r"</(script)", r"<\\/\1", source, flags=re.IGNORECASE)


def _data_url(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
