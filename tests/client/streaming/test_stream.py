import asyncio
import time
from collections.abc import Iterable

import numpy as np
import pytest
from barograph_client import (
    Ack,
    Forbidden,
    LostFrames,
    Refused,
    RefusedReading,
    SequenceConflict,
    Stream,
    StreamEnded,
    StreamState,
    Superseded,
    TokenRefused,
)
from barograph_client.backoff import Backoff
from barograph_client.delivery.delivery import agent_name
from barograph_client.framing.frames import encode_binary, encode_json

from tests.client.ingest_server import TOKEN, IngestServer, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(20)]

SENSORS = ["a", "b"]


def open_stream(server: IngestServer, token: str = TOKEN, **options: object) -> Stream:
    backoff = Backoff(first_s=0.001, max_s=0.01)
    options = {"spool": None, "connect_within_s": 20.0, **options}
    return Stream(server.url, token, "rig", SENSORS, backoff=backoff, proxy=None, **options)  # pyright: ignore[reportArgumentType] - options are passed through


async def send(stream: Stream, number: int, n: int = 3) -> int:
    channel = np.arange(n, dtype=np.int32) % len(SENSORS)
    return await stream.send(channel, np.full(n, number), np.full(n, float(number)))


async def send_all(stream: Stream, numbers: Iterable[int], n: int = 3) -> None:
    for number in numbers:
        await send(stream, number, n)


def stored_numbers(server: IngestServer) -> list[int]:
    return [int(frame.t_us[0]) for frame in server.frames]


async def test_frames_arrive_in_order_and_are_acked() -> None:
    acks: list[Ack] = []
    async with IngestServer().run() as server:
        async with open_stream(server, on_ack=acks.append) as stream:
            assert [await send(stream, number) for number in range(20)] == list(range(1, 21))
        assert stored_numbers(server) == list(range(20))
        assert (stream.acked_seq, stream.accepted, stream.connections) == (20, 60, 1)
        assert sum(ack.accepted for ack in acks) == 60
        assert [channel.key for channel in stream.channels] == ["a", "b"]
        bind = {"type": "bind", "producer": "rig", "sensors": ["a", "b"], "answer": "errors"}
        assert server.binds == [bind | {"agent": agent_name()}]


async def test_json_frames_serve_as_well() -> None:
    async with IngestServer().run() as server:
        async with open_stream(server, encode=encode_json) as stream:
            await send(stream, 5)
        assert stored_numbers(server) == [5]


async def test_a_stream_goes_on_where_the_producer_stopped() -> None:
    async with IngestServer(last_seq=41).run() as server, open_stream(server) as stream:
        assert stream.last_seq == 41
        assert await send(stream, 0) == 42


async def test_the_server_can_be_told_where_to_go_on() -> None:
    async with IngestServer(last_seq=3).run() as server:
        async with open_stream(server, resume_at=100, historical=True) as stream:
            assert await send(stream, 0) == 100
        assert server.binds[0]["historical"] is True


@pytest.mark.parametrize("is_forgetting_acks", [False, True])
async def test_cut_connections_lose_and_repeat_nothing(is_forgetting_acks: bool) -> None:
    drops = [3, 1, 7, 2, 5] * 4
    server = IngestServer(window=4, drop_after=drops, is_forgetting_acks=is_forgetting_acks)
    async with server.run():
        async with open_stream(server) as stream:
            await send_all(stream, range(100))
        assert stored_numbers(server) == list(range(100))
        assert stream.connections > 10
        assert all("resume_at" not in bind for bind in server.binds)


async def test_no_more_frames_are_in_flight_than_the_window_allows() -> None:
    async with IngestServer(window=5, is_holding=True).run() as server, open_stream(server) as stream:
        for number in range(30):
            await send(stream, number)
        await until(lambda: server.max_unacked == 5)
        await asyncio.sleep(0.05)
        assert server.max_unacked == 5
        await stream.close()


async def test_sending_waits_while_too_much_is_without_ack() -> None:
    server = IngestServer(is_holding=True)
    async with server.run(), open_stream(server, max_pending_bytes=200) as stream:
        sending = asyncio.create_task(send_all(stream, range(50)))
        await asyncio.sleep(0.1)
        assert stream.last_seq < 10
        sending.cancel()
        await stream.close()


