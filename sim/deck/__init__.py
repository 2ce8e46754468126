"""The talk, rebuilt around a scenario: `slides/deck.md` with every number and picture from runs made just now."""

from .build import Built, build
from .handout import handout

__all__ = ["Built", "build", "handout"]
