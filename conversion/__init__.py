"""Turning raw sensor values into physical ones: pure functions on arrays, no I/O, no clock.

    profile {"kind", "payload"} --compile_profile--> CompiledProfile --convert(raw)--> physical, flags
    many CompiledProfiles -------------------------> ProfileSet ------convert(which, raw)--> the same

A profile's data never raises: what is wrong with a value is a `Flag`. A wrong payload raises
`InvalidProfile`, which says where by JSON pointer. Kinds live in `conversion/kinds`, one file each.
"""

from conversion.compile import compile_profile
from conversion.errors import ConversionError, ImportRefused, InvalidProfile, NotInvertible
from conversion.flags import Flag
from conversion.joined_sets import JoinedProfileSets
from conversion.kinds import KINDS
from conversion.profile import CompiledProfile, Converted
from conversion.profile_set import NO_PROFILE, ProfileSet

__all__ = [
    "KINDS",
    "NO_PROFILE",
    "CompiledProfile",
    "ConversionError",
    "Converted",
    "Flag",
    "ImportRefused",
    "InvalidProfile",
    "JoinedProfileSets",
    "NotInvertible",
    "ProfileSet",
    "compile_profile",
]
