"""Where a Client finds the API, and as whom it asks."""

import json
from pathlib import Path
from typing import Any

import pytest
from barograph_client import Client, NoAccess
from barograph_client.analysis.transport.access import ApiAccess, find_access

FILE = {"api_url": "http://127.0.0.1:8000", "admin_email": "ada@example.org", "admin_password": "pass word"}


def write_file(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "connection.json"
    path.write_text(json.dumps(FILE | changes))
    return path


def found(environment: dict[str, str] | None = None, **given: Any) -> ApiAccess:  # noqa: ANN401 - as find_access has them
    return find_access(environment=environment or {}, **given)


def test_the_file_of_up_is_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / ".data")
    below = tmp_path / "notebooks" / "may"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert found() == ApiAccess(FILE["api_url"], None, FILE["admin_email"], FILE["admin_password"])


def test_a_file_is_named_by_itself_by_its_folder_or_by_the_environment(tmp_path: Path) -> None:
    path = write_file(tmp_path / "elsewhere")
    for given in (path, str(path.parent)):
        assert found(connection=given).email == FILE["admin_email"]
    for environment in ({"BAROGRAPH_CONNECTION": str(path)}, {"BAROGRAPH_DATA_DIR": str(path.parent)}):
        assert found(environment).url == FILE["api_url"]


def test_the_environment_counts_before_the_file(tmp_path: Path) -> None:
    write_file(tmp_path / ".data")
    url = "https://rig.example.org"
    assert found({"BAROGRAPH_API_URL": url, "BAROGRAPH_TOKEN": "t"}) == ApiAccess(url, "t")
    assert found({"BAROGRAPH_TOKEN": "t"}) == ApiAccess(FILE["api_url"], "t")
    account = {"BAROGRAPH_EMAIL": "bo@example.org", "BAROGRAPH_PASSWORD": "p"}
    assert found(account) == ApiAccess(FILE["api_url"], None, "bo@example.org", "p")


def test_what_is_given_counts_before_all_else(tmp_path: Path) -> None:
    path = write_file(tmp_path / ".data")
    around = {"BAROGRAPH_API_URL": "https://other.example.org", "BAROGRAPH_TOKEN": "other"}
    assert found(around, url="https://rig.example.org/", token="t") == ApiAccess(
        "https://rig.example.org", "t"
    )
    assert found(around, connection=path).email == FILE["admin_email"]


def test_the_files_password_goes_to_no_other_address(tmp_path: Path) -> None:
    write_file(tmp_path / ".data")
    with pytest.raises(NoAccess, match="BAROGRAPH_TOKEN"):
        found(url="https://rig.example.org")
    with pytest.raises(NoAccess, match="BAROGRAPH_TOKEN"):
        found({"BAROGRAPH_API_URL": "https://rig.example.org"})


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoAccess, match="no address"):
        found(url="rig.example.org", token="t")
    (tmp_path / "connection.json").write_text("{")
    with pytest.raises(NoAccess, match="can't be read"):
        found(connection=tmp_path / "connection.json")


def test_nobody_sees_the_password(tmp_path: Path) -> None:
    path = write_file(tmp_path)
    assert "pass word" not in repr(found(connection=path))
    assert "pass word" not in repr(Client(connection=path))
