"""Sending mail by SMTP, in a thread, where a mail server is configured."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import SplitResult, unquote, urlsplit

import structlog

from barograph.plain_words import error_text
from barograph.settings import Settings

TIMEOUT_S = 20
log = structlog.stdlib.get_logger(__name__)


class Mailer:
    """A mail server, to send mails through.

    Args:
        smtp_url: `smtp://` (STARTTLS where the server offers it) or `smtps://` (TLS from the first byte).
        sender: as in the From field.
    """

    def __init__(self, smtp_url: str, sender: str) -> None:
        self._server = urlsplit(smtp_url)
        self._sender = sender

    async def send(self, to: str, subject: str, text: str) -> None:
        """Sends one mail. A failure is logged, not raised: nobody waits for the outcome."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="barograph")
        message.set_content(text)
        try:
            await asyncio.to_thread(self._deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail not sent", error=error_text(error))

    def _deliver(self, message: EmailMessage) -> None:
        with _connect(self._server) as smtp:
            if self._server.username is not None:
                smtp.login(unquote(self._server.username), unquote(self._server.password or ""))
            smtp.send_message(message)


def create_mailer(settings: Settings) -> Mailer | None:
    """None where no mail server is configured."""
    if settings.smtp_url is None:
        return None
    return Mailer(settings.smtp_url.get_secret_value(), settings.mail_from)


def _connect(server: SplitResult) -> smtplib.SMTP:
    host, context = server.hostname or "localhost", ssl.create_default_context()
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, server.port or 465, timeout=TIMEOUT_S, context=context)
    smtp = smtplib.SMTP(host, server.port or 587, timeout=TIMEOUT_S)
    smtp.ehlo()
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
    elif server.username is not None:
        smtp.close()
        raise smtplib.SMTPException("the server offers no encryption; its password is not sent in plain")
    return smtp
