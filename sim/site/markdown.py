"""Our own Markdown as HTML: no markup of others comes through, and links lead to pages that the site has."""

import re
from collections.abc import Collection
from functools import cache
from itertools import count
from typing import Any

TO_PAGE = re.compile(r"(?:\.\./)*(?:\w+/)*([\w-]+)\.(?:ipynb|md)(#[\w-]*)?")


def page_name(file: str) -> str:
    """The page that a notebook or a document becomes: `02_the_synchronous_cycle.ipynb` → `notebook-02.html`."""
    number = re.match(r"(\d\d)_", file)
    return f"notebook-{number[1]}.html" if number else f"{file.rpartition('.')[0] or file}.html"


def rendered(text: str, there: Collection[str]) -> str:
    """The Markdown as HTML; a link to a file that is no page of the site (`there`) is left as its text."""
    try:
        from markdown_it import MarkdownIt
    except ModuleNotFoundError:
        raise ValueError("the site needs markdown-it-py: pip install 'request-cycles[site]'") from None
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        token.attrs.pop("style", None)  # of a table's cells; the page's policy allows none
        _relink(token.children or [], there)
    return _scrolling(str(parser.renderer.render(tokens, parser.options, {})))


def _scrolling(markup: str) -> str:
    """What may be wider than a phone, in a place of its own that scrolls, by keyboard too; tables are numbered."""
    numbers = count(1)
    place = '<div class="scrolls" role="region" aria-label="Table {}" tabindex="0"><table>'
    markup = re.sub("<table>", lambda _: place.format(next(numbers)), markup).replace("</table>", "</table></div>")
    return markup.replace("<pre>", '<pre tabindex="0">')


def inline(text: str, there: Collection[str] = ()) -> str:
    """One line of Markdown, without a paragraph around it."""
    return rendered(text, there).strip().removeprefix("<p>").removesuffix("</p>")


def _relink(tokens: list[Any], there: Collection[str]) -> None:
    gone: list[Any] = []
    for token in tokens:
        if token.type == "link_open":
            gone.append(not _turned(token, there))
            token.hidden = gone[-1]
            if gone[-1]:
                token.type, token.tag, token.content = "text", "", ""
        elif token.type == "link_close" and gone.pop():
            token.type, token.tag, token.content = "text", "", ""


def _turned(token: Any, there: Collection[str]) -> bool:
    """Let a link lead to the page that its file has become; False where there is none."""
    target = str(token.attrs["href"])
    if target.startswith(("https://", "#")) or target.partition("#")[0] in there:
        return True
    found = TO_PAGE.fullmatch(target)
    name = page_name(f"{found[1]}.{target.partition('#')[0].rpartition('.')[2]}") if found else ""
    token.attrs["href"] = name + (found[2] or "" if found else "")
    return name in there


@cache
def plain(text: str) -> str:
    """The text of one line of Markdown, without its signs."""
    return re.sub(r"[*`_#]|\[([^\]]*)\]\([^)]*\)", lambda sign: sign[1] or "", text).strip()
