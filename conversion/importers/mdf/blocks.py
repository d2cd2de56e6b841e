"""The channels of an MDF 4 file and the conversions (CC blocks) they name. Readings are not looked at.

    identification ─▶ HD ─▶ DG ─▶ CG ─▶ CN ─▶ CC, TX

Blocks are found by their addresses, each list's block at most once, so that a file that leads in circles
ends.
Source: ASAM MDF 4.1, block structures.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers.mdf.rules import Conversion

MAX_BYTES = 64 * 2**20
MAX_TEXT_BYTES = 2048
MAX_SHOWN = 100
"""Values and texts of a conversion that are shown as its text."""

_HD_AT = 64
_HEADER = struct.Struct("<4s4xQQ")
_CHANNEL = struct.Struct("<BBB")
_CC = struct.Struct("<BBHHHdd")
_MAX_LINKS, _MAX_DATA_BYTES = 16, 64
"""Of the blocks on the way to a conversion; what is used of them stands at their beginning."""

_INTEGERS = range(4)  # of cn_data_type: unsigned and signed, in both orders of bytes
_TEXT_IN_XML = re.compile(r"<TX[^>]*>(.*?)</TX>", re.DOTALL)

_CG_FIRST, _CN_FIRST = 1, 1  # places of links
_CN_COMPOSITION, _CN_NAME, _CN_CC, _CN_UNIT = 1, 2, 4, 6
_CC_NAME, _CC_UNIT, _CC_REFERENCES = 0, 1, 4


class MdfBlock(NamedTuple):
    """A block: its id without the `##`, the addresses it links to, and what follows them."""

    kind: str
    links: tuple[int, ...]
    data: bytes

    def link(self, place: int) -> int:
        """An address, 0 if the block has none there."""
        return self.links[place] if place < len(self.links) else 0


class MdfChannel(NamedTuple):
    """A channel with a conversion."""

    name: str
    cc_address: int
    is_integer: bool
    unit: str


@dataclass(frozen=True, slots=True)
class MdfFile:
    """A file's bytes, and its channels with a conversion by a name that is theirs alone."""

    content: bytes
    channels: Mapping[str, MdfChannel]
    _sizes: dict[int, int] = field(default_factory=dict[int, int])

    def conversion(self, name: str) -> Conversion:
        """The conversion in the channel's CC block.

        Raises:
            ImportRefused: the block is malformed, or refers to another conversion.
        """
        channel = self.channels[name]
        block = _block(self.content, channel.cc_address, "CC")
        cc_type, _, _, reference_count, value_count, _, _ = _unpacked(_CC, block.data, f"channel {name}")
        values = block.data[_CC.size : _CC.size + 8 * value_count]
        if len(values) < 8 * value_count:
            raise ImportRefused(f"channel {name}", "its conversion ends too early")
        references = block.links[_CC_REFERENCES : _CC_REFERENCES + reference_count]
        return Conversion(
            cc_type=cc_type,
            cc_val=struct.unpack(f"<{value_count}d", values),
            cc_ref=[self._reference(name, address) for address in references],
            unit=_text(self.content, block.link(_CC_UNIT)) or channel.unit,
            name=_text(self.content, block.link(_CC_NAME)) or name,
            raw_is_integer=channel.is_integer,
        )

    def text(self, name: str) -> str:
        """The text of the channel's conversion, from its beginning."""
        try:
            held = self.conversion(name)
        except ImportRefused as refusal:
            return refusal.reason
        values, texts = list(held.cc_val[:MAX_SHOWN]), list(held.cc_ref[:MAX_SHOWN])
        return f"cc_type {held.cc_type}, cc_val {values}, cc_ref {texts}, unit {held.unit!r}"

    def size(self, name: str) -> int:
        """How many values and texts the channel's conversion has."""
        address = self.channels[name].cc_address
        if address not in self._sizes:
            _, length, link_count = _header(self.content, address)
            self._sizes[address] = 1 + link_count + length // 8
        return self._sizes[address]

    def _reference(self, name: str, address: int) -> str | None:
        if address and _header(self.content, address)[0] == "CC":
            raise ImportRefused(f"channel {name}", "its conversion refers to another one for some values")
        return _text(self.content, address) if address else None


