"""Large files, whose parts go straight to the server's bucket, several at once.

the server says which parts are missing, and where they go -> they are sent there -> until none is missing

Why: decision 750.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from barograph.cli.api_client import ApiClient, ApiRefused
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.resources.files.bucket import put_part
from barograph.cli.resources.files.pieces import UploadPatience, patiently
from barograph.cli.verb import Item, NobodyAnswers

MIN_BYTES = 2**24
"""Smaller files are sent to the server sooner than it says where else."""
PARTS_AT_ONCE = 4
PARTS_ASKED = 16
# A server that knows of no parts, one without a bucket, and a file that is whole already.
_TAKES_NO_PARTS = {404, 409}


def is_large(size_bytes: int) -> bool:
    """Whether it is worth asking where else a file goes, or comes from."""
    return size_bytes >= MIN_BYTES


def sent_directly(api: ApiClient, item: Item, file: Path, progress: ProgressBar) -> bool:
    """Sends a file's parts. False: this server takes none, or nothing gets through from here.

    Raises:
        NobodyAnswers: nothing gets through any more.
        CommandRefused: the server takes no more of it.
    """
    if not is_large(item["size_bytes"]) or item["received_bytes"]:
        return False
    standing, patience = _standing(api, item), UploadPatience()
    if standing is None:
        return False
    while standing is not None and standing["parts_missing"]:
        if any(_send(file, standing["parts"])):
            patience.renew()
        elif not standing["received_bytes"]:
            return False
        else:
            patience.wait(NobodyAnswers("The server's bucket does not answer; the same command goes on."))
        standing = _standing(api, item)
        if standing is not None:
            progress.show(f"sending    {bar(standing['received_bytes'] / item['size_bytes'])}")
    return True


def _standing(api: ApiClient, item: Item) -> Item | None:
    """The parts still to be sent, as soon as the server says it; None where parts are not taken."""
    return patiently(lambda: _asked(api, item))


def _asked(api: ApiClient, item: Item) -> Item | None:
    try:
        return api.post(f"/api/v1/artifacts/{item['id']}:parts", {"limit": PARTS_ASKED})
    except ApiRefused as refused:
        if refused.status not in _TAKES_NO_PARTS:
            raise
        return None


def _send(file: Path, parts: Iterable[Item]) -> list[bool]:
    """Sends parts; returns which of them have arrived."""
    with ThreadPoolExecutor(PARTS_AT_ONCE) as threads:
        return list(threads.map(partial(is_sent, file), parts))


def is_sent(path: Path, part: Item) -> bool:
    """Sends one."""
    with path.open("rb") as file:
        file.seek(part["offset"])
        piece = file.read(part["size_bytes"])
    return put_part(part["url"], piece)
