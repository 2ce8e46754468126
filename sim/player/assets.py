"""The player's own files, put together: as one page that works from a double-click, or as one module for a notebook."""

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib import resources
from typing import Any

COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/)[\s\S])*\*/|//.*)[ \t]*\n", re.MULTILINE)  # with lines of its own
INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)
IMPORT = re.compile(r'(?<=from ")[a-z]+(?=";)')
START = """const knows = HTMLScriptElement.supports;
document.getElementById("old").hidden = Boolean(knows && knows("importmap"));
const script = document.createElement("script");
script.type = "module";
script.src = "PAGE";
document.body.append(script);"""
NOTEBOOK_MODULE = """const urls = {};
for (const [name, source] of Object.entries(SOURCES)) {
  const text = source.replace(/from "([a-z]+)";/g, (_, imported) => `from "${urls[imported]}";`);
  urls[name] = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}
const { default: exported } = await import(urls["ENTRY"]);
export default exported;
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<script type="importmap">{importmap}</script>
</head>
<body>
<main id="sim">
<p id="old" hidden>This browser is too old for this page; Safari 16.4, Chrome 97, Firefox 108 or newer shows it.</p>
</main>
<noscript><p>This page needs JavaScript, which is switched off here. All of it is in this file: nothing is loaded, and
nothing is sent.</p></noscript>
<script type="application/json" id="data">{data}</script>
<script>{start}</script>
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
    return INDENTED.sub("", COMMENT.sub("", source(f"{name}.js")))


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


def _data_url(text: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def notebook_module(entry: str) -> str:
    """One module that exports what `entry` does: a notebook resolves no bare names, so it gives each module a URL."""
    sources = as_json({name: code(name) for name in modules(entry)})
    return NOTEBOOK_MODULE.replace("SOURCES", sources).replace("ENTRY", entry)


def as_json(data: Any) -> str:
    """JSON that no HTML parser can mistake for markup."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def imports(entry: str) -> str:
    """An import map with `entry` and all that it needs inside, for a page that works from a double-click."""
    return as_json({"imports": {name: _data_url(code(name)) for name in modules(entry)}})


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(title: str, data: Any) -> str:
    """One self-contained HTML page: our own scripts and styles run, by their hashes, and nothing else does."""
    look = style() + source("page.css")
    importmap = imports("main")
    start = START.replace("PAGE", _data_url(code("page")))
    # 'strict-dynamic' lets run what a script with a known hash adds, and what that imports: our modules, no others
    policy = f"default-src 'none'; script-src {_hash(importmap)} {_hash(start)} 'strict-dynamic'; "
    policy += f"style-src {_hash(look)}; base-uri 'none'; form-action 'none'"
    parts = {"policy": policy, "title": html.escape(title), "style": look, "importmap": importmap}
    return PAGE.format(**parts, data=as_json(data), start=start)
