"""Media types of answers: which one a request's Accept asks for."""

from collections.abc import Sequence
from enum import StrEnum

from barograph.errors import NotAcceptable


class Media(StrEnum):
    """A media type of answers."""

    JSON = "application/json"
    CSV = "text/csv"
    ARROW = "application/vnd.apache.arrow.stream"
    PARQUET = "application/vnd.apache.parquet"
    EVENTS = "text/event-stream"
    JSON_LINES = "application/jsonl"
    ARROW_FILE = "application/vnd.apache.arrow.file"
    ZIP = "application/zip"
    OCTETS = "application/octet-stream"


TABLE_MEDIA = (Media.JSON, Media.CSV, Media.ARROW, Media.PARQUET)
"""Of routes that answer with tables."""
FILE_MEDIA = (Media.JSON, Media.CSV, Media.JSON_LINES, Media.ARROW_FILE, Media.PARQUET, Media.ZIP)
"""Of routes that answer with a file, in a form that something else than the header names."""


def negotiate(accept: str, offered: Sequence[Media]) -> Media:
    """The offered type that the header (RFC 9110, 12.5.1) prefers; among equals the first offered.

    Raises:
        NotAcceptable: the header accepts none of them.
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    # Whoever asks for problem documents only takes JSON: they are JSON.
    preferences = {media: _preference(ranges, media) for media in offered}
    if "application/problem+json" in dict(ranges):
        preferences[Media.JSON] = max(preferences[Media.JSON], (dict(ranges)["application/problem+json"], 0))
    best = max(offered, key=lambda media: preferences[media])
    if preferences[best][0] == 0:
        raise NotAcceptable(f"the answer is {' or '.join(offered)}")
    return best


def _preference(ranges: Sequence[tuple[str, float]], media: Media) -> tuple[float, int]:
    """The quality that the most specific range gives to the type, and how specific that range is."""
    kind = media.split("/")[0]
    for specificity, name in ((2, str(media)), (1, f"{kind}/*"), (0, "*/*")):
        for range_name, quality in ranges:
            if range_name == name:
                return quality, specificity
    return 0, 0


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            return name, _quality(parameter[2:])
    return name, 1


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0), 1)
    except ValueError:
        return 1
