"""What went wrong between us and a machine or a file, as people say it: no numbers of errors."""

import socket
import ssl


def plain_words(error: BaseException) -> str:
    """The error in plain words, without a full stop, to stand within a sentence."""
    match error:
        case ConnectionRefusedError():
            return "nothing listens there"
        case TimeoutError():
            return "there was no answer in time"
        case socket.gaierror():
            return "no such host is known"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was cut"
        case OSError(strerror=str(words), filename=None):
            return words
        case OSError(strerror=str(words)):
            return f"{error.filename}: {words}"
        case _:
            return error_text(error)


def error_text(error: BaseException) -> str:
    """The text of an error, for a log; the name of its class where it has none, as a timeout has."""
    return str(error).strip() or type(error).__name__
