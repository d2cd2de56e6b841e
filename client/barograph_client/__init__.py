"""What a gateway needs to stream readings: kept on its disk until they are stored, exactly once.

    url = "ws://127.0.0.1:8001/ingest/v1/ws"
    sensors = ["inlet", "outlet"]
    async with Stream(url, token, producer="rig-7/daq-1", sensors=sensors, spool="/var/lib/daq-1") as stream:
        await stream.send(channel, t_us, value)

Needs NumPy and websockets, nothing else of this project. Installed on its own: `pip install ./client`.
"""

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
from barograph_client.filling import SpoolStatus
from barograph_client.frames import Frame
from barograph_client.messages import Ack, Bound, BoundChannel, Failure, Hello, Reject
from barograph_client.rejects import RefusedReading
from barograph_client.sender import Sender
from barograph_client.spool.failures import (
    SpoolError,
    SpoolFailed,
    SpoolForked,
    SpoolFull,
    SpoolInUse,
)
from barograph_client.spool.notes import GivenUp
from barograph_client.spool.options import SpoolOptions
from barograph_client.standing import LostFrames
from barograph_client.state import StreamState
from barograph_client.stream import Stream

__all__ = [
    "Ack",
    "Bound",
    "BoundChannel",
    "ClientError",
    "Failure",
    "Forbidden",
    "Frame",
    "GivenUp",
    "Hello",
    "LostFrames",
    "MalformedMessage",
    "Refused",
    "RefusedReading",
    "Reject",
    "Sender",
    "SequenceConflict",
    "SpoolError",
    "SpoolFailed",
    "SpoolForked",
    "SpoolFull",
    "SpoolInUse",
    "SpoolOptions",
    "SpoolStatus",
    "Stream",
    "StreamEnded",
    "StreamState",
    "Superseded",
    "TokenRefused",
]
