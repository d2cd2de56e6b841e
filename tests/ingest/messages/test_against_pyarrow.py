"""Bodies that pyarrow writes in all its ways: we read what it reads, or say why not."""

import base64
import io
import math
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from ingest.messages.body import Body
from ingest.messages.parse import parse_arrow, parse_csv, parse_parquet
from tests.examples import few_examples
from tests.files.other_reader import arrow_of, parquet_of, pyarrow

pa, pq, ipc, csv = pyarrow(), pyarrow("parquet"), pyarrow("ipc"), pyarrow("csv")
Parse = Callable[[bytes], Body]
Reading = tuple[str, int, float]
UNKNOWN_TYPE = "the file can't be read: it is damaged, or a column is of an unusual type"


@pytest.fixture(scope="module")
def parser() -> Generator[Parser]:
    with Parser(ParserLimits(5, 30, 256 * 2**20), "ingest.messages.parse") as parser:
        yield parser


def ours(parser: Parser, parse: Parse, body: bytes) -> list[Reading]:
    """What we read."""
    read = parser.ask(ParserTask(parse, (body,)))
    columns = read.columns
    names = [read.references[channel] for channel in columns.channel.tolist()]
    return list(zip(names, columns.t_us.tolist(), columns.value.tolist(), strict=True))


def ours_or_why_not(parser: Parser, parse: Parse, body: bytes) -> list[Reading] | str:
    try:
        return ours(parser, parse, body)
    except Invalid as refusal:
        return refusal.detail


def theirs(table: Any) -> list[Reading]:  # noqa: ANN401  # a table of pyarrow's
    """What pyarrow reads, a value as the nearest float64."""
    columns = table.to_pydict()
    return list(zip(columns["sensor"], columns["t_us"], map(float, columns["value"]), strict=True))


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
readings = st.lists(
    st.tuples(names, st.integers(-(2**53), 2**53), st.floats(allow_nan=False)), min_size=1, max_size=60
)


def table_of(rows: list[Reading], repeats: int = 1) -> Any:  # noqa: ANN401  # a table of pyarrow's
    sensors, times, values = zip(*rows * repeats, strict=True)
    return pa.table(
        {
            "sensor": pa.array(sensors, pa.string()),
            "t_us": pa.array(times, pa.int64()),
            "value": pa.array(values, pa.float64()),
        }
    )


encodings = st.fixed_dictionaries(
    {},
    optional={
        "sensor": st.sampled_from(["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]),
        "t_us": st.sampled_from(["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"]),
        "value": st.sampled_from(["PLAIN", "BYTE_STREAM_SPLIT"]),
    },
).map(lambda chosen: {"use_dictionary": False, "column_encoding": chosen} if chosen else {})
dictionaries = st.sampled_from(
    [{}, {"use_dictionary": False}, {"use_dictionary": ["t_us"]}, {"dictionary_pagesize_limit": 8}]
)
parquet_ways: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "version": st.sampled_from(["1.0", "2.4", "2.6"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "data_page_size": st.sampled_from([1, 100, 2**20]),
        "write_batch_size": st.sampled_from([1, 7, 1024]),
        "row_group_size": st.sampled_from([1, 10, 10_000]),
        "write_statistics": st.booleans() | st.just(["value"]),
        "write_page_index": st.booleans(),
        "write_page_checksum": st.booleans(),
        "store_schema": st.booleans(),
    }
)
arrow_layouts: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "use_legacy_format": st.booleans(),
        "rows": st.none() | st.integers(1, 20),
    }
)
# Compressed under V4, pyarrow can't read what it writes.
versions = st.sampled_from(
    [
        {"metadata_version": ipc.MetadataVersion.V4},
        {"metadata_version": ipc.MetadataVersion.V5, "compression": None},
        {"metadata_version": ipc.MetadataVersion.V5, "compression": "lz4"},
        {"metadata_version": ipc.MetadataVersion.V5, "compression": "zstd"},
    ]
)
arrow_ways = st.tuples(arrow_layouts, versions).map(lambda parts: parts[0] | parts[1])


@few_examples(20)
@given(rows=readings, ways=parquet_ways, more=encodings | dictionaries)
def test_parquet_in_any_way_is_read_as_pyarrow_reads_it(
    parser: Parser, rows: list[Reading], ways: dict[str, Any], more: dict[str, Any]
) -> None:
    body = parquet_of(table_of(rows, 5), **(ways | more))
    assert ours(parser, parse_parquet, body) == theirs(pq.read_table(io.BytesIO(body)))


