"""What a stream shows of itself, to whoever sends by it in whatever way."""

from barograph_client.delivery.delivery import FrameDelivery
from barograph_client.delivery.standing import LostFrames
from barograph_client.delivery.state import StreamState
from barograph_client.framing.messages import BoundChannel
from barograph_client.streaming.filling import FillingRate, SpoolStatus, spool_status
from barograph_client.streaming.stream_channels import StreamChannels
from barograph_client.streaming.tally import AckTally


class StreamView:
    """A stream's state and counts."""

    _delivery: FrameDelivery
    _channels: StreamChannels
    _tally: AckTally
    _rate: FillingRate

    @property
    def is_on_disk(self) -> bool:
        """Whether readings outlive the process."""
        return self._delivery.outbox.store.is_on_disk

    @property
    def state(self) -> StreamState:
        """What it is doing."""
        return self._delivery.state

    @property
    def trouble(self) -> str:
        """Why nothing flows, and what to do about it; empty while readings flow."""
        return self._delivery.trouble

    @property
    def channels(self) -> tuple[BoundChannel, ...]:
        """The sensors in order, with `error` where the server takes none of one; empty before a bind."""
        return self._channels.bound

    @property
    def connections(self) -> int:
        """How many there have been."""
        return self._delivery.connections

    @property
    def lost(self) -> tuple[LostFrames, ...]:
        """Frames that the server had acknowledged and has lost, as after a restore, and that are not here."""
        return tuple(self._delivery.standing.lost)

    @property
    def last_seq(self) -> int:
        """The newest frame's, sent or not. 0 on a new spool, until the server has told where it stands."""
        return self._delivery.outbox.last_seq

    @property
    def acked_seq(self) -> int:
        """Every frame up to here is durable at the server. 0 as for `last_seq`."""
        return self._delivery.outbox.settled_seq

    @property
    def accepted(self) -> int:
        """Readings that are stored, as the acks that arrived counted them."""
        return self._tally.accepted

    @property
    def duplicate(self) -> int:
        """Readings that came twice, and are stored once."""
        return self._tally.duplicate

    @property
    def rejected(self) -> int:
        """Readings that the server refused."""
        return self._tally.rejected

    @property
    def clock_offset_s(self) -> float | None:
        """How far the server's clock is ahead of this machine's; None before the first connection."""
        return self._delivery.clock.offset_s if self._delivery.clock is not None else None

    @property
    def spool_status(self) -> SpoolStatus:
        """The frames that wait, how full the spool is, and for how many hours the rest will do."""
        return spool_status(self._delivery.outbox, self._rate)
