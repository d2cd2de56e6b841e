-- Invitations to projects.

-- name: is_member
-- Whether somebody with this email is in the project already, which its members can see anyway.
select exists (
    select
    from member
    join account on account.id = member.account_id
    where member.project_id = %(project_id)s
        and lower(account.email collate "C") = lower(%(email)s::text collate "C")
) as is_member;

-- name: create
insert into invitation (project_id, role, email, token_hash, expires_at, created_by)
values (
    %(project_id)s,
    %(role)s,
    %(email)s,
    %(token_hash)s,
    now() + %(life_s)s * interval '1 second',
    %(created_by)s
)
returning id;

-- name: item
select * from invitation_item where id = %(id)s;

-- name: list
select *
from invitation_item
where in_project = %(project_id)s and position < %(before)s
order by position desc
limit %(fetch)s;

-- name: lock
select version, accepted_at is not null as is_accepted from invitation where id = %(id)s for update;

-- name: revoke
update invitation
set revoked_at = now(), version = version + 1, updated_at = now()
where id = %(id)s and revoked_at is null;

-- name: open
-- Whether somebody with this email may follow the link.
select 1 as there
from invitation
where token_hash = %(token_hash)s
    and accepted_at is null
    and revoked_at is null
    and expires_at > now()
    and (email is null or lower(email collate "C") = lower(%(email)s::text collate "C"));

-- name: accept
-- Once, by whom it is for, while whoever made it could still make it.
update invitation
set accepted_by = %(account_id)s, accepted_at = now(), version = invitation.version + 1, updated_at = now()
from account as inviter
where invitation.token_hash = %(token_hash)s
    and invitation.accepted_at is null
    and invitation.revoked_at is null
    and invitation.expires_at > now()
    and (
        invitation.email is null
        or lower(invitation.email collate "C") = lower(%(email)s::text collate "C")
    )
    and inviter.id = invitation.created_by
    and inviter.deactivated_at is null
    and (
        inviter.is_admin
        or exists (
            select
            from member
            where project_id = invitation.project_id and account_id = inviter.id and role = 'owner'
        )
    )
returning invitation.id, invitation.project_id, invitation.role;

-- name: join_project
insert into member (project_id, account_id, role) values (%(project_id)s, %(account_id)s, %(role)s);
