"""The archive: old readings in immutable Parquet files instead of rows.

row storage ─▶ filing ─▶ a file (layout, derivation) ─▶ shelf: a folder or a bucket
                      └▶ one transaction: rows out of `reading`, parts into `archive_part`
questions   ─▶ statements: those that read `reading` see rows and archived readings alike
rewriting   ─▶ thawing: parts go back to rows, and what rewrites rows goes on as ever

A reading lies in row storage or in the file of a part, never in both and never in none: the table of parts
says so, in the snapshot of whoever asks.

Why: decision 1010.
"""
