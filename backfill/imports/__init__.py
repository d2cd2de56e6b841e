"""Reads uploaded files of readings into the database, piece by piece, each stored exactly once.

    jobs -> work (takes a running import) -> file (checks, opens) -> tables of 50,000 readings
         -> pieces of at most 32 days -> store (claim the piece's number, COPY, rejects, progress: one commit)

    jobs -> undo (takes out again what the records of pieces say) -> removal

A worker that dies leaves what it committed; the next one goes on behind it.
"""
