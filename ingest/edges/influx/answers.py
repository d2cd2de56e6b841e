"""What clients of InfluxDB expect to hear: statuses and bodies by which they store, repeat, or give up.

    version 1   {"error": "…"}, and X-Influxdb-Error        version 2   {"code": "…", "message": "…"}
    204         all is stored
    400         bad lines, or readings that were refused: clients drop the body, for repeating it is of no use
    401 403 404 the token
    413         too large: clients send less at once
    429 503     repeat later, as Retry-After says

Why: decision 560.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

import psycopg
import structlog
from fastapi.responses import JSONResponse, Response

from barograph.database.refusals import translate
from barograph.errors import BarographError, Invalid, TooLarge, UnsupportedMediaType
from barograph.plain_words import error_text
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.times import SECOND_US
from ingest.messages.line_protocol.body import LineBody, LineForm
from ingest.messages.line_protocol.values import precision_of_now

log = structlog.stdlib.get_logger(__name__)
VERSION = "1.8-barograph"
VERSION_HEADERS = {"X-Influxdb-Version": VERSION, "X-Influxdb-Build": "barograph"}
MAX_ERROR_HEADER = 500
_OF_TIME = {RejectCode.TOO_OLD.slug, RejectCode.TOO_FAR_AHEAD.slug}
CODES = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    409: "conflict",
    413: "request too large",
    415: "invalid",
    429: "too many requests",
    503: "unavailable",
}


async def answered(version: int, work: Awaitable[Response]) -> Response:
    """The work's answer, or its error in the shape of this version of the API."""
    try:
        return await work
    except BarographError as error:
        return answer_error(error, version)
    except psycopg.Error as error:
        log.warning("the database failed a client of InfluxDB", error=error_text(error))
        return answer_error(translate(error), version)


def answer_stored(parsed: LineBody, form: LineForm, receipt: Mapping[str, Any], version: int) -> Response:
    """The answer for a body that was read: 204, or 400 where something of it was not stored.

    Args:
        parsed: the body.
        form: how it was meant.
        receipt: of its readings.
        version: of the API that was asked.
    """
    refused: int = receipt["rejected_total"]
    if not refused and not parsed.bad_lines:
        return Response(status_code=204, headers=VERSION_HEADERS)
    faults = [*parsed.faults, *_refusals(parsed, form, receipt)]
    more = parsed.bad_lines - len(parsed.faults)
    if more:
        faults.append(f"and {more} lines more")
    detail = "; ".join(faults)
    if parsed.body.columns.t_us.size:
        # By these words old agents of Telegraf give a body up, also where nothing of it was stored.
        detail = f"partial write: {detail} dropped={parsed.bad_lines + refused}"
    return answer(400, detail, version)


def answer_error(error: BarographError, version: int) -> Response:
    """The error, as clients of InfluxDB understand it."""
    status = 400 if isinstance(error, Invalid) else error.status
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, UnsupportedMediaType) and error.accept_encoding:
        headers["Accept-Encoding"] = error.accept_encoding
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Barograph"'
    detail = error.detail
    if isinstance(error, TooLarge):
        detail = f"Request Entity Too Large: {detail}"
    return answer(status, detail, version, headers)


def answer(status: int, detail: str, version: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error in the shape of this version of the API."""
    body = (
        {"error": detail}
        if version == 1
        else {"code": CODES.get(status, "internal error"), "message": detail}
    )
    # A header holds no line ends, and no letters of other scripts.
    plain = detail.encode("ascii", "backslashreplace").decode().replace("\n", " ").replace("\r", " ")
    own = (
        {"X-Influxdb-Error": "".join(filter(str.isprintable, plain[:MAX_ERROR_HEADER]))}
        if version == 1
        else {}
    )
    return JSONResponse(body, status, {**VERSION_HEADERS, **own, **(headers or {})})


def _refusals(parsed: LineBody, form: LineForm, receipt: Mapping[str, Any]) -> list[str]:
    """Counts the listed readings by the reason of their refusal, and names each first one's sensor."""
    first: dict[str, int] = {}
    count: dict[str, int] = {}
    columns, references = parsed.body.columns, parsed.body.references
    for reject in receipt["rejected"]:
        code: str = reject["code"]
        first.setdefault(code, reject["index"])
        count[code] = count.get(code, 0) + 1
    unlisted = receipt["rejected_total"] - len(receipt["rejected"])
    more = [f"{unlisted} readings more"] if unlisted else []
    refusals = [
        f"{count[code]} {'reading' if count[code] == 1 else 'readings'} {code}, "
        f"such as of '{references[int(columns.channel[index])]}'"
        + (_on_time(int(columns.t_us[index]), form) if code in _OF_TIME else "")
        for code, index in first.items()
    ]
    return refusals + more


def _on_time(t_us: int, form: LineForm) -> str:
    """Advice where a time would be one of these years at another precision, or a clock is fast."""
    precision = precision_of_now(t_us, form.precision, form.now_us)
    if precision in {None, form.precision}:
        ahead_s = (t_us - form.now_us) // SECOND_US
        return f", whose time is {ahead_s:,} s ahead of the server's: check the clock" if ahead_s > 0 else ""
    return f", whose time looks like {precision} and was read as {form.precision}: say precision={precision}"
