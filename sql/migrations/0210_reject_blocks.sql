-- Dead letters by block: a row holds what one commit refused, at most 4,096 letters, as arrays. As rows of their own, with
-- keys and indexes, they cost 13 times what readings cost.

create table reject_block (
    -- 48 bits of it are in the ids of its letters.
    id bigint generated always as identity primary key,
    project_id int not null references project on delete cascade,
    received_at timestamptz not null default now(),
    -- Of this, the second half is in the ids of its letters.
    mark uuid not null default gen_random_uuid(),
    -- When its readings are from; null if none has a time.
    from_us bigint,
    until_us bigint,
    -- Its kinds of letters: who sent them (0: no producer), the sensor as it was named and as it was known (0: not),
    -- why they were refused, and how many have not been stored after all.
    producer_ids int[] not null,
    sensors text[] not null,
    sensor_ids int[] not null,
    codes text[] not null,
    waiting int[] not null,
    -- Its letters. `kind` counts from 1; a seq of 0 is none; `text` is what was sent where that could not be read.
    kind smallint[] not null,
    seq bigint[] not null,
    index int[] not null,
    t_us bigint[] not null,
    value float8[] not null,
    text text[],
    -- When each was stored after all, microseconds since 1970 UTC, 0 for not; null if none was.
    replayed_us bigint[]
);
create index reject_block_project_id_id_idx on reject_block (project_id, id);
create index reject_block_received_at_idx on reject_block (received_at);

-- What the producer's sequence and the row number repeat compresses well, and lz4 costs a fifth of pglz.
do $$
begin
    alter table reject_block
        alter column kind set compression lz4,
        alter column seq set compression lz4,
        alter column index set compression lz4,
        alter column t_us set compression lz4,
        alter column value set compression lz4,
        alter column text set compression lz4,
        alter column replayed_us set compression lz4;
exception when feature_not_supported then
    null;  -- a server built without it compresses as it can
end
$$;

alter table project
    -- How long dead letters are kept.
    add column rejects_keep_days int not null default 30;

-- Letters that are rows of their own, as the releases before wrote them, into blocks; returns how many.
create function move_rejected_readings(most int) returns bigint
language sql
begin atomic
    with moved as (
        delete from rejected_reading
        where id in (
            select id from rejected_reading order by id limit most for update skip locked
        )
        returning *
    ),
    placed as (
        select
            moved.*,
            (row_number() over (partition by project_id, received_at order by id) - 1) / 256 as part
        from moved
    ),
    sorted as (
        select
            placed.*,
            dense_rank() over (
                partition by project_id, received_at, part order by producer_id nulls first, sensor, sensor_id nulls first, code
            ) as kind
        from placed
    ),
    kinds as (
        select
            project_id,
            received_at,
            part,
            array_agg(coalesce(producer_id, 0) order by kind) as producer_ids,
            array_agg(sensor order by kind) as sensors,
            array_agg(coalesce(sensor_id, 0) order by kind) as sensor_ids,
            array_agg(code order by kind) as codes,
            array_agg(waiting order by kind) as waiting
        from (
            select
                project_id, received_at, part, kind, producer_id, sensor, sensor_id, code,
                (count(*) filter (where replayed_at is null))::int as waiting
            from sorted
            group by project_id, received_at, part, kind, producer_id, sensor, sensor_id, code
        ) as counted
        group by project_id, received_at, part
    ),
    letters as (
        select
            project_id,
            received_at,
            part,
            min(id) as first_id,
            min(t_us) as from_us,
            max(t_us) as until_us,
            array_agg(kind::smallint order by id) as kind,
            array_agg(coalesce(seq, 0) order by id) as seq,
            array_agg(index order by id) as index,
            array_agg(t_us order by id) as t_us,
            array_agg(value order by id) as value,
            case when count(replayed_at) > 0 then
                array_agg(coalesce((extract(epoch from replayed_at) * 1000000)::bigint, 0) order by id)
            end as replayed_us
        from sorted
        group by project_id, received_at, part
    ),
    blocks as (
        insert into reject_block (
            project_id, received_at, from_us, until_us,
            producer_ids, sensors, sensor_ids, codes, waiting, kind, seq, index, t_us, value, replayed_us
        )
        select
            project_id, received_at, from_us, until_us,
            producer_ids, sensors, sensor_ids, codes, waiting, kind, seq, index, t_us, value, replayed_us
        from letters
        join kinds using (project_id, received_at, part)
        order by first_id
        returning cardinality(kind) as letters
    )
    select coalesce(sum(letters), 0)::bigint from blocks;
end;
select move_rejected_readings(200000);
