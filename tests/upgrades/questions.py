"""People who ask all the while, and what they were answered."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Self

import httpx

Asked = Sequence[tuple[str, str]]


class Questioners:
    """A thread for each API, for the length of a `with` block.

    Attributes:
        statuses: how often each status was answered.
        failures: the answers that were 5xx.
    """

    def __init__(self, asked: Asked, token: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self._asked, self._token = asked, token
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def ask(self, url: str) -> threading.Event:
        """Asks an API again and again, until the event that is returned is set, or all is over."""
        leaving = threading.Event()
        thread = threading.Thread(target=self._run, args=(url, leaving))
        self._threads.append(thread)
        thread.start()
        return leaving

    def _run(self, url: str, leaving: threading.Event) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            while not (self._stopping.is_set() or leaving.is_set()):
                for method, path in self._asked:
                    self._note(client.request(method, path, json={} if method == "POST" else None))
                self._stopping.wait(0.02)

    def _note(self, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.failures.append(f"{answer.request.method} {answer.request.url}: {answer.text}")
