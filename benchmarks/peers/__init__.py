"""How fast, how small and how quick to answer are others, with the same readings on the same machine?

`python -m benchmarks.peers [--quick] [--json FILE]`. Found are InfluxDB (`influxd` on the PATH or at
`BAROGRAPH_INFLUXD`) and VictoriaMetrics (`victoria-metrics` on the PATH or at `BAROGRAPH_VICTORIAMETRICS`);
Debian's packages, unpacked by `dpkg-deb -x`, will do. What is not found is left out.

    __main__     what is measured, in which order
    writing      how fast, and how long until an ack: `forms` are each one's ways of being written to
    history      what the questions are about; `asking` asks them cold and warm
    barograph_peer, influx, victoria   the three: starting, settling, sizes, questions
    server_process, memory             processes, and what they take

Recorded tables stand in docs/peers.md.
"""
