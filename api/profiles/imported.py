"""What a file of conversion rules holds, as the API shows it. Only parsers read such files, by this."""

import json
from typing import Any

from pydantic import BaseModel, Field

from barograph.errors import FieldError, Invalid
from conversion.errors import ImportRefused
from conversion.importers.files import Imported, ImportOptions, NamedProfile, RuleRefusal, profiles_of

MAX_FAULTS = 100
_TOO_LARGE = "as a profile it is larger than what a request may hold"


class ImportedProfile(BaseModel):
    name: str = Field(description="Of the rule in the file", examples=["CM_EngineSpeed"])
    kind: str = Field(examples=["linear"])
    payload: dict[str, Any] = Field(
        description="Of a profile that can be saved as it is", examples=[{"slope": 0.25, "offset": 0}]
    )

    text: str = Field(description="The rule as the file has it, at most 2,000 characters of it")


class RefusedRule(BaseModel):
    name: str = Field(description="Of the rule in the file")
    reason: str
    text: str = Field(description="The rule as the file has it, at most 2,000 characters of it")


class ImportedProfiles(BaseModel):
    items: list[ImportedProfile] = Field(description="In the order of the file")
    refused: list[RefusedRule] = Field(description="Rules that no kind of profile expresses")


def read_profiles(body: bytes, file_format: str, options: ImportOptions, max_payload_bytes: int) -> bytes:
    """`ImportedProfiles` of a file, as JSON.

    Args:
        body: the file.
        file_format: one of those that `conversion.importers.files` reads.
        options: what no file says.
        max_payload_bytes: so much can be saved.

    Raises:
        Invalid: the file can't be read, or no rule of it is a profile.
    """
    try:
        made = profiles_of(body, file_format, options)
    except ImportRefused as refusal:
        raise Invalid("the file can't be read", [FieldError("/body", str(refusal))]) from refusal
    if not made.profiles:
        raise Invalid("the file holds no rule that a profile can express", _faults(made))
    return _shown(made, max_payload_bytes).model_dump_json().encode()


def _shown(made: Imported, max_payload_bytes: int) -> ImportedProfiles:
    items: list[NamedProfile] = []
    large: list[RuleRefusal] = []
    for each in made.profiles:
        if len(json.dumps(each.profile)) <= max_payload_bytes:
            items.append(each)
        else:
            large.append(RuleRefusal(each.name, _TOO_LARGE, each.text))
    return ImportedProfiles(
        items=[ImportedProfile(name=each.name, **each.profile, text=each.text) for each in items],
        refused=[RefusedRule(**each._asdict()) for each in [*made.refused, *large]],
    )


def _faults(made: Imported) -> list[FieldError]:
    faults = [FieldError("/body", f"{each.name}: {each.reason}") for each in made.refused[:MAX_FAULTS]]
    return faults or [FieldError("/body", "has no conversion rule in this format")]
