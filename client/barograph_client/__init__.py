"""What a gateway needs to stream readings: frames as columns, acks once they are durable.

    url = "ws://127.0.0.1:8001/ingest/v1/ws"
    async with Stream(url, token, producer="rig-7/daq-1", sensors=["inlet", "outlet"]) as stream:
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
from barograph_client.frames import Frame
from barograph_client.messages import Ack, Bound, BoundChannel, Failure, Hello, Reject
from barograph_client.rejects import RefusedReading
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
    "Hello",
    "LostFrames",
    "MalformedMessage",
    "Refused",
    "RefusedReading",
    "Reject",
    "SequenceConflict",
    "Stream",
    "StreamEnded",
    "StreamState",
    "Superseded",
    "TokenRefused",
]
