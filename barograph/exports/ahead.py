"""Reading ahead: a thread makes the next items while the last ones are used."""

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK_S = 0.5


class ReadAhead(Generic[T]):
    """The items of an iterator, at most so many of them ahead. What it raises is raised where they are taken.

    Close it, and the thread ends after the item at hand.
    """

    def __init__(self, items: Iterator[T], ahead: int, name: str) -> None:
        self._items = items
        self._made: queue.Queue[T | BaseException | None] = queue.Queue(ahead)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item = self._made.get()
        if item is None:
            self._made.put(None)
            raise StopIteration
        if isinstance(item, BaseException):
            self._made.put(None)
            raise item
        return item

    @property
    def is_done(self) -> bool:
        """Whether the thread has made its last item."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Lets it end after the item at hand."""
        self._is_over.set()

    def close(self) -> None:
        """Ends the thread, and waits for it."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
            self._put(None)
        except BaseException as error:  # noqa: BLE001  # it is raised where the items are taken
            self._put(error)

    def _put(self, item: T | BaseException | None) -> bool:
        """Whether somebody still wants it."""
        while not self._is_over.is_set():
            try:
                self._made.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
            return True
        return False
