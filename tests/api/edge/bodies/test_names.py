"""Names and emails that could pose as others."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.bodies.names import compatible, folded, folded_name, latin_lookalike, normal_email

# Cyrillic letters that look like a, c, e, o.
A, C, E, O = "\u0430", "\u0441", "\u0435", "\u043e"  # noqa: E741  # as they look
UNSEEN = [
    "\u00ad",
    "\u061c",
    "\u200b",
    "\u2060",
    "\u2063",
    "\u206a",
    "\u202e",
    "\u2066",
    "\u3164",
    "\ufeff",
    "\U000e0041",
]


@pytest.mark.parametrize("mark", UNSEEN, ids=lambda mark: f"U+{ord(mark):04X}")
def test_what_nobody_sees_is_in_no_name_and_no_email(mark: str) -> None:
    assert folded_name(f"Test{mark} stand") == "Test stand"
    assert compatible(f"A{mark}da") == "Ada"
    with pytest.raises(ValueError, match=r"nobody sees|normal form"):
        normal_email(f"a{mark}da@example.org")
    with pytest.raises(ValueError, match="visible"):
        folded_name(mark * 3)


def test_joiners_stay_where_writing_needs_them() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert folded_name(persian) == persian
    with pytest.raises(ValueError, match="visible"):
        folded_name("\u200d")
    with pytest.raises(ValueError, match="nobody sees"):
        normal_email("a\u200cda@example.org")


@pytest.mark.parametrize("name", [f"{A}da", f"Turb{E}", f"{C}ontrol r{O}om"])
def test_a_word_of_latin_and_cyrillic_letters_is_refused(name: str) -> None:
    for check in (folded_name, compatible):
        with pytest.raises(ValueError, match="mixes Cyrillic and Latin"):
            check(name)
    with pytest.raises(ValueError, match="mixes Cyrillic and Latin"):
        normal_email(f"{name.replace(' ', '.')}@example.org")


@pytest.mark.parametrize(
    "name",
    [
        "\u0394T of stand 2",
        "\u03bcm gauge",
        "\u0421\u0442\u0435\u043d\u0434 2 (stand)",
        "M\u00fcller-L\u00fcdenscheidt",
        "\u8a66\u9a13 rig \u30c6\u30b9\u30c8A",
    ],
)
def test_words_of_engineers_everywhere_pass(name: str) -> None:
    assert folded_name(name) == name


def test_a_persons_name_mixes_no_greek_letters_in() -> None:
    with pytest.raises(ValueError, match="mixes Greek and Latin"):
        compatible("Al\u03b1n")


def test_what_an_email_may_be_taken_for() -> None:
    assert latin_lookalike(f"{A}{C}{E}@Example.ORG") == "ace@example.org"
    assert latin_lookalike("\u0131vo@example.org") == "ivo@example.org"


@given(st.text(max_size=40))
def test_folding_is_done_once(text: str) -> None:
    if "\0" not in text:
        once = folded(text)
        assert folded(once) == once
        assert unicodedata.is_normalized("NFC", once)
