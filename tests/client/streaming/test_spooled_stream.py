"""Streams with a spool on disk: without a server, over restarts of either side, with all refused."""

import asyncio
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from barograph_client import (
    LostFrames,
    Refused,
    SpoolFull,
    SpoolInUse,
    SpoolOptions,
    Stream,
    StreamEnded,
    StreamState,
    TokenRefused,
)
from barograph_client.backoff import Backoff
from barograph_client.delivery import clock_check

from tests.client.ingest_server import TOKEN, IngestServer, until
from tests.programs import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


def open_stream(url: object, spool: object, **options: object) -> Stream:
    given: dict[str, object] = {
        "token": TOKEN,
        "producer": "rig",
        "sensors": ["a", "b"],
        "backoff": Backoff(first_s=0.001, max_s=0.01),
        "proxy": None,
        "connect_within_s": 20.0,
        "exit_within_s": 30.0,
        **options,
    }
    return Stream(url, spool=spool, **given)  # pyright: ignore[reportArgumentType] - passed through


def nowhere() -> str:
    return f"ws://127.0.0.1:{free_port()}/ingest/v1/ws"


def open_offline(spool: object, **options: object) -> Stream:
    """A stream that finds no server."""
    return open_stream(nowhere(), spool, connect_within_s=0.02, **options)


async def send(stream: Stream, *numbers: int) -> None:
    for number in numbers:
        await stream.send([0, 1], [number, number], [number, -number])


async def leave_frames(spool: Path, *numbers: int) -> None:
    """As a process does that never met a server."""
    async with open_offline(spool, exit_within_s=0.01) as stream:
        await send(stream, *numbers)


def stored(server: IngestServer) -> list[int]:
    return [int(frame.t_us[0]) for frame in server.frames]


async def test_send_works_before_there_is_a_server_and_everything_arrives_in_order(tmp_path: Path) -> None:
    server = IngestServer(last_seq=41)
    async with server.run():
        server.status = 503
        async with open_stream(server.url, tmp_path, connect_within_s=0.05) as stream:
            assert stream.state in {StreamState.WAITING, StreamState.CONNECTING}
            await send(stream, *range(10))
            assert (stream.last_seq, stream.connections) == (0, 0), "nobody has said yet where it begins"
            server.status = None
            await stream.flush(20)
            assert (stream.last_seq, stream.acked_seq) == (51, 51)
    assert stored(server) == list(range(10))


async def test_a_stream_that_is_opened_again_sends_what_the_last_one_left(tmp_path: Path) -> None:
    await leave_frames(tmp_path, 0, 1, 2)
    await leave_frames(tmp_path, 3, 4)
    server = IngestServer()
    async with server.run(), open_stream(server.url, tmp_path) as stream:
        await send(stream, 5, 6)
    assert stored(server) == list(range(7))
    async with server.run(), open_stream(server.url, tmp_path) as stream:
        assert len(stream.unacked_frames()) == 0
        await send(stream, 7)
    assert stored(server) == list(range(8))


async def test_an_ack_that_never_arrived_doubles_nothing(tmp_path: Path) -> None:
    server = IngestServer(drop_after=[3], is_forgetting_acks=True)
    async with server.run():
        async with open_stream(server.url, tmp_path, exit_within_s=0.0) as stream:
            await send(stream, 0, 1, 2, 3)
            await until(lambda: len(server.frames) == 3)
        server.drop_after.clear()
        async with open_stream(server.url, tmp_path) as stream:
            await send(stream, 4)
    assert stored(server) == [0, 1, 2, 3, 4]


async def test_a_copy_of_the_spool_from_before_an_ack_doubles_nothing(tmp_path: Path) -> None:
    """As a power cut leaves it: the frames are there, what was noted since is not."""
    server, before = IngestServer(), tmp_path / "before"
    async with server.run():
        async with open_stream(server.url, tmp_path / "spool") as stream:
            await send(stream, 0, 1, 2)
            await stream.flush(20)
            (tmp_path / "spool" / "acked").write_bytes(b"torn")
            shutil.copytree(tmp_path / "spool", before)
        async with open_stream(server.url, before) as stream:
            await send(stream, 3)
    assert stored(server) == [0, 1, 2, 3]


