"""The shell of every page of the site: one file each, our own scripts and styles inside, and nothing from elsewhere."""

import html
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from ..player import assets

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body class="sim site">
<nav aria-label="The site">{nav}</nav>
<main{kind}>
{body}
</main>
{script}
</body>
</html>
"""
OLD = """<p id="old" hidden>This browser is too old for what moves on this page; Safari 16, Chrome 99, Firefox 112 or
newer shows it.</p>
<noscript><p>What moves on this page needs JavaScript, which is switched off here. All of it is in this file: nothing is
loaded, and nothing is sent.</p></noscript>
"""
PLACES = (("index.html", "Start"), ("explorer.html", "Explorer"), ("talk.html", "Talk"), ("model.html", "The model"))


@cache
def source(name: str) -> str:
    """The text of one of the site's own files, or of the player's."""
    file = resources.files(__package__) / name
    return file.read_text(encoding="utf-8") if file.is_file() else assets.source(name)


@cache
def modules(entry: str) -> tuple[str, ...]:
    """The modules that `entry` needs, itself last, each after those it imports."""
    needed: dict[str, None] = {}
    for imported in assets.IMPORT.findall(source(f"{entry}.js")):
        needed.update(dict.fromkeys(modules(imported)))
    return (*needed, entry)


def page(
    title: str, body: str, *, entry: str = "", data: Any = None, kind: str = "", there: Iterable[str] = ()
) -> bytes:
    """One self-contained page: `body` in the site's shell, with the module `entry` and its `data`.

    `there` are the names of the pages that the site has: only these are linked to.
    """
    script = ""
    hashes = []
    if entry:
        run = assets.inline(assets.script(modules(entry), lambda name: assets.bare(source(f"{name}.js"))))
        data_block = f'<script type="application/json" id="data">{assets.as_json(data)}</script>'
        script = f'{data_block}\n<script>{assets.START}</script>\n<script type="module">{run}</script>'
        hashes = [assets.hashed(assets.START), assets.hashed(run)]
        body = OLD + body
    return PAGE.format(
        policy=_policy(hashes, style()),
        title=html.escape(title),
        style=style(),
        nav=_nav(there),
        kind=f' class="{kind}"' if kind else "",
        body=body,
        script=script,
    ).encode()


@cache
def style() -> str:
    """What all pages of the site look like."""
    return assets.style() + source("predict.css") + source("site.css")


def _policy(hashes: list[str], look: str) -> str:
    scripts = f"script-src {' '.join(hashes)}; " if hashes else ""
    styles = f"style-src {assets.hashed(look)}; img-src data:"
    return f"default-src 'none'; {scripts}{styles}; base-uri 'none'; form-action 'none'"


def _nav(there: Iterable[str]) -> str:
    known = set(there)
    return " ".join(f'<a href="{name}">{label}</a>' for name, label in PLACES if name in known)
