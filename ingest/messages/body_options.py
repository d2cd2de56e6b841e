"""Options of a request that brings readings: beside these in a JSON body, in the query of any other. Pure."""

from pydantic import BaseModel, ConfigDict, Field

from barograph.errors import FieldError, Invalid
from ingest.messages.wire import MAX_SEQ, ProducerName


class BodyOptions(BaseModel):
    """A producer's frame has its `producer` and `seq`."""

    model_config = ConfigDict(frozen=True)

    producer: ProducerName | None = None
    seq: int | None = Field(default=None, ge=1, le=MAX_SEQ)
    historical: bool = Field(
        default=False, description="Old data, which moves no liveness, live view or alarm"
    )
    register_sensors: bool = Field(
        default=False,
        description="Make sensors of keys that no sensor has, as far as the project's "
        "`register_sensors_up_to` allows it, and the token is not limited to some",
    )
    resume_at: int | None = Field(
        default=None,
        ge=1,
        le=MAX_SEQ,
        description="The same as `seq`, where frames before it are gone: the server records those that it "
        "does not have as a gap, and goes on with this one. Without effect where none is missing",
    )

    def check(self, place: str = "") -> None:
        """Compares them with one another.

        Args:
            place: a pointer to where they stand.

        Raises:
            Invalid: one stands alone, or two differ, that must not.
        """
        if (self.producer is None) != (self.seq is None):
            missing = "producer" if self.producer is None else "seq"
            raise Invalid("producer and seq come together", [FieldError(f"{place}/{missing}", "missing")])
        if self.resume_at is not None and self.resume_at != self.seq:
            fault = FieldError(f"{place}/resume_at", "differs from seq")
            raise Invalid("resume_at is the same as seq", [fault])
