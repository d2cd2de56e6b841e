"""Uploads files to the API in pieces, and waits for a server that takes none just now.

a piece ─▶ taken:                         the next one
        ─▶ nobody answers, or not for now: a pause, and the server says where to go on

`client/barograph_client/analysis/files/uploads.py` has a loop of its own: neither package imports the other.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from barograph.cli.api_client import ApiClient, ApiRefused
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.verb import CommandRefused, Item, NobodyAnswers

PIECE_BYTES = 2**23
PAUSE_S = 1.0
WITHIN_S = 60.0
"""How long a server may take nothing before it is given up: as long as scripts and browsers wait."""
_PASSING = {429, 502, 503, 504}
# Somebody else sends the same file, or this piece has come and its answer was lost.
_MOVED_ON = 409
T = TypeVar("T")


class UploadPatience:
    """How long it may go on that nothing is taken."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Something was taken."""
        self._until_s = time.monotonic() + WITHIN_S

    def wait(self, refused: CommandRefused, *also: int) -> None:
        """Waits for a moment.

        Args:
            also: status codes that pass here, beside the usual ones.

        Raises:
            CommandRefused: it does not pass, or has lasted for too long.
        """
        passes = isinstance(refused, NobodyAnswers) or (
            isinstance(refused, ApiRefused) and refused.status in {*_PASSING, *also}
        )
        if not passes or time.monotonic() > self._until_s:
            raise refused
        time.sleep(PAUSE_S)


def patiently(ask: Callable[[], T]) -> T:
    """The server's answer, as soon as there is one. The question may be asked twice."""
    patience = UploadPatience()
    while True:
        try:
            return ask()
        except CommandRefused as refused:
            patience.wait(refused)


def send_pieces(api: ApiClient, there: str, item: Item, file: Path, progress: ProgressBar) -> None:
    """Sends what is missing of a file.

    Args:
        there: the path of what the file belongs to.
        item: that, as it was last seen.

    Raises:
        CommandRefused: nothing was taken for too long, no more of it is taken, or the file is another by now.
    """
    patience = UploadPatience()
    with file.open("rb") as content:
        while (received := item["received_bytes"]) < item["size_bytes"]:
            content.seek(received)
            if not (piece := content.read(PIECE_BYTES)):
                raise CommandRefused(f"{file} has become shorter: send it again.")
            try:
                item = api.put_piece(f"{there}/content", received, piece)
                patience.renew()
            except CommandRefused as refused:
                patience.wait(refused, _MOVED_ON)
                item = patiently(lambda: api.get(there))
                if item["status"] != "uploading" and item["received_bytes"] < item["size_bytes"]:
                    raise
            progress.show(f"sending    {bar(item['received_bytes'] / item['size_bytes'])}")
