-- Which ingest tokens may send.

-- A token is worth what its issuer may still give: one who is active and an editor of the project, or an admin. A service
-- account issues in the name of whoever answers for it. Nobody issued what was made with the database at hand.
create or replace view valid_ingest_token as
select
    token.id,
    token.project_id,
    token.token_hash,
    token.sensors,
    token.producers,
    token.may_resume,
    coalesce(token.lineage, token.id) as lineage,
    least(token.expires_at, service.expires_at) as expires_at
from ingest_token as token
left join account as issuer on issuer.id = token.created_by
left join member as issuers on issuers.account_id = issuer.id and issuers.project_id = token.project_id
left join service_account as service on service.account_id = issuer.id
left join account as answerable on answerable.id = service.issued_by
left join member as answerables
    on answerables.account_id = answerable.id and answerables.project_id = token.project_id
where token.revoked_at is null
    and coalesce(token.expires_at > now(), true)
    and (
        token.created_by is null
        or (
            issuer.deactivated_at is null
            and (issuer.is_admin or issuers.role in ('editor', 'owner'))
            and (
                service.account_id is null
                or (
                    service.revoked_at is null
                    and coalesce(service.expires_at > now(), true)
                    and answerable.deactivated_at is null
                    and (answerable.is_admin or answerables.role = 'owner')
                )
            )
        )
    );

-- Whether a lineage has a token that may send.
create or replace function has_heirs(of_lineage uuid) returns boolean language sql stable as $$
select exists (
    select
    from ingest_token as token
    join valid_ingest_token as valid on valid.id = token.id
    where token.id = of_lineage or token.lineage = of_lineage
)
$$;
