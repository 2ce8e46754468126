"""A line for the web server's threads that has an end: who finds it full is turned away at once."""

import queue
import threading
from typing import Any

from waitress.task import ThreadedTaskDispatcher

from .web import DOOR


class Line(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Waitress's line for its threads, no longer than `limit`; beyond it the door answers at once."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit, self._refused = limit, queue.SimpleQueue[Any]()
        threading.Thread(target=self._turn_away, name=DOOR, daemon=True).start()

    def add_task(self, task: Any) -> None:
        """Let a request wait for a thread, or be turned away."""
        idle = len(self.threads) - self.stop_count - self.active_count
        if len(self.queue) - idle >= self.limit:
            self._refused.put(task)
        else:
            super().add_task(task)

    def _turn_away(self) -> None:
        while True:
            self._refused.get().service()
