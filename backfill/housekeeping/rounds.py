"""Short statements of housekeeping that run every few seconds, each round in a thread of its own.

As jobs they would be messages about nothing, of which each costs more than the statements do. No round waits
for another: a silence is told within seconds, whatever there is to tidy.

Why: decision 900.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from backfill.housekeeping.jobs import parameters_of, tidy
from backfill.jobs.row_claims import Pool
from barograph.program.kept_loop import KeptLoop
from barograph.settings import Settings

ROUNDS: Mapping[str, tuple[float, Sequence[str]]] = {
    "note_silences": (2, ["housekeeping.clear_silences", "housekeeping.raise_silences"]),
    "note_arrivals": (5, ["housekeeping.note_connections", "housekeeping.note_producers"]),
    "tidy_often": (
        10,
        [
            "housekeeping.coalesce_folds",
            "housekeeping.coalesce_recalibrations",
            "housekeeping.gather_rejects",
            "housekeeping.finish_runs",
        ],
    ),
}
"""The statements of each round, with the seconds between runs. Several workers only run them more often."""


class HousekeepingRound(threading.Thread):
    """Runs its statements again and again, the first time at once.

    Args:
        name: of the round, in the log, the metrics and `/ready`.
        pool: has a connection for each round.
    """

    def __init__(
        self, name: str, every_s: float, statements: Sequence[str], pool: Pool, parameters: Mapping[str, Any]
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.loop = KeptLoop(name, every_s)
        self._statements, self._pool, self._parameters = statements, pool, parameters
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            with self.loop.turn():
                tidy_all(self._pool, self._statements, self._parameters)
            self._stopping.wait(self.loop.pause_s)

    def stop(self) -> None:
        """Ends the thread, once the statement that it runs is done."""
        self._stopping.set()
        self.join()


def create_rounds(pool: Pool, settings: Settings) -> Sequence[HousekeepingRound]:
    """All of them, not started."""
    parameters = parameters_of(settings)
    return [
        HousekeepingRound(name, every_s, statements, pool, parameters)
        for name, (every_s, statements) in ROUNDS.items()
    ]


def tidy_all(pool: Pool, statements: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Runs the statements. One that fails keeps none of the others from its turn.

    Raises:
        ExceptionGroup: some have failed.
    """
    failures: list[Exception] = []
    for each in statements:
        try:
            tidy(pool, each, parameters)
        except psycopg.Error as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup("housekeeping", failures)
