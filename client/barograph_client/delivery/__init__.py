"""Frames carried to the server: connections, where to go on after one, and what to send next."""
