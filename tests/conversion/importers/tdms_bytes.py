"""TDMS files as small as they can be, for tests."""

import struct
from collections.abc import Mapping

PropertyValue = str | float | int


def tdms(objects: Mapping[str, Mapping[str, PropertyValue]], order: str = "<", tag: bytes = b"TDSm") -> bytes:
    """One segment with these objects' properties and four bytes of raw data, which an index leaves out."""
    body = struct.pack(order + "I", len(objects)) + b"".join(
        _text(path, order)
        + struct.pack(order + "I", 0xFFFFFFFF)
        + struct.pack(order + "I", len(properties))
        + b"".join(_property(name, value, order) for name, value in properties.items())
        for path, properties in objects.items()
    )
    contents = 1 << 1 | (1 << 6 if order == ">" else 0)
    raw = b"" if tag == b"TDSh" else bytes(4)
    return struct.pack("<4sIIQQ", tag, contents, 4713, len(body) + 4, len(body)) + body + raw


def _property(name: str, value: PropertyValue, order: str) -> bytes:
    if isinstance(value, str):
        return _text(name, order) + struct.pack(order + "I", 0x20) + _text(value, order)
    if isinstance(value, int):
        return _text(name, order) + struct.pack(order + "II", 7, value)
    return _text(name, order) + struct.pack(order + "Id", 10, value)


def _text(text: str, order: str) -> bytes:
    return struct.pack(order + "I", len(text.encode())) + text.encode()


SCALED: Mapping[str, Mapping[str, PropertyValue]] = {
    "/": {"name": "run 7"},
    "/'Group'/'Force'": {
        "unit_string": "kN?",
        "NI_Scaling_Status": "unscaled",
        "NI_Number_Of_Scales": 3,
        "NI_Scale[1]_Scale_Type": "Linear",
        "NI_Scale[1]_Linear_Slope": 0.5,
        "NI_Scale[1]_Linear_Y_Intercept": 1.0,
        "NI_Scale[1]_Linear_Input_Source": 0,
        "NI_Scale[2]_Scale_Type": "Table",
        "NI_Scale[2]_Table_Scaled_Values_Size": 3,
        "NI_Scale[2]_Table_Scaled_Values[0]": 0.0,
        "NI_Scale[2]_Table_Scaled_Values[1]": 10.0,
        "NI_Scale[2]_Table_Scaled_Values[2]": 40.0,
        "NI_Scale[2]_Table_Pre_Scaled_Values_Size": 3,
        "NI_Scale[2]_Table_Pre_Scaled_Values[0]": 0.0,
        "NI_Scale[2]_Table_Pre_Scaled_Values[1]": 1.0,
        "NI_Scale[2]_Table_Pre_Scaled_Values[2]": 2.0,
        "NI_Scale[2]_Table_Input_Source": 1,
    },
    "/'Group'/'Done'": {"NI_Number_Of_Scales": 1, "NI_Scaling_Status": "scaled"},
    "/'Group'/'Sum'": {"NI_Number_Of_Scales": 1, "NI_Scale[0]_Scale_Type": "Add"},
}
"""A channel with a chain of scales, one that was scaled when it was written, and one that adds two scales."""
