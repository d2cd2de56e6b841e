"""The client in C, compiled with what checks its memory, against the real server; not without a compiler."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from barograph.times import now_us
from tests.ingest.database import raw
from tests.ingest.languages.feeding import last_line, wait_for_line
from tests.ingest.languages.full_server import binds_refused, full_server, wait_for_log
from tests.programs import ROOT, Program
from tests.seed import Project, add_token
from tests.servers.proxy import Proxy

HERE = Path(__file__).parent
COMPILER = shutil.which("cc")
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", "-O1", "-g")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler (cc) here")
MESSAGES = [
    {
        "type": "hello",
        "protocol": 1,
        "server_time": "…",
        "max_frame_bytes": 1000,
        "max_frame_readings": 9,
        "window": 4,
    },
    {"type": "bound", "last_seq": 7, "channels": [{"channel": 1, "error": 'un"known\\'}], "channel_count": 2},
    {
        "type": "ack",
        "seq": 1,
        "accepted": 2,
        "duplicate": 0,
        "rejected": [{"seq": 1, "index": 2, "code": "too-old"}, {"seq": 9, "index": 99, "code": "\u20ac"}],
        "rejected_total": 2,
    },
    {"type": "error", "code": "forbidden", "detail": 'x "y" \\ \n z', "seq": 3},
]


def compiled(source: str, folder: Path) -> Path:
    program = folder / source
    checks = [] if _lacks_sanitizers(folder) else ["-fsanitize=address,undefined", "-fno-sanitize-recover"]
    _compile([*FLAGS, *checks, str(HERE / f"{source}.c"), "-o", str(program)]).check_returncode()
    return program


def _compile(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    include = f"-I{ROOT / 'client' / 'c'}"
    return subprocess.run([str(COMPILER), include, *arguments], text=True)


def _lacks_sanitizers(folder: Path) -> bool:
    """A compiler may come without their library."""
    empty = folder / "empty.c"
    empty.write_text("int main(void) { return 0; }\n")
    return _compile(["-fsanitize=address,undefined", str(empty), "-o", str(folder / "empty")]).returncode != 0


@pytest.fixture(scope="module")
def feeder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled("feeder", tmp_path_factory.mktemp("c"))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled("parts", tmp_path_factory.mktemp("c"))


def feed(
    feeder: Path, port: int, project: Project, count: int, token: str = "", sensor: str = "s0"
) -> subprocess.Popen[str]:
    start = str(now_us() - count)
    command = [str(feeder), str(port), token or project.token, "rig/c", sensor, start, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(program: Path, part: str, given: str) -> list[str]:
    done = subprocess.run([str(program), part], input=given, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_its_frames_are_the_protocols(parts: Path) -> None:
    vectors = json.loads((ROOT / "docs" / "protocol-vectors.json").read_text())["frames"]
    given = [
        f"{each['seq']} {len(each['channel'])} "
        + " ".join(
            f"{channel} {t_us} {bits}"
            for channel, t_us, bits in zip(each["channel"], each["t_us"], each["value_bits"], strict=True)
        )
        for each in vectors
    ]
    assert run(parts, "frames", "\n".join(given)) == [each["hex"] for each in vectors]


def test_whatever_a_server_says_it_stays_within_its_memory(parts: Path) -> None:
    chance = random.Random(5)  # noqa: S311  # repeatable, not secret
    lines = [json.dumps(message) for message in MESSAGES]
    for _ in range(3000):
        line = list(chance.choice(lines))
        for _ in range(chance.randint(1, 4)):
            start, length = chance.randrange(len(line) + 1), chance.choice([0, 1, 1, 5, 40])
            line[start : start + length] = chance.choice(
                ['"', "\\", "{", "[", "}", "]", ",", ":", "9" * 30, "\\u", ""]
            )
        lines.append("".join(line))
    run(parts, "messages", "\n".join(lines))


def test_each_reading_is_stored_once_whatever_is_cut_and_killed(
    feeder: Path, database_url: str, own_ingest: Program, project: Project
) -> None:
    count = 5000
    with Proxy(own_ingest.url) as proxy:
        process = feed(feeder, int(proxy.url.rpartition(":")[2]), project, count)
        for line in ("sent 500", "sent 1000", "sent 1500"):
            wait_for_line(process, line)
            proxy.cut()
        own_ingest.kill()
        wait_for_line(process, "sent 2500")
        own_ingest.start()
        # Acks whose counts were lost with a connection are not counted; what is stored is.
        assert re.fullmatch(r"closed 1 \d+ 0 0", last_line(process))
    assert raw(database_url, project) == list(range(count))


@pytest.mark.nightly
def test_it_waits_for_a_server_that_is_not_there_yet(
    feeder: Path, database_url: str, own_ingest: Program, project: Project
) -> None:
    own_ingest.kill()
    process = feed(feeder, own_ingest.port, project, 200)
    wait_for_line(process, "sent 150")
    own_ingest.start()
    assert last_line(process) == "closed 1 200 0 0"
    assert raw(database_url, project) == list(range(200))


@pytest.mark.nightly
def test_it_goes_on_after_a_server_that_leaves_in_good_order_and_takes_no_more_than_it_has_room_for(
    feeder: Path, database_url: str, own_ingest: Program, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDER_ROOM", "300")
    process = feed(feeder, own_ingest.port, project, 2000)
    wait_for_line(process, "sent 500")
    own_ingest.stop()
    own_ingest.start()
    assert re.fullmatch(r"closed 1 \d+ 0 0", last_line(process))
    assert raw(database_url, project) == list(range(2000))


def test_it_comes_again_to_a_server_that_is_full_and_loses_nothing(
    feeder: Path, database_url: str, project: Project, tmp_path: Path
) -> None:
    with full_server(database_url, project, tmp_path) as full:
        process = feed(feeder, full.port, project, 500)
        wait_for_line(process, "sent 450")
        full.wait_for_refusals(2)
        full.make_room()
        assert last_line(process) == "closed 1 500 0 0"
    assert raw(database_url, project) == list(range(500))


@pytest.mark.nightly
def test_it_binds_again_after_it_was_sent_away_with_1013(
    feeder: Path, database_url: str, own_ingest: Program, project: Project
) -> None:
    with Proxy(own_ingest.url.replace("http", "ws")) as proxy:
        process = feed(feeder, int(proxy.url.rpartition(":")[2]), project, 1500)
        wait_for_line(process, "sent 500")
        with binds_refused(database_url):
            proxy.cut()
            wait_for_log(own_ingest, "bind failed", 2)
        assert re.fullmatch(r"closed 1 \d+ 0 0", last_line(process))
    assert raw(database_url, project) == list(range(1500))


def test_a_bind_that_is_refused_ends_it_and_says_what_to_do(
    feeder: Path, ingest: Program, project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, producers=["another/*"])
    process = feed(feeder, ingest.port, project, 10**6, token=token)
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 1, complaints
    assert re.search(r"trouble forbidden: .* What to do: give the gateway a token", said)


def test_what_ends_it_is_told_with_what_to_do(feeder: Path, ingest: Program, project: Project) -> None:
    process = feed(feeder, ingest.port, project, 10**6, token="bgi_wrong")
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 1, complaints
    assert (
        "trouble token-refused: the server answered the upgrade with HTTP 401. What to do: make a token"
        in said
    )


def test_rejected_readings_are_told_with_their_sensor(
    feeder: Path, ingest: Program, project: Project
) -> None:
    said, complaints = feed(feeder, ingest.port, project, 2, sensor="no-such").communicate(timeout=60)
    assert complaints == ""
    assert said.splitlines() == [
        "sent 0",
        "unknown no-such unknown-sensor",
        "rejected no-such unknown-sensor 0",
        "rejected no-such unknown-sensor 1",
        "closed 1 0 2 0",
    ]
