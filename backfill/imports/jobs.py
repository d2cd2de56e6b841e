"""The jobs that imports are worked on by. Messages are nudges; the database says what is to be done."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import psycopg
from dramatiq import Actor, Broker

from backfill.imports.work import Importer, work_on_imports
from backfill.jobs.scheduler import Job
from backfill.rollups.jobs import at_most
from barograph.database.connections import KEEPALIVE
from barograph.database.queries import query

QUEUE = "imports"
LEAST_PRIORITY = 100


def declare_imports(broker: Broker, importer: Importer) -> Sequence[Job]:
    """Declares the actors on the broker. A process reads one file at a time; other jobs keep its threads."""

    def declare(name: str, work: Callable[[], None], **options: object) -> Actor[[], None]:
        return Actor(
            work,
            broker=broker,
            actor_name=name,
            queue_name=QUEUE,
            priority=LEAST_PRIORITY,
            options={"max_age": 10_000, **options},
        )

    work = at_most(1, partial(work_on_imports, importer))
    return [
        Job(
            declare("import_file", work, time_limit=math.inf, notify_shutdown=True),
            every_s=1,
            messages=partial(_waiting, importer.database_url),
        ),
        Job(declare("remove_import_files", partial(remove_files, importer)), every_s=600),
    ]


def remove_files(importer: Importer) -> None:
    """Removes the files of imports that have ended, and of uploads that nobody goes on with."""
    if not importer.folder.exists():
        return
    present = list(importer.folder.iterdir())
    with psycopg.connect(importer.database_url, **KEEPALIVE) as connection:
        kept = {name for (name,) in connection.execute(query("import.keeping_files"))}
    for path in present:
        if path.stem not in kept:
            path.unlink(missing_ok=True)


def _waiting(database_url: str) -> int:
    with psycopg.connect(database_url, **KEEPALIVE) as connection:
        return len(connection.execute(query("import.waiting")).fetchall())
