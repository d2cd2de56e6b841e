"""Which passwords are refused."""

import secrets
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.identity.weak_passwords import WeakPassword, check_strength, weakness

# In full-width letters.
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "password")
ADA = ("ada.lovelace@example.org", "Ada Lovelace")


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password123!",
        "P4ssw0rd",
        "pa$$word1",
        "iloveyou!!",
        "1234567890",
        "QWERTYUIOP",
        WIDE,
        " password ",
    ],
)
def test_what_many_people_use_is_refused(password: str) -> None:
    assert weakness(password) == "is one of those that many people use"


@pytest.mark.parametrize(
    "password", ["aaaaaaaa", "abababab", "xyz1xyz1xyz1", "abcdefghi", "98765432", "ÄÄÄÄÄÄÄÄ"]
)
def test_a_row_and_a_repetition_are_refused(password: str) -> None:
    assert weakness(password) == "is a row, or a few characters again and again"


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u3000", "\u200b", "\u2060", "\u202e"])
def test_blanks_of_any_kind_are_no_password(blank: str) -> None:
    assert weakness(blank * 9) == "is blank"


@pytest.mark.parametrize(
    "password",
    ["ada.lovelace@example.org", "my ADA.LOVELACE@EXAMPLE.ORG here", "ada.lovelace1815", "Ada Lovelace!"],
)
def test_what_is_known_of_somebody_is_refused(password: str) -> None:
    assert weakness(password, ADA) == "is made of the email or the name"
    assert weakness(password) is None


@pytest.mark.parametrize(
    "password", ["correct horse", "another password", "tr0ub4dor&3", "x7Kq9fPz", "пароль на лето"]
)
def test_others_pass(password: str) -> None:
    assert weakness(password, ADA) is None


def test_a_short_one_is_refused() -> None:
    with pytest.raises(WeakPassword, match="shorter than 8"):
        check_strength("x7Kq9fP")


@given(st.integers(12, 40))
def test_a_random_one_passes(length: int) -> None:
    check_strength("".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length)), ADA)


@given(st.text(max_size=1024))
def test_any_text_has_an_answer(password: str) -> None:
    assert weakness(password, ADA) in {
        None,
        "is blank",
        "is a row, or a few characters again and again",
        "is made of the email or the name",
        "is one of those that many people use",
    }
