"""What the board hears: the events of the programs by number, and for who comes later a row for each request so far."""

import threading
from typing import Any

ROW = {  # what an event writes into its request's row, by name there
    "arrived": "arrived",
    "started": "started",
    "finished": "finished",
    "enqueued": "enqueued",
    "picked_up": "picked",
    "completed": "completed",
    "timed_out": "late",
    "left": "left",
    "rejected": "left",
}
LANES = {"started": "thread", "picked_up": "worker"}
MOST_BEHIND = 4000  # events; who has missed more gets the rows anew


class Feed:
    """Events in order, heard by any number of boards, each at its own pace."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.events: list[dict[str, Any]] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self.state: dict[str, Any] = {}

    def take(self, event: dict[str, Any]) -> None:
        """Add an event."""
        word, name = event["event"], event.get("request_id")
        with self._lock:
            self.events.append(event)
            if word == "state":
                self.state = event
            elif word == "round":
                self.rows.clear()
                self.state = self.state | {"zero": None}
            elif word == "began":
                self.state = self.state | {"zero": event["zero"]}
            elif word in ROW and name != "warm":  # each program has a pipe of its own: any of them may be heard first
                self._write(self.rows.setdefault(str(name), {"id": name}), event)

    def _write(self, row: dict[str, Any], event: dict[str, Any]) -> None:
        row[ROW[event["event"]]] = event["at"]
        if "kind" in event:
            row["kind"] = event["kind"]
        if event["event"] in LANES:
            row[LANES[event["event"]]] = event["place"]

    def since(self, number: int) -> tuple[int, list[dict[str, Any]] | None]:
        """The number of the latest event, and those after `number`; None for somebody who has missed too many."""
        latest = len(self.events)
        return latest, None if latest - number > MOST_BEHIND else self.events[number:latest]

    def snapshot(self) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
        """The number of the latest event, a row for each request so far, and the latest state."""
        with self._lock:
            return len(self.events), [dict(row) for row in self.rows.values()], self.state
