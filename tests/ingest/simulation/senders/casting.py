"""Who takes part in a story."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.barograph.catalog.catalogs import PROJECT_ID
from tests.ingest.simulation.model.statements import token_id
from tests.ingest.simulation.senders.bridges import BridgeRig
from tests.ingest.simulation.senders.gateways import Gateway
from tests.ingest.simulation.senders.posters import Poster
from tests.ingest.simulation.senders.rigs import Rig, Surroundings
from tests.ingest.simulation.senders.switching import SwitchingRig, Twins
from tests.ingest.simulation.story import RigKind, Story


def cast_rigs(around: Surroundings, urls: Sequence[str], folder: Path | None) -> list[Rig]:
    """The rigs of a story; each has a number, which is its place."""
    return [_cast(around, number, kind, urls, folder) for number, kind in enumerate(around.story.rigs)]


def token_rows(story: Story, rigs: Sequence[Rig]) -> list[tuple[str, dict[str, Any]]]:
    """Each rig's token, as the database finds it."""
    return [
        (
            rig.token,
            {
                "id": token_id(rig.number),
                "project_id": rig.project_id,
                "producers": None,
                "lineage": token_id(rig.number),
                "is_unlimited": True,
                "may_resume": None if story.may_resume else False,
                "sensor_key_template": "{measurement}{tags}.{field}",
                "register_sensors_up_to": 1000 if story.registers else 0,
            },
        )
        for rig in rigs
    ]


def _cast(around: Surroundings, number: int, kind: RigKind, urls: Sequence[str], folder: Path | None) -> Rig:
    story, project_id = around.story, PROJECT_ID + number % around.story.projects
    own = None if folder is None else folder / str(number)
    shuffled = list(urls)
    story.chance.shuffle(shuffled)  # each begins with another address
    match kind:
        case RigKind.STREAM:
            spool = own if story.on_disk else None
            gateway = Gateway(number, project_id, around, urls=shuffled, folder=spool, frames=story.frames)
            gateway.may_be_withdrawn = spool is None  # one with a spool waits for somebody to mend it
            return gateway
        case RigKind.POSTER | RigKind.SEQUENCE:
            is_numbered = kind is RigKind.SEQUENCE
            poster = Poster(number, project_id, around, bodies=story.frames, is_numbered=is_numbered)
            poster.may_be_withdrawn = True
            return poster
        case RigKind.BRIDGE:
            assert own is not None
            return BridgeRig(number, project_id, around, folder=own, messages=story.frames)
        case RigKind.SWITCHING | RigKind.TWINS:
            spool = own if story.on_disk and kind is RigKind.SWITCHING else None
            gateway = Gateway(number, project_id, around, urls=shuffled, folder=spool)
            poster = Poster(number, project_id, around, is_numbered=True)
            made = SwitchingRig if kind is RigKind.SWITCHING else Twins
            return made(number, project_id, around, gateway=gateway, poster=poster)
