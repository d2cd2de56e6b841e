"""Backups and the way back, with real servers."""