@pytest.mark.parametrize(
    ("code", "error"),
    [(4400, Refused), (1009, Refused), (4401, TokenRefused), (4403, Forbidden), (4409, Superseded)],
)
async def test_a_final_close_ends_the_stream_with_the_servers_reason(
    code: int, error: type[StreamEnded]
) -> None:
    async with IngestServer(close_with=(code, "some-reason")).run() as server:
        with pytest.raises(error, match="some-reason: because"):
            async with open_stream(server) as stream:
                await send(stream, 0)
        assert len(server.binds) == 1


async def test_a_sequence_conflict_ends_the_stream_by_a_name_of_its_own_and_is_not_tried_again() -> None:
    async with IngestServer(close_with=(4400, "sequence-conflict")).run() as server:
        with pytest.raises(SequenceConflict, match="sequence-conflict: because"):
            async with open_stream(server) as stream:
                await send(stream, 0)
        assert len(server.binds) == 1


@pytest.mark.parametrize("code", [1011, 1012, 1013])
async def test_a_passing_close_is_followed_by_another_try(code: int) -> None:
    async with IngestServer(close_with=(code, "not-now")).run() as server:
        async with open_stream(server) as stream:
            await until(lambda: len(server.binds) >= 3)
            server.close_with = None
            await send(stream, 0)
        assert stored_numbers(server) == [0]


@pytest.mark.parametrize(("status", "error"), [(401, TokenRefused), (403, Forbidden), (404, Refused)])
async def test_a_refused_upgrade_ends_the_stream(status: int, error: type[StreamEnded]) -> None:
    async with IngestServer(status=status).run() as server:
        with pytest.raises(error, match=f"http-{status}"):
            async with open_stream(server):
                pass


async def test_a_wrong_token_ends_the_stream() -> None:
    async with IngestServer().run() as server:
        with pytest.raises(TokenRefused):
            async with open_stream(server, token="another"):
                pass


async def test_a_server_that_is_down_or_busy_is_tried_again() -> None:
    server = IngestServer(status=503)
    async with server.run():
        opening = asyncio.create_task(open_stream(server).__aenter__())
        await asyncio.sleep(0.05)
        assert not opening.done()
        server.status = None
        await (await opening).close()


async def test_a_server_that_lost_frames_it_had_acked_is_told_where_to_go_on() -> None:
    async with IngestServer(drop_after=[4]).run() as server:
        async with open_stream(server) as stream:
            await send_all(stream, range(3))
            await stream.flush()
            server.last_seq = 1
            await send_all(stream, range(3, 6))
            await stream.flush()
            assert stream.lost == (LostFrames(2, 3),)
        assert [bind.get("resume_at") for bind in server.binds] == [None, None, 4]
        assert [frame.seq for frame in server.frames] == [1, 2, 3, 4, 5, 6]
        assert stored_numbers(server) == [0, 1, 2, 3, 4, 5]


async def test_a_token_that_may_not_resume_goes_on_under_the_servers_numbers() -> None:
    async with IngestServer(drop_after=[4], may_resume=False).run() as server:
        async with open_stream(server, encode=encode_json) as stream:
            await send_all(stream, range(3))
            await stream.flush()
            server.last_seq = 1
            await send_all(stream, range(3, 6))
            await stream.flush()
            assert stream.lost == (LostFrames(2, 3),)
        assert [bind.get("resume_at") for bind in server.binds] == [None, None, 4, None]
        assert [frame.seq for frame in server.frames] == [1, 2, 3, 2, 3, 4]
        assert stored_numbers(server) == [0, 1, 2, 3, 4, 5]


async def test_a_name_that_another_gateway_has_used_ends_the_stream_which_keeps_its_frames() -> None:
    async with IngestServer(drop_after=[4]).run() as server:
        stream = await open_stream(server).__aenter__()
        await send_all(stream, range(3))
        await stream.flush()
        server.last_seq = 9
        await send(stream, 3)
        with pytest.raises(Refused, match="sequence-lost"):
            await stream.flush()
        assert stream.state is StreamState.ENDED
        assert "another gateway" in stream.trouble
        await stream.close()
        assert [frame.value.tolist() for frame in stream.unacked_frames()] == [[3, 3, 3]]


