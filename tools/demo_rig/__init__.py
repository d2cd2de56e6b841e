"""The demo rig: replays recordings of three real instruments as if they were measuring now.

    recordings -> replay (what is due by now) -> Stream -> ingest
    experiment: an experiment with a run and two capture sessions, conducted while it streams
    project: the project, sensors, calibrations and token that this needs, made through the public API

`python -m tools.demo_rig --connection DIR/connection.json`. It knows what any gateway may know, no more.
"""
