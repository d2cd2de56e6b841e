"""Large files, whose parts go straight to the server's bucket, several at once.

the server says which parts are missing, and where they go -> they are sent there -> until none is missing

Why: decision 750.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from barograph.cli.api_client import ApiClient, ApiRefused
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.resources.files.bucket import put_part
from barograph.cli.resources.files.downloads import TRIES
from barograph.cli.verb import CommandRefused, Item, NobodyAnswers

LEAST_BYTES = 2**24
"""Smaller files are sent to the server sooner than it says where else."""
PARTS_AT_ONCE = 4
PARTS_ASKED = 16
# A server that knows of no parts, one without a bucket, and a file that is whole already.
_TAKES_NO_PARTS = {404, 409}


def is_large(size_bytes: int) -> bool:
    """Whether it is worth asking where else a file goes, or comes from."""
    return size_bytes >= LEAST_BYTES


def sent_directly(api: ApiClient, item: Item, file: Path, progress: ProgressBar, pause_s: float) -> bool:
    """Sends a file's parts. False: this server takes none, or nothing gets through from here.

    Raises:
        CommandRefused: nothing gets through any more.
    """
    if not is_large(item["size_bytes"]) or item["received_bytes"]:
        return False
    standing, failures = _standing(api, item, pause_s), 0
    if standing is None:
        return False
    while standing is not None and standing["parts_missing"]:
        if any(_send(file, standing["parts"])):
            failures = 0
        elif not standing["received_bytes"]:
            return False
        else:
            failures += 1
            if failures == TRIES:
                raise CommandRefused("The server's bucket does not answer; the same command goes on.")
            time.sleep(pause_s)
        standing = _standing(api, item, pause_s)
        if standing is not None:
            progress.show(f"sending    {bar(standing['received_bytes'] / item['size_bytes'])}")
    return True


def _standing(api: ApiClient, item: Item, pause_s: float) -> Item | None:
    """What is to be sent yet, as soon as the server says it; None where parts are not taken."""
    for _ in range(TRIES - 1):
        try:
            return _asked(api, item)
        except NobodyAnswers:
            time.sleep(pause_s)
    return _asked(api, item)


def _asked(api: ApiClient, item: Item) -> Item | None:
    try:
        return api.post(f"/api/v1/artifacts/{item['id']}:parts", {"limit": PARTS_ASKED})
    except ApiRefused as refused:
        if refused.status not in _TAKES_NO_PARTS:
            raise
        return None


def _send(file: Path, parts: Iterable[Item]) -> list[bool]:
    """Which of them have arrived."""
    with ThreadPoolExecutor(PARTS_AT_ONCE) as threads:
        return list(threads.map(partial(is_sent, file), parts))


def is_sent(path: Path, part: Item) -> bool:
    """Sends one."""
    with path.open("rb") as file:
        file.seek(part["offset"])
        piece = file.read(part["size_bytes"])
    return put_part(part["url"], piece)
