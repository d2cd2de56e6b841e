"""The jobs that imports are worked on by."""

import math
from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.imports.undo import work_on_undos
from backfill.imports.work import Importer, work_on_imports
from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.waiting_work import WaitingWork
from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role

MIN_PRIORITY = 100


def declare_imports(
    broker: Broker, importer: Importer, waiting: WaitingWork, at_once: int
) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker. A process reads so many files at once; other jobs keep its threads."""
    queue = JobQueue(
        broker, "imports", max_age_s=10, time_limit_s=600, priority=MIN_PRIORITY, hears_shutdown=True
    )
    return [
        queue.declare(
            "import_file",
            partial(work_on_imports, importer),
            every_s=1,
            count_messages=partial(waiting.count, "imports"),
            max_threads=at_once,
            time_limit_s=math.inf,
        ),
        queue.declare(
            "undo_import",
            partial(work_on_undos, importer.database_url, importer.catalogs),
            every_s=1,
            count_messages=partial(waiting.count, "undos"),
            max_threads=1,
        ),
        queue.declare("remove_import_files", partial(remove_files, importer), every_s=600),
    ]


def remove_files(importer: Importer) -> None:
    """Removes the files of imports that have ended, and of uploads that nobody goes on with."""
    if not importer.folder.exists():
        return
    present = list(importer.folder.iterdir())
    with open_connection(importer.database_url, Role.HOUSEKEEPING) as connection:
        kept = {row["public_id"] for row in connection.execute(query("import.keeping_files"))}
    for path in present:
        if path.stem not in kept:
            path.unlink(missing_ok=True)
