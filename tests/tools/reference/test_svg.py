from xml.etree import ElementTree as ET

import numpy as np

from tools.reference.svg import Chart, PlottedCurve, Point, render

SVG = "{http://www.w3.org/2000/svg}"


def chart(**more: object) -> Chart:
    x = np.linspace(0, 10, 101)
    y = np.where(x > 8, np.nan, x**2)
    return Chart([PlottedCurve(x, y, x < 1, "7")], "raw, <V>", "physical", **more)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # fields by name


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314  # what we have just written


def test_the_same_chart_gives_the_same_document() -> None:
    assert render(chart()) == render(chart())


def test_it_is_well_formed_and_says_what_its_axes_are() -> None:
    root = parsed(render(chart(legend="bath", points=[Point(2, 4, "open")])))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"raw, <V>", "physical", "bath", "7", "open"} <= set(texts)
    assert root.findtext(f"{SVG}title") == "physical over raw, <V>"


def test_a_line_is_solid_or_dotted_and_ends_where_there_is_no_value() -> None:
    root = parsed(render(chart()))
    solid, dotted = (path.get("d", "") for path in root.iter(f"{SVG}path") if "line" in path.get("class", ""))
    assert solid.count("M") == dotted.count("M") == 1
    ends = [float(place.split()[0]) for place in solid.removeprefix("M").split("L")]
    assert 84 < ends[0] < ends[-1] < 84 + 0.81 * (680 - 24 - 84)


def test_straight_parts_need_no_points_between_their_ends() -> None:
    x = np.linspace(0, 1, 1001)
    straight = PlottedCurve(x, np.abs(x - 0.5), np.zeros(1001, np.bool_))
    root = parsed(render(Chart([straight], "x", "y")))
    (line,) = (path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("class") == "line")
    assert line.count("L") == 2
