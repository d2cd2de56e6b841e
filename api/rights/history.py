"""Who moved something to another status, and why."""

from typing import Any

from api.edge.bodies.merge_patch import MergePatch
from api.rights.grants import Grant
from barograph.errors import FieldError, Invalid


def move_parameters(grant: Grant, reason: str | None) -> dict[str, Any]:
    """Parameters of a `move` statement: who moves something, and why."""
    caller = grant.caller
    return {"actor_id": caller.id, "actor": caller.label, "role": grant.role, "reason": reason}


def check_reason(body: MergePatch[Any]) -> None:
    """A reason is kept with a change of status, and nowhere else.

    Raises:
        Invalid: there is one without the other.
    """
    if "reason" in body and "status" not in body:
        fault = FieldError("/reason", "belongs to a change of status")
        raise Invalid("a reason without a change of status is kept nowhere", [fault])
