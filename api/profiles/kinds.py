"""The conversion library for clients: which kinds of profile there are, and fits of them to points."""

import functools
import hashlib
from typing import Annotated, Any

import numpy as np
from fastapi import Header, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, WithJsonSchema

from api.edge.answers.etags import names_etag
from api.edge.bodies.fields import Input
from api.edge.routing.route import resource_router
from api.rights.caller import Caller
from barograph.errors import FieldError, Invalid
from conversion import KINDS
from conversion.errors import FitRefused
from conversion.fit import FITS, DegreeTried, Fit, fit_profile, suggest_degree
from conversion.fit.options import Options
from conversion.kind import Kind

router = resource_router("conversion profiles")

MAX_POINTS = 500
MAX_DEGREE = 15


class KindOfProfile(BaseModel):
    name: str = Field(examples=["linear"])
    title: str
    description: str
    formula: str = Field(examples=["physical = slope · raw + offset"])
    valid_range: str
    accuracy: str
    source: str
    payload_schema: dict[str, Any] = Field(
        serialization_alias="schema", description="JSON Schema of the payload", examples=[{"type": "object"}]
    )
    example: dict[str, Any] = Field(description="A payload", examples=[{"slope": 2.5, "offset": -1.0}])
    input_unit: str | None = Field(description="Of raw values, if it follows from the kind alone")
    output_unit: str | None = Field(description="Of physical values, if it follows from the kind alone")
    can_be_fitted: bool = Field(description="Whether `conversion-profiles:fit` takes it")


class KindsOfProfile(BaseModel):
    items: list[KindOfProfile] = Field(description="All of them, simple ones first")
    next_cursor: None = None


Point = Annotated[
    tuple[float, float],
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
]


class FitRequest(Input):
    kind: Annotated[str, Field(max_length=100, examples=["polynomial"])]
    points: Annotated[
        list[Point],
        Field(
            min_length=1,
            max_length=MAX_POINTS,
            description="[raw, physical] pairs, as a calibration certificate has them",
            examples=[[[4.0, 0.1], [8.0, 25.2], [12.0, 49.9], [16.0, 75.0], [20.0, 100.1]]],
        ),
    ]
    degree: Annotated[
        int | None,
        Field(
            ge=0,
            le=MAX_DEGREE,
            description="Of a polynomial, where the points suggest one; of a quotient's numerator (1)",
        ),
    ] = None
    denominator_degree: Annotated[
        int, Field(ge=0, le=MAX_DEGREE, description="Of a quotient's denominator")
    ] = 1
    has_offset: bool = Field(
        default=False, description="Whether an exponential or a power has a constant too"
    )
    knots: Annotated[
        list[float] | None,
        Field(
            max_length=MAX_POINTS,
            description="Raw values of a table's points, ascending; by default those of the points given",
        ),
    ] = None


class TriedDegree(BaseModel):
    degree: int
    rms: float
    aicc: float = Field(description="Akaike's criterion, corrected for few points; the lowest is best")


class SuggestedDegree(BaseModel):
    degree: int
    tried: list[TriedDegree]


class Fitted(BaseModel):
    kind: str
    payload: dict[str, Any] = Field(description="Of a profile that can be saved as it is")
    parameters: list[str] = Field(
        description="Where in the payload each fitted number stands, as JSON pointers"
    )
    values: list[float] = Field(description="The fitted numbers")
    standard_errors: list[float] | None = Field(description="Of the numbers; null if no point is to spare")
    covariance: list[list[float]] | None = Field(description="Of the numbers; null if no point is to spare")
    residuals: list[float] = Field(description="Physical minus fitted for each point, in physical units")
    rms: float = Field(description="Root mean square of the residuals")
    residual_deviation: float | None = Field(
        description="Standard deviation of the residuals, √(Σr² / (points - parameters))"
    )
    suggested_degree: SuggestedDegree | None = Field(description="For polynomials: the degree that pays")


@router.get(
    "/conversion-kinds",
    response_model=KindsOfProfile,
    responses={304: {"description": "The list is still the one of this ETag"}},
)
async def list_kinds(
    _: Caller,
    if_none_match: Annotated[str | None, Header(description="The ETag of the list you have")] = None,
) -> Response:
    """Every kind of profile, with its formula, its source, and the schema of its payload.

    It changes with the server's version alone: keep it, and ask with `If-None-Match`.
    """
    body, etag = _kinds()
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    if if_none_match and names_etag(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.post("/conversion-profiles:fit")
async def fit(body: FitRequest, _: Caller) -> Fitted:
    """Fits a kind of profile to points, by least squares. Nothing is saved."""
    if body.kind not in FITS:
        raise Invalid("this kind can't be fitted", [FieldError("/kind", f"must be one of {', '.join(FITS)}")])
    return await run_in_threadpool(_fit, body)


@functools.cache
def _kinds() -> tuple[bytes, str]:
    """The list as JSON, and its hash."""
    listed = KindsOfProfile(items=[_described(kind) for kind in KINDS.values()])
    body = listed.model_dump_json(by_alias=True).encode()
    return body, hashlib.sha256(body).hexdigest()[:32]


def _described(kind: Kind) -> KindOfProfile:
    return KindOfProfile(
        name=kind.name,
        title=kind.title,
        description=kind.description,
        formula=kind.formula,
        valid_range=kind.valid_range,
        accuracy=kind.accuracy,
        source=kind.source,
        payload_schema=kind.schema(),
        example=dict(kind.example),
        input_unit=kind.input_unit,
        output_unit=kind.output_unit,
        can_be_fitted=kind.name in FITS,
    )


def _fit(body: FitRequest) -> Fitted:
    raw, physical = np.array(body.points, np.float64).T
    knots = None if body.knots is None else tuple(body.knots)
    options = Options(body.degree, body.denominator_degree, body.has_offset, knots)
    try:
        found = fit_profile(body.kind, raw, physical, options)
    except FitRefused as refusal:
        raise Invalid("the points can't be fitted", [FieldError("/points", str(refusal))]) from refusal
    suggested = _suggested(*suggest_degree(raw, physical)) if body.kind == "polynomial" else None
    return _shown(found, suggested)


def _suggested(degree: int, tried: list[DegreeTried]) -> SuggestedDegree:
    return SuggestedDegree(degree=degree, tried=[TriedDegree(**each._asdict()) for each in tried])


def _shown(found: Fit, suggested: SuggestedDegree | None) -> Fitted:
    errors, covariance = found.standard_errors, found.covariance
    return Fitted(
        kind=found.kind,
        payload=found.payload,
        parameters=list(found.parameters),
        values=found.values.tolist(),
        standard_errors=None if errors is None else errors.tolist(),
        covariance=None if covariance is None else covariance.tolist(),
        residuals=found.residuals.tolist(),
        rms=found.rms,
        residual_deviation=found.residual_deviation,
        suggested_degree=suggested,
    )
