"""A TCP proxy that is slow, spreads connections over servers, or loses them at the worst moment."""

import math
import random
import socket
import threading
import time
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

PIECE_BYTES = 65_536
COMMIT = b"COMMIT\0"  # how the driver sends it: a simple query


class Proxy:
    """Passes bytes on between clients and servers for the length of a `with` block.

    Attributes:
        rate_bytes_s: most bytes a second towards the servers, over all connections; None for no limit.
        commit: what a COMMIT looks like; another text for requests of another kind.
        commits_to_lose: of how many COMMITs the answer is lost, with the connection, after they were done.
        commits_to_refuse: how many COMMITs never reach the server; the connection is lost instead.
        is_open: whether new connections are let through, or lost at once.
        is_plugged: cleared, nothing passes either way and nobody is told, as without a cable.
    """

    def __init__(self, *urls: str, seed: int = 0) -> None:
        self.rate_bytes_s: int | None = None
        self.commit = COMMIT
        self.commits_to_lose = 0
        self.commits_to_refuse = 0
        self.is_open = True
        self.is_plugged = threading.Event()
        self.is_plugged.set()
        self._urls = [urlsplit(url) for url in urls]
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._free_at_s = 0.0
        self._links: list[_Link] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts; closing does not
        self._listener.close()
        self.is_plugged.set()
        self.cut()

    @property
    def url(self) -> str:
        """The first server's URL, through the proxy."""
        first = self._urls[0]
        credentials, at, _ = first.netloc.rpartition("@")
        port = self._listener.getsockname()[1]
        return first._replace(netloc=f"{credentials}{at}127.0.0.1:{port}").geturl()

    def cut(self) -> None:
        """Loses every connection."""
        for link in list(self._links):
            link.close()

    def cut_some(self, share: float) -> int:
        """Loses so large a share of the connections, at least one if there is one; how many."""
        self._links = [link for link in self._links if link.is_open]
        some = self._random.sample(self._links, math.ceil(share * len(self._links)))
        for link in some:
            link.close()
        return len(some)

    def wait_for_turn(self, size_bytes: int) -> None:
        """Takes as long as so many bytes may."""
        if self.rate_bytes_s is None:
            return
        with self._lock:
            start_s = max(self._free_at_s, time.monotonic())
            self._free_at_s = end_s = start_s + size_bytes / self.rate_bytes_s
        time.sleep(max(0.0, end_s - time.monotonic()))

    def refuses(self, piece: bytes) -> bool:
        """Whether this is a COMMIT that must not arrive."""
        with self._lock:
            if self.commit not in piece or not self.commits_to_refuse:
                return False
            self.commits_to_refuse -= 1
            return True

    def loses_answer(self, piece: bytes) -> bool:
        """Whether this is a COMMIT whose answer must not arrive."""
        with self._lock:
            if self.commit not in piece or not self.commits_to_lose:
                return False
            self.commits_to_lose -= 1
            return True

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if not self.is_open:
            client.close()
            return
        url = self._random.choice(self._urls)
        try:
            server = socket.create_connection((url.hostname or "127.0.0.1", url.port or 5432))
        except OSError:
            client.close()
            return
        self._links.append(_Link(self, client, server))


class _Link:
    """One connection through the proxy, with a thread for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.is_open = True
        self._proxy, self._client, self._server = proxy, client, server
        self._loses_answer = False
        for pump in (self._to_server, self._to_client):
            threading.Thread(target=pump, daemon=True).start()

    def close(self) -> None:
        self.is_open = False
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _to_server(self) -> None:
        with suppress(OSError):
            while piece := self._client.recv(PIECE_BYTES):
                self._proxy.is_plugged.wait()
                self._proxy.wait_for_turn(len(piece))
                if self._proxy.refuses(piece):
                    break
                self._loses_answer = self._proxy.loses_answer(piece) or self._loses_answer
                self._server.sendall(piece)
        self.close()

    def _to_client(self) -> None:
        with suppress(OSError):
            while piece := self._server.recv(PIECE_BYTES):
                self._proxy.is_plugged.wait()
                if self._loses_answer:
                    break
                self._client.sendall(piece)
        self.close()
