"""For gateways, streams of readings: kept on their disk until they are stored, exactly once.

    url = "ws://127.0.0.1:8001/ingest/v1/ws"
    sensors = ["inlet", "outlet"]
    async with Stream(url, token, producer="rig-7/daq-1", sensors=sensors, spool="/var/lib/daq-1") as stream:
        await stream.send(channel, t_us, value)

For people and scripts, the API with tables as Polars frames:

    client = Client()
    client.series(["inlet", "outlet"], "-1h", bucket="1s")

Needs NumPy and websockets, nothing else of this project. Installed on its own: `pip install ./client`.
`Client` needs the extra `analysis`: `pip install './client[analysis]'`.
"""

from barograph_client.analysis.client import Client
from barograph_client.analysis.extra import ExtraMissing
from barograph_client.analysis.problems import (
    ApiBusy,
    ApiProblem,
    ApiUnavailable,
    DownloadDamaged,
    EventsGone,
    JobEnded,
    MetricsUnsaved,
    NoAccess,
    NotAllowed,
    NothingThere,
    NotLoggedIn,
    RequestInvalid,
    RequestTooLarge,
    StateConflict,
    StreamOver,
)
from barograph_client.delivery.standing import LostFrames
from barograph_client.delivery.state import StreamState
from barograph_client.errors import (
    ClientError,
    Forbidden,
    MalformedMessage,
    Refused,
    SequenceConflict,
    StreamEnded,
    Superseded,
    TokenRefused,
)
from barograph_client.framing.frames import Frame
from barograph_client.framing.messages import Ack, Bound, BoundChannel, Failure, Hello, Reject
from barograph_client.spool.failures import (
    SpoolError,
    SpoolFailed,
    SpoolForked,
    SpoolFull,
    SpoolInUse,
)
from barograph_client.spool.notes import GivenUp
from barograph_client.spool.options import SpoolOptions
from barograph_client.streaming.filling import SpoolStatus
from barograph_client.streaming.rejects import RefusedReading
from barograph_client.streaming.sender import Sender
from barograph_client.streaming.stream import Stream

__all__ = [
    "Ack",
    "ApiBusy",
    "ApiProblem",
    "ApiUnavailable",
    "Bound",
    "BoundChannel",
    "Client",
    "ClientError",
    "DownloadDamaged",
    "EventsGone",
    "ExtraMissing",
    "Failure",
    "Forbidden",
    "Frame",
    "GivenUp",
    "Hello",
    "JobEnded",
    "LostFrames",
    "MalformedMessage",
    "MetricsUnsaved",
    "NoAccess",
    "NotAllowed",
    "NotLoggedIn",
    "NothingThere",
    "Refused",
    "RefusedReading",
    "Reject",
    "RequestInvalid",
    "RequestTooLarge",
    "Sender",
    "SequenceConflict",
    "SpoolError",
    "SpoolFailed",
    "SpoolForked",
    "SpoolFull",
    "SpoolInUse",
    "SpoolOptions",
    "SpoolStatus",
    "StateConflict",
    "Stream",
    "StreamEnded",
    "StreamOver",
    "StreamState",
    "Superseded",
    "TokenRefused",
]
