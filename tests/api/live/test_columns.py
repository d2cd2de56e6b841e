"""A plot that was asked for as columns goes on live from the answer's position, on the same grid."""

from typing import Any

from barograph.times import format_us, now_us
from tests.api.conftest import People
from tests.api.live.conftest import Rig
from tests.api.live.watching import HeldPicture, LiveClient, Row, opened
from tests.api.server import Server

SECOND_US = 1_000_000
NAMES = ("first", "min", "max", "last", "count")


def rows_of(answer: dict[str, Any]) -> dict[int, list[Row]]:
    """As a live client holds them."""
    grid = answer["grid"]
    return {
        channel: [
            (float(grid["start_us"] + index * grid["bucket_us"]), *map(float, values))
            for index, *values in zip(series["index"], *(series[name] for name in NAMES), strict=True)
        ]
        for channel, series in enumerate(answer["series"])
    }


def test_a_live_client_goes_on_from_columns_and_agrees_with_them(
    server: Server, people: People, rig: Rig
) -> None:
    start_us = now_us() - 60 * SECOND_US
    rig.store.commit(
        [(slot, start_us + n * 10_000 + slot, float(n % 7)) for n in range(4000) for slot in (0, 1)]
    )
    # Neither end of the window is an edge of a bucket.
    window = {"from": format_us(start_us + 1_234_567), "to": format_us(start_us + 55_000_001)}
    sensors = rig.sensors[:2]

    def ask() -> dict[str, Any]:
        return people.viewer.read("/series", sensor=sensors, columns=300, layer="raw", **window)

    answer = ask()
    assert answer["meta"]["coarsened_from"] is None
    held = HeldPicture(None, "buckets", answer["grid"]["bucket_us"], rows=rows_of(answer))
    # What is committed between the answer and the watch is not lost.
    rig.store.commit([(0, start_us + 2 * SECOND_US + 1, -5.0), (1, start_us + 50 * SECOND_US, 9.0)])
    with opened(server, people.viewer) as socket:
        client = LiveClient(socket)
        client.held[1] = held
        said = client.watch(
            sensors,
            window["from"],
            to=window["to"],
            columns=300,
            layer="raw",
            since=answer["meta"]["position"],
        )
        assert (said.kind, said.bucket_us) == ("buckets", answer["grid"]["bucket_us"])
        _, header = client.take()
        # It was sent what changed, and not the window again.
        assert sum(piece[3] for piece in header["patches"]) == 2
        assert held.rows == rows_of(ask())
        rig.store.commit([(0, start_us + 1_234_566, 99.0), (0, start_us + 1_234_567, -99.0)])
        while client.take()[0] != "patch":
            pass
        latest = ask()
        assert held.rows == rows_of(latest)
        assert latest["summary"][0]["min"] == -99.0
        assert latest["summary"][0]["max"] == 6.0
