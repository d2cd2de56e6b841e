"""What set-up leaves, so that a start is quick."""

import os
from importlib.util import cache_from_source
from pathlib import Path

from barograph.local.set_up import DEVELOPMENT_PACKAGES, PACKAGES, compile_packages
from tests.conftest import PROJECT


def test_what_is_compiled_is_compiled_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    package = tmp_path / "package" / "room"
    package.mkdir(parents=True)
    source, broken = package / "module.py", package / "broken.py"
    source.write_text("VALUE = 1\n")
    broken.write_text("VALUE =\n")  # stops nobody: who imports it is told
    compile_packages([tmp_path / "package"])
    compiled = Path(cache_from_source(str(source)))
    first = compiled.stat().st_mtime_ns
    compile_packages([tmp_path / "package"])
    assert compiled.stat().st_mtime_ns == first
    os.utime(source, (1, 1))
    compile_packages([tmp_path / "package"])
    assert compiled.stat().st_mtime_ns > first


def test_every_package_is_compiled() -> None:
    # Benchmarks are run by hand.
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"benchmarks"}
    assert packages | {"client"} == {*PACKAGES, *DEVELOPMENT_PACKAGES}
