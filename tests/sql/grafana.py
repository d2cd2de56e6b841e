"""What Grafana makes of a statement before it asks PostgreSQL: its macros and variables put in."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.programs import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
_MACRO = re.compile(r"\$__(timeFilter|timeGroupAlias|timeGroup|timeFrom|timeTo)\(([^()]*)\)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")


@dataclass(frozen=True)
class Asked:
    """What a viewer looks at.

    Attributes:
        interval_ms: between the points of a plot.
        variables: by name; several values of those that may have several.
    """

    start: datetime
    end: datetime
    interval_ms: int
    variables: Mapping[str, str | Sequence[str]]

    def expand(self, statement: str) -> str:
        """As Grafana's data source for PostgreSQL sends it, with TimescaleDB switched on."""
        # The interval stands within macros.
        text = statement.replace("$__interval_ms", str(self.interval_ms))
        text = text.replace("$__interval", f"{self.interval_ms / 1000:g}s")
        return _VARIABLE.sub(self._variable, _MACRO.sub(self._macro, text))

    def _macro(self, match: re.Match[str]) -> str:
        name, arguments = match[1], [each.strip() for each in match[2].split(",")]
        start, end = (time.strftime("'%Y-%m-%dT%H:%M:%SZ'") for time in (self.start, self.end))
        match name:
            case "timeFilter":
                return f"{arguments[0]} BETWEEN {start} AND {end}"
            case "timeFrom":
                return start
            case "timeTo":
                return end
            case _:
                seconds = float(arguments[1].strip("'").removesuffix("s"))
                bucket = f"time_bucket('{seconds:.3f}s',{arguments[0]})"
                return f'{bucket} AS "time"' if name == "timeGroupAlias" else bucket

    def _variable(self, match: re.Match[str]) -> str:
        value = self.variables[match[1] or match[3]]
        if match[2] == "sqlstring":
            values = [value] if isinstance(value, str) else value
            return ",".join("'" + each.replace("'", "''") + "'" for each in values)
        assert isinstance(value, str), f"{match[0]} needs a form for several values"
        return value


def read_dashboard(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def statements_of(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Every statement, by where it stands."""
    found = {f"variable {each['name']}": each["query"] for each in dashboard["templating"]["list"]}
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            found[f"{panel['title']} {target['refId']}"] = target["rawSql"]
    for each in dashboard["annotations"]["list"]:
        found[f"annotations {each['name']}"] = each["target"]["rawSql"]
    return found
