"""The bridge's metrics."""

from prometheus_client import Counter, Gauge

CONNECTED = Gauge("barograph_mqtt_connected", "Whether the broker's connection stands")
DISCONNECTS = Counter("barograph_mqtt_disconnects_total", "Connections to the broker that ended")
WAITING = Gauge("barograph_mqtt_waiting_messages", "Messages that have come and are not read yet")
MESSAGES = Counter(
    "barograph_mqtt_messages_total",
    "Messages, by what they were: read, repeated, retained, empty, unreadable",
    ["outcome"],
)
READINGS = Counter("barograph_mqtt_readings_total", "Readings, by what became of them", ["fate"])
BODIES = Counter("barograph_mqtt_bodies_total", "Bodies sent to ingest, by what became of them", ["fate"])
SENT_AGAIN = Counter(
    "barograph_mqtt_bodies_sent_again_total",
    "Bodies that a restored server had lost, and that were kept here",
)
REBIRTHS = Counter(
    "barograph_mqtt_rebirths_total", "Edge nodes of Sparkplug that were asked for their births"
)
DELAY = Gauge(
    "barograph_mqtt_delay_seconds", "Age of the oldest message of the last batch when it was stored"
)
