"""Sparkplug's topics: `spBv1.0/group/type/node[/device]`. Pure."""

from dataclasses import dataclass

NAMESPACE = "spBv1.0"
BIRTHS = {"NBIRTH", "DBIRTH"}
DATA = {"NDATA", "DDATA"}
DEATHS = {"NDEATH", "DDEATH"}
OF_HOSTS = {"NCMD", "DCMD", "STATE"}


@dataclass(frozen=True)
class SparkplugTopic:
    """The sender of a message, and its kind; a node's own messages have no device."""

    group: str
    kind: str
    node: str
    device: str = ""

    @property
    def command(self) -> str:
        """Where the node listens."""
        return f"{NAMESPACE}/{self.group}/NCMD/{self.node}"


def read_topic(topic: str) -> SparkplugTopic | None:
    """None for a topic that is none of Sparkplug's; those of hosts have a kind alone."""
    levels = topic.split("/")
    if levels[0] != NAMESPACE or len(levels) < 3:
        return None
    if levels[1] == "STATE":
        return SparkplugTopic("", "STATE", "")
    _, group, kind, *rest = levels
    if kind in OF_HOSTS:
        return SparkplugTopic(group, kind, "")
    wanted = 2 if kind[:1] == "D" else 1
    if kind not in BIRTHS | DATA | DEATHS or len(rest) != wanted or "" in {group, *rest}:
        return None
    return SparkplugTopic(group, kind, *rest)
