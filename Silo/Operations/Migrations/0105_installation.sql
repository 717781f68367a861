-- What operators see of the installation itself, and ask of it: whether a system answers now, and lists made anew.

alter table q2c.connection_action drop constraint connection_action_action_check;
alter table q2c.connection_action add constraint connection_action_action_check
    check (action in ('hold', 'release', 'reconcile', 'repair', 'accept-field', 'check'));
create index connection_action_check on q2c.connection_action (connection, id desc) where action = 'check';

-- As before; what is checked is asked by the holder of the connection's lease, which finds the action.
create or replace function q2c.act_on_connection(
    p_connection text, p_action text, p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    claimed text := q2c.claim_key(p_actor, p_key, p_fingerprint, 'connection/' || p_connection);
begin
    if claimed <> 'new' then return claimed; end if;

    if p_action = 'hold' then
        insert into q2c.connection_hold (connection, reason, held_by, held_at) values (p_connection, p_reason, p_actor, p_at)
        on conflict (connection) do update set reason = excluded.reason, held_by = excluded.held_by, held_at = excluded.held_at;
    elsif p_action = 'release' then
        delete from q2c.connection_hold h where h.connection = p_connection;
    end if;
    insert into q2c.connection_action (connection, action, actor, key, reason, at)
    values (p_connection, p_action, p_actor, p_key, p_reason, p_at);
    return 'done';
end
$$;

-- Read models that are made anew from the journal; one at a time.
create table q2c.rebuild (
    id          bigint      generated always as identity primary key,
    asked_by    text        not null,
    key         text        not null,
    reason      text        not null,
    asked_at    timestamptz not null,
    goals       bigint[],
    started_at  timestamptz,
    finished_at timestamptz,
    check ((goals is null) = (started_at is null))
);
comment on column q2c.rebuild.goals is 'Where each shard, from 0, was when the read models were emptied: they are whole again when they are there.';
create unique index rebuild_open on q2c.rebuild ((true)) where finished_at is null;

-- done; running, when one is under way; repeated and reused as for act_on_connection.
create function q2c.ask_rebuild(p_actor text, p_key text, p_fingerprint bytea, p_reason text, p_at timestamptz)
returns text
language plpgsql security definer set search_path = pg_catalog
as $$
declare
    claimed text := q2c.claim_key(p_actor, p_key, p_fingerprint, 'installation');
    asked   bigint;
begin
    if claimed <> 'new' then return claimed; end if;

    insert into q2c.rebuild (asked_by, key, reason, asked_at) values (p_actor, p_key, p_reason, p_at)
    on conflict ((true)) where finished_at is null do nothing
    returning id into asked;
    if asked is null then
        delete from q2c.api_key k where (k.principal, k.key) = (p_actor, p_key);
        return 'running';
    end if;
    insert into q2c.act (ref, subject, action, actor, key, reason, at)
    values ('installation@' || asked, 'installation', 'installation.rebuild', p_actor, p_key, p_reason, p_at);
    return 'done';
end
$$;

revoke all on function q2c.ask_rebuild(text, text, bytea, text, timestamptz) from public;
grant execute on function q2c.ask_rebuild(text, text, bytea, text, timestamptz) to {gateway};

-- One row: how far the journal and its readers are, who holds which lease, and the last rebuild.
create view q2c_read.installation as
select i.region, clock_timestamp() as at, shards.all as shards, silos.all as silos, rebuild.last as rebuild
from q2c.installation i
cross join lateral (
    select jsonb_agg(jsonb_build_object(
        'number', h.shard, 'rows', h.seq, 'lists_behind', h.seq - r.seq, 'dispatch_behind', h.seq - d.seq, 'behind_since', (
            select j.record_time from q2c.journal j where j.shard = h.shard and j.seq = least(r.seq, d.seq) + 1)) order by h.shard) as all
    from q2c.shard_head h
    join q2c.cursor r on r.shard = h.shard and r.name = 'read-models'
    join q2c.cursor d on d.shard = h.shard and d.name = 'dispatch') shards
cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object(
        'machine', split_part(o.owner, '/', 1), 'process', split_part(o.owner, '/', 2), 'leases', o.leases) order by o.owner), '[]') as all
    from (
        select l.owner, array_agg(l.name order by l.name) as leases
        from q2c.lease l where l.expires_at > clock_timestamp() group by l.owner) o) silos
left join lateral (
    select jsonb_build_object(
        'id', b.id, 'asked_by', b.asked_by, 'reason', b.reason, 'asked_at', b.asked_at, 'started_at', b.started_at, 'finished_at', b.finished_at,
        'done', (select sum(least(c.seq, b.goals[c.shard + 1])) from q2c.cursor c where c.name = 'read-models' and b.goals is not null),
        'total', (select sum(g) from unnest(b.goals) g)) as last
    from q2c.rebuild b order by b.id desc limit 1) rebuild on true;
grant select on q2c_read.installation to {gateway};
