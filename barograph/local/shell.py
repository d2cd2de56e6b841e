"""Removes what the shell sets for other servers and ours must not see: PGSSLMODE, PGSERVICE, locales and so
on.
"""

import os
from collections.abc import Mapping


def of_servers(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for an embedded server. A locale that is not generated, as ssh brings it, stops one."""
    own = {name: value for name, value in environment.items() if not _is_foreign(name)}
    return {**own, "LC_ALL": "C"}


def forget_other_databases() -> None:
    """Forgets other databases, so that commands take the embedded database's address as it stands."""
    for name in [name for name in os.environ if _is_libpq(name)]:
        del os.environ[name]


def _is_foreign(name: str) -> bool:
    return _is_libpq(name) or name in {"LANG", "LANGUAGE"} or name.startswith("LC_")


def _is_libpq(name: str) -> bool:
    return name.startswith("PG") and name != "PG_COLOR"
