"""Links to pages (`api/accounts/link_pages.py`), for mail and for handing over.

What is secret stands behind the `#`, which browsers keep to themselves: no log and no proxy sees it. The
address is a setting, never the request's Host, which a stranger could choose.
"""

from urllib.parse import quote

from barograph.settings import Settings


def login_link(settings: Settings, code: str) -> str:
    """The portal for a code that logs in once."""
    return link(settings, "", f"code={code}")


def link(settings: Settings, page: str, token: str) -> str:
    """The page for a token."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104  # compares
    base = settings.public_url or f"http://{host}:{settings.api_port}"
    return f"{base.rstrip('/')}/{page}#{quote(token, safe='=')}"
