"""The keys that sign access tokens."""

import base64
import secrets
from functools import partial
from pathlib import Path

import pytest

from barograph.identity.signing_keys import (
    KEYS_KEPT,
    WeakKey,
    ensure_key,
    key_file,
    load_signing_keys,
    rotate_key,
)
from barograph.settings import Settings
from tests.api.server import at_once

RANDOM = "c86f220d57d4fd6e03729a218beb83fef7ca47743297f075f8362a641dbfe02f"
KEY = "tests sign with a key of 32 bytes or more"


def settings(folder: Path, **given: str) -> Settings:
    return Settings.model_validate({"data_dir": folder, **given})


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = (load_signing_keys(settings(tmp_path)).newest for _ in range(2))
    assert first == second
    assert len(bytes.fromhex(first.secret.decode())) == 32
    assert key_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_of_many_that_make_the_first_key_at_once_one_does(tmp_path: Path) -> None:
    def make(_: int) -> str:
        ensure_key(key_file(tmp_path))
        return key_file(tmp_path).read_text()

    assert len(set(at_once(*[partial(make, number) for number in range(8)]))) == 1


def test_a_new_key_signs_at_once_and_the_one_before_still_counts(tmp_path: Path) -> None:
    keys = load_signing_keys(settings(tmp_path))
    first = keys.newest
    second = rotate_key(key_file(tmp_path))
    assert keys.newest == second != first
    assert keys.find(first.id) == first


def test_the_key_before_the_last_one_counts_no_more(tmp_path: Path) -> None:
    keys = load_signing_keys(settings(tmp_path))
    first = keys.newest
    for _ in range(KEYS_KEPT):
        rotate_key(key_file(tmp_path))
    assert keys.find(first.id) is None
    assert key_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_keys_stay_at_hand_when_their_file_is_gone(tmp_path: Path) -> None:
    keys = load_signing_keys(settings(tmp_path))
    first = keys.newest
    key_file(tmp_path).unlink()
    assert keys.newest == first


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    key_file(tmp_path).write_text("abc")
    with pytest.raises(WeakKey, match="remove it"):
        load_signing_keys(settings(tmp_path))


def test_settings_give_the_key_that_signs_and_the_one_before(tmp_path: Path) -> None:
    former = KEY[::-1]
    keys = load_signing_keys(settings(tmp_path, signing_key=KEY, former_signing_key=former))
    assert keys.newest.secret == KEY.encode()
    before = load_signing_keys(settings(tmp_path, signing_key=former)).newest
    assert keys.find(before.id) == before
    assert not key_file(tmp_path).exists()


@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_short_key_is_refused_everywhere(tmp_path: Path, environment: str) -> None:
    with pytest.raises(WeakKey, match="shorter than 32 bytes"):
        load_signing_keys(settings(tmp_path, signing_key="short", environment=environment))


@pytest.mark.parametrize("key", ["a" * 64, "abcd" * 16, "0123456789" * 5, f"changeme-{RANDOM}"])
def test_a_key_that_can_be_guessed_is_refused_in_production(tmp_path: Path, key: str) -> None:
    load_signing_keys(settings(tmp_path, signing_key=key))
    with pytest.raises(WeakKey, match="can be guessed"):
        load_signing_keys(settings(tmp_path, signing_key=key, environment="production"))


def test_random_keys_are_taken_in_production(tmp_path: Path) -> None:
    for _ in range(100):
        for key in (secrets.token_hex(32), base64.b64encode(secrets.token_bytes(32)).decode()):
            load_signing_keys(settings(tmp_path, signing_key=key, environment="production"))
