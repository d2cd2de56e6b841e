"""Annotations: notes about a time, on all readings, some sensors, or a run."""

from collections.abc import Sequence

from barograph_client.analysis.answers.items import AnnotationInfo
from barograph_client.analysis.moments import Moment, moment
from barograph_client.analysis.plain import texts_of
from barograph_client.analysis.references import Reference, References, optional_run_id, references_of
from barograph_client.analysis.scope import ApiScope


def annotate(
    scope: ApiScope,
    text: str,
    start: Moment,
    end: Moment | None,
    *,
    tags: str | Sequence[str],
    sensors: References,
    run: Reference | None,
) -> AnnotationInfo:
    """Creates an annotation of an instant, or of a period."""
    body = {
        "text": text,
        "from": moment(start),
        "to": moment(end),
        "tags": texts_of(tags),
        "sensors": [scope.sensor_id(each) for each in references_of(sensors)],
        "run": optional_run_id(run),
    }
    return AnnotationInfo.read(scope.api.create(f"{scope.project_path}/annotations", body))
