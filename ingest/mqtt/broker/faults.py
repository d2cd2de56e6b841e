"""What a broker's refusals mean, and what to do about them. Pure."""

import ssl

from barograph.plain_words import error_text

ADVICE = {
    "Not authorized": "check username and password, and what the broker allows this user",
    "Bad user name or password": "check username and password",
    "Client identifier not valid": "choose another client_id",
    "Unsupported protocol version": 'set version = "3.1.1"',
    "Session taken over": "another client has the same client_id; give each bridge one of its own",
    "Server unavailable": "the broker takes no connections just now",
    "Banned": "the broker has banned this client",
    "Packet too large": "a message is larger than max_message_bytes",
    "Keep alive timeout": "the broker did not hear the bridge in time",
}
OF_TLS = "check ca_file, that the certificate names this host, and the port: that of TLS is another one"
OF_PORT = "check host and port, and that the broker runs and listens there, not on its loopback alone"


def with_advice(reason: str) -> str:
    """A broker's word, with what to do if that is known."""
    advice = ADVICE.get(reason)
    return reason if advice is None else f"{reason}. What to do: {advice}"


def of_connecting(error: Exception) -> str:
    """Why no connection came about."""
    said = error_text(error)
    if isinstance(error, ssl.SSLError):
        return f"{said}. What to do: {OF_TLS}"
    if isinstance(error, ConnectionRefusedError):
        return f"{said}. What to do: {OF_PORT}"
    return said
