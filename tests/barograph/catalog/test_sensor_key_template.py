"""Sensors' keys by templates."""

import pytest

from barograph.catalog.sensor_key_template import DEFAULT, SensorKeyTemplate, UnfitTemplate

TAGS = {"site": "roof", "host": "b"}


@pytest.mark.parametrize(
    ("template", "key"),
    [
        (DEFAULT, "m,host=b,site=roof.f"),
        ("{field}", "f"),
        ("{tag:site}/{measurement}-{field}", "roof/m-f"),
        ("{tag:site}.{field}{tags}", "roof.f,host=b"),
        ("{tag:site}{tag:host}{tags}", "roofb"),
        ("x {field} y", "x f y"),
    ],
)
def test_placeholders_are_filled(template: str, key: str) -> None:
    assert SensorKeyTemplate.read(template).key("m", TAGS, "f") == key


def test_what_looks_like_a_placeholder_in_a_tag_is_none() -> None:
    assert SensorKeyTemplate.read("{tag:site}").key("m", {"site": "{field}"}, "f") == "{field}"


def test_a_missing_tag_makes_no_key() -> None:
    with pytest.raises(UnfitTemplate, match="needs the tag rig"):
        SensorKeyTemplate.read("{tag:rig}").key("m", TAGS, "f")


def test_a_key_is_no_longer_than_a_sensors() -> None:
    template = SensorKeyTemplate.read("{field}")
    assert len(template.key("m", {}, "f" * 500)) == 500
    with pytest.raises(UnfitTemplate, match="501 characters"):
        template.key("m", {}, "f" * 501)
