"""What a class gets: notebooks without answers, the explorer, a worksheet and a quiz; and the key, for the teacher."""

import html
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .experiments import Comparison, compare
from .player import explorer_page
from .words import seconds

HERE = Path(__file__).parent
PLACES = (HERE / "notebooks", HERE.parent / "notebooks")  # in a wheel, in a checkout
FIRST, SECOND, PAGE, TIMEOUT, AXIS = 20, 15, 0.1, 30, 40  # of the bar to draw, s

# what is asked of whoever has finished: question, three answers, which of them is right (from 0), and why
QUIZ = (
    (
        "A thread waits for the database. Can it take another request meanwhile?",
        ("Yes: it has nothing to do.", "No: it is held until the response leaves.", "Yes, if that one is a page."),
        1,
        "A thread that waits is held all the same: half of a page's time is the database (notebook 1).",
    ),
    (
        "A client has got its error after 30 seconds. What does the thread do that works on its request?",
        ("It stops.", "It begins again.", "It works on to the end, for nobody."),
        2,
        "The application is not told: the hatched time of notebook 2.",
    ),
    (
        "When do the router's 30 seconds begin?",
        ("When the request arrives.", "When a thread takes it.", "When the slow call begins."),
        0,
        "The router's clock knows nothing of threads; waiting in line counts (exercise 2 by hand).",
    ),
    (
        "Each second 0.4 jobs are pushed that take 10 seconds each. There are 2 workers. What becomes of the queue?",
        (
            "It stays short: Redis does the work.",
            "It grows as long as requests arrive.",
            "It grows, then empties itself.",
        ),
        1,
        "4 workers' work arrives. A queue moves work in time and makes it no less (notebooks 3 and 5).",
    ),
    (
        "What does the asynchronous cycle make faster?",
        ("The slow call.", "The answer and the slow call.", "The answer."),
        2,
        "The work takes as long as before: response time and completion time are two things (notebook 4).",
    ),
)
PREDICTIONS = (
    "SYNC, 4 threads: about 1,800 requests arrive in ten minutes, one in ten is a report. How many get an error?",
    "ASYNC, 4 threads and 5 workers, the same requests: within how many seconds does half of the reports exist?",
    "SYNC with all 9 as threads, the same requests: how many get an error?",
)
SENTENCES = ("Async makes", "Async does not make")
STYLE = """
@page { size: A4; margin: 14mm; }
body { font: 12pt/1.4 "Source Sans 3", "DejaVu Sans", sans-serif; max-width: 180mm; margin: 0 auto; }
h1 { font-size: 17pt; margin: 0 0 2mm; } h2 { font-size: 13pt; margin: 6mm 0 1mm; } p { margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 0.3mm solid #555; padding: 1.5mm 2mm; text-align: left; }
td { height: 13mm; } th { font-size: 11pt; } .line { border-bottom: 0.3mm solid #555; height: 9mm; }
.name { text-align: right; } li { margin-bottom: 2mm; } ol.answers { list-style: none; padding-left: 0; }
ol.answers li { margin: 0 0 1mm; } svg { width: 100%; } .right { font-weight: bold; }
"""


def handout(folder: Path) -> dict[Path, bytes]:
    """The files of a handout by where they go: all in `folder`, but for the key, which stands beside it.

    Raises ValueError where the folder has something in it, the key is there already, or the notebooks are not.
    """
    named = folder if folder.name not in ("", "..") else Path(os.path.abspath(folder))  # "." has no name
    key = named.with_name(f"{named.name}-key.html") if named.name else folder / "key.html"
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise ValueError(f"DIR {folder}: there is something already; allowed: a new folder, or one with nothing in it")
    if key.exists():
        raise ValueError(f"DIR {folder}: the key {key} is there already; allowed: a folder whose key is not")
    files = {f"{notebook.name}": cleared(notebook) for notebook in notebooks()}
    files |= {"explorer.html": explorer_page("slides").encode(), "worksheet.html": worksheet(), "quiz.html": quiz()}
    return {folder / name: content for name, content in files.items()} | {
        key: answers(compare("slides", engine="exact"))
    }


def notebooks() -> list[Path]:
    """The notebooks in their order; ValueError where they are neither in the package nor beside it."""
    found = next((files for place in PLACES if (files := sorted(place.glob("[0-9]*.ipynb")))), None)
    if not found:
        raise ValueError("the notebooks are not beside the package; allowed: a checkout")
    return found


