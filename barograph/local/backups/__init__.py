"""Backups of a database and of the files beside it, and the way back from them.

server ──pg_basebackup──▶ base_backup ─▶ a place: a folder or a bucket ─▶ recovery ─▶ verification
       ──pg_receivewal──▶ wal_stream  ─▶                                           ─▶ restoring

A place holds `installation.json`, `base/<id>/` (a record is written last: without it there is no backup),
`wal/timeline-<n>/` and `files/`.

Why: decision 760.
"""
