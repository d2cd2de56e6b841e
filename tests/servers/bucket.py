"""A server of the tests' own that speaks S3 over HTTP, and can be away."""

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tests.programs import free_port
from tools.programs.moto import MotoPackages, ensure_moto

WITHIN_S = 60
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test/with+signs"}


class BucketServer:
    """moto's server. What it holds lies in its memory, and is gone when it ends."""

    def __init__(self, packages: MotoPackages, log: Path) -> None:
        self._packages, self._log, self.port = packages, log, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """A line for each request."""
        return self._log.read_text()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._packages.command(self.port), env=self._packages.environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def make(self, bucket: str) -> str:
        """A bucket, as the setting names it."""
        end_s = time.monotonic() + WITHIN_S
        # Some signature has to be there.
        headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"}
        request = Request(f"http://127.0.0.1:{self.port}/{bucket}", method="PUT", headers=headers)
        while True:
            try:
                with urlopen(request, timeout=5):  # noqa: S310  # our own server
                    options = f"region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{self.port}"
                    return f"s3://{bucket}/barograph?{options}"
            except (URLError, OSError):
                assert time.monotonic() < end_s, self._log.read_text()
                time.sleep(0.1)


@contextmanager
def bucket_server(folder: Path) -> Generator[BucketServer]:
    """A server that is there, and gone afterwards."""
    try:
        packages = ensure_moto(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no server of S3 to test with: {refused}")
    server = BucketServer(packages, folder / "s3.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()
