"""The player's own files, put together: as one page that works from a double-click, or as one module for a notebook."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from typing import Any

COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/)[\s\S])*\*/|//.*)[ \t]*\n", re.MULTILINE)  # with lines of its own
INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)
IMPORT = re.compile(r'(?<=from ")[a-z]+(?=";)')
IMPORTED = re.compile(r'^import (\{[^}]*\}|\w+) from "([a-z]+)";$', re.MULTILINE)
EXPORTED = re.compile(r"^export (default|(?:const|class|(?:async )?function\*?) (\w+|\[[^\]]*\]))", re.MULTILINE)
START = """document.getElementById("old").hidden = Boolean(
[].findLast && CanvasRenderingContext2D.prototype.roundRect);"""  # as old as all else it needs
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
<body>
<main id="sim">
<p id="old" hidden>This browser is too old for this page; Safari 16, Chrome 99, Firefox 112 or newer shows it.</p>
</main>
<noscript><p>This page needs JavaScript, which is switched off here. All of it is in this file: nothing is loaded, and
nothing is sent.</p></noscript>
<script type="application/json" id="data">{data}</script>
<script>{start}</script>
<script type="module">{script}</script>
</body>
</html>
"""


@cache
def source(name: str) -> str:
    """The text of one of the player's files."""
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


@cache
def code(name: str) -> str:
    """A module as a page carries it: without what only its reader needs, comments and indentation."""
    return bare(source(f"{name}.js"))


def bare(text: str) -> str:
    """JavaScript without comments and indentation."""
    return INDENTED.sub("", COMMENT.sub("", text))


def style() -> str:
    """What the player looks like, wherever it is."""
    return source("player.css") + source("layout.css")


def _imports(module: str) -> list[str]:
    return IMPORT.findall(source(f"{module}.js"))


def modules(entry: str) -> list[str]:
    """The modules that `entry` needs, itself last, each after those it imports."""
    needed: dict[str, None] = {}
    for imported in _imports(entry):
        needed.update(dict.fromkeys(modules(imported)))
    return [*needed, entry]


def script(names: Iterable[str], text: Callable[[str], str] = code) -> str:
    """These modules as one: a browser fetches, decodes and compiles a hundred of them ten times as slowly.

    Each is a function that gives what it exports, and stands after those it imports; `$name` is what it gave.
    """
    return "".join(_as_function(name, text(name)) for name in names)


def _as_function(name: str, text: str) -> str:
    given: list[str] = []

    def kept(found: re.Match[str]) -> str:
        what, names = found.groups()
        given.extend(names.strip("[]").split(", ") if names else ["default: $default"])
        return str(what) if names else "const $default ="

    body = EXPORTED.sub(kept, IMPORTED.sub(_taken, text))
    return f"const ${name} = (() => {{\n{body}return {{ {', '.join(given)} }};\n}})();\n"


def _taken(found: re.Match[str]) -> str:
    names, module = found.groups()
    if names.startswith("{"):
        return f"const {names.replace(' as ', ': ')} = ${module};"
    return f"const {names} = ${module}.default;"


def notebook_module(entry: str) -> str:
    """One module that exports what `entry` does: a notebook resolves no bare names."""
    return f"{script(modules(entry))}export default ${entry}.default;\n"


def as_json(data: Any) -> str:
    """JSON that no HTML parser can mistake for markup."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def inline(text: str) -> str:
    """A script that no HTML parser can mistake for the end of one."""
    return text.replace("</", "<\\/")


def hashed(text: str) -> str:
    """What a policy says of a script or a style that it lets in."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(title: str, data: Any) -> str:
    """One self-contained HTML page: our own scripts and styles run, by their hashes, and nothing else does."""
    look = style() + source("page.css")
    run = inline(script(modules("page")))
    policy = f"default-src 'none'; script-src {hashed(START)} {hashed(run)}; "
    policy += f"style-src {hashed(look)}; img-src data:; base-uri 'none'; form-action 'none'"
    parts = {"policy": policy, "title": html.escape(title), "style": look, "start": START, "script": run}
    return PAGE.format(**parts, data=as_json(data))
