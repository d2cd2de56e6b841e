"""Requests to the API: where it is, who asks, and which are sent again."""
