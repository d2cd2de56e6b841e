"""The one error of setting up and supervising: it says what is wrong and what to do about it."""


class SetUpRefused(Exception):
    """Its message is shown to the user as it stands, without a traceback."""
