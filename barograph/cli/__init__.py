"""Commands for the everyday, such as `python -m barograph project list`: thin, through the public API."""
