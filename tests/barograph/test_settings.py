"""Settings and the file that lists them."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from barograph.settings import Settings

EXAMPLE = (Path(__file__).parent.parent.parent / ".env.example").read_text(encoding="utf-8")
LISTED = dict(re.findall(r"^#?BAROGRAPH_([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_lists_every_setting_with_its_default() -> None:
    fields = Settings.model_fields
    assert LISTED.keys() == {name.upper() for name in fields}
    for name, field in fields.items():
        assert LISTED[name.upper()] == ("" if field.default is None else str(field.default))


def test_every_setting_says_what_it_is_for() -> None:
    for field in Settings.model_fields.values():
        assert field.description is not None
        assert f"# {field.description}\n" in EXAMPLE


@pytest.mark.parametrize("origins", ["*", "https://*.example.org", "example.org", "https://a.org/path"])
def test_sites_that_may_call_are_named_one_by_one(origins: str) -> None:
    with pytest.raises(ValidationError, match="cors_origins"):
        Settings.model_validate({"cors_origins": origins})
    for fine in ("", "https://a.example.org", "https://a.example.org/, http://localhost:5173"):
        assert Settings.model_validate({"cors_origins": fine}).cors_origins == fine


def test_the_environment_is_read_and_bounds_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROGRAPH_API_PORT", "9000")
    assert Settings().api_port == 9000
    monkeypatch.setenv("BAROGRAPH_API_PORT", "90000")
    with pytest.raises(ValidationError, match="api_port"):
        Settings()
