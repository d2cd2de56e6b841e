"""`python -m tools.programs.kubernetes_schemas`: what manifests look like, for the test of ours."""

import sys
from pathlib import Path

from tools.programs.debian_programs import ensure_as_owner
from tools.programs.python_packages import InstalledPackages, PackageSet, ensure_packages

SCHEMAS = PackageSet(
    "kubernetes-validate", Path(__file__).with_name("kubernetes-requirements.txt"), "22 MB, which become 110"
)


def main() -> int:
    return ensure_as_owner(ensure_schemas)


def ensure_schemas(services: Path) -> InstalledPackages:
    """Finds the schemas, or fetches them.

    Raises:
        SetUpRefused: with the reason.
    """
    return ensure_packages(services, SCHEMAS)


if __name__ == "__main__":
    sys.exit(main())
