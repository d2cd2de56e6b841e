"""`Client`: the API for people and scripts, with tables as Polars frames.

    client = Client()
    client.series(["p1", "t1"], "-1h", bucket="1s")
    with client.run("Hot fire", params={"injector": "B"}) as run:
        with run.capture(sensors=["p1"]):
            run.log({"thrust_kn": 12.5})

Each part of it has a file of its own; all of them speak through one transport.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

from barograph_client.analysis.extra import require_analysis
from barograph_client.analysis.files.files import ExportingPart
from barograph_client.analysis.finding import FindingPart
from barograph_client.analysis.live.plotting import PlottingPart
from barograph_client.analysis.readings.calibrating import CalibratingPart
from barograph_client.analysis.readings.comparing import ComparingPart
from barograph_client.analysis.readings.measuring import MeasuringPart
from barograph_client.analysis.readings.series import SeriesPart
from barograph_client.analysis.runs.running import RunningPart
from barograph_client.analysis.scope import ApiScope
from barograph_client.analysis.transport.access import AskCode, find_access
from barograph_client.analysis.transport.transport import ApiTransport


class Client(
    SeriesPart,
    FindingPart,
    RunningPart,
    MeasuringPart,
    ComparingPart,
    CalibratingPart,
    ExportingPart,
    PlottingPart,
):
    """The API, logged in, and one project of it. Any number of threads may share it.

    It logs in by what is given here, else by BAROGRAPH_API_URL with BAROGRAPH_TOKEN (of a service account) or
    BAROGRAPH_EMAIL and BAROGRAPH_PASSWORD, else by the connection.json that `barograph up` has written:
    BAROGRAPH_CONNECTION names it, or it is found in `.data` of this folder and those above it.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        project: str | None = None,
        email: str | None = None,
        password: str | None = None,
        connection: str | os.PathLike[str] | None = None,
        code: AskCode = None,
        timeout_s: float = 90.0,
        retry_within_s: float = 60.0,
    ) -> None:
        """Looks for the API; nothing is asked before it is needed.

        Args:
            project: its name or id. Without, the only one that you are a member of.
            connection: a connection.json, or the folder that holds it.
            code: of an account with a second factor, or a function that asks for it.
            timeout_s: how long one answer may take. Questions may wait 20 s and take 60 s.
            retry_within_s: for how long what may be repeated is repeated while the API does not answer.

        Raises:
            ExtraMissing: httpx or Polars is not installed; says how to install them.
            NoAccess: it is not known where the API is, or who asks.
        """
        require_analysis()
        access = find_access(url, token, email=email, password=password, connection=connection, code=code)
        api = ApiTransport(access, timeout_s=timeout_s, retry_within_s=retry_within_s)
        self._scope = ApiScope(api, project)

    @property
    def url(self) -> str:
        return self._api.url

    @property
    def project_id(self) -> str:
        """The id of the project."""
        return self._scope.project_id

    def close(self) -> None:
        """Logs out, and closes the connections."""
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.url}>"
