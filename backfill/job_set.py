"""All jobs of the worker, and what they work with: connections, catalogs, and whoever does the long work."""

from collections.abc import Sequence

from dramatiq import Broker

from backfill.archive.jobs import declare_archive
from backfill.archive.work import Archivist
from backfill.artifacts.jobs import declare_artifacts
from backfill.artifacts.sweep import ArtifactSweeper
from backfill.excursions.jobs import declare_excursions
from backfill.exports.jobs import declare_exports
from backfill.exports.work import Exporter
from backfill.housekeeping.jobs import declare_housekeeping
from backfill.housekeeping.rounds import ROUNDS, HousekeepingRound, create_rounds
from backfill.imports.jobs import declare_imports
from backfill.imports.work import Importer
from backfill.jobs.declare import DeclaredJob
from backfill.jobs.row_claims import create_work_pool
from backfill.jobs.waiting_work import WaitingWork
from backfill.measures.jobs import declare_measures
from backfill.recalibration.jobs import declare_recalibration
from backfill.recalibration.recalibrator import Recalibrator
from backfill.rollups.fold import GRACE_S
from backfill.rollups.jobs import declare_rollups
from backfill.rollups.refresh import MAX_WINDOWS, WINDOW_REST_S
from barograph.archive.shelf import SHELVES, staging_folder
from barograph.artifacts.choice import direct_bucket_of, store_of
from barograph.artifacts.staging import staging_of
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import create_thread_pool
from barograph.database.roles import Role
from barograph.exports.kept_files import export_folder
from barograph.settings import Settings
from barograph.tables.files.import_files import folder

# Roll-ups may take three of them, recalibration two. Those of imports and exports come on top.
THREADS = 6


class JobSet:
    """The jobs that a broker is told of.

    Args:
        threads: how many jobs run at once.

    Attributes:
        jobs: what the scheduler asks for.
        rounds: housekeeping in threads of its own; not started.
    """

    def __init__(self, settings: Settings, database_url: str, broker: Broker, threads: int) -> None:
        self._settings, self._database_url = settings, database_url
        self._work_pool = create_work_pool(database_url, threads)
        self._look_pool = create_thread_pool(database_url, 1, Role.SCHEDULE)
        self._tidy_pool = create_thread_pool(database_url, 2 + len(ROUNDS), Role.HOUSEKEEPING)
        self._catalogs = CatalogCache(database_url)
        self.rounds: Sequence[HousekeepingRound] = create_rounds(self._tidy_pool, settings)
        self.jobs = self._declare(broker)

    def open(self) -> None:
        """Opens what jobs work with."""
        for each in (self._work_pool, self._look_pool, self._tidy_pool, self._catalogs):
            each.open()

    def close(self) -> None:
        """Closes it, once no job runs any more."""
        for each in (self._catalogs, self._tidy_pool, self._look_pool, self._work_pool):
            each.close()

    def _declare(self, broker: Broker) -> Sequence[DeclaredJob[[]]]:
        settings, work_pool = self._settings, self._work_pool
        waiting = WaitingWork(
            self._look_pool, max_windows=MAX_WINDOWS, fold_grace_s=GRACE_S, window_rest_s=WINDOW_REST_S
        )
        importer = Importer(self._database_url, self._catalogs, folder(settings))
        return [
            *declare_rollups(broker, work_pool, waiting),
            *declare_recalibration(broker, self._recalibrator(), waiting),
            *declare_excursions(broker, work_pool, waiting),
            *declare_measures(broker, work_pool, waiting),
            *declare_imports(broker, importer, waiting, settings.imports_at_once),
            *declare_exports(broker, self._exporter(), waiting, settings.export_jobs_at_once),
            *declare_artifacts(broker, self._artifact_sweeper()),
            *declare_archive(broker, self._archivist()),
            *declare_housekeeping(broker, self._database_url, self._tidy_pool, settings),
        ]

    def _recalibrator(self) -> Recalibrator:
        return Recalibrator(
            self._database_url,
            self._catalogs,
            window_readings=self._settings.recalibration_window_readings,
        )

    def _exporter(self) -> Exporter:
        settings = self._settings
        return Exporter(
            self._database_url,
            export_folder(settings),
            settings.export_spare_bytes,
            settings.standby_url,
            settings.standby_wait_s,
        )

    def _artifact_sweeper(self) -> ArtifactSweeper:
        settings = self._settings
        return ArtifactSweeper(
            self._database_url, store_of(settings), staging_of(settings), direct_bucket_of(settings)
        )

    def _archivist(self) -> Archivist:
        settings = self._settings
        return Archivist(
            self._database_url,
            self._catalogs,
            SHELVES.use(settings),
            staging_folder(settings),
            after_days=settings.archive_after_days,
            keep_days=settings.archive_keep_replaced_days,
        )


def count_threads(settings: Settings) -> int:
    """How many jobs run at once: one thread more is for the archive, whose job may take an hour."""
    return THREADS + settings.imports_at_once + settings.export_jobs_at_once + 1
