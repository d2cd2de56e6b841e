-- A producer's sequence: bound by one connection at a time, advanced only by the transaction that stores.

-- name: bind
-- Waits for a transaction of the former holder, so that last_seq is final when the new one hears it. No row: the
-- token may not bind this producer. One that is named binds whatever has the name; the server itself names what it binds.
-- An epoch is the time of the bind in microseconds, or one more than the last where the clock is behind: so a
-- database that was restored does not give out again the epochs of binds that it has forgotten.
-- The stamp tells whether names may be looked up in a catalog that is known: what they mean is settled by the bind.
insert into producer (
    project_id, name, epoch, last_seq, made_by, seq_before_bind, token_id, agent, sensor_count
)
values (
    %(project_id)s, %(name)s, (extract(epoch from clock_timestamp()) * 1000000)::int8,
    coalesce(%(resume_at)s::int8 - 1, 0), %(lineage)s::uuid, 0, %(token_id)s, %(agent)s, %(sensor_count)s
)
on conflict (project_id, name) do update
set epoch = greatest(producer.epoch + 1, (extract(epoch from clock_timestamp()) * 1000000)::int8),
    bound_at = now(),
    last_seq = coalesce(%(resume_at)s::int8 - 1, producer.last_seq),
    last_hash = case when %(resume_at)s::int8 is null then producer.last_hash end,
    seq_before_bind = producer.last_seq,
    token_id = excluded.token_id,
    agent = excluded.agent,
    sensor_count = excluded.sensor_count,
    made_by = case
        when
            producer.made_by is null
            or producer.made_by = excluded.made_by
            or %(is_named)s
            or has_heirs(producer.made_by)
        then producer.made_by
        else excluded.made_by
    end
where %(is_named)s
    or producer.made_by = excluded.made_by
    or (%(is_unlimited)s and (producer.made_by is null or not has_heirs(producer.made_by)))
returning
    id, public_id, epoch, last_seq, seq_before_bind, last_hash, frame_hashes,
    (select catalog_stamp from project where project.id = producer.project_id) as catalog_stamp,
    made_by is not distinct from %(lineage)s::uuid or (made_by is null and %(is_unlimited)s) as is_own;

-- name: announce_binds
-- The id is for a former release that still listens.
select
    pg_notify(
        'barograph_bind', json_build_object('id', id, 'public_id', public_id, 'epoch', epoch)::text
    )
from unnest(%(ids)s::int4[], %(public_ids)s::uuid[], %(epochs)s::int8[]) as bound (id, public_id, epoch);

-- name: record_resume
-- After a bind that moved the sequence. Frames that it left out are missing: the gateway lost them, or the server did,
-- as when it was restored from a backup. They came after the frame before them had come: a process may have held that
-- one through a restore, and stored it only then.
with resumed as (
    select *, last_arrival_at(producer) as last_arrival_at
    from producer
    where id = %(id)s
), gap as (
    insert into producer_gap (producer_id, first_seq, last_seq, last_commit_at, token_id, sensor_ids)
    select id, seq_before_bind + 1, last_seq, last_arrival_at, token_id, %(sensor_ids)s::int4[]
    from resumed
    where last_seq > seq_before_bind
    returning first_seq, last_seq
)
insert into event (project_id, kind, payload)
select
    project_id,
    'producer.resumed_at',
    jsonb_build_object(
        'producer', name,
        'producer_id', public_id,
        'resume_at', last_seq + 1,
        'last_seq', seq_before_bind,
        'last_commit_at', last_arrival_at,
        'token_id', token_id,
        'gap', (select jsonb_build_object('first_seq', first_seq, 'last_seq', last_seq) from gap)
    )
from resumed;

-- name: note_refused_producer
-- A producer that a backup does not know, of a token that may bind it, but not move its sequence.
insert into producer (project_id, name, made_by, token_id, agent, sensor_count)
values (%(project_id)s, %(name)s, %(lineage)s::uuid, %(token_id)s, %(agent)s, %(sensor_count)s)
on conflict (project_id, name) do nothing;

-- name: record_refused_resume
-- The gateway goes on under the numbers that the server has free, but what it wanted to leave out is missing all the
-- same. Each range once in a minute: who is refused may ask again at once.
with gap as (
    insert into producer_gap (
        producer_id, first_seq, last_seq, last_commit_at, token_id, sensor_ids, was_refused
    )
    select
        id,
        last_seq + 1,
        %(resume_at)s::int8 - 1,
        last_arrival_at(producer),
        %(token_id)s::uuid,
        %(sensor_ids)s::int4[],
        true
    from producer
    where project_id = %(project_id)s
        and name = %(name)s
        and last_seq + 1 < %(resume_at)s::int8
        and not exists (
            select
            from producer_gap as earlier
            where earlier.producer_id = producer.id
                and earlier.was_refused
                and earlier.first_seq <= producer.last_seq + 1
                and earlier.last_seq >= %(resume_at)s::int8 - 1
                and earlier.resumed_at > now() - interval '1 minute'
        )
    returning producer_id, first_seq, last_seq, last_commit_at, token_id
)
insert into event (project_id, kind, payload)
select
    producer.project_id,
    'producer.resume_refused',
    jsonb_build_object(
        'producer', producer.name,
        'producer_id', producer.public_id,
        'resume_at', gap.last_seq + 1,
        'last_seq', gap.first_seq - 1,
        'last_commit_at', gap.last_commit_at,
        'token_id', gap.token_id,
        'gap', jsonb_build_object('first_seq', gap.first_seq, 'last_seq', gap.last_seq)
    )
