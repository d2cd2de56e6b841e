"""Where a webhook's messages go: an address over HTTP or HTTPS, as text and in its parts. Pure."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

MAX_URL = 2000
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\]")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class WebhookTarget:
    """An address in its parts.

    Attributes:
        host: a name, or an address without brackets.
        authority: as the header `Host` has it.
        path: with the query, never empty.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    authority: str
    path: str

    @classmethod
    def parse(cls, url: str) -> "WebhookTarget":
        """The target of a URL.

        Raises:
            ValueError: it is none that messages may go to; says why.
        """
        if len(url) > MAX_URL or not _VISIBLE.fullmatch(url):
            raise ValueError(
                f"a URL has up to {MAX_URL} visible ASCII characters; write others as %XX or xn--"
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError("the URL can't be read") from error
        if parts.scheme not in _PORTS or port == 0:
            raise ValueError("a URL begins with https:// or http://, and its port is 1 to 65535")
        if "@" in parts.netloc or "\\" in url:
            raise ValueError("a URL holds no user, password or backslash: messages are signed instead")
        if parts.fragment:
            raise ValueError("a URL holds no #fragment")
        name = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc.removesuffix(":")
        if not _HOST.fullmatch(name):
            raise ValueError("the URL names no host")
        scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = name.strip("[]").rstrip(".").lower()
        if not host:
            raise ValueError("the URL names no host")
        return cls(scheme, host, port or _PORTS[scheme], parts.netloc.lower().removesuffix(":"), path)
