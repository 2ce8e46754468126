"""The talk, rebuilt around a scenario: `slides/deck.md` with every number and picture from runs made just now."""

from .cases import SECTIONS
from .paper import READERS, browser, handout
from .questions import Invitation, Invite, Question
from .talk import Built, build, build_section

__all__ = [
    "READERS",
    "SECTIONS",
    "Built",
    "Invitation",
    "Invite",
    "Question",
    "browser",
    "build",
    "build_section",
    "handout",
]
