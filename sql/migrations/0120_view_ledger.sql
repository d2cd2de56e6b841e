-- Which text each view and function of `sql/views` was made from, so that only what differs is made again.
create table view_ledger (
    name text primary key,
    checksum text not null,
    -- Of what the server made of the text: another one shows that somebody else has changed or dropped it.
    definition_checksum text not null,
    made_at timestamptz not null default now()
);
