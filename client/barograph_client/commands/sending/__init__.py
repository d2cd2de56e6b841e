"""Readings of files and pipes, sent as a gateway sends them."""
