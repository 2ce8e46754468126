"""The talk, built: runs, then values and pictures, then the slides whose claims hold, then the files."""

from dataclasses import dataclass
from pathlib import Path

from ..files import write_all
from ..player import explorer_page
from ..scenario import Scenario
from ..workload import Workload
from .claims import why_not
from .filling import LIVE, PICTURE, UndefinedValueError, fill, image
from .page import Deck, Shown, folder, single_file
from .pictures import draw
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


def build(scenario: Scenario, theme: str = "light", workload: Workload | None = None) -> Built:
    """The talk around a scenario, as a folder (`index.html`) and as one file (`talk.html`); the same bytes every time.

    With a `workload` read from a file the talk is about its requests.
    A slide whose claim does not hold for these runs is shown in its other version or left out, and `changes` says
    why. Raises ValueError where the deck's source is not in order.
    """
    slides = parse(read("deck.md"))
    workshop = Workshop(Runs(scenario, workload), theme)
    shown, changes = [], []
    if scenario.warmup:
        changes.append(f"warmup = {scenario.warmup:g} is set aside: the talk counts every request")
    for slide in slides:
        chosen, reason = workshop.choose(slide)
        if chosen is not None:
            shown.append(chosen)
        if reason:
            fate = "shown in its other version" if chosen else "left out"
            changes.append(f'slide "{slide.name}" (slides/deck.md:{slide.line}) is {fate}: {reason}')
    title = f"Fast answers, slow work: {workshop.values['title'].text}"
    deck = Deck(title, theme, shown, workshop.files, workshop.explorer)
    files = folder(deck) | {SINGLE_FILE: single_file(deck)}
    return Built(files, len(shown), sum(slide.time for slide in shown), (*changes, *workshop.complaints))


class Workshop:
    """Fills slides with what the runs say, and keeps the pictures that they use."""

    def __init__(self, runs: Runs, theme: str) -> None:
        self.runs, self.theme = runs, theme
        self.values = values_of(runs)
        self.files: dict[str, bytes] = {}
        self.complaints: tuple[str, ...] = ()
        self._images: dict[str, str] = {}
        self.explorer = self._explorer()
        self.values["explorable"] = Value(bool(self.explorer), "yes" if self.explorer else "no")

    def _explorer(self) -> str:
        try:
            requests = self.runs.comparison.workload
            page = explorer_page(self.runs.scenario, requests if requests.from_file else None)
        except ValueError as error:
            self.complaints = (f"no live explorer: {error}",)
            return ""
        return page.replace('<html lang="en">', f'<html lang="en" data-theme="{self.theme}">', 1)

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
        try:
            parts = [fill(text, self.values, self.picture) for text in (variant.markdown, variant.notes)]
        except UndefinedValueError as reason:
            return str(reason)
        return Shown(parts[0], f"{parts[1]}\n\n{_duration(variant.time)}", variant.time)

    def picture(self, wanted: str) -> str:
        """The HTML for `picture NAME` or `live explorer`, drawn once however often it is used."""
        if wanted.startswith(LIVE):
            return f'<div class="live">{self.picture(f"{PICTURE}comparison")}</div>'
        name = wanted.removeprefix(PICTURE)
        if name not in self._images:
            drawn = draw(name, self.runs, self.theme)
            file = f"pictures/{drawn.name}.svg"
            self.files[file] = drawn.svg
            self._images[name] = image(file, drawn.alt)
        return self._images[name]


def _duration(time: int) -> str:
    return f"**Time:** {time} s" if time < 60 else f"**Time:** {time / 60:.2g} min"
