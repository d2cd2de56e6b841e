"""A disk that is full, as the kernel says it: with a limit on the size of a file, which needs no root."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.client.spool.frames import numbers
from tests.client.spool.test_disk_spool import opened
from tests.programs import ROOT

pytestmark = pytest.mark.timeout(60)

FILL = """
    import asyncio, resource, sys
    from barograph_client import SpoolFull, SpoolOptions, Stream

    async def main(folder):
        options = SpoolOptions(folder, fsync="always")
        stream = Stream("ws://127.0.0.1:9/x", "t", "rig", ["a"], spool=options, proxy=None,
                        connect_within_s=0, exit_within_s=0)
        async with stream:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
            number = 0
            try:
                while True:
                    await stream.send([0] * 7, [number] * 7, [float(number)] * 7)
                    number += 1
            except SpoolFull as full:
                assert "make room there" in str(full), full
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await stream.send([0], [number], [float(number)])
        print(number)

    from pathlib import Path
    asyncio.run(main(Path(sys.argv[1])))
"""


LEAVE = """
    import asyncio, resource, sys
    from pathlib import Path
    from barograph_client import SpoolOptions, Stream
    from barograph_client.backoff import Backoff
    from tests.client.ingest_server import TOKEN, IngestServer, until

    def disk_is_full(yes):
        limit_bytes = 0 if yes else resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))

    async def main(folder, is_new):
        options = SpoolOptions(folder, fsync="never")
        def stream(url, **given):
            given |= {"spool": options, "proxy": None, "backoff": Backoff(0.001, 0.01)}
            return Stream(url, TOKEN, "rig", ["a"], **given)
        server = IngestServer()
        async with server.run():
            if not is_new:
                async with stream(server.url):
                    pass
            async with stream("ws://127.0.0.1:9/x", connect_within_s=0, exit_within_s=0) as rig:
                for number in range(20):
                    await rig.send([0], [number], [1.0])
            server.max_frame_bytes += 1
            disk_is_full(True)
            async with stream(server.url, connect_within_s=0) as rig:
                if is_new:
                    await until(lambda: rig.state == "waiting")
                    assert "make room there" in rig.trouble, rig.trouble
                    disk_is_full(False)
                await rig.flush(20)
            disk_is_full(False)
        print(sum(frame.n for frame in server.frames))

    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] == "new"))
"""


@pytest.mark.parametrize("spool", ["used", "new"])
def test_what_waits_on_a_full_disk_leaves_it(tmp_path: Path, spool: str) -> None:
    left = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LEAVE), str(tmp_path), spool],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'client'}"},
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    assert left.stdout == "20\n"


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    filled = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FILL), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "client")},
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    count = int(filled.stdout)
    assert count > 50
    store = opened(tmp_path)
    assert numbers(store) == list(range(count + 1))
    store.close()
