"""The scene of recalibration, whose rewriting has measures computed again."""

from tests.backfill.recalibration.conftest import scene

__all__ = ["scene"]
