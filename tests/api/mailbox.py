"""A mail server on loopback that keeps what it is given."""

import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from queue import Queue

ARRIVES_WITHIN_S = 60


class Mailbox:
    """Where mail arrives."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self._mails: Queue[EmailMessage] = Queue()

    def deliver(self, content: bytes) -> None:
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self._mails.put(message)

    def next(self) -> EmailMessage:
        """Waits for a mail; the oldest that nobody has taken."""
        return self._mails.get(timeout=ARRIVES_WITHIN_S)

    def is_empty(self) -> bool:
        return self._mails.empty()


@contextmanager
def mailbox() -> Generator[Mailbox]:
    """A mail server, gone afterwards."""

    class Session(socketserver.StreamRequestHandler):
        """As much of SMTP (RFC 5321) as one client needs."""

        def handle(self) -> None:
            self._say("220 mailbox")
            while line := self.rfile.readline():
                match line.split()[0].upper():
                    case b"EHLO" | b"HELO" | b"MAIL" | b"RCPT":
                        self._say("250 ok")
                    case b"DATA":
                        self._say("354 go on")
                        box.deliver(b"".join(iter(self.rfile.readline, b".\r\n")))
                        self._say("250 kept")
                    case b"QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("502 no")

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        box = Mailbox(server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        try:
            yield box
        finally:
            server.shutdown()
