-- Producers belong to the token that made them, so that no gateway takes over another's sequence.

alter table producer
    -- The lineage of the token that bound it first; null: made by a release that did not note it, or by no token.
    add column made_by uuid;

alter table ingest_token
    -- Whether it may move a sequence with resume_at. Null: of producers that it names, or that it made.
    add column may_resume boolean;
create index ingest_token_lineage_idx on ingest_token (lineage);
