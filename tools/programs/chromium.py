"""`python -m tools.programs.chromium`: Chromium for tests of the portal and pictures, from Debian's packages.

Like PostgreSQL it is unpacked below `.services`, without root, and uses the libraries that came with it. What
draws with a graphics card is left out. Fonts come along, so that a page looks the same on every machine.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from barograph.local.servers.debian import own_libraries
from tools.programs.debian_programs import (
    DebianProgram,
    check_runs,
    ensure_as_owner,
    ensure_unpacked,
    patch,
)

CHROMIUM = DebianProgram(
    name="Chromium",
    packages=("chromium-headless-shell", "fonts-liberation", "fonts-dejavu-core"),
    unused=(
        *("libllvm*", "libz3-*", "mesa-*", "libgl1*", "libglx*", "libglvnd*"),
        *("libvulkan*", "libdrm-*", "libelf*"),
        *("x11-*", "xdg-utils", "xkb-data", "libxaw*", "libxmu*", "libxt6*", "libsensors*"),
        *("debconf", "lsb-base", "sysvinit-utils"),
    ),
    size="115 MB, which become 400",
    edition=1,
)
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
    return ensure_as_owner(ensure_chromium)


def ensure_chromium(services: Path) -> ChromiumProgram:
    """The one that is there, or else fetched.

    Raises:
        SetUpRefused: with the reason.
    """
    return ChromiumProgram(ensure_unpacked(services, CHROMIUM, _finish))


def _finish(root: Path) -> None:
    (root / "fonts.conf").write_text(FONTS.format(root=root))
    program = ChromiumProgram(root)
    loader, libraries = own_libraries(root)
    sound = libraries / "pulseaudio"
    places = ["--force-rpath", "--set-rpath", f"{libraries}:{sound}"]
    patch(CHROMIUM, "--set-interpreter", loader, *places, program.executable)
    # Those with a place of their own for libraries don't ask the program's.
    patch(CHROMIUM, *places, *libraries.glob("libpulse.so.0.*"), *sound.glob("*.so"))
    look = [program.executable, "--no-sandbox", "--dump-dom", "data:text/html,<p>it runs"]
    check_runs(CHROMIUM, look, "it runs")


if __name__ == "__main__":
    sys.exit(main())