@few_examples(20)
@given(rows=readings, ways=arrow_ways, is_dictionary=st.booleans())
def test_arrow_in_any_way_is_read_as_pyarrow_reads_it(
    parser: Parser, rows: list[Reading], ways: dict[str, Any], is_dictionary: bool
) -> None:
    table = table_of(rows, 5)
    if is_dictionary:
        table = table.set_column(0, "sensor", table["sensor"].dictionary_encode())
    body = arrow_of(table, **ways)
    assert ours(parser, parse_arrow, body) == theirs(ipc.open_stream(body).read_all())


@settings(max_examples=20)
@given(
    rows=readings.map(lambda rows: [(f"p{name}", t_us, value) for name, t_us, value in rows]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_csv_is_read_as_pyarrow_reads_it(parser: Parser, rows: list[Reading], delimiter: str) -> None:
    """Names begin with a letter, for a blank is cut off, and `#` begins a comment."""
    rows = [(name.strip(), t_us, value) for name, t_us, value in rows]
    buffer = io.BytesIO()
    csv.write_csv(table_of(rows), buffer, csv.WriteOptions(delimiter=delimiter))
    types = {"sensor": pa.string(), "t_us": pa.int64(), "value": pa.float64()}
    read = csv.read_csv(
        io.BytesIO(buffer.getvalue()),
        parse_options=csv.ParseOptions(delimiter=delimiter),
        convert_options=csv.ConvertOptions(column_types=types),
    )
    assert ours(parser, parse_csv, buffer.getvalue()) == theirs(read)


NUMBERS = [
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
    "bool_",
]
FORMATS: list[tuple[str, Callable[..., bytes], Parse]] = [
    ("parquet", parquet_of, parse_parquet),
    ("arrow", arrow_of, parse_arrow),
]
in_both = pytest.mark.parametrize(
    ("write", "parse"), [each[1:] for each in FORMATS], ids=["parquet", "arrow"]
)


def beside(values: Any, name: str = "value") -> Any:  # noqa: ANN401  # arrays and tables of pyarrow's
    """Four readings with these values, or with these in a further column."""
    columns = {"sensor": pa.array(["s0"] * 4), "t_us": pa.array([1, 2, 3, 4]), "value": pa.array([1.0] * 4)}
    return pa.table(columns | {name: values})


@in_both
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_any_type_are_read(
    parser: Parser, write: Callable[..., bytes], parse: Parse, name: str
) -> None:
    table = beside(pa.array([0, 1, 1, 0], pa.int32()).cast(getattr(pa, name)()))
    assert ours(parser, parse, write(table)) == theirs(table)


@in_both
@pytest.mark.parametrize(("digits", "places"), [(9, 3), (18, 0), (38, 10)])
def test_decimals_are_read(
    parser: Parser, write: Callable[..., bytes], parse: Parse, digits: int, places: int
) -> None:
    table = beside(
        pa.array([1, -2, 3, 4]).cast(pa.decimal128(38, places)).cast(pa.decimal128(digits, places))
    )
    assert ours(parser, parse, write(table)) == theirs(table)


def dictionary_of_numbers() -> Any:  # noqa: ANN401  # an array of pyarrow's
    return pa.array([1.5, 2.5, 1.5, 2.5]).dictionary_encode()


@in_both
def test_a_dictionary_of_numbers_is_read(parser: Parser, write: Callable[..., bytes], parse: Parse) -> None:
    table = beside(dictionary_of_numbers())
    assert ours(parser, parse, write(table)) == theirs(table)


UNUSUAL: dict[str, Callable[[], Any]] = {
    "list": lambda: pa.array([[1], [2, 3], None, []]),
    "list of lists": lambda: pa.array([[[1]], [[2, 3]], None, [None]]),
    "fixed list": lambda: pa.array([[1.0, 2.0]] * 4, pa.list_(pa.float64(), 2)),
    "list view": lambda: pa.array([[1]] * 4, pa.list_view(pa.int8())),
    "struct": lambda: pa.array([{"a": 1, "b": [1]}] * 4),
    "map": lambda: pa.array([[("a", 1)]] * 4, pa.map_(pa.string(), pa.int8())),
    "decimal of 256 bits": lambda: pa.array([1] * 4).cast(pa.decimal256(60, 0)),
    "runs": lambda: pa.RunEndEncodedArray.from_arrays([3, 4], [1.0, 2.0]),
    "interval": lambda: pa.array([pa.MonthDayNano([1, 1, 1])] * 4),
    "bytes": lambda: pa.array([b"1"] * 4),
    "view of bytes": lambda: pa.array([b"1"] * 4, pa.binary_view()),
    "uuid": lambda: pa.array([b"0" * 16] * 4, pa.uuid()),
    "nothing": lambda: pa.nulls(4),
    "date": lambda: pa.array([1] * 4, pa.int32()).cast(pa.date32()),
    "time": lambda: pa.array([1] * 4).cast(pa.time64("us")),
    "duration": lambda: pa.array([1] * 4).cast(pa.duration("us")),
    "zone that is none": lambda: pa.array([1] * 4).cast(pa.timestamp("us", "Nowhere/Land")),
    "dense union": lambda: pa.UnionArray.from_dense(
        pa.array([0, 1, 0, 1], pa.int8()),
        pa.array([0, 0, 1, 1], pa.int32()),
        [pa.array([1.0, 2.0]), pa.array(["a", "b"])],
    ),
    "sparse union": lambda: pa.UnionArray.from_sparse(
        pa.array([0, 1, 0, 1], pa.int8()), [pa.array([1.0] * 4), pa.array(["a"] * 4)]
    ),
}


@in_both
@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_type_is_passed_over_or_refused_in_our_words(
    parser: Parser, write: Callable[..., bytes], parse: Parse, name: str
) -> None:
    """In a further column, the readings are right or the body is refused; as values, none is a number."""
    try:
        further, values = (write(beside(UNUSUAL[name](), place)) for place in ("more", "value"))
    except pa.ArrowNotImplementedError:
        pytest.skip("pyarrow does not write it so")
    for body, is_right in ((further, is_one), (values, math.isnan)):
        read = ours_or_why_not(parser, parse, body)
        if isinstance(read, str):
            assert read == UNKNOWN_TYPE or name == "decimal of 256 bits"
        else:
            assert all(is_right(value) for _, _, value in read)


def is_one(value: float) -> bool:
    return value == 1


@pytest.mark.parametrize("is_delta", [False, True])
@pytest.mark.parametrize("second", [["c", "d"], ["a", "b"], ["a", "b", "c"]])
def test_a_dictionary_that_changes_is_read_or_refused(
    parser: Parser, second: list[str], is_delta: bool
) -> None:
    """A batch may replace it, or add to it; Polars does not read what adds."""
    buffer = io.BytesIO()
    batches = [
        pa.record_batch(
            [
                pa.DictionaryArray.from_arrays(pa.array([0, len(keys) - 1], pa.int8()), pa.array(keys)),
                pa.array([1, 2]),
                pa.array([1.0, 2.0]),
            ],
            ["sensor", "t_us", "value"],
        )
        for keys in (["a", "b"], second)
    ]
    options = ipc.IpcWriteOptions(emit_dictionary_deltas=is_delta)
    with ipc.new_stream(buffer, batches[0].schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    body = buffer.getvalue()
    if is_delta and len(second) == 3:
        with pytest.raises(Invalid, match="delta dictionary"):
            ours(parser, parse_arrow, body)
    else:
        assert ours(parser, parse_arrow, body) == theirs(ipc.open_stream(body).read_all())


@pytest.mark.parametrize("is_footer_plain", [True, False])
def test_an_encrypted_file_is_refused_as_such(parser: Parser, is_footer_plain: bool) -> None:
    encryption = pyarrow("parquet.encryption")

    class PlainKeys(encryption.KmsClient):
        """Keeps keys as they are."""

        def __init__(self, _: object) -> None:
            encryption.KmsClient.__init__(self)

        def wrap_key(self, key_bytes: bytes, _: str) -> bytes:
            return base64.b64encode(key_bytes)

    properties = encryption.CryptoFactory(PlainKeys).file_encryption_properties(
        encryption.KmsConnectionConfig(),
        encryption.EncryptionConfiguration(
            footer_key="one", column_keys={"two": ["value"]}, plaintext_footer=is_footer_plain
        ),
    )
    table, buffer = beside(pa.array([1.0] * 4)), io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    with pytest.raises(Invalid, match="encrypted"):
        ours(parser, parse_parquet, buffer.getvalue())
