"""The talk, rebuilt around a scenario: `slides/deck.md` with every number and picture from runs made just now."""

from .paper import READERS, browser, handout
from .talk import Built, build

__all__ = ["READERS", "Built", "browser", "build", "handout"]
