"""Sparkplug's messages made by Google's library of Protocol Buffers, from the published schema."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "uint64": _FIELD.TYPE_UINT64,
    "uint32": _FIELD.TYPE_UINT32,
    "string": _FIELD.TYPE_STRING,
    "bytes": _FIELD.TYPE_BYTES,
    "bool": _FIELD.TYPE_BOOL,
    "float": _FIELD.TYPE_FLOAT,
    "double": _FIELD.TYPE_DOUBLE,
}
_METRIC = [
    ("name", 1, "string"),
    ("alias", 2, "uint64"),
    ("timestamp", 3, "uint64"),
    ("datatype", 4, "uint32"),
    ("is_historical", 5, "bool"),
    ("is_transient", 6, "bool"),
    ("is_null", 7, "bool"),
    ("int_value", 10, "uint32"),
    ("long_value", 11, "uint64"),
    ("float_value", 12, "float"),
    ("double_value", 13, "double"),
    ("boolean_value", 14, "bool"),
    ("string_value", 15, "string"),
    ("bytes_value", 16, "bytes"),
    ("dataset_value", 17, "bytes"),
]
_PAYLOAD = [("timestamp", 1, "uint64"), ("seq", 3, "uint64"), ("uuid", 4, "string"), ("body", 5, "bytes")]


def _make_classes() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package="sparkplug", syntax="proto2")
    for name, fields in (("Metric", _METRIC), ("Payload", _PAYLOAD)):
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            message.field.add(name=field, number=number, type=_TYPES[kind], label=_FIELD.LABEL_OPTIONAL)
    file.message_type[1].field.add(
        name="metrics",
        number=2,
        type=_FIELD.TYPE_MESSAGE,
        type_name=".sparkplug.Metric",
        label=_FIELD.LABEL_REPEATED,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = [pool.FindMessageTypeByName(f"sparkplug.{name}") for name in ("Metric", "Payload")]
    metric, payload = (message_factory.GetMessageClass(each) for each in found)
    return metric, payload


MetricMessage, PayloadMessage = _make_classes()


def payload(seq: int | None, *metrics: dict[str, object], timestamp: int | None = None) -> bytes:
    """A message of these metrics."""
    message = PayloadMessage()
    if seq is not None:
        message.seq = seq
    if timestamp is not None:
        message.timestamp = timestamp
    message.metrics.extend(MetricMessage(**each) for each in metrics)
    return message.SerializeToString()
