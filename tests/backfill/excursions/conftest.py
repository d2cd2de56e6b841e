"""The scene of recalibration, whose rewriting has excursions computed again."""

from tests.backfill.recalibration.conftest import scene

__all__ = ["scene"]
