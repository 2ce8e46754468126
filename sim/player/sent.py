"""Columns of numbers as the page reads them (`codec.js`)."""

import base64
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

KINDS = {"f": "f8", "b": "u1"}  # by the kind of a column's dtype; whole numbers keep their width


def column(values: NDArray[Any], kind: str = "f8") -> dict[str, Any]:
    """A column as the page reads it: little-endian, in base64."""
    return {"type": kind, "base64": base64.b64encode(values.astype(f"<{kind}").tobytes()).decode()}


def sent(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Columns by name, each as what it holds."""
    return {
        name: column(values, KINDS.get(values.dtype.kind, f"i{values.itemsize}")) for name, values in columns.items()
    }
