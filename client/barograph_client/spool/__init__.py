"""Frames that wait for their ack: on disk, where they outlive the process, or in memory by choice."""
