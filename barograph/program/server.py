"""uvicorn's server as our programs run it."""

import signal
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """Leaves in good order when told to, with exit code 0, as a supervisor expects of it."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a handler's signature
        """The first signal ends the program gracefully; a second Ctrl-C ends it at once."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
