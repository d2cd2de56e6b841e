-- No question is about elements of these, and to gather their statistics takes ten times as long as all others.
alter table reading_block
    alter column time set statistics 0,
    alter column raw set statistics 0,
    alter column physical set statistics 0,
    alter column flags set statistics 0;
