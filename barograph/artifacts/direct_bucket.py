"""Parts of a file that clients send straight to a bucket, and downloads that come straight from there.

begin ─▶ signed addresses of parts ─▶ clients send them ─▶ what is there? ─▶ finish ─▶ an object

Why: decision 750.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from barograph.artifacts.parts import FilePart, ReceivedPart
from barograph.artifacts.s3_signing import BucketPlace, UrlSigner
from barograph.artifacts.stores import StoreAway

OWN_EXPIRES_S = 300
TIMEOUT_S = 60.0
MAX_ANSWER_BYTES = 4 * 2**20
_NAMESPACE = re.compile(rb'\sxmlns="[^"]*"')


class MultipartGone(Exception):
    """The bucket knows no such upload: it was finished, or given up."""


class UnfinishedUpload(Exception):
    """The bucket would not put the parts together."""


@dataclass(frozen=True)
class BegunUpload:
    """An upload that is neither finished nor given up."""

    artifact_id: UUID
    multipart_id: str
    begun_s: float


class DirectBucket:
    """Signs for others, and asks in its own name, by the same signatures.

    Args:
        place: as this machine reaches it.
        public: as clients do.
    """

    def __init__(self, place: BucketPlace, public: BucketPlace, signer: UrlSigner) -> None:
        self._place, self._public, self._signer = place, public, signer

    def begin(self, artifact_id: UUID) -> str:
        """The id of a new upload."""
        return _text(self._ask("POST", str(artifact_id), {"uploads": ""}), "UploadId")

    def part_url(self, artifact_id: UUID, multipart_id: str, part: FilePart, expires_s: int) -> str:
        """Where a part is sent by PUT. Its length is signed, so that nobody sends more than was announced."""
        query = {"partNumber": str(part.number), "uploadId": multipart_id}
        headers = {"content-length": str(part.size_bytes)}
        url = self._public.url(str(artifact_id))
        return self._signer.sign("PUT", url, query, datetime.now(UTC), expires_s, headers)

    def download_url(self, artifact_id: UUID, said: Mapping[str, str], expires_s: int) -> str:
        """Where the object comes from by GET.

        Args:
            said: what the answer's headers are to say, as `content-type`.
        """
        query = {f"response-{name}": value for name, value in said.items()}
        url = self._public.url(str(artifact_id))
        return self._signer.sign("GET", url, query, datetime.now(UTC), expires_s)

    def received(self, artifact_id: UUID, multipart_id: str) -> dict[int, ReceivedPart]:
        """The parts of an upload that are there.

        Raises:
            MultipartGone: it is no upload any more.
        """
        query = {"uploadId": multipart_id, "max-parts": "1000"}
        parts: dict[int, ReceivedPart] = {}
        while True:
            page = self._ask("GET", str(artifact_id), query)
            for each in page.iter("Part"):
                number = int(_text(each, "PartNumber"))
                parts[number] = ReceivedPart(number, int(_text(each, "Size")), _text(each, "ETag"))
            if page.findtext("IsTruncated") != "true":
                return parts
            query["part-number-marker"] = _text(page, "NextPartNumberMarker")

    def finish(self, artifact_id: UUID, multipart_id: str, parts: Mapping[int, ReceivedPart]) -> None:
        """Puts the parts together.

        Raises:
            MultipartGone: it is no upload any more.
            UnfinishedUpload: a part changed meanwhile.
        """
        named = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(parts[number].etag)}</ETag></Part>"
            for number in sorted(parts)
        )
        body = f"<CompleteMultipartUpload>{named}</CompleteMultipartUpload>".encode()
        answer = self._ask("POST", str(artifact_id), {"uploadId": multipart_id}, body)
        # S3 says 200 before it knows, to keep the connection alive.
        if answer.tag == "Error":
            raise UnfinishedUpload(answer.findtext("Message") or answer.findtext("Code") or "no reason")

    def give_up(self, artifact_id: UUID, multipart_id: str) -> None:
        """Throws away what is there of an upload."""
        try:
            self._ask("DELETE", str(artifact_id), {"uploadId": multipart_id})
        except MultipartGone:
            return

    def unfinished(self) -> Iterator[BegunUpload]:
        """All uploads that were begun."""
        query = {"uploads": "", "prefix": f"{self._place.prefix}/".lstrip("/")}
        while True:
            page = self._ask("GET", None, query)
            for each in page.iter("Upload"):
                if (begun := _begun(each)) is not None:
                    yield begun
            if page.findtext("IsTruncated") != "true":
                return
            query["key-marker"] = _text(page, "NextKeyMarker")
            query["upload-id-marker"] = _text(page, "NextUploadIdMarker")

    def _ask(
        self, method: str, name: str | None, query: Mapping[str, str], body: bytes | None = None
    ) -> ET.Element:
        """The bucket's answer.

        Raises:
            MultipartGone: it says 404.
            StoreAway: it does not answer, or otherwise than it should.
        """
        url = self._signer.sign(method, self._place.url(name), query, datetime.now(UTC), OWN_EXPIRES_S)
        # No type is signed, and urllib would name one of its own.
        headers = {} if body is None else {"Content-Type": "application/xml"}
        try:
            with urlopen(Request(url, body, headers, method=method), timeout=TIMEOUT_S) as answer:  # noqa: S310  # the settings' own
                said = answer.read(MAX_ANSWER_BYTES)
            return ET.Element("Nothing") if not said else ET.fromstring(_NAMESPACE.sub(b"", said, 1))  # noqa: S314  # the bucket's server is ours
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                raise MultipartGone(query.get("uploadId", "")) from error
            raise StoreAway(f"the bucket answers {error.code} {error.reason}", retry_after_s=30) from error
        except (OSError, HTTPException, ET.ParseError) as error:
            raise StoreAway(f"the bucket does not answer as it should: {error}", retry_after_s=30) from error


def _text(element: ET.Element, name: str) -> str:
    """The text of an element.

    Raises:
        StoreAway: there is none.
    """
    found = element.findtext(name)
    if found is None:
        raise StoreAway(f"the bucket's answer has no {name}", retry_after_s=30)
    return found


def _begun(upload: ET.Element) -> BegunUpload | None:
    """None where it is of nobody's artifact."""
    try:
        artifact_id = UUID(_text(upload, "Key").rpartition("/")[2])
    except ValueError:
        return None
    begun = datetime.fromisoformat(_text(upload, "Initiated"))
    return BegunUpload(artifact_id, _text(upload, "UploadId"), begun.timestamp())
