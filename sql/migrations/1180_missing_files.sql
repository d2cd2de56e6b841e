-- Files that their store has lost are few, and counted at each scrape of the worker's metrics.
create index artifact_missing_idx on artifact (id) where missing_since is not null;
