-- What the files of a project's runs may take; null: what the operator allows every project.
alter table project add column artifact_quota_bytes bigint check (artifact_quota_bytes >= 0);
