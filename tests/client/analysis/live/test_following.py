"""Iterators over what happens: frames equal questions, and nothing is missed over a cut."""

import json

import numpy as np
import polars as pl
import psycopg
import pytest
from barograph_client import Client, EventsGone, NothingThere, StreamOver
from barograph_client.analysis.live.following import LiveFrames, length_us_of
from barograph_client.analysis.live.live_window import HeldWindow
from barograph_client.analysis.live.server_sent import read_messages
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import now_us
from tests.client.analysis.conftest import SECOND_US, Bench
from tests.client.analysis.flaky_api import FlakyApi
from tests.servers.proxy import Proxy


def test_live_frames_hold_what_is_stored(bench: Bench, client: Client) -> None:
    start_us = now_us() - 10 * SECOND_US
    bench.commit_seconds(start_us, [0.5, 1.5])
    with client.live(["s0", "s1"], "60s") as frames:
        first = next(frames)
        assert first["value"].to_list() == [0.0, 25.0]
        assert first["key"].to_list() == ["s0", "s0"]
        bench.store.commit([(0, start_us + 500_000, 1.0), (1, start_us, 4.5)])
        late = until(frames, 4)
        assert late.filter(key="s0")["value"].to_list() == [0.0, 12.5, 25.0]
        assert late.filter(key="s1")["value"].to_list() == [100.0]
        assert frames.position is not None


def test_live_frames_go_on_after_cuts(bench: Bench) -> None:
    start_us = now_us() - 10 * SECOND_US
    bench.commit_seconds(start_us, [0.5])
    token, project = bench.token(), bench.project_id
    with Proxy(bench.server.url) as proxy, Client(proxy.url, token, project=project) as client:
        frames = client.live("s0", "60s")
        assert len(next(frames)) == 1
        for number in (1, 2):
            proxy.cut()
            bench.commit_seconds(start_us + number * SECOND_US, [2.5])
            assert len(until(frames, number + 1)) == number + 1
        frames.close()


def until(frames: LiveFrames, rows: int) -> pl.DataFrame:
    """The first frame that has so many rows."""
    for frame in frames:
        if len(frame) >= rows:
            return frame
    raise AssertionError


def test_live_frames_in_buckets_count_all_readings(bench: Bench, client: Client) -> None:
    start_us = now_us() - 20 * SECOND_US
    bench.store.commit([(0, start_us + n * 1000, 0.5 + n % 5) for n in range(5000)])
    with client.live("s0", "60s", columns=10) as frames:
        frame = next(frames)
    assert frame.columns == ["sensor_id", "key", "unit", "time", "first", "min", "max", "last", "count"]
    assert frame["count"].sum() == 5000
    assert (frame["min"].min(), frame["max"].max()) == (0.0, 100.0)


def test_sensors_that_are_not_there_are_told(client: Client) -> None:
    with pytest.raises(NothingThere):
        next(client.live(["no such key"]))
    with pytest.raises(ValueError, match="length"):
        client.live(["s0"], "a while")
    assert length_us_of("1.5m") == 90 * SECOND_US


def test_events_are_listed_and_followed_from_a_place(client: Client) -> None:
    with client.run("1") as first:
        pass
    followed = client.events(["run.finished"], start="-1h")
    assert next(followed).data["run_id"] == first.id
    position = followed.position
    followed.close()
    with client.run("2") as second:
        pass
    with client.events(["run.finished"], since=position) as followed:
        assert next(followed).data["run_id"] == second.id
    assert [event.type for event in client.event_log("run.started")] == ["run.started"] * 2


def test_a_cut_is_gone_over_without_a_gap(api: FlakyApi) -> None:
    for number in (1, 2):
        api.say_events(
            f'id: p{number}\ndata: {{"id": "{number}", "type": "t", "time": null, "data": {{}}}}\n\n'
        )
    api.say_events(
        'event: end\ndata: {"code": "forbidden", "detail": "the role was taken", "close": 4403}\n\n'
    )
    followed = api.client().events()
    assert [next(followed).id, next(followed).id] == ["1", "2"]
    with pytest.raises(StreamOver, match="role was taken"):
        next(followed)
    assert [headers.get("Last-Event-ID") for _, _, headers in api.asked] == [None, "p1", "p2"]


@given(st.text(max_size=30), st.integers(1, 7))
def test_texts_of_events_come_whole_however_they_are_cut(text: str, size: int) -> None:
    line = json.dumps({"text": text}, ensure_ascii=False)
    content = f": a comment\n\nid: 5\ndata: {line}\n\nid: 6\n\n".encode("utf-8", "replace")
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    told, place = read_messages(pieces)
    assert (told.id, json.loads(told.data or "")) == ("5", json.loads(line.encode("utf-8", "replace")))
    assert (place.id, place.data) == ("6", None)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.lists(st.integers(0, 19))), max_size=8))
def test_patches_replace_what_was_there(patches: list[tuple[int, int, list[int]]]) -> None:
    """Against a plain dictionary of rows by time."""
    window = HeldWindow(length_us=40)
    window.begin({"kind": "samples", "bucket_us": None, "channels": [{}]})
    expected: dict[int, float] = {}
    for number, (start, length, offsets) in enumerate(patches):
        times = sorted({start + offset for offset in offsets if offset < length})
        expected = {t: v for t, v in expected.items() if not start <= t < start + length}
        expected |= dict.fromkeys(times, float(number))
        values = {"t_us": times, "value": [float(number)] * len(times)}
        piece = {"channel": 0, "from_us": start, "to_us": start + length} | values
        window.apply({"patches": [piece], "late": 0, "server_us": 60 + number})
        expected = {t: v for t, v in expected.items() if t >= 60 + number - 40}
        held = window.columns[0]
        assert dict(zip(held["t_us"].tolist(), held["value"].tolist(), strict=True)) == expected
        assert np.all(np.diff(held["t_us"]) > 0)


def test_events_that_are_gone_are_told_and_the_rest_comes(bench: Bench, client: Client) -> None:
    with client.run("1"):
        pass
    with psycopg.connect(bench.server.database_url) as connection:
        connection.execute(
            "with gone as (delete from event returning project_id, xid, created_at)"
            " insert into event_pruned select project_id, max(xid), max(created_at) from gone group by 1"
        )
    with client.run("2") as second:
        pass
    with client.events(["run.finished"], start="-1h") as followed:
        with pytest.raises(EventsGone) as gone:
            next(followed)
        assert gone.value.until is not None
        assert next(followed).data["run_id"] == second.id
