"""Runs and capture sessions that a script records of itself, with what is logged and noted of them."""
