"""MDF 4 files as small as they can be, for tests."""

import struct
from dataclasses import dataclass, field


@dataclass
class MdfBytes:
    """A file that grows by blocks; each is given the address it is written at."""

    content: bytearray = field(
        default_factory=lambda: bytearray(b"MDF     4.10    tests   ".ljust(64, b"\0"))
    )

    def block(self, kind: str, links: list[int], data: bytes = b"") -> int:
        """Append a block."""
        self.content += bytes(-len(self.content) % 8)
        address = len(self.content)
        length = 24 + 8 * len(links) + len(data)
        self.content += struct.pack("<4s4xQQ", b"##" + kind.encode(), length, len(links))
        self.content += struct.pack(f"<{len(links)}Q", *links) + data
        return address

    def text(self, text: str, kind: str = "TX") -> int:
        return self.block(kind, [], text.encode() + b"\0")

    def conversion(self, cc_type: int, values: list[float], references: list[int], unit: int = 0) -> int:
        data = struct.pack("<BBHHHdd", cc_type, 0, 0, len(references), len(values), 0, 0)
        return self.block("CC", [0, unit, 0, 0, *references], data + struct.pack(f"<{len(values)}d", *values))

    def channel(
        self, name: str, conversion: int, next_channel: int = 0, data_type: int = 0, unit: int = 0
    ) -> int:
        data = struct.pack("<BBBBIIIBBHdddddd", 0, 0, data_type, 0, 0, 16, 0, 0, 0, 0, *[0.0] * 6)
        return self.block("CN", [next_channel, 0, self.text(name), 0, conversion, 0, unit, 0], data)

    def finished(self, first_channel: int) -> bytes:
        """The file, once its first block after the identification leads to the channels."""
        group = self.block("CG", [0, first_channel, 0, 0, 0, 0], bytes(32))
        data_group = self.block("DG", [0, group, 0, 0], bytes(8))
        struct.pack_into("<6Q", self.content, 64 + 24, data_group, 0, 0, 0, 0, 0)
        return bytes(self.content)


def started() -> MdfBytes:
    """A file whose header stands where it must."""
    file = MdfBytes()
    file.block("HD", [0] * 6, bytes(32))
    return file


def small_file() -> bytes:
    """Three channels: a line in a unit of its own, a formula, and labels."""
    file = started()
    labels = file.conversion(7, [0, 1], [file.text("off"), file.text("on"), 0])
    state = file.channel("State", labels)
    formula = file.conversion(
        3, [], [file.text("log(X) + 1")], file.text("<CNunit><TX>Unit&lt;less</TX></CNunit>", "MD")
    )
    level = file.channel("Level", formula, state, data_type=4)
    speed = file.channel("Speed", file.conversion(1, [-10, 0.25], []), level, unit=file.text("Km/h"))
    return file.finished(speed)
