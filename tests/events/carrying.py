"""Those who carry events, in a thread of the test's own process."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from barograph.database.schema.program_roles import ProgramRole
from barograph.settings import Settings
from events.carriers import EventCarriers
from tests.programs import url_of

LOOPBACK = "127.0.0.0/8"


@contextmanager
def carrying(
    database_url: str, data_dir: Path, *, networks: str = LOOPBACK, **settings: object
) -> Generator[None]:
    """Carries events meanwhile, as the worker does."""
    told = {"webhook_networks": networks, "webhook_first_pause_s": 0.05, **settings}
    known = Settings(data_dir=data_dir, **told)  # pyright: ignore[reportArgumentType]  # by name
    begun, over = threading.Event(), threading.Event()
    faults: list[BaseException] = []

    async def carry() -> None:
        async with EventCarriers(known, url_of(ProgramRole.WORKER, database_url)).running():
            begun.set()
            await asyncio.to_thread(over.wait)

    def run() -> None:
        try:
            asyncio.run(carry())
        except BaseException as fault:  # noqa: BLE001  # told to the test
            faults.append(fault)
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(60)
    try:
        yield
    finally:
        over.set()
        thread.join(60)
        assert not faults, faults