@pytest.mark.parametrize(
    "server",
    [IngestServer(max_frame_readings=10), IngestServer(max_frame_bytes=300)],
    ids=["readings", "bytes"],
)
async def test_more_than_the_server_takes_in_a_frame_goes_as_several(server: IngestServer) -> None:
    values = np.arange(101.0)
    async with server.run():
        async with open_stream(server) as stream:
            last = await stream.send(np.zeros(101, np.int64), np.arange(101), values)
            assert last == stream.last_seq
        assert len(server.frames) == last > 5
        np.testing.assert_array_equal(np.concatenate([frame.value for frame in server.frames]), values)
        assert all(len(encode_binary(frame)) <= server.max_frame_bytes for frame in server.frames)


async def test_a_channel_beyond_the_sensors_raises_before_anything_is_sent() -> None:
    async with IngestServer().run() as server:
        async with open_stream(server) as stream:
            for channel in (2, -1, 2**32):
                with pytest.raises(ValueError, match=f"channel {channel} is none of"):
                    await stream.send([0, channel], [1, 2], [1.0, 2.0])
            assert await stream.send([0], [1], [1.0]) == 1
        assert len(server.frames) == 1


async def test_a_callback_that_raises_neither_ends_the_stream_nor_loses_frames(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(told: object) -> None:
        raise ZeroDivisionError(told)

    async with IngestServer(unknown=frozenset("b")).run() as server:
        async with open_stream(server, on_ack=fail, on_reject=fail) as stream:
            await send_all(stream, range(50))
        assert stored_numbers(server) == list(range(50))
        assert (stream.acked_seq, stream.connections) == (50, 1)
    for name in ("on_ack", "on_reject"):
        lines = [r for r in caplog.records if r.getMessage().startswith(f"{name} raised ZeroDivisionError")]
        assert 1 <= len(lines) <= 2, "the first, and how many there were"
        assert lines[0].exc_info


async def test_rejected_readings_are_told_and_logged_once_in_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused: list[RefusedReading] = []
    async with IngestServer(unknown=frozenset("b")).run() as server:
        async with open_stream(server, on_reject=refused.append) as stream:
            await send_all(stream, range(20))
            assert [channel.error for channel in stream.channels] == [None, "unknown-sensor"]
        assert (stream.accepted, stream.rejected) == (40, 20)
    assert [(each.seq, each.index, each.sensor, each.value) for each in refused] == [
        (number + 1, 1, "b", float(number)) for number in range(20)
    ]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    told = [text for text in warnings if "rejected as unknown-sensor" in text]
    assert 1 <= len(told) <= 2
    assert "sensor 'b'" in told[0]
    assert "create the sensor" in told[0]
    assert any("1 of 2 sensors are unknown, the first is 'b'" in text for text in warnings)


async def test_twenty_thousand_sensors_with_long_keys_bind_though_none_is_known() -> None:
    keys = [f"{'k' * 490}{number}" for number in range(20_000)]
    server = IngestServer(unknown=frozenset(keys))
    async with (
        server.run(),
        Stream(server.url, TOKEN, "rig", keys, proxy=None, spool=None, connect_within_s=20) as stream,
    ):
        assert [channel.key for channel in stream.channels] == keys
        assert {channel.error for channel in stream.channels} == {"unknown-sensor"}


async def test_the_state_is_visible() -> None:
    async with IngestServer().run() as server:
        stream = open_stream(server)
        assert stream.state is StreamState.CONNECTING
        async with stream:
            assert (stream.state, stream.trouble) == (StreamState.STREAMING, "")
        assert stream.state is StreamState.CLOSED


async def test_an_exception_in_the_block_leaves_at_once() -> None:
    async with IngestServer(is_holding=True).run() as server:
        stream = open_stream(server)
        with pytest.raises(ZeroDivisionError):
            await fail_within(stream)
        with pytest.raises(StreamEnded, match="closed"):
            await send(stream, 1)


async def fail_within(stream: Stream) -> None:
    async with stream:
        await send(stream, 0)
        raise ZeroDivisionError


async def test_large_frames_flow_fast() -> None:
    async with IngestServer(window=64).run() as server, open_stream(server) as stream:
        start = time.perf_counter()
        await send_all(stream, range(1000), n=1000)
        await stream.flush()
        # A third of a second on an idle machine, with server and client on one core.
        assert time.perf_counter() - start < 5
