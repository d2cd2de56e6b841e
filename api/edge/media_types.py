"""Media types of answers: which one a request's Accept asks for."""

from collections.abc import Sequence
from enum import StrEnum

from barograph.errors import NotAcceptable


class Media(StrEnum):
    """What answers may be."""

    JSON = "application/json"
    CSV = "text/csv"
    ARROW = "application/vnd.apache.arrow.stream"
    PARQUET = "application/vnd.apache.parquet"


TABLES = tuple(Media)
"""Of routes that answer with tables."""


def negotiate(accept: str, offered: Sequence[Media]) -> Media:
    """The offered type that the header (RFC 9110, 12.5.1) likes best; among equals the first offered.

    Raises:
        NotAcceptable: it likes none.
    """
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    # A problem document is JSON, whoever asks for nothing else.
    likes = {media: _liking(ranges, media) for media in offered}
    if "application/problem+json" in dict(ranges):
        likes[Media.JSON] = max(likes[Media.JSON], (dict(ranges)["application/problem+json"], 0))
    best = max(offered, key=lambda media: likes[media])
    if likes[best][0] == 0:
        raise NotAcceptable(f"the answer is {' or '.join(offered)}")
    return best


def _liking(ranges: Sequence[tuple[str, float]], media: Media) -> tuple[float, int]:
    """How much the most specific range that covers the type wants it, and how specific that is."""
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
