"""What readings there were at any position: each that was ever stored or taken out, by transaction.

Triggers of the test's own write it down in the transaction that does it, whichever program that is. What is
stored at a position follows from it alone, and from nothing that the product computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.database.arrays import register
from barograph.database.positions import Position

# Between times of a reading, its value, and whether it came or went.
Column = NDArray[Any]
# In place of no physical value, so that rows without one are equal.
NO_VALUE = -1.7e308

_TRIGGER = """
create table reading_ledger (
    server_us int8 not null,
    xid int8 not null,
    change int4 not null,
    sensor_id int4 not null,
    t_us int8 not null,
    raw float8 not null,
    physical float8
);
create function note_readings(
    change int, sensor_id int, times timestamptz[], raws float8[], physicals float8[]
)
returns void language sql security definer set search_path = public, pg_temp as $$
    insert into reading_ledger
    select
        (extract(epoch from pg_postmaster_start_time()) * 1000000)::int8,
        pg_current_xact_id()::text::int8,
        change,
        note_readings.sensor_id,
        (extract(epoch from time) * 1000000)::int8,
        raw,
        physical
    from unnest(times, raws, physicals) as reading (time, raw, physical)
$$;
create function note_reading() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        perform public.note_readings(-1, old.sensor_id, array[old.time], array[old.raw], array[old.physical]);
    end if;
    if tg_op <> 'DELETE' then
        perform public.note_readings(1, new.sensor_id, array[new.time], array[new.raw], array[new.physical]);
    end if;
    return null;
end
$$;
create function note_block() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        perform public.note_readings(-1, old.sensor_id, old.time, old.raw, old.physical);
    end if;
    if tg_op <> 'DELETE' then
        perform public.note_readings(1, new.sensor_id, new.time, new.raw, new.physical);
    end if;
    return null;
end
$$;
create trigger note_reading after insert or update or delete on reading
for each row execute function note_reading();
create trigger note_block after insert or update or delete on reading_block
for each row execute function note_block();
"""
_ROWS = "select server_us, xid, change, sensor_id, t_us, raw, physical from reading_ledger"


def keep_ledger(database_url: str) -> None:
    """From now on, in this database."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_TRIGGER)


@dataclass(frozen=True)
class ReadingLedger:
    """All of it, as columns: `server_us` when the server was started, `xid`, `change` (1 or -1), the rest."""

    columns: Mapping[str, Column]

    @classmethod
    def load(cls, database_url: str) -> "ReadingLedger":
        with psycopg.connect(database_url) as connection:
            register(connection)
            cursor = connection.execute(_ROWS)
            names = [column.name for column in cursor.description or ()]
            rows = cursor.fetchall()
        table = list(zip(*rows, strict=True)) or [()] * len(names)
        kinds = {"raw": np.float64, "physical": np.float64}
        columns = {
            name: np.array([NO_VALUE if each is None else each for each in values], kinds.get(name, np.int64))
            for name, values in zip(names, table, strict=True)
        }
        return cls(columns)

    def held_at(self, position: Position, sensor_id: int, from_us: int, to_us: int) -> Mapping[str, Column]:
        """Readings of `[from, to)` that a snapshot saw, in order: `t_us`, `raw`, `physical`."""
        columns = self.columns
        is_asked = (columns["sensor_id"] == sensor_id) & (columns["t_us"] >= from_us)
        is_asked &= columns["t_us"] < to_us
        is_seen = (columns["server_us"] == position.server_us) & (columns["xid"] < position.next)
        is_seen &= ~np.isin(columns["xid"], position.running)
        rows = np.flatnonzero(is_asked & (is_seen | (columns["server_us"] < position.server_us)))
        keys = [columns[name][rows] for name in ("physical", "raw", "t_us")]
        order = np.lexsort(keys)
        physical, raw, t_us = (key[order] for key in keys)
        if not order.size:
            return {"t_us": t_us, "raw": raw, "physical": physical}
        is_new = np.ones(order.size, bool)
        is_new[1:] = (np.diff(t_us) != 0) | (np.diff(raw) != 0) | (np.diff(physical) != 0)
        count = np.add.reduceat(columns["change"][rows][order], np.flatnonzero(is_new))
        assert count.min() >= 0
        return {
            name: np.repeat(column[is_new], count)
            for name, column in (("t_us", t_us), ("raw", raw), ("physical", physical))
        }
