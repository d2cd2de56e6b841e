import asyncio
import json
from pathlib import Path

import pytest
from barograph_client import SpoolOptions, Stream
from barograph_client.commands.command_line import main
from barograph_client.commands.simulation.simulated_rig import SimulationShape
from barograph_client.spool.segments import segment_paths

from tests.client.ingest_server import TOKEN, IngestServer
from tests.programs import free_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spool of which the first of three frames has an ack; it is still kept."""

    async def fill() -> None:
        options = SpoolOptions(tmp_path, keep_acked_s=3600)
        server = IngestServer(last_seq=40)
        async with server.run(), _stream(server.url, options, 5) as stream:
            await stream.send([0], [0], [0.1])
        async with _stream(f"ws://127.0.0.1:{free_port()}/x", options, 0) as stream:
            await stream.send([0, 1], [1, 1_767_225_600_000_000], [1e300, -0.0])
            await stream.send([1], [2**62], [5e-324])

    asyncio.run(fill())
    return tmp_path


def _stream(url: str, options: SpoolOptions, wait_s: float) -> Stream:
    sensors = ["p,1", "p2"]
    return Stream(
        url,
        TOKEN,
        "rig",
        sensors,
        spool=options,
        proxy=None,
        connect_within_s=wait_s,
        exit_within_s=wait_s,
    )


def test_a_spool_is_inspected(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spool", "inspect", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "producer    rig, 2 sensors"
    assert lines[2].startswith("waiting     2 frames, 3 readings since 20")
    assert lines[3:] == ["seqs        42 to 43", "given up    0 frames, 0 readings"]
    assert main(["spool", "inspect", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["frames"], report["readings"], report["waiting_frames"]) == (3, 4, 2)


def test_what_waits_is_exported_to_the_last_bit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spool", "export", str(folder)]) == 0
    waiting = [
        '"p,1",1970-01-01T00:00:00.000001Z,1e+300',
        "p2,2026-01-01T00:00:00.000000Z,-0.0",
        f"p2,{2**62},5e-324",
    ]
    assert capsys.readouterr().out.splitlines() == ["sensor,time,value", *waiting]
    output = folder / "readings.csv"
    assert main(["spool", "export", str(folder), "--all", "--output", str(output)]) == 0
    everything = ["sensor,time,value", '"p,1",1970-01-01T00:00:00.000000Z,0.1', *waiting]
    assert output.read_text().splitlines() == everything


def test_damage_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spool", "verify", str(folder)]) == 0
    assert capsys.readouterr().out == "Everything can be read.\n"
    (path,) = segment_paths(folder)
    with path.open("ab") as file:
        file.write(b"torn")
    assert main(["spool", "verify", str(folder)]) == 0
    assert "ends within a record" in capsys.readouterr().out
    path.with_name(f"{9:020}.frames").write_bytes(b"BGSPOOL1" + (9).to_bytes(8, "little"))
    assert main(["spool", "verify", str(folder)]) == 1
    assert "damaged at byte" in capsys.readouterr().out


def test_what_is_no_spool_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("inspect", "verify", "export"):
        assert main(["spool", verb, str(tmp_path)]) == 1
        assert capsys.readouterr().err == f"{tmp_path} holds no spool\n"


def test_help_says_what_numbers_a_simulation_has_unless_they_are_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert f"of each sensor ({SimulationShape().rate_hz:g}) " in told
    assert f"half the waveform's height ({SimulationShape().amplitude:g}) " in told


def test_a_file_that_is_not_there_is_told_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAROGRAPH_INGEST_TOKEN", TOKEN)
    missing = tmp_path / "readings.csv"
    assert main(["send", "--url", f"ws://127.0.0.1:{free_port()}/x", str(missing)]) == 1
    assert capsys.readouterr().err == f"{missing}: No such file or directory\n"
