-- The shapes in which the API shows accounts, members, service accounts and invitations. `position` is
-- the place in lists, newest highest; `in_project` is what lists are narrowed by.

create or replace view user_item as
select
    account.number as position,
    account.id,
    account.email,
    account.name,
    account.is_admin,
    account.must_change_password,
    account.deactivated_at,
    account.version,
    account.created_at,
    account.updated_at,
    exists (
        select from factor where factor.account_id = account.id and factor.confirmed_at is not null
    ) as has_second_factor
from account
where account.kind = 'person';

create or replace view member_item as
select
    member.number as position,
    member.project_id as in_project,
    account.id,
    account.id as user_id,
    project.public_id as project_id,
    account.email,
    account.name,
    account.deactivated_at is null as is_active,
    member.role,
    member.version,
    member.created_at,
    member.updated_at
from member
join account on account.id = member.account_id
join project on project.id = member.project_id
where account.kind = 'person';

create or replace view service_account_item as
select
    service.number as position,
    service.project_id as in_project,
    service.account_id as id,
    project.public_id as project_id,
    account.name,
    member.role,
    service.expires_at,
    service.revoked_at,
    service.issued_by,
    service.version,
    service.created_at,
    service.updated_at
from service_account as service
join account on account.id = service.account_id
join project on project.id = service.project_id
join member on member.project_id = service.project_id and member.account_id = service.account_id;

create or replace view invitation_item as
select
    invitation.number as position,
    invitation.project_id as in_project,
    invitation.id,
    project.public_id as project_id,
    invitation.role,
    invitation.email,
    invitation.expires_at,
    invitation.revoked_at,
    invitation.accepted_at,
    invitation.accepted_by,
    invitation.created_by,
    invitation.version,
    invitation.created_at,
    invitation.updated_at
from invitation
join project on project.id = invitation.project_id;

-- An account as the one who calls. It is read with every request, so it holds what rights need and no more.
create or replace view account_as_caller as
select
    account.id as caller_id,
    account.kind as caller_kind,
    account.email as caller_email,
    account.name as caller_name,
    account.is_admin as caller_is_admin,
    account.must_change_password as caller_must_change_password,
    account.deactivated_at as caller_deactivated_at,
    exists (
        select from factor where factor.account_id = account.id and factor.confirmed_at is not null
    ) as caller_has_second_factor
from account;

-- Who calls by a log-in that holds: nobody has ended it, and the account is active.
create or replace view caller_of_login as
select caller.*, login.id as caller_login_id
from login
join account_as_caller as caller on caller.caller_id = login.account_id
where login.revoked_at is null and caller.caller_deactivated_at is null;

-- The same by a browser's session.
create or replace view caller_of_session as
select caller.*, session.token_hash
from browser_session as session
join caller_of_login as caller on caller.caller_login_id = session.login_id
where session.expires_at > now();

-- The same by the token of a service account. It works while the person who was shown it could issue it: is
-- active, and an owner of the project or an admin.
create or replace view caller_of_service as
select caller.*, null::uuid as caller_login_id, service.token_hash
from service_account as service
join account_as_caller as caller on caller.caller_id = service.account_id
join account as issuer on issuer.id = service.issued_by
left join member as issuers
    on issuers.account_id = service.issued_by and issuers.project_id = service.project_id
where service.revoked_at is null
    and (service.expires_at is null or service.expires_at > now())
    and caller.caller_deactivated_at is null
    and issuer.deactivated_at is null
    and (issuer.is_admin or issuers.role = 'owner');

-- A log-in that nobody has ended, as whoever has it sees it. Refreshing prolongs it.
create or replace view login_item as
select
    login.number as position,
    login.account_id as in_account,
    login.id,
    case when browser.expires_at is null then 'tokens' else 'browser' end as kind,
    login.address,
    login.agent,
    login.created_at as started_at,
    coalesce(login.last_used_at, login.created_at) as last_used_at,
    coalesce(browser.expires_at, tokens.expires_at) as expires_at,
    login.second_factor
from login
left join lateral (
    select max(session.expires_at) as expires_at
    from browser_session as session
    where session.login_id = login.id
) as browser on true
left join lateral (
    select max(token.expires_at) as expires_at
    from refresh_token as token
    where token.login_id = login.id and token.used_at is null
) as tokens on true
where login.revoked_at is null;
