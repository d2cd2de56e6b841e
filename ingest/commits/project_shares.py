"""Prepares a commit's frames by project: small shares together, the others each by itself.

Dead letters are a project's own. So a project with a refused reading is prepared again by itself.

Why: decision 851, decision 940.
"""

from collections.abc import Sequence
from typing import NamedTuple

from barograph.catalog.catalog import Catalog
from barograph.catalog.joined_catalogs import JoinedCatalogs, can_be_joined
from barograph.readings.rejects.reject_codes import RejectCode
from ingest.commits.batch import FrameBatch, assemble, assemble_joined
from ingest.messages.frames import ReceivedFrame


class ProjectShare(NamedTuple):
    """Frames of one project, and its catalog that holds."""

    catalog: Catalog
    frames: Sequence[ReceivedFrame]


def assemble_shares(
    shares: Sequence[ProjectShare], now_us: int, *, refuse_as: RejectCode | None = None
) -> list[FrameBatch]:
    """First those of several projects, then those of one, by project.

    Args:
        shares: by project, ascending.
        refuse_as: reject for this reason what would be accepted.
    """
    joinable = [share for share in shares if refuse_as is None and can_be_joined(share.catalog)]
    joined, refused = _assemble_together(joinable, now_us)
    if refused:
        joined, _ = _assemble_together(
            [share for share in joinable if share.catalog.project_id not in refused], now_us
        )
    done = {project_id for batch in joined for project_id in batch.project_ids()}
    alone = [share for share in shares if share.catalog.project_id not in done]
    return joined + [assemble(*share, now_us, refuse_as=refuse_as) for share in alone]


def _assemble_together(shares: Sequence[ProjectShare], now_us: int) -> tuple[list[FrameBatch], set[int]]:
    """A batch of them all, if they are several; or none, and the projects of which readings are refused."""
    if len(shares) < 2:
        return [], set()
    frames = [frame for share in shares for frame in share.frames]
    batch = assemble_joined(JoinedCatalogs.of([share.catalog for share in shares]), frames, now_us)
    refused = batch.refused_project_ids()
    return ([], refused) if refused else ([batch], set())
