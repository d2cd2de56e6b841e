-- Who holds a producer, how it does, and which of its frames are missing.

alter table producer
    -- As the last bind left them; null before, and after a bind by a former release.
    add column token_id uuid,
    add column agent text,
    add column sensor_count int,
    -- Where its sequence stood before the last bind, which may have moved it.
    add column seq_before_bind bigint,
    add column last_commit_at timestamptz;

-- Apart from the producer, so that saying that it is well never waits for a commit.
create table producer_liveness (
    producer_id int primary key references producer on delete cascade,
    -- Of the bind that this is about. What an older one says comes too late.
    epoch bigint not null,
    is_connected boolean not null,
    seen_at timestamptz not null,
    rate_hz float8 not null,
    -- From the newest reading's time to its arrival, for the last frame; null before the first.
    delay_s float8
) with (fillfactor = 50);

-- Frames that are missing: a bind moved the sequence on, past what is stored.
create table producer_gap (
    id bigint generated always as identity primary key,
    producer_id int not null references producer on delete cascade,
    first_seq bigint not null,
    last_seq bigint not null check (last_seq >= first_seq),
    -- Of the frame before; null if there is none, or a former release stored it.
    last_commit_at timestamptz,
    resumed_at timestamptz not null default now(),
    token_id uuid
);
create index producer_gap_producer_id_idx on producer_gap (producer_id, id);
create index producer_gap_resumed_at_idx on producer_gap (resumed_at);

update event set kind = 'producer.resumed_at' where kind = 'producer.resumed-at';
