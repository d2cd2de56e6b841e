"""Kinds of profile, and fits of them."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conversion import KINDS
from conversion.fit import FITS
from tests.api.server import Person

FIT = "/conversion-profiles:fit"


def line(*noise: float) -> list[list[float]]:
    return [[x, 2.5 * x - 10 + each] for x, each in zip(range(4, 4 + 4 * len(noise), 4), noise, strict=True)]


def test_every_kind_is_listed_with_what_one_needs_to_use_it(owner: Person) -> None:
    items = owner.read("/conversion-kinds")["items"]
    assert [item["name"] for item in items] == list(KINDS)
    for item in items:
        kind = KINDS[item["name"]]
        assert (item["title"], item["formula"], item["source"]) == (kind.title, kind.formula, kind.source)
        Draft202012Validator.check_schema(item["schema"])
        assert item["schema"]["examples"] == [item["example"]]
        assert item["can_be_fitted"] == (item["name"] in FITS)
    assert {item["output_unit"] for item in items if item["name"] in {"rtd", "thermocouple"}} == {"degC"}


def test_each_example_can_be_evaluated(owner: Person) -> None:
    for item in owner.read("/conversion-kinds")["items"]:
        body = {"kind": item["name"], "payload": item["example"], "raw": [1, 2, 3]}
        assert len(owner.made("/conversion-profiles:evaluate", body)["physical"]) == 3


def test_the_list_is_sent_once(owner: Person) -> None:
    first = owner.get("/conversion-kinds")
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (etag, f'W/{etag}, "other"', "*"):
        again = owner.send("GET", "/conversion-kinds", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = owner.send("GET", "/conversion-kinds", headers={"If-None-Match": '"other"'})
    assert other.json() == first.json()


def test_a_line_is_fitted_with_residuals_and_errors(owner: Person) -> None:
    fitted = owner.made(FIT, {"kind": "linear", "points": line(0.1, -0.1, -0.1, 0.1)})
    # By hand: the noise is even about the middle, so slope and offset stay, and it is what is left over.
    assert fitted["payload"]["slope"] == pytest.approx(2.5)
    assert fitted["payload"]["offset"] == pytest.approx(-10)
    assert fitted["parameters"] == ["/slope", "/offset"]
    assert fitted["values"] == pytest.approx([2.5, -10])
    assert fitted["residuals"] == pytest.approx([0.1, -0.1, -0.1, 0.1])
    assert fitted["rms"] == pytest.approx(0.1)
    assert fitted["residual_deviation"] == pytest.approx((0.04 / 2) ** 0.5)
    # s² / Σ(x - 10)², Σ(x - 10)² = 80
    assert fitted["covariance"][0][0] == pytest.approx(0.02 / 80)
    assert fitted["standard_errors"][0] == pytest.approx((0.02 / 80) ** 0.5)
    assert fitted["suggested_degree"] is None


def test_a_fit_can_be_saved_and_activated(owner: Person, sensor: str) -> None:
    fitted = owner.made(FIT, {"kind": "polynomial", "points": line(*[0.0] * 6), "degree": 1})
    body = {"kind": fitted["kind"], "payload": fitted["payload"], "note": "certificate 4711"}
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", body)["id"]
    assert owner.post(f"/conversion-profiles/{profile}:activate").status_code == 200


def test_the_points_suggest_a_polynomials_degree(owner: Person) -> None:
    points = [[x, 1 + x - 0.5 * x**2 + 0.001 * (-1) ** x] for x in range(12)]
    fitted = owner.made(FIT, {"kind": "polynomial", "points": points})
    suggested = fitted["suggested_degree"]
    assert suggested["degree"] == 2
    assert len(fitted["payload"]["coefficients"]) == 3
    assert min(suggested["tried"], key=lambda each: each["aicc"])["degree"] == 2


def test_as_many_points_as_numbers_leave_no_errors(owner: Person) -> None:
    fitted = owner.made(FIT, {"kind": "linear", "points": line(0, 0)})
    assert fitted["covariance"] is fitted["standard_errors"] is fitted["residual_deviation"] is None


@pytest.mark.parametrize("kind", FITS)
def test_every_kind_that_can_be_fitted_is_taken(owner: Person, kind: str) -> None:
    points = [[x, 20 + 3 * x + 0.1 * x**2] for x in range(100, 160, 5)]
    answer = owner.post(FIT, {"kind": kind, "points": points})
    assert answer.status_code in {200, 422}
    assert "errors" in answer.json() or answer.json()["payload"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "adc", "points": line(0, 0)}, "/kind"),
        ({"kind": "linear", "points": []}, "/points"),
        ({"kind": "linear", "points": [[1, 2]]}, "/points"),
        ({"kind": "linear", "points": [[1, 2], [1, 3]]}, "/points"),
        ({"kind": "linear", "points": [[1, 2, 3]]}, "/points/0"),
        ({"kind": "linear", "points": [[1, "x"]]}, "/points/0/1"),
        ({"kind": "linear", "points": [[k, k] for k in range(501)]}, "/points"),
        ({"kind": "polynomial", "points": line(0, 0), "degree": 16}, "/degree"),
        ({"kind": "polynomial", "points": line(0, 0), "degree": 5}, "/points"),
        ({"kind": "piecewise_linear", "points": line(0, 0, 0), "knots": [12, 4]}, "/points"),
        ({"kind": "linear", "points": line(0, 0), "order": 2}, "/order"),
    ],
)
def test_what_can_not_be_fitted_says_why(owner: Person, body: dict[str, Any], pointer: str) -> None:
    answer = owner.post(FIT, body)
    assert answer.status_code == 422, answer.text
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"])


def test_the_largest_fit_answers_in_time(owner: Person) -> None:
    points = [[x, x + 0.001 * (x % 7)] for x in range(500)]
    assert len(owner.made(FIT, {"kind": "piecewise_linear", "points": points})["values"]) == 500
