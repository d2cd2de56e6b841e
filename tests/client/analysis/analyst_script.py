"""A script as analysts write it: the type checker looks at it, in strict mode, as at all files."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from barograph_client import Client


def curve(client: Client) -> pl.DataFrame:
    """Series and readings."""
    table = client.series(["p1", "t1"], "-1h", bucket="1s", stat=["mean", "max"], tz="Europe/Berlin")
    raw = client.readings("p1", "-1m", "now", layer="raw")
    return table.join(raw, left_on="key", right_on="sensor")


def peaks(client: Client) -> dict[str, float]:
    """Lists and measures."""
    found: dict[str, float] = {}
    for run in client.runs("Hot fire", tag=["nozzle"], sort="-started_at").first(5):
        found[run.name] = float(client.measures(run)["value"].max() or 0)  # pyright: ignore[reportArgumentType]
        assert run.started_at is None or run.started_at.year > 2000
    return found


def record(client: Client) -> str:
    """A run that records itself."""
    with client.run("1", "Hot fire", params={"injector": "B"}, note_git=True) as run:
        with run.capture(sensors=["p1"]) as capture:
            run.log({"thrust_kn": 12.5, "temperatures": [20.5, 21.0]})
        sessions: list[str] = [each.id for each in client.capture_sessions(run)]
        assert capture.id in sessions
        run.upload(Path("report.pdf"), kind="report")
    return run.id


def compare(client: Client) -> tuple[float, pl.DataFrame]:
    """Comparisons, exports, calibrations."""
    compared = client.compare(list(client.runs()), ["p1"], align={"annotation": "ignition"})
    path: Path = client.export("run.parquet", run=compared.answer["members"][0]["run_id"], progress=True)
    fitted = client.fit("polynomial", [(0.0, 1.0), (1.0, 3.0), (2.0, 5.5)], degree=2)
    profile = client.add_profile("p1", fitted, note=str(path))
    job = client.backfill("certificate", sensors=["p1"], profile=profile, start="-1h").wait(timeout_s=60)
    return fitted.rms, job.effect


def follow(client: Client) -> Iterator[int]:
    """Live frames and events."""
    with client.live(["p1"], "30s") as frames:
        for frame in frames:
            yield len(frame)
    for event in client.events(["run.finished"]):
        yield len(event.data)
