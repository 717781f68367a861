-- What vendors' records look like: the fields that were seen, which of them mappings rely on, and what has changed.
create table q2c.payload_contract (
    connection text        not null,
    object     text        not null,
    records    bigint      not null,
    -- From then on a field that was never there, or one that always was and is not, is noticed.
    learnt_at  timestamptz,
    primary key (connection, object)
);

create table q2c.payload_field (
    connection    text        not null,
    object        text        not null,
    field         text        not null,
    relied        boolean     not null,
    optional      boolean     not null,
    state         text        not null check (state in ('known', 'new', 'missing')),
    first_seen_at timestamptz not null,
    noticed_at    timestamptz,
    accepted_by   text,
    accepted_at   timestamptz,
    reason        text,
    primary key (connection, object, field)
);
create index on q2c.payload_field (noticed_at) where state <> 'known';

alter table q2c.connection_action drop constraint connection_action_action_check;
alter table q2c.connection_action add constraint connection_action_action_check
    check (action in ('hold', 'release', 'reconcile', 'repair', 'accept-field'));

-- done; repeated, when the same request came before; reused, when its key belongs to another request; not_found, when
-- nothing has to be accepted. A field that is missing need not be there any more; a new one is known.
create function q2c.accept_payload_field(
    p_connection text, p_object text, p_field text, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    claimed text := q2c.claim_key(p_actor, p_key, p_fingerprint, 'connection/' || p_connection);
begin
    if claimed <> 'new' then
        return claimed;
    end if;

    update q2c.payload_field f
    set optional = f.optional or f.state = 'missing', state = 'known', accepted_by = p_actor, accepted_at = p_at, reason = p_reason
    where (f.connection, f.object, f.field) = (p_connection, p_object, p_field) and f.state <> 'known';
    if not found then
        -- Nothing was done under the key: it stays free.
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return 'not_found';
    end if;

    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    values (p_connection, 'accept-field', p_actor, p_key, p_object || '.' || p_field || ': ' || p_reason, p_at);
    return 'done';
end
$$;
revoke all on function q2c.accept_payload_field(text, text, text, text, text, bytea, text, timestamptz) from public;
grant execute on function q2c.accept_payload_field(text, text, text, text, text, bytea, text, timestamptz) to {gateway};

create view q2c_read.payload_contract as
select c.connection || '/' || c.object as id, c.connection, c.object as record_kind, least(c.records, 2147483647)::int as records, c.learnt_at,
       coalesce((select count(*) from q2c.payload_field f where (f.connection, f.object) = (c.connection, c.object) and f.state <> 'known'), 0)::int
           as changes
from q2c.payload_contract c;

create view q2c_read.payload_field as
select f.connection || '/' || f.object || '/' || f.field as id, f.connection || '/' || f.object as contract_id, f.connection, f.object as record_kind,
       f.field, f.relied, f.optional, f.state, f.first_seen_at, f.noticed_at, f.accepted_by, f.accepted_at, f.reason
from q2c.payload_field f;
grant select on q2c_read.payload_contract, q2c_read.payload_field to {gateway};
