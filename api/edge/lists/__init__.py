"""Lists in pages: newest first or in an order of the client's choice, searched and counted."""
