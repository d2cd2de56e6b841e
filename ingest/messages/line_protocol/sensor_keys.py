"""Keys of sensors: of a series and a field as they are written, by the project's template. Pure.

Senders name the same few series in every body, and to read one costs more than to read its numbers.

Why: decision 560, decision 610.
"""

from functools import lru_cache

from barograph.catalog.sensor_key_template import SensorKeyTemplate, UnfitTemplate
from ingest.messages.line_protocol.series import LineSeries, to_text, unescaped
from ingest.messages.line_protocol.values import UnreadableLine

# An entry takes up to 2 KB, and usually 300 bytes.
_KNOWN_KEYS = 2**14
_KNOWN_TEMPLATES = 64


def read_key(template: str, series: LineSeries, field: bytes) -> str:
    """The key of the sensor that a field of a series is.

    Raises:
        UnreadableLine: there is none.
    """
    name = unescaped(to_text(field))
    try:
        return _template(template).key(series.measurement, series.tags, name)
    except UnfitTemplate as error:
        raise UnreadableLine(str(error)) from None


@lru_cache(_KNOWN_KEYS)
def find_key(template: str, series: bytes, field: bytes) -> str | None:
    """The same, of a series as it is written, remembered; None where there is none.

    Series and field have at most `interning.MAX_BYTES` each.
    """
    try:
        return read_key(template, LineSeries.read(series), field)
    except UnreadableLine:
        return None


@lru_cache(_KNOWN_TEMPLATES)
def _template(text: str) -> SensorKeyTemplate:
    return SensorKeyTemplate.read(text)
