"""What the board hears: the events of the programs by number, and for who comes later a row for each request so far."""

import threading
from typing import Any

ROW = {  # what an event writes into its request's row, by name there: when it was, and what it says
    "arrived": ("arrived", "kind"),
    "started": ("started", "kind"),
    "finished": ("finished", "cut"),
    "responded": ("answered", "status"),
    "enqueued": ("enqueued",),
    "picked_up": ("picked",),
    "completed": ("completed",),
    "timed_out": ("late",),
    "left": ("left",),
}
LANES = {"started": "thread", "picked_up": "worker"}
NOT_ANY_MORE = {  # what is not so any more: a job whose run failed waits elsewhere, one that was put back waits again
    "failed": ("picked", "enqueued"),
    "recovered": ("picked", "lost"),
}
Rows = dict[str, dict[str, Any]]
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
        word = event["event"]
        with self._lock:
            changes = self._changes(event)
            self.events.append({**event, "rows": changes} if changes else event)
            if word == "state":
                self.state = event
            elif word == "round":
                self.rows.clear()
                self.state = self.state | {"zero": None}
            elif word == "began":
                self.state = self.state | {"zero": event["zero"]}
            for name, change in changes.items():  # each program has a pipe of its own: any may be heard first
                row = self.rows.setdefault(name, {"id": name}) | change
                self.rows[name] = {column: value for column, value in row.items() if value is not None}

    def _changes(self, event: dict[str, Any]) -> Rows:
        """What an event changes in the rows, by request; None: not so any more."""
        word, name = event["event"], str(event.get("request_id"))
        if word == "worker_gone":
            change = {"lost": event["at"]} if event["how"] == "kill" else {"picked": None}
            return {name: change for name, row in self.rows.items() if "picked" in row and not _is_over(row)}
        if name == "warm" or not (word in ROW or word in NOT_ANY_MORE):
            return {}
        column, *more = ROW.get(word, ("",))
        change = {column: event["at"]} if column else dict.fromkeys(NOT_ANY_MORE[word])
        change |= {key: event[key] for key in more if key in event}
        return {name: change | ({LANES[word]: event["place"]} if word in LANES else {})}

    def since(self, number: int) -> tuple[int, list[dict[str, Any]] | None]:
        """The number of the latest event, and those after `number`; None for somebody who has missed too many."""
        latest = len(self.events)
        return latest, None if latest - number > MOST_BEHIND else self.events[number:latest]

    def snapshot(self) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
        """The number of the latest event, a row for each request so far, and the latest state."""
        with self._lock:
            return len(self.events), [dict(row) for row in self.rows.values()], self.state


def _is_over(row: dict[str, Any]) -> bool:
    return "completed" in row or "lost" in row
