"""What a gateway's messages say, for the laws: when it bound, and which readings it sends under which seq."""

import json

import numpy as np
from barograph_client.framing.frames import decode

from tests.ingest.simulation.laws import Conversation, Laws, now_s
from tests.ingest.simulation.network import Message


def note_sent_message(laws: Laws, conversation: Conversation, message: Message) -> None:
    """A gateway sends it."""
    if isinstance(message, bytes):
        frame = decode(message)
        numbers: list[int] = np.abs(frame.value).astype(int).tolist()
        laws.note_sent(conversation, frame.seq, tuple(numbers))
    elif json.loads(message)["type"] == "bind":
        conversation.asked_s = now_s()
