"""The lessons' site: one folder of pages that work by a double-click, from a stick, and below any address."""

from .build import build

__all__ = ["build"]
