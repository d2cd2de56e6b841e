-- Dead letters one by one, out of their blocks. What narrows a list down to some blocks is the statement's to say.

create or replace view dead_letter as
select
    (block.id << 12) + letter.place - 1 as position,
    block.id as block_id,
    -- A UUID of version 8: the block's number, the place in it, and what no other database gives out.
    (
        lpad(to_hex(block.id), 12, '0')
        || '8' || lpad(to_hex(letter.place - 1), 3, '0')
        || right(replace(block.mark::text, '-', ''), 16)
    )::uuid as id,
    block.project_id,
    block.received_at,
    block.from_us,
    block.until_us,
    block.codes,
    nullif(kind.producer_id, 0) as producer_id,
    nullif(letter.seq, 0) as seq,
    letter.index,
    kind.sensor,
    nullif(kind.sensor_id, 0) as sensor_id,
    -- What can't be read is the least time and NaN, beside its text.
    case when letter.text is null or letter.t_us > -9223372036854775808 then letter.t_us end as t_us,
    case when letter.text is null or letter.value <> 'NaN' then letter.value end as value,
    letter.text,
    kind.code,
    case when letter.replayed_us > 0 then
        timestamptz 'epoch' + letter.replayed_us * interval '1 microsecond'
    end as replayed_at
from reject_block as block
cross join lateral unnest(
    block.kind, block.seq, block.index, block.t_us, block.value, block.text, block.replayed_us
) with ordinality as letter (kind, seq, index, t_us, value, text, replayed_us, place)
join lateral unnest(block.producer_ids, block.sensors, block.sensor_ids, block.codes)
    with ordinality as kind (producer_id, sensor, sensor_id, code, number)
    on kind.number = letter.kind;
