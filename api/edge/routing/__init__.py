"""The way of a request to its handler and back: its route, its dependencies, its connection."""
