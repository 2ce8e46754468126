"""Figures: one function each, results and an Axes in, Axes out; `picture` makes a whole slide of one."""

from .requests import distribution, response_times
from .side_by_side import comparison_alt, comparison_figure
from .style import FORMATS, Picture, alt_text, figure, format_of, picture, save, style

__all__ = [
    "FORMATS",
    "Picture",
    "alt_text",
    "comparison_alt",
    "comparison_figure",
    "distribution",
    "figure",
    "format_of",
    "picture",
    "response_times",
    "save",
    "style",
]
