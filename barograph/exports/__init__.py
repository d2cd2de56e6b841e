"""Every reading of some sensors, whole and from one snapshot, as a file that is never in memory as a whole.

scope -> pages of columns (PostgreSQL arrays) -> tables -> blocks of bytes
"""
