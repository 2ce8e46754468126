"""Figures: one function each, results and an Axes in, Axes out; `picture` makes a whole slide of one."""

from .answers import halves, pages
from .bars import bars
from .drawing import drawing
from .lives import lives
from .load import arrivals, failing
from .luck import luck_dots
from .maps import sweep_map
from .reality import measured
from .requests import distribution, response_times
from .side_by_side import comparison_alt, comparison_figure
from .slots import ledger, slots
from .steps import drawings
from .style import FORMATS, Picture, alt_text, figure, format_of, picture, save, style
from .sweeps import sweep_curves, sweep_figure
from .timeline import timeline
from .verdicts import Panel, measured_figure
from .waiting import backlog

__all__ = [
    "FORMATS",
    "Panel",
    "Picture",
    "alt_text",
    "arrivals",
    "backlog",
    "bars",
    "comparison_alt",
    "comparison_figure",
    "distribution",
    "drawing",
    "drawings",
    "failing",
    "figure",
    "format_of",
    "halves",
    "ledger",
    "lives",
    "luck_dots",
    "measured",
    "measured_figure",
    "pages",
    "picture",
    "response_times",
    "save",
    "slots",
    "style",
    "sweep_curves",
    "sweep_figure",
    "sweep_map",
    "timeline",
]
