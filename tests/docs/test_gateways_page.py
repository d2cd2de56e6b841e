"""`docs/gateways.md`: its commands answer what the page says, and it knows each error."""

from pathlib import Path

from barograph_client import advice

from barograph.readings.rejects.reject_codes import RejectCode
from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.programs import ROOT

PAGE = ROOT / "docs" / "gateways.md"


@one_of_the_pages(0)
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        check_page(PAGE, data_dir)


def test_it_says_what_each_error_means() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    for status in advice.OF_STATUSES:
        assert any(f"HTTP {status}" in row for row in rows), status
    for code in advice.OF_CLOSES:
        assert any(f"close {code}" in row for row in rows), code
    for code in RejectCode:
        assert any(f"`{code.slug}`" in row for row in rows), code
    assert {code.slug for code in RejectCode} == advice.OF_REJECTS.keys()
