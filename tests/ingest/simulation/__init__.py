"""Deterministic simulation of the ingest protocol.

The real gateways' library, edge, pipeline, budget and committers run on a clock, a network and a database
that are modelled, where everything fails that can fail. A seed gives one story, and always the same.

    story -> gateways (Stream) -> network -> ingest processes (socket ... committer) -> model database
    laws watch all of them

Why: decision 860, decision 1040, decision 1280.
"""
