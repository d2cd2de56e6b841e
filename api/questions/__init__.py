"""Questions about readings, which may take long: asked in bounded turns, each in a thread of its own.

request -> asker (who, about which project) -> a turn -> a thread with an event loop and a connection
        -> the route's handler, within a time limit and a share of memory -> answer
"""
