"""Exports: every reading of a question, whole, as a file."""
