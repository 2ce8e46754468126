"""The talk, rebuilt around a scenario: `slides/deck.md` with every number and picture from runs made just now."""

from .cases import SECTIONS
from .paper import READERS, browser, handout
from .talk import Built, build, build_section

__all__ = ["READERS", "SECTIONS", "Built", "browser", "build", "build_section", "handout"]
