"""What answers are sent as: their media types and versions, those kept for a repeat, those that take long."""
