"""Numbers about runs that are made from their readings: what they are, and their values."""
