"""What a gateway's program calls: a stream of readings, and all that it shows of itself."""
