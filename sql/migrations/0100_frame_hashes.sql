-- What a producer's last 256 frames held, so that a frame that comes again is told from another one under its
-- number: 256 hashes of 8 bytes, that of frame `seq` at place seq % 256. The number is part of the hash, so a
-- hash that a release before this one left behind matches nothing. Written in place and not compressed, so
-- that an update logs only what it changes.
alter table producer add column frame_hashes bytea check (octet_length(frame_hashes) = 2048);
alter table producer alter column frame_hashes set storage plain;

-- The first of the tokens that followed one another by rotation; null for a first one. An Idempotency-Key
-- belongs to all of them: `ingest_receipt.token_id` names the first.
alter table ingest_token add column lineage uuid references ingest_token on delete set null;
