"""Frames have the same columns and types whatever is in them, also where nothing is."""

import polars as pl
import pytest
from barograph_client import Client

TIME = pl.Datetime("us", "UTC")


def test_times_are_times_in_the_frame_of_a_list(client: Client) -> None:
    with client.run("1", "Frames", tags=["framed"]):
        pass
    with client.run("2", "Frames", tags=["framed"]):
        frame = client.runs("Frames", tag="framed", sort="name").frame()
    assert {frame.schema[name] for name in ("created_at", "started_at", "finished_at")} == {TIME}
    assert frame["finished_at"].is_null().to_list() == [False, True]
    noted = client.annotate("framed", tags=["framed"])
    assert client.annotations(tag="framed").frame()["from"].to_list() == [noted.start]


def test_a_list_of_nothing_is_a_frame_with_columns(client: Client) -> None:
    empty = client.runs(tag="nobody has it").frame()
    assert empty.height == 0
    assert empty.select("name", "started_at", "tags", "duration_s").dtypes == [
        pl.String,
        TIME,
        pl.List(pl.String),
        pl.Float64,
    ]
    assert {"key", "rate_hz"} <= set(client.sensors(q="nobody has it").frame().columns)
    assert {"type", "time"} <= set(client.event_log(["webhook.switched_off"]).frame().columns)


def test_a_run_without_metrics_or_measures_has_frames_with_columns(client: Client) -> None:
    with client.run("bare", "Frames") as run:
        summary = client.metrics_summary(run)
        assert summary.filter(name="loss")["last"].to_list() == []
        assert summary.schema["last_time"] == TIME
        assert client.measures(run).select("name", "value").height == 0
        run.log({"loss": float("nan")})
        run.flush()
        (row,) = client.metrics_summary(run).to_dicts()
    assert (row["min"], row["count"]) == (None, 1)


def test_a_name_in_place_of_a_run_is_told_how_to_find_it(client: Client) -> None:
    for ask in (client.get_run, client.metrics, client.metrics_summary, client.measures):
        with pytest.raises(ValueError, match=r"'Test 1' is no id of a run: client\.runs\(q='Test 1'\)"):
            ask("Test 1")
    with pytest.raises(ValueError, match="no id of a run"):
        client.compare(["Test 1", "Test 2"], ["s0"])
    with pytest.raises(ValueError, match="no id of a run"):
        client.series(["s0"], run="Test 1")
