"""Where commands send to: an address, a token, a producer and a spool, as options."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from barograph_client.delivery.tokens import TokenSource
from barograph_client.spool.choice import SpoolChoice

LOCAL_URL = "ws://127.0.0.1:8001/ingest/v1/ws"
URL_VARIABLE = "BAROGRAPH_INGEST_URL"
TOKEN_VARIABLE = "BAROGRAPH_INGEST_TOKEN"  # noqa: S105  # the variable's name


class NoToken(ValueError):  # says what is missing
    """Nothing says who sends."""


@dataclass(frozen=True)
class SendingTarget:
    """The options that a Stream or a Sender is opened with."""

    url: str
    token: TokenSource
    producer: str
    spool: SpoolChoice


def add_target_options(parser: argparse.ArgumentParser, producer: str) -> None:
    """Give a command its options, and a producer's name for those who name none."""
    parser.add_argument(
        "--url",
        default=os.environ.get(URL_VARIABLE, LOCAL_URL),
        help=f"ingest's WebSocket; else {URL_VARIABLE}, or {LOCAL_URL}",
    )
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help=f"holds an ingest token; else {TOKEN_VARIABLE} is one"
    )
    parser.add_argument("--producer", default=producer, help=f"the stream's name; {producer} unless given")
    parser.add_argument(
        "--spool",
        type=Path,
        metavar="DIR",
        help="where readings wait for their ack; else in memory, and they are lost with the command",
    )


def target_of(asked: argparse.Namespace) -> SendingTarget:
    """The target that the options name.

    Raises:
        NoToken: neither a file nor the environment has one.
    """
    token: TokenSource | None = asked.token_file or os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise NoToken(
            f"an ingest token is needed: set {TOKEN_VARIABLE}, or name a --token-file. On the command line "
            "everybody on this machine could see it"
        )
    return SendingTarget(asked.url, token, asked.producer, asked.spool)