def read(content: bytes) -> MdfFile:
    """The channels of an MDF 4 file.

    Raises:
        ImportRefused: the bytes are no MDF 4, or longer than 64 MiB.
    """
    if len(content) > MAX_BYTES:
        raise ImportRefused("MDF", f"is longer than {MAX_BYTES:,} bytes")
    if not content.startswith((b"MDF     4", b"UnFinMF 4")):
        raise ImportRefused("MDF", "is no MDF 4 file")
    channels: dict[str, MdfChannel] = {}
    for channel in _channels(content):
        name = channel.name if channel.name not in channels else f"{channel.name} ({len(channels) + 1})"
        channels[name] = channel
    return MdfFile(content, channels)


def _channels(content: bytes) -> Iterator[MdfChannel]:
    seen: set[int] = set()
    for group in _list(content, _block(content, _HD_AT, "HD").link(0), "DG", seen):
        for channel_group in _list(content, group.link(_CG_FIRST), "CG", seen):
            waiting = [channel_group.link(_CN_FIRST)]
            while waiting:
                for block in _list(content, waiting.pop(), "CN", seen):
                    if _kind(content, block.link(_CN_COMPOSITION)) == "CN":
                        waiting.append(block.link(_CN_COMPOSITION))
                    if block.link(_CN_CC):
                        yield _channel(content, block)


def _channel(content: bytes, block: MdfBlock) -> MdfChannel:
    _, _, data_type = _unpacked(_CHANNEL, block.data, "channel")
    name, unit = _text(content, block.link(_CN_NAME)), _text(content, block.link(_CN_UNIT))
    return MdfChannel(name, block.link(_CN_CC), data_type in _INTEGERS, unit)


def _list(content: bytes, address: int, kind: str, seen: set[int]) -> Iterator[MdfBlock]:
    """A chained list: the first link of each block is the next."""
    while address and address not in seen:
        seen.add(address)
        block = _block(content, address, kind)
        yield block
        address = block.link(0)


def _block(content: bytes, address: int, kind: str) -> MdfBlock:
    found, length, link_count = _header(content, address)
    data_at = address + _HEADER.size + 8 * link_count
    if found != kind or data_at > min(address + length, len(content)):
        raise ImportRefused("MDF", f"has no {kind} block at byte {address}")
    # Blocks may lie over one another, so only conversions are read whole, and these are counted before.
    end = address + length if kind == "CC" else min(address + length, data_at + _MAX_DATA_BYTES)
    links_read = link_count if kind == "CC" else min(link_count, _MAX_LINKS)
    links = struct.unpack_from(f"<{links_read}Q", content, address + _HEADER.size)
    return MdfBlock(kind, links, content[data_at:end])


def _header(content: bytes, address: int) -> tuple[str, int, int]:
    """Kind, length and number of links of the block at an address."""
    if not 0 < address <= len(content) - _HEADER.size:
        raise ImportRefused("MDF", f"has no block at byte {address}: it ends before")
    kind, length, link_count = _HEADER.unpack_from(content, address)
    return kind[2:].decode("latin-1"), length, link_count


def _kind(content: bytes, address: int) -> str:
    return _header(content, address)[0] if address else ""


def _text(content: bytes, address: int) -> str:
    """A TX block's text, or that in an MD block's XML; only so much of it as names and units have."""
    if not address:
        return ""
    kind, length, link_count = _header(content, address)
    start = address + _HEADER.size + 8 * link_count
    if kind not in {"TX", "MD"}:
        return ""
    end = min(address + length, start + MAX_TEXT_BYTES)
    text = content[start:end].partition(b"\0")[0].decode("utf-8", "replace")
    found = _TEXT_IN_XML.search(text) if kind == "MD" else None
    return (unescape(found[1]) if found else text).strip()


def _unpacked(layout: struct.Struct, data: bytes, rule: str) -> tuple[int, ...]:
    if len(data) < layout.size:
        raise ImportRefused(rule, "its block ends too early")
    return layout.unpack_from(data)
