"""The lessons as pages: what is told, and the data of what is asked and of what runs."""

import html
from collections.abc import Collection, Sequence
from typing import Any

from ..player.data import cycles, words
from ..player.sent import column
from ..workload import Workload
from .chapters import chapter_links
from .markdown import rendered
from .pages import page
from .stages import SHOWN, Lesson, Stage

STAGE = """<section class="stage{wide}" id="stage-{number}" aria-labelledby="heading-{number}">
<div class="told"><h2 id="heading-{number}">{heading}</h2>
{tell}
<div class="asked"></div></div>
<div class="run"><p class="still">Here a run plays, in a browser with JavaScript.</p></div>
<div class="then"><div class="answered"></div>
{why}</div>
</section>"""

FORGET = (
    "<p>Predictions stay in this browser and are sent nowhere. "
    '<button type="button" id="forget">Forget my predictions</button></p>'
)
MORE = (
    ("explorer.html", "[The explorer](explorer.html): both cycles side by side, with every knob."),
    ("player.html", "[The player](player.html): the same requests in both cycles, to watch."),
    ("talk.html", "[The talk](talk.html): slides with pictures and numbers of the same runs."),
    ("model.html", "[The model](model.html): the rules, and what every number means."),
)


def lesson_page(lesson: Lesson, before: Lesson | None, after: Lesson | None, there: Collection[str]) -> bytes:
    """A lesson as one page: three stages below each other, and the way on."""
    stages = [_stage(stage, number, there) for number, stage in enumerate(lesson.stages, 1)]
    links = [_link("Before: ", before), _link("Next: ", after)]
    body = "\n".join(
        [
            f'<header><h1>{html.escape(lesson.title)}</h1><p class="lead">{html.escape(lesson.lead)}</p></header>',
            *stages,
            f'<footer><p class="way">{" ".join(filter(None, links))}</p>{FORGET}</footer>',
        ]
    )
    return page(lesson.title, body, entry="lesson", data=data(lesson.name, lesson.stages), kind="lesson", there=there)


def home_page(home: Lesson, others: Sequence[Lesson], there: Collection[str]) -> bytes:
    """Where the site begins: the story in one screen, and the ways on."""
    steps = "".join(
        f'<li><a href="{lesson.name}.html">{html.escape(lesson.title)}</a> {html.escape(lesson.lead)}</li>'
        for lesson in others
    )
    more = "".join(f"<li>{rendered(text, there)[3:-5]}</li>" for name, text in MORE if name in there)
    chapters = "".join(f"<li>{rendered(text, there)[3:-5]}</li>" for text in chapter_links(there))
    body = "\n".join(
        [
            f'<header><h1>{html.escape(home.title)}</h1><p class="lead">{html.escape(home.lead)}</p></header>',
            _stage(home.stages[0], 1, there),
            f"<h2>Six lessons</h2><ol>{steps}</ol>",
            f"<h2>More</h2><ul>{more}</ul>",
            f"<h2>The notebooks, to read</h2><ul>{chapters}</ul>",
        ]
    )
    return page(home.title, body, entry="lesson", data=data(home.name, home.stages), kind="home", there=there)


def data(name: str, stages: Sequence[Stage]) -> dict[str, Any]:
    """What the page's script is told: the stages, and the requests that they share."""
    workloads: dict[str, Any] = {}
    told = [_told(stage, workloads) for stage in stages]
    return {"name": name, "words": words(), "cycles": cycles(), "workloads": workloads, "stages": told}


def _told(stage: Stage, workloads: dict[str, Any]) -> dict[str, Any]:
    scenario, workload = stage.runs.scenario, stage.runs.comparison.workload
    sent = _workload(workload)
    key = next((key for key, other in workloads.items() if other == sent), str(len(workloads)))
    workloads[key] = sent
    server = {name: getattr(scenario, name) for name in ("threads", "workers", "timeout", "on_timeout", "warmup")}
    return {
        "workload": key,
        "server": server,
        "shows": SHOWN[stage.shows],
        "knobs": stage.knobs,
        "speed": stage.speed,
        "asked": _asked(stage) if stage.ask else None,
    }


def _asked(stage: Stage) -> dict[str, Any]:
    told = {"question": stage.said(stage.ask), "unit": stage.unit, "of": stage.answer}
    return told | {"value": stage.number, "others": stage.others}


def _workload(workload: Workload) -> dict[str, Any]:
    return {
        "arrived_at": column(workload.arrived_at),
        "is_report": column(workload.is_report, "u1"),
        "external_time": column(workload.external_time),
        "web_time": None,
        "hop_times": dict(workload.hop_times),
        "ends_at": workload.ends_at,
        "from_file": workload.from_file,
    }


def _stage(stage: Stage, number: int, there: Collection[str]) -> str:
    why = f'<div class="why">{rendered(stage.said(stage.why), there)}</div>' if stage.why else _further(stage, there)
    asked = f'<p class="print"><strong>Predict:</strong> {html.escape(stage.ask)}</p>' if stage.ask else ""
    return STAGE.format(
        number=number,
        wide=" wide" if stage.shows == "both" else "",
        heading=html.escape(stage.heading),
        tell=rendered(stage.said(stage.tell), there) + asked,
        why=why,
    )


def _further(stage: Stage, there: Collection[str]) -> str:
    if "explorer.html" not in there or stage.steady:
        return ""
    server = {name: getattr(stage.runs.scenario, name) for name in ("threads", "workers")}
    fragment = "&amp;".join([f"preset={stage.scenario}", *(f"{name}={value}" for name, value in server.items())])
    return f'<p class="further"><a href="explorer.html#{fragment}">On in the explorer, with all knobs</a></p>'


def _link(word: str, lesson: Lesson | None) -> str:
    return f'<a href="{lesson.name}.html">{word}{html.escape(lesson.title)}</a>' if lesson else ""
