"""The portal's build, by the real Node.js; what npm installs comes from what set-up has fetched."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from barograph.local.portal.build import SOURCES, build_portal, install_tools, portal_folders
from barograph.local.portal.folders import PortalFolders, sources_stamp
from barograph.local.refusal import SetUpRefused
from barograph.settings import Settings


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small portal: the real one's settings, a page of its own."""
    folder = tmp_path / "portal"
    (folder / "src").mkdir(parents=True)
    for name in (
        "package.json",
        "package-lock.json",
        ".npmrc",
        "requirements.txt",
        "vite.config.ts",
        "tsconfig.json",
    ):
        shutil.copy(SOURCES / name, folder)
    (folder / "index.html").write_text('<script type="module" src="/src/main.tsx"></script>')
    (folder / "src" / "main.tsx").write_text(
        'import { render } from "preact";\nimport "./main.css";\nrender(<p>small</p>, document.body);\n'
    )
    (folder / "src" / "main.css").write_text("".join(f".c{n} {{ width: {n}px }}\n" for n in range(100)))
    return folder


@pytest.fixture
def folders(sources: Path) -> PortalFolders:
    """With what is installed already, as after a first set-up."""
    real = portal_folders(Settings())
    install_tools(real)
    (sources / "node_modules").symlink_to(real.modules)
    return PortalFolders(sources, sources / "dist", real.services)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def add_a_source(folder: Path) -> None:
    (folder / "src" / "another.ts").write_text("")


def change_a_source(folder: Path) -> None:
    (folder / "src" / "main.css").write_text("p { color: blue }")


def move_a_source(folder: Path) -> None:
    (folder / "src" / "main.css").rename(folder / "src" / "style.css")


def change_the_lock(folder: Path) -> None:
    with (folder / "package-lock.json").open("a") as lock:
        lock.write("\n")


@pytest.mark.parametrize("change", [add_a_source, change_a_source, move_a_source, change_the_lock])
def test_the_stamp_changes_with_every_source(sources: Path, change: Callable[[Path], None]) -> None:
    before = sources_stamp(sources)
    assert sources_stamp(sources) == before
    change(sources)
    assert sources_stamp(sources) != before


def test_the_stamp_ignores_what_is_installed_built_or_tested(sources: Path) -> None:
    before = sources_stamp(sources)
    for name in ("dist", "dist.new", "node_modules", "tests", "src/api"):
        (sources / name).mkdir()
        (sources / name / "openapi.d.ts").write_text(name)
    assert sources_stamp(sources) == before


def test_a_build_is_whole_reproducible_and_made_once(folders: PortalFolders) -> None:
    build_portal(folders)
    built = files_in(folders.dist)
    (script,) = (name for name in built if name.endswith(".js"))
    (style,) = (name for name in built if name.endswith(".css"))
    assert {f"{script}.br", f"{script}.gz", f"{style}.br", f"{style}.gz", "index.html"} < set(built)
    assert f'src="/{script}"' in built["index.html"].decode()
    (folders.dist / "index.html").write_text("not made again")
    build_portal(folders)
    assert (folders.dist / "index.html").read_text() == "not made again"
    shutil.rmtree(folders.dist)
    umask = os.umask(0o077)
    build_portal(folders)
    os.umask(umask)
    # Whoever the API runs as reads it.
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in folders.dist.rglob("*"))
    assert files_in(folders.dist) == built
    assert [path.name for path in folders.sources.glob("dist*")] == ["dist"]


def test_a_build_that_fails_leaves_the_old_one_and_says_why(folders: PortalFolders) -> None:
    build_portal(folders)
    built = files_in(folders.dist)
    main = folders.sources / "src" / "main.tsx"
    whole = main.read_text()
    main.write_text('import "./nothing.ts";\n' + whole)
    with pytest.raises(SetUpRefused, match=r"vite failed.*nothing\.ts"):
        build_portal(folders)
    assert files_in(folders.dist) == built
    assert "nothing.ts" in folders.unbuilt.read_text()
    main.write_text(whole + "// mended\n")
    build_portal(folders)
    assert not folders.unbuilt.exists()


def test_a_registry_that_is_away_is_named_within_seconds(
    folders: PortalFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.modules.unlink()
    services = tmp_path / "services"
    services.mkdir()
    (services / "node").symlink_to(folders.node)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(SetUpRefused, match=r"npm could not install.*ECONNREFUSED"):
        build_portal(PortalFolders(folders.sources, folders.dist, services))
    assert "127.0.0.1:9" in folders.unbuilt.read_text()
    assert not folders.dist.exists()