@pytest.mark.parametrize("may_resume", [True, False])
async def test_a_restored_server_gets_again_what_was_kept(tmp_path: Path, may_resume: bool) -> None:
    server = IngestServer(may_resume=may_resume)
    options = SpoolOptions(tmp_path)
    async with server.run():
        async with open_stream(server.url, options) as stream:
            await send(stream, *range(6))
        server.last_seq = 2
        del server.frames[2:]
        async with open_stream(server.url, options) as stream:
            await send(stream, 6)
            await stream.flush(20)
            assert stream.lost == ()
    assert stored(server) == list(range(7))
    assert all("resume_at" not in bind for bind in server.binds)


@pytest.mark.parametrize("may_resume", [True, False])
async def test_what_was_not_kept_is_told_and_the_stream_goes_on(tmp_path: Path, may_resume: bool) -> None:
    options = SpoolOptions(tmp_path, segment_bytes=4096, keep_acked_s=0)
    server = IngestServer(may_resume=may_resume)
    async with server.run():
        async with open_stream(server.url, options) as stream:
            for number in range(6):
                await stream.send([0] * 250, [number] * 250, [1.0] * 250)
        server.last_seq = 2
        async with open_stream(server.url, options) as stream:
            await send(stream, 6)
            await stream.flush(20)
            (lost,) = stream.lost
    assert lost.first_seq == 3
    assert lost.last_seq in {5, 6}, "the last segment may still have some"
    first_after = lost.last_seq + 1 if may_resume else 3
    assert server.frames[6].seq == first_after
    assert stored(server)[-1] == 6


