"""A spool's options: its folder by any name, and limits that mean something."""

from pathlib import Path
from typing import Any

import pytest
from barograph_client.spool.choice import open_store, options_of
from barograph_client.spool.disk import DiskSpool
from barograph_client.spool.options import SpoolOptions


@pytest.mark.parametrize("named", [str, Path])
@pytest.mark.parametrize("has_options", [True, False])
def test_a_folder_is_a_path_or_a_text(tmp_path: Path, named: type[str | Path], has_options: bool) -> None:
    folder = named(tmp_path / "rig" / "spool")
    options = options_of(SpoolOptions(folder) if has_options else folder)
    store = open_store(options, "rig-7/daq-1", ["p1"], 0)
    assert isinstance(store, DiskSpool)
    store.close()
    assert any(Path(folder).iterdir())


@pytest.mark.parametrize(
    "given",
    [
        {"fsync": "sometimes"},
        {"when_full": "drop"},
        {"max_bytes": 100},
        {"fsync_interval_s": 0},
        {"max_age_s": 0},
        {"max_age_s": float("nan")},
        {"keep_acked_s": -1},
        {"segment_bytes": 0},
    ],
)
def test_limits_that_mean_nothing_are_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(ValueError, match=name):
        SpoolOptions(tmp_path, **given)
