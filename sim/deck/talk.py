"""The talk and its sections, built: runs, values and pictures, the slides whose claims hold, then the files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..files import write_all
from ..player import explorer_page
from ..scenario import Scenario
from ..workload import Workload
from . import sections
from .cases import SECTIONS
from .claims import why_not
from .filling import LIVE, PICTURE, UndefinedValueError, fill, image
from .page import Deck, Shown, folder, single_file
from .pictures import Drawn, draw
from .questions import Invite, with_answers, with_invitations
from .source import Slide, Variant, parse, read
from .values import Runs, Value, values_of

SINGLE_FILE = "talk.html"


@dataclass(frozen=True)
class Built:
    """A built talk: its files by name, how many slides, how long they take (s), and which differ from the deck's."""

    files: dict[str, bytes]
    slides: int
    time: int
    changes: tuple[str, ...]

    def write(self, out: Path) -> None:
        """Write the files into a folder that may exist; raises OSError where that cannot be done."""
        write_all({out / name: content for name, content in self.files.items()}, make_folders=True)


def build(
    scenario: Scenario, theme: str = "light", workload: Workload | None = None, invite: Invite | None = None
) -> Built:
    """The talk around a scenario, as a folder (`index.html`) and as one file (`talk.html`); the same bytes every time.

    With a `workload` read from a file the talk is about its requests. `invite` opens a question to a class.
    A slide whose claim does not hold for these runs is shown in its other version or left out, and `changes` says
    why. Raises ValueError where the deck's source is not in order.
    """
    runs = Runs(scenario, workload)
    explorer, complaints = _explorer(runs, theme)
    values = values_of(runs) | {"explorable": Value(bool(explorer), "yes" if explorer else "no")}
    workshop = Workshop("deck.md", values, lambda name: draw(name, runs, theme), runs.others, invite)
    title = f"Fast answers, slow work: {values['title'].text}"
    set_aside = f"warmup = {scenario.warmup:g} is set aside: the talk counts every request"
    return _built(workshop, title, theme, explorer, (set_aside,) if scenario.warmup else (), complaints)


def build_section(name: str, theme: str = "light", invite: Invite | None = None) -> Built:
    """A section about the failure lab ("lab": at the door, "worker": the worker's life), of its presets' runs.

    Files and `changes` as of `build`. Raises ValueError for a section that there is not.
    """
    if name not in SECTIONS:
        raise ValueError(f"section = {name!r}; allowed: {', '.join(SECTIONS)}")
    section = SECTIONS[name]
    runs = sections.Runs(section.cases)
    paint = partial(sections.draw, runs=runs, theme=theme)
    workshop = Workshop(section.file, sections.values_of(runs), paint, runs.others, invite)
    return _built(workshop, section.title, theme)


def _built(
    workshop: "Workshop",
    title: str,
    theme: str,
    explorer: str = "",
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> Built:
    shown, changes = [], list(before)
    for slide in parse(read(workshop.file), workshop.file):
        chosen, reason = workshop.choose(slide)
        if chosen is not None:
            shown.append(chosen)
        if reason:
            fate = "shown in its other version" if chosen else "left out"
            changes.append(f'slide "{slide.name}" (slides/{workshop.file}:{slide.line}) is {fate}: {reason}')
    deck = Deck(title, theme, shown, workshop.files, explorer)
    files = folder(deck) | {SINGLE_FILE: single_file(deck)}
    return Built(files, len(shown), sum(slide.time for slide in shown), (*changes, *after))


def _explorer(runs: Runs, theme: str) -> tuple[str, tuple[str, ...]]:
    """The explorer's page, and what is to be said where there is none."""
    try:
        requests = runs.comparison.workload
        page = explorer_page(runs.scenario, requests if requests.from_file else None)
    except ValueError as error:
        return "", (f"no live explorer: {error}",)
    return page.replace('<html lang="en">', f'<html lang="en" data-theme="{theme}">', 1), ()


class Workshop:
    """Fills the slides of a file with what the runs say, and keeps the pictures that they use."""

    def __init__(
        self,
        file: str,
        values: Mapping[str, Value],
        draw: Callable[[str], Drawn],
        others: Callable[[str], Sequence[float]],
        invite: Invite | None = None,
    ) -> None:
        self.file, self.values, self._draw, self._others, self._invite = file, values, draw, others, invite
        self.files: dict[str, bytes] = {}
        self._images: dict[str, str] = {}

    def choose(self, slide: Slide) -> tuple[Shown | None, str]:
        """The first version of the slide that holds, and why the first one does not, if so."""
        reasons: list[str] = []
        for variant in slide.variants:
            reason = why_not(variant.claim, self.values)
            filled = None if reason else self._filled(variant)
            if isinstance(filled, Shown):
                return filled, reasons[0] if reasons else ""
            reasons.append(reason or str(filled))
        return None, reasons[0]

    def _filled(self, variant: Variant) -> Shown | str:
        asked = with_answers(variant.markdown, self._number, self._others)
        try:
            parts = [fill(text, self.values, self.picture, self.file) for text in (asked, variant.notes)]
        except UndefinedValueError as reason:
            return str(reason)
        if self._invite:
            parts[0] = with_invitations(parts[0], self._invite, self._keep)
        return Shown(parts[0], f"{parts[1]}\n\n{_duration(variant.time)}", variant.time)

    def _keep(self, picture: bytes) -> str:
        file = f"pictures/question-{len(self.files)}.svg"
        self.files[file] = picture
        return file

    def _number(self, name: str) -> float | None:
        if name not in self.values:
            raise ValueError(f"slides/{self.file}: data-predicts={name}: there is no value of this name")
        return self.values[name].number

    def picture(self, wanted: str) -> str:
        """The HTML for `picture NAME` or `live explorer`, drawn once however often it is used."""
        if wanted.startswith(LIVE):
            return f'<div class="live">{self.picture(f"{PICTURE}comparison")}</div>'
        name = wanted.removeprefix(PICTURE)
        if name not in self._images:
            drawn = self._draw(name)
            file = f"pictures/{drawn.name}.svg"
            self.files[file] = drawn.svg
            self._images[name] = image(file, drawn.alt)
        return self._images[name]


def _duration(time: int) -> str:
    return f"**Time:** {time} s" if time < 60 else f"**Time:** {time / 60:.2g} min"
