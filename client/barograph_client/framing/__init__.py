"""Readings as columns, frames and messages: what goes over the wire. Pure."""
