"""paho's client with fewer calls of the system.

paho reads a message in three pieces, and writes each acknowledgement by itself. Here many messages are read
at once, and acknowledgements go out together.
"""

import struct
from collections.abc import Iterable

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

READ_BYTES = 2**16
# MQTT 5 and 3.1.1, 3.4: a PUBACK without a reason is a success, and is the same in both.
_PUBACK = struct.Struct("!BBH")
_PUBACK_TYPE, _PUBACK_REST = 0x40, 2


class BufferedClient(Client):
    """A client that writes only when `loop_write` is called, and reads only when `loop_read` is."""

    _chunk, _place = b"", 0
    _acknowledgements = b""
    _is_within_acknowledgements = False

    def forget_connection(self) -> None:
        """Drops what is left of a connection; it means nothing to the next one."""
        self._chunk, self._place = b"", 0
        self._acknowledgements, self._is_within_acknowledgements = b"", False

    @property
    def has_more(self) -> bool:
        """Whether something was received that is not read yet."""
        return self._place < len(self._chunk)

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """These messages of QoS 1 are taken: the broker is told with the next `loop_write`."""
        packets = [_PUBACK.pack(_PUBACK_TYPE, _PUBACK_REST, packet_id) for packet_id in packet_ids]
        self._acknowledgements += b"".join(packets)

    def want_write(self) -> bool:
        return bool(self._acknowledgements) or super().want_write()

    def loop_write(self) -> MQTTErrorCode:
        """Packets whole, one after the other, as far as the connection takes them."""
        if not self._is_within_acknowledgements:
            code = super().loop_write()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or super().want_write():
                return code
        return self._write_acknowledgements()

    def _write_acknowledgements(self) -> MQTTErrorCode:
        if self._acknowledgements:
            try:
                sent = self._sock_send(self._acknowledgements)
            except BlockingIOError:
                sent = 0
            except OSError:
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
            self._acknowledgements = self._acknowledgements[sent:]
            self._is_within_acknowledgements = len(self._acknowledgements) % _PUBACK.size > 0
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Returns at most `bufsize` bytes, of those that have come already."""
        if not self.has_more:
            self._chunk, self._place = b"", 0
            self._chunk = super()._sock_recv(READ_BYTES)
        part = self._chunk[self._place : self._place + bufsize]
        self._place += len(part)
        return part