async def test_a_server_that_knows_more_than_the_spool_is_told_and_nothing_is_doubled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk had not got the last frames when the power went; the server had."""
    server, before = IngestServer(), tmp_path / "before"
    async with server.run():
        async with open_stream(server.url, tmp_path / "spool") as stream:
            await send(stream, 0, 1, 2)
            await stream.flush(20)
            shutil.copytree(tmp_path / "spool", before)
            (before / "acked").unlink()
            await send(stream, 3, 4)
        async with open_stream(server.url, before) as stream:
            await send(stream, 5, 6)
            await stream.flush(20)
            assert stream.last_seq == 7
    assert stored(server) == list(range(7))
    assert "the server's last frame of rig is 5, the spool's is 3" in caplog.text


async def test_what_the_server_may_have_is_asked_again_after_a_cut(tmp_path: Path) -> None:
    server, before = IngestServer(), tmp_path / "before"
    async with server.run():
        async with open_stream(server.url, tmp_path / "spool") as stream:
            await send(stream, *range(6))
            await stream.flush(20)
            shutil.copytree(tmp_path / "spool", before)
            (before / "acked").unlink()
            await send(stream, 6, 7)
        server.drop_after = [2, 3, 5]
        async with open_stream(server.url, before) as stream:
            await send(stream, 8, 9)
            await stream.flush(20)
            assert stream.connections == 4
    assert stored(server) == list(range(10))
    assert [frame.seq for frame in server.frames] == list(range(1, 11))


async def test_another_user_of_the_name_ends_the_stream_and_the_spool_keeps_its_frames(
    tmp_path: Path,
) -> None:
    server = IngestServer(drop_after=[4])
    async with server.run():
        async with open_stream(server.url, tmp_path) as stream:
            await send(stream, 0, 1, 2)
            await stream.flush(20)
            server.last_seq = 9
            await send(stream, 3)
            with pytest.raises(Refused, match="sequence-lost"):
                await stream.flush(20)
            assert stream.state is StreamState.ENDED
            with pytest.raises(StreamEnded):
                await send(stream, 4)
            await stream.close()
        assert [frame.value[0] for frame in stream.unacked_frames()] == [3]
        async with open_stream(server.url, tmp_path, resume_at=20) as stream:
            pass
    assert (stored(server), server.last_seq) == ([0, 1, 2, 3], 20)


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_somebody_may_mend_is_waited_out_while_readings_are_taken(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server = IngestServer(status=status)
    async with server.run(), open_stream(server.url, tmp_path) as stream:
        assert stream.state is StreamState.REFUSED
        assert "what to do" in stream.trouble
        await send(stream, 0, 1)
        await asyncio.sleep(0.05)
        lines = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert len(lines) == 1
        assert f"HTTP {status}" in lines[0].getMessage()
        server.status = None
        await stream.flush(20)
    assert stored(server) == [0, 1]


async def test_leaving_while_everything_is_refused_takes_no_time_and_loses_nothing(tmp_path: Path) -> None:
    async with IngestServer(status=401).run() as server:
        async with asyncio.timeout(20), open_stream(server.url, tmp_path, exit_within_s=None) as stream:
            await send(stream, 0)
        server.status = None
        async with open_stream(server.url, tmp_path):
            pass
    assert stored(server) == [0]


async def test_a_token_is_renewed_from_its_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    async with (
        IngestServer(token="new").run() as server,
        open_stream(server.url, None, token=token) as stream,
    ):
        await send(stream, 0)
        assert stream.state is StreamState.REFUSED
        token.write_text("new\n")
        await stream.flush(20)
    assert stored(server) == [0]


async def test_a_token_that_is_revoked_on_the_way_is_asked_for_again(tmp_path: Path) -> None:
    asked: list[str] = []

    async def renew() -> str:
        await asyncio.sleep(0)
        asked.append("")
        return TOKEN

    server = IngestServer(close_with=(4401, "token-revoked"))
    async with server.run(), open_stream(server.url, tmp_path, token=renew) as stream:
        await until(lambda: len(asked) > 2)
        server.close_with = None
        await send(stream, 0)
        await stream.flush(20)
    assert stored(server) == [0]


async def test_a_token_that_can_t_be_read_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    async with IngestServer().run() as server:
        async with open_stream(server.url, None, token=missing) as stream:
            assert f"the token can't be read: {missing}: No such file or directory" in stream.trouble
            missing.write_text(TOKEN)
            await send(stream, 0)
        with pytest.raises(TokenRefused, match="holds no token"):
            async with open_stream(server.url, None, token=" "):
                pass
    assert stored(server) == [0]


async def test_of_several_servers_one_that_answers_is_found(tmp_path: Path) -> None:
    async with IngestServer().run() as server:
        urls = [nowhere(), nowhere(), server.url]
        async with open_stream(urls, tmp_path, backoff=Backoff(100, 100), connect_within_s=20) as stream:
            assert stream.state is StreamState.STREAMING, "without a pause"
            await send(stream, 0)
    assert stored(server) == [0]


async def test_sensors_are_added_while_the_stream_flows(tmp_path: Path) -> None:
    async with IngestServer().run() as server:
        async with open_stream(server.url, tmp_path) as stream:
            await send(stream, 0)
            assert stream.add_sensor("c") == 2
            assert await stream.send([2], [1], [1.0]) == 2
            await stream.flush(20)
            assert [channel.key for channel in stream.channels] == ["a", "b", "c"]
        assert [bind["sensors"] for bind in server.binds] == [["a", "b"], ["a", "b", "c"]]
    assert server.frames[1].channel.tolist() == [2]


async def test_frames_of_former_sensors_keep_their_sensors(tmp_path: Path) -> None:
    await leave_frames(tmp_path, 0)
    async with IngestServer(unknown=frozenset("c")).run() as server:
        async with open_stream(server.url, tmp_path, sensors=["c", "b"]) as stream:
            await send(stream, 1)
            await stream.flush(20)
            assert [(each.key, each.error) for each in stream.channels] == [
                ("c", "unknown-sensor"),
                ("b", None),
            ]
        sensors = server.binds[-1]["sensors"]
        keys = [[sensors[channel] for channel in frame.channel] for frame in server.frames]
    assert keys == [["a", "b"], ["c", "b"]]


async def test_a_full_spool_says_so_at_once_and_for_how_long_it_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = SpoolOptions(tmp_path, max_bytes=40_000)
    async with open_offline(options, exit_within_s=0.0) as stream:
        with pytest.raises(SpoolFull, match="see `trouble`"):
            await send(stream, *range(1000))
        sent = len(stream.unacked_frames())
        status = stream.spool_status
        assert (status.frames, status.given_up.frames) == (sent, 0)
        assert status.room_hours is not None
        assert status.span_hours is not None
        assert status.room_hours < status.span_hours
        assert status.oldest_at is not None
    assert "% full" in caplog.text
    assert "hours more" in caplog.text
    async with IngestServer().run() as server, open_stream(server.url, options):
        pass
    assert stored(server) == list(range(sent))


async def test_the_oldest_frames_give_way_while_a_connection_is_up_and_the_rest_arrives(
    tmp_path: Path,
) -> None:
    options = SpoolOptions(tmp_path, max_bytes=40_000, when_full="give-up-oldest")
    server = IngestServer(is_holding=True, window=4)
    async with server.run():
        async with open_stream(server.url, options) as stream:
            await until(lambda: stream.connections == 1)
            await send(stream, *range(1000))
            given_up = stream.spool_status.given_up
            assert given_up.readings == 2 * given_up.frames > 0
            server.is_holding = False
            await stream.close()
        server.drop_after = [5, 3]
        async with open_stream(server.url, options) as stream:
            await stream.flush(20)
    assert [frame.seq for frame in server.frames] == list(range(1, len(server.frames) + 1))
    assert stored(server) == list(range(1000 - len(server.frames), 1000))
    assert len(server.frames) == 1000 - given_up.frames


async def test_a_spool_is_one_streams(tmp_path: Path) -> None:
    async with open_offline(tmp_path, exit_within_s=0.0):
        with pytest.raises(SpoolInUse):
            open_offline(tmp_path)


@pytest.mark.parametrize("fsync", ["always", "interval", "never"])
async def test_every_policy_streams(tmp_path: Path, fsync: str) -> None:
    options = SpoolOptions(tmp_path, fsync=fsync, fsync_interval_s=0.01)  # pyright: ignore[reportArgumentType]
    async with IngestServer().run() as server, open_stream(server.url, options) as stream:
        for number in range(50):
            await send(stream, number)
            await asyncio.sleep(0.001)
    assert stored(server) == list(range(50))


async def test_a_flush_has_an_end(tmp_path: Path) -> None:
    async with open_offline(tmp_path, exit_within_s=0.0) as stream:
        await send(stream, 0)
        await until(lambda: "refused" in stream.trouble)
        with pytest.raises(TimeoutError, match=r"1 frames have no ack after 0.02 s. .*refused"):
            await stream.flush(0.02)


async def test_without_a_spool_leaving_tells_what_is_lost() -> None:
    stream = open_offline(None, exit_within_s=0.02)
    with pytest.raises(TimeoutError, match="1 frames have no ack"):
        async with stream:
            await send(stream, 0)
    assert len(stream.unacked_frames()) == 1


async def test_a_clock_that_is_wrong_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = IngestServer(clock_ahead_s=-3600)
    async with server.run(), open_stream(server.url, tmp_path, connect_within_s=20) as stream:
        assert stream.clock_offset_s == pytest.approx(-3600, abs=60)
    assert "ahead of the server's. What to do: set the clock" in caplog.text


async def test_a_clock_that_jumps_while_connected_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_s = clock_check.ahead_of_steady_s()
    server = IngestServer()
    async with server.run(), open_stream(server.url, tmp_path, connect_within_s=20) as stream:
        for jump_s in (7200, 0):
            monkeypatch.setattr(clock_check, "ahead_of_steady_s", lambda jump_s=jump_s: before_s + jump_s)
            await send(stream, jump_s)
            await stream.flush(20)
            assert stream.clock_offset_s == pytest.approx(-jump_s, abs=60)
    assert caplog.text.count("ahead of the server's. What to do: set the clock") == 1


async def test_lost_frames_are_named() -> None:
    assert str(LostFrames(3, 9)) == "frames 3 to 9"


async def test_many_readings_of_a_call_are_kept_or_refused_together(tmp_path: Path) -> None:
    options = SpoolOptions(tmp_path, max_bytes=1_000_000)
    async with IngestServer(max_frame_readings=100).run() as server:
        async with open_stream(server.url, options, connect_within_s=20) as stream:
            n = 10_000
            await stream.send(np.zeros(n, np.int32), np.arange(n), np.arange(n))
            with pytest.raises(SpoolFull, match="more than half"):
                await stream.send(np.zeros(10 * n, np.int32), np.arange(10 * n), np.arange(10 * n))
        assert [frame.n for frame in server.frames] == [100] * 100
