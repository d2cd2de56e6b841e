"""The command line: tables of nouns and verbs, thin, most of them through the public API.

words.py      what was typed, with former names and relative times made plain
parser.py     argparse, built from the tables
machine/      what runs on this machine: up, down, status, doctor, …
resources/    what is in it: project, sensor, backfill, …
    calls.py      most verbs are one call of the API, as a template
    places.py     names and ids to paths
show.py       one reply as a table, as JSON, as CSV or as one field
"""
