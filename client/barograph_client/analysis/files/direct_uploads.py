"""Large files whose parts go straight to the server's bucket, several at once.

the server says which parts are missing, and where they go -> they are sent there -> until none is missing
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from barograph_client.analysis.extra import httpx
from barograph_client.analysis.problems import ApiUnavailable, NothingThere, StateConflict
from barograph_client.analysis.transport.retrying import RetryPatience
from barograph_client.analysis.transport.transport import ApiTransport

MIN_BYTES = 2**24
"""Smaller files are sent to the server sooner than it says where else."""
PARTS_AT_ONCE = 4
PARTS_ASKED = 16
TIMEOUT_S, CONNECT_S = 60.0, 10.0


def sent_directly(api: ApiTransport, artifact: Mapping[str, Any], path: Path) -> bool:
    """Sends a file's parts. False: this server takes none, or nothing gets through from here.

    Raises:
        ApiUnavailable: nothing gets through any more.
    """
    if artifact["size_bytes"] < MIN_BYTES or artifact["received_bytes"]:
        return False
    standing = _standing(api, artifact)
    if standing is None:
        return False
    with (
        httpx.Client(timeout=bucket_timeout(), follow_redirects=False) as bucket,
        ThreadPoolExecutor(PARTS_AT_ONCE) as threads,
    ):
        patience = RetryPatience(60.0)
        while standing is not None and standing["parts_missing"]:
            if any(list(threads.map(partial(_is_sent, bucket, path), standing["parts"]))):
                patience = RetryPatience(60.0)
            elif not standing["received_bytes"]:
                return False
            elif not patience.wait():
                raise ApiUnavailable("the server's bucket does not answer: upload the file again")
            standing = _standing(api, artifact)
    return True


def bucket_timeout() -> httpx.Timeout:
    """How long a request to the bucket may take. Made when it is needed: gateways have no httpx."""
    return httpx.Timeout(TIMEOUT_S, connect=CONNECT_S)


def _standing(api: ApiTransport, artifact: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts still to be sent; None where the server takes no parts."""
    try:
        asked = {"limit": PARTS_ASKED}
        return api.post(f"/artifacts/{artifact['id']}:parts", asked, is_repeatable=True)
    except (NothingThere, StateConflict):
        return None


def _is_sent(bucket: httpx.Client, path: Path, part: Mapping[str, Any]) -> bool:
    with path.open("rb") as file:
        file.seek(part["offset"])
        piece = file.read(part["size_bytes"])
    try:
        return bucket.put(part["url"], content=piece).is_success
    except httpx.TransportError:
        return False