from gap
join producer on producer.id = gap.producer_id;

-- name: claim
-- Rows are locked in the order of ids, so that two commits can't wait for each other. The hashes of a claim are
-- two stretches of the ring, for it may pass the ring's end; last_hash is what a former release checks. An id
-- alone says too little: a restored database gives it out again to another producer.
with wanted as (
    select *
    from unnest(
        %(ids)s::int4[], %(public_ids)s::uuid[], %(epochs)s::int8[], %(firsts)s::int8[], %(lasts)s::int8[],
        %(waits_s)s::float8[], %(places)s::int4[], %(heads)s::bytea[], %(tails)s::bytea[]
    ) as w (id, public_id, epoch, first_seq, last_seq, wait_s, place, head, tail)
), locked as (
    select producer.id
    from producer
    join wanted using (id, public_id)
    order by producer.id
    for update of producer
)
update producer
set last_seq = wanted.last_seq,
    last_commit_at = now(),
    last_wait_s = wanted.wait_s,
    last_hash = null,
    frame_hashes = case
        when wanted.head is null then producer.frame_hashes
        else overlay(
            overlay(
                coalesce(producer.frame_hashes, decode(repeat('00', 2048), 'hex'))
                placing wanted.head from wanted.place + 1
            )
            placing wanted.tail from 1
        )
    end
from wanted join locked using (id)
where producer.id = wanted.id
    and producer.public_id = wanted.public_id
    and producer.epoch = wanted.epoch
    and producer.last_seq = wanted.first_seq - 1;

-- name: standing
select id, public_id, epoch, last_seq from producer where public_id = any(%(public_ids)s);

-- name: named
-- If the token may bind it.
select public_id, name, last_seq, epoch, bound_at, created_at
from producer
where project_id = %(project_id)s
    and name = %(name)s
    and (
        %(is_named)s
        or made_by = %(lineage)s
        or (%(is_unlimited)s and (made_by is null or not has_heirs(made_by)))
    );

-- name: note_seen
-- By public id, for a restored database gives the other one out again. A bind that is older than another one's has
-- nothing to say any more.
insert into producer_liveness (producer_id, epoch, is_connected, seen_at, rate_hz, delay_s)
select producer.id, seen.epoch, seen.is_connected, now(), seen.rate_hz, nullif(seen.delay_s, 'NaN')
from unnest(
    %(public_ids)s::uuid[], %(epochs)s::int8[], %(are_connected)s::bool[], %(rates_hz)s::float8[],
    %(delays_s)s::float8[]
) as seen (public_id, epoch, is_connected, rate_hz, delay_s)
join producer using (public_id)
order by producer.id
on conflict (producer_id) do update
set
    epoch = excluded.epoch,
    is_connected = excluded.is_connected,
    seen_at = excluded.seen_at,
    rate_hz = excluded.rate_hz,
    delay_s = coalesce(excluded.delay_s, producer_liveness.delay_s)
where excluded.epoch >= producer_liveness.epoch;

-- name: list
-- Names that begin with import/ are those of files, which have a list of their own.
with refused as (
    select kind.producer_id, sum(kind.waiting)::int8 as readings
    from reject_block as block
    cross join lateral unnest(block.producer_ids, block.waiting) as kind (producer_id, waiting)
    where block.project_id = %(project_id)s and block.received_at > now() - interval '1 day'
    group by kind.producer_id
)
select producer.*, coalesce(refused.readings, 0) as rejected_24h
from producer_item as producer
left join refused on refused.producer_id = producer.position
where producer.in_project = %(project_id)s
    and producer.position < %(before)s
    and (%(name)s::text is null or producer.name = %(name)s)
    and (%(q)s::text is null or position(lower(%(q)s) in lower(producer.name)) > 0)
    and (%(connected)s::bool is null or producer.connected = %(connected)s)
order by producer.position desc
limit %(fetch)s;

-- name: item
select
    producer.*,
    (
        select coalesce(sum(kind.waiting), 0)::int8
        from reject_block as block
        cross join lateral unnest(block.producer_ids, block.waiting) as kind (producer_id, waiting)
        where block.project_id = producer.in_project
            and block.received_at > now() - interval '1 day'
            and kind.producer_id = producer.position
    ) as rejected_24h
from producer_item as producer
where producer.position = %(id)s;
