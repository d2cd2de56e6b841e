"""Files that runs hold: where they lie, what of them has come, and what can be shown of them.

piece, piece, … ──▶ staging.py (this disk) ──whole and right──▶ a store: folder_store.py, s3_store.py

Why: decision 670.
"""
