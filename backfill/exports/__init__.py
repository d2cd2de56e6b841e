"""Exports that are too large to be sent while they are made: a file each, made by a job."""