def cleared(notebook: Path) -> bytes:
    """A notebook without what its cells have said."""
    content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def worksheet() -> bytes:
    """One page to write on: a thread as a bar to draw, three predictions, two sentences to finish."""
    rows = "".join(f"<tr><td>{html.escape(asked)}</td><td></td><td></td><td></td></tr>" for asked in PREDICTIONS)
    heads = "".join(f'<th style="width: {width}%">{name}</th>' for name, width in _COLUMNS)
    ends = "".join(f'<p>{begin} …</p><div class="line"></div>' for begin in SENTENCES)
    return _page(
        "Worksheet: fast answers, slow work",
        f"""<h2>1 · Draw the thread as a bar</h2>
<p>A server has one thread. At the same instant, 0 s, three requests arrive in this order: a report that needs
{FIRST} s, a report that needs {SECOND} s, and a page that needs {PAGE} s. The router gives up after {TIMEOUT} s. Draw
who holds the thread when. Mark with × when a client gets its error, and hatch what the thread does for nobody.</p>
{_axis()}
<h2>2 · Predict first</h2>
<table><tr>{heads}</tr>{rows}</table>
<h2>3 · Finish the sentences</h2>{ends}""",
    )


_COLUMNS = (("Question", 46), ("My number", 12), ("because", 28), ("The answer", 14))


def _axis() -> str:
    ticks = "".join(
        f'<line x1="{40 + 15 * at}" x2="{40 + 15 * at}" y1="52" y2="60" stroke="#1a1a1a"/>'
        f'<text x="{40 + 15 * at}" y="76" text-anchor="middle" font-size="15">{at}{" s" if at == AXIS else ""}</text>'
        for at in range(0, AXIS + 1, 5)
    )
    return (
        f'<svg viewBox="0 0 680 82" role="img" aria-label="An empty bar from 0 to {AXIS} s, to draw into">'
        f'<rect x="40" y="8" width="{15 * AXIS}" height="44" fill="none" stroke="#1a1a1a"/>{ticks}</svg>'
    )


def quiz() -> bytes:
    """Five questions at the end, each with three answers."""
    return _page("Quiz: fast answers, slow work", f"<ol>{''.join(_questions(key=False))}</ol>")


def answers(comparison: Comparison) -> bytes:
    """The key to worksheet and quiz, with the numbers of this comparison."""
    sync, later, same = (comparison.cycles[name].summary for name in ("sync", "async", "sync_same_slots"))
    told = (
        f"{sync.timed_out} of {sync.requests:,} ({sync.timed_out_pages} pages and {sync.timed_out_reports} reports)",
        f"{seconds(later.completion_time.p50)} (in SYNC with 4 threads {seconds(sync.completion_time.p50)})",
        f"{same.timed_out}, all of them reports that take too long by themselves",
    )
    rows = "".join(f"<tr><td>{html.escape(a)}</td><td>{b}</td></tr>" for a, b in zip(PREDICTIONS, told, strict=True))
    return _page(
        "Key, for the teacher",
        f"""<h2>1 · The bar</h2>
<p>The first report holds the thread from 0 to {FIRST} s, in time. The second holds it from {FIRST} to
{FIRST + SECOND} s, all hatched: its client, like the page's, gets its error at {TIMEOUT} s. The page is skipped.
Wasted: {SECOND} thread-seconds.</p>
<h2>2 · The predictions</h2><table>{rows}</table>
<h2>3 · The sentences</h2><p>Async makes the answer fast. Async does not make the work fast: the report takes as
long as the slow service, and longer if all workers are busy.</p>
<h2>Quiz</h2><ol>{"".join(_questions(key=True))}</ol>""",
    )


def _questions(*, key: bool) -> Iterator[str]:
    for question, choices, right, why in QUIZ:
        marks = ("☑" if key and number == right else "☐" for number in range(len(choices)))
        shown = "".join(f"<li>{mark} {html.escape(choice)}</li>" for mark, choice in zip(marks, choices, strict=True))
        because = f'<p class="right">{html.escape(why)}</p>' if key else ""
        yield f'<li>{html.escape(question)}<ol class="answers">{shown}</ol>{because}</li>'


def _page(title: str, body: str) -> bytes:
    head = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    name = "" if title.startswith("Key") else '<p class="name">Name ______________________</p>'
    return f"{head}\n<h1>{title}</h1>{name}{body}\n</html>\n".encode()
