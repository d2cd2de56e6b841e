"""Carriers of events to others: Redis Streams and webhooks. The worker runs them.

Why: decision 660.
"""
