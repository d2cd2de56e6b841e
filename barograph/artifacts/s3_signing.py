"""Addresses in a bucket that are signed: whoever has one may do this one thing, for a while. Pure.

AWS's Signature Version 4, in the query: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

Why: decision 750.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class BucketKey:
    """A key that signs.

    Attributes:
        session_token: of keys that end by themselves.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


@dataclass(frozen=True)
class BucketPlace:
    """A bucket, and where in it objects lie.

    Attributes:
        base_url: of the bucket, without a slash at its end.
        prefix: of the objects' keys, without one either.
    """

    base_url: str
    region: str
    prefix: str

    def url(self, name: str | None = None) -> str:
        """The URL of an object, or of the bucket."""
        if name is None:
            return f"{self.base_url}/"
        return f"{self.base_url}/{quote(f'{self.prefix}/{name}'.lstrip('/'))}"


def bucket_place(artifact_url: str, public_endpoint: str | None = None) -> BucketPlace | None:
    """The bucket that the setting names; None without a region, which only AWS knows then.

    Args:
        public_endpoint: what others reach the bucket's server by, as `https://files.example.org`.
    """
    parts = urlsplit(artifact_url)
    bucket, options = parts.netloc.rpartition("@")[2], dict(parse_qsl(parts.query))
    own, region = options.get("endpoint_override"), options.get("region")
    if own is None and region is None:
        return None
    prefix = unquote(parts.path).strip("/")
    if own is None:
        return BucketPlace(_amazons(bucket, region or ""), region or "", prefix)
    server = own if "://" in own else f"{options.get('scheme', 'https')}://{own}"
    return BucketPlace(
        f"{(public_endpoint or server).rstrip('/')}/{bucket}", region or DEFAULT_REGION, prefix
    )


def bucket_key(artifact_url: str, environment: Mapping[str, str]) -> BucketKey | None:
    """The key that the setting or the environment holds."""
    parts = urlsplit(artifact_url)
    if parts.username and parts.password:
        return BucketKey(unquote(parts.username), unquote(parts.password))
    key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if not key_id or not secret:
        return None
    return BucketKey(key_id, secret, environment.get("AWS_SESSION_TOKEN"))


@dataclass(frozen=True)
class UrlSigner:
    """Signs in the name of a key, for a region."""

    key: BucketKey
    region: str

    def sign(
        self,
        method: str,
        url: str,
        query: Mapping[str, str],
        at: datetime,
        expires_s: int,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """The address.

        Args:
            at: the time now, in UTC.
            headers: what the request must say exactly so; names in small letters.
        """
        parts, path = urlsplit(url), urlsplit(url).path or "/"
        said = {"host": parts.netloc, **(headers or {})}
        signed_names = ";".join(sorted(said))
        asked = _encoded({**query, **self._terms(at, expires_s, signed_names)})
        lines = "".join(f"{name}:{said[name].strip()}\n" for name in sorted(said))
        request = "\n".join([method, path, asked, lines, signed_names, "UNSIGNED-PAYLOAD"])
        signature = self._of(request, at)
        return f"{parts.scheme}://{parts.netloc}{path}?{asked}&X-Amz-Signature={signature}"

    def _terms(self, at: datetime, expires_s: int, signed_names: str) -> dict[str, str]:
        terms = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.key.access_key_id}/{self._scope(at)}",
            "X-Amz-Date": _stamp(at),
            "X-Amz-Expires": str(expires_s),
            "X-Amz-SignedHeaders": signed_names,
        }
        token = self.key.session_token
        return terms if token is None else {**terms, "X-Amz-Security-Token": token}

    def _scope(self, at: datetime) -> str:
        return f"{at:%Y%m%d}/{self.region}/s3/aws4_request"

    def _of(self, request: str, at: datetime) -> str:
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join([ALGORITHM, _stamp(at), self._scope(at), digest])
        key = f"AWS4{self.key.secret_access_key}".encode()
        for word in self._scope(at).split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _encoded(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


def _amazons(bucket: str, region: str) -> str:
    server = f"s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
    # Certificates are for one word before the server's name.
    return f"https://{server}/{bucket}" if "." in bucket else f"https://{bucket}.{server}"
