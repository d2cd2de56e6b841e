"""What a stream says while it can't connect: what is wrong, and what to do about it."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from barograph_client import Refused, Stream, StreamState, TokenRefused
from barograph_client.backoff import Backoff
from barograph_client.delivery import delivery
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.server import ServerConnection, serve

from tests.client.ingest_server import TOKEN, IngestServer, until
from tests.programs import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(20)]


def to(url: str, token: str = TOKEN, tls: ssl.SSLContext | None = None) -> Stream:
    backoff = Backoff(first_s=0.001, max_s=0.01)
    return Stream(
        url, token, "rig", ["a"], backoff=backoff, proxy=None, tls=tls, spool=None, connect_within_s=20
    )


async def trouble_at(url: str, caplog: pytest.LogCaptureFixture) -> str:
    """What the stream says of an address where it keeps trying; the log says it once, as a warning."""
    stream = to(url)
    opening = asyncio.create_task(stream.__aenter__())
    await until(lambda: stream.state is StreamState.WAITING)
    trouble = stream.trouble
    await asyncio.sleep(0.1)
    assert not opening.done()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    lines = [record for record in caplog.records if record.name == "barograph_client.delivery.delivery"]
    assert [record.levelno for record in lines[:1]] == [logging.WARNING]
    assert len(lines) <= 2, "and how often, in the end"
    assert url in lines[0].getMessage()
    assert trouble.split(": ")[-1] in lines[0].getMessage()
    return trouble


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(signed.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """A WebSocket server that says nothing and leaves; its port."""

    async def leave(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with serve(leave, "127.0.0.1", 0, ssl=tls) as server:
        yield next(iter(server.sockets)).getsockname()[1]


async def test_a_name_that_is_not_found(caplog: pytest.LogCaptureFixture) -> None:
    trouble = await trouble_at("ws://no-such-host.invalid:8001/ingest/v1/ws", caplog)
    assert "name is not found: check the host in the address" in trouble


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_where_nothing_listens(host: str, caplog: pytest.LogCaptureFixture) -> None:
    trouble = await trouble_at(f"ws://{host}:{free_port()}/ingest/v1/ws", caplog)
    assert "the connection is refused: start ingest there, or check host and port" in trouble


async def test_tls_to_a_port_without(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as port:
        assert "Use wss:// if it does" in await trouble_at(f"wss://127.0.0.1:{port}/ingest/v1/ws", caplog)


async def test_no_tls_to_a_port_with(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    async with listening(certificate(tmp_path)) as port:
        assert "Use wss:// if it does" in await trouble_at(f"ws://127.0.0.1:{port}/ingest/v1/ws", caplog)


async def test_a_certificate_that_is_not_trusted(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    async with listening(certificate(tmp_path)) as port:
        trouble = await trouble_at(f"wss://localhost:{port}/ingest/v1/ws", caplog)
        assert "not trusted (self-signed certificate): pass `tls`" in trouble


async def test_a_context_that_trusts_the_certificate_connects(tmp_path: Path) -> None:
    server = IngestServer()
    context = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    async with server.run(context):
        async with to(server.url.replace("ws://127.0.0.1", "wss://localhost"), tls=trusting) as stream:
            await stream.send([0], [1], [2.0])
        assert len(server.frames) == 1


async def test_a_connection_that_is_cut_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as port:
        trouble = await trouble_at(f"ws://127.0.0.1:{port}/ingest/v1/ws", caplog)
    assert trouble.startswith("1006 closed")
    assert "the network, a proxy that ends idle connections, or a killed server cut it" in trouble


async def test_no_ack_comes(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """As while a cable is out, before the connection is known to be dead."""
    monkeypatch.setattr(delivery, "LOOKS_EVERY_S", 0.02)
    monkeypatch.setattr(delivery, "SILENT_AFTER_S", 0.1)
    server = IngestServer(is_holding=True)
    async with server.run(), to(server.url) as stream:
        await asyncio.sleep(0.2)
        assert not stream.trouble, "nobody waits for an ack"
        await stream.send([0], [1], [2.0])
        await until(lambda: bool(stream.trouble))
        assert (stream.state, stream.connections) == (StreamState.STREAMING, 1)
        assert "no ack has come for" in stream.trouble
        assert "check the network" in caplog.records[-1].getMessage()
        server.is_holding = False
        await stream.send([0], [2], [3.0])  # its ack is that of the first one, too
        await stream.flush()
        assert not stream.trouble


async def test_a_server_of_another_protocol(caplog: pytest.LogCaptureFixture) -> None:
    async def greet(socket: ServerConnection) -> None:
        await socket.send('{"type":"hello","protocol":2}')
        await socket.wait_closed()

    async with serve(greet, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        trouble = await trouble_at(f"ws://127.0.0.1:{port}/ingest/v1/ws", caplog)
    assert "protocol 2, this library speaks 1" in trouble
    assert "update this library or the server" in trouble


@pytest.mark.parametrize("status", [400, 426, 429, 502, 503])
async def test_a_status_that_may_pass(status: int, caplog: pytest.LogCaptureFixture) -> None:
    async with IngestServer(status=status, reason="too many connections").run() as server:
        trouble = await trouble_at(server.url, caplog)
    assert f"HTTP {status}, too many connections: " in trouble


async def test_a_token_that_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with IngestServer().run() as server:
        with pytest.raises(TokenRefused, match=r"HTTP 401.*barograph token create"):
            await to(server.url, "another").__aenter__()
    assert "HTTP 401" in caplog.records[-1].getMessage()
    assert caplog.records[-1].levelno == logging.ERROR


async def test_a_path_that_is_not_there() -> None:
    async with IngestServer(status=404).run() as server:
        with pytest.raises(Refused, match=r"HTTP 404.*must end in /ingest/v1/ws, on the port of ingest"):
            await to(server.url).__aenter__()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001/ingest/v1/ws", "127.0.0.1:8001", ""])
async def test_what_is_no_address_of_a_websocket(url: str) -> None:
    with pytest.raises(Refused, match=r"bad-address: .*ws://127.0.0.1:8001/ingest/v1/ws"):
        await to(url).__aenter__()
