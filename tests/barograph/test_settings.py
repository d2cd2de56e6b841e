"""Settings and the file that lists them."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from barograph.__main__ import main
from barograph.settings import Settings, unknown_settings

EXAMPLE_FILE = Path(__file__).parent.parent.parent / ".env.example"
EXAMPLE = EXAMPLE_FILE.read_text(encoding="utf-8")
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


def test_a_variable_that_no_setting_has_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BAROGRAPH_API_PROT=9000\nBAROGRAPH_ZZ=1\nOTHERS_PORT=1\n")
    monkeypatch.setenv("BAROGRAPH_INGEST_BATCH_READING", "10")
    said = [
        "BAROGRAPH_INGEST_BATCH_READING is no setting; did you mean BAROGRAPH_INGEST_BATCH_READINGS?",
        "BAROGRAPH_API_PROT is no setting; did you mean BAROGRAPH_API_PORT?",
        "BAROGRAPH_ZZ is no setting: .env.example lists all.",
    ]
    assert [line for line in unknown_settings() if line in said] == said
    main(["down", "--data", str(tmp_path)])
    assert set(said) <= set(capsys.readouterr().err.splitlines())


def test_what_compose_reads_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = (EXAMPLE_FILE.parent / "compose.yaml").read_text(encoding="utf-8")
    for name in set(re.findall(r"BAROGRAPH_[A-Z0-9_]*[A-Z0-9]", compose)):
        monkeypatch.setenv(name, "1")
    assert unknown_settings() == []


def test_a_relative_folder_lies_in_the_projects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BAROGRAPH_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert Settings().data_dir == EXAMPLE_FILE.parent / ".data"
    monkeypatch.setenv("BAROGRAPH_DATA_DIR", "elsewhere")
    assert Settings().data_dir == EXAMPLE_FILE.parent / "elsewhere"
    monkeypatch.setenv("BAROGRAPH_DATA_DIR", str(tmp_path))
    assert Settings().data_dir == tmp_path
