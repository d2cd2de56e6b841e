"""The page says what the code says; `python -m tools.reference` makes it so."""

import re
from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from conversion import KINDS, Flag, compile_profile
from conversion.formulas.limits import POLICIES
from tools.reference.__main__ import PAGE, ROOT, documents
from tools.reference.page import page

TEXT = (ROOT / PAGE).read_text()


def test_the_page_and_its_plots_are_up_to_date() -> None:
    for path, text in documents(ROOT).items():
        assert (ROOT / path).read_text() == text, f"{path}: run python -m tools.reference"
    plots = {path.name for path in (ROOT / PAGE.with_suffix("")).iterdir()}
    assert plots == {f"{name}.svg" for name in KINDS}


def test_what_is_written_by_hand_stays() -> None:
    once = page("# Mine\n", "fast")
    assert once.startswith("# Mine\n\n<!-- generated")
    assert page(once, "fast") == once
    assert "slow" in page(once, "slow")


def test_every_flag_and_policy_is_explained() -> None:
    for flag in Flag:
        assert f"| `{flag.name}` | {flag.value} |" in TEXT
    for policy in POLICIES:
        assert f"| `{policy}` |" in TEXT


def test_every_kind_has_a_section_with_its_fields_and_a_plot() -> None:
    for kind in KINDS.values():
        section = TEXT.split(f"\n### {kind.name}\n")[1].split("\n### ")[0]
        for name in kind.properties:
            assert f"| `{name}` |" in section
        assert f"(conversion/{kind.name}.svg)" in section


def test_the_examples_of_use_do_what_their_comments_say() -> None:
    converting, fitting, _importing = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(converting + fitting, names)  # noqa: S102  # our own page
    assert_allclose(names["physical"], [0, 5, np.nan])
    assert names["flags"].tolist() == [0, 0, Flag.ABOVE_RANGE]
    assert names["compensated"].channels == ("cold",)
    compile_profile({"kind": "polynomial", "payload": names["fit"].payload})
    cold = names["compensated"].convert(np.array([4.096]), {"cold": np.array([0.0])})
    assert_allclose(cold.physical, [99.994], atol=1e-3)
