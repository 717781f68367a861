-- Exceptions as work items: what policies say of their classes, which have a cause in common, who works on them.

-- What the policy documents of the last process that started say. name: a code, or a category (in lower case).
create table q2c.exception_class (
    name           text primary key,
    severity       text check (severity in ('low', 'normal', 'high', 'critical')),
    owner_role     text,
    remedy         text,
    respond_within interval
);

-- The part of an id that stands for a text. Immutable, as UTF-8 is the only encoding that text is hashed in.
create function q2c_read.short_hash(content text) returns text
language sql immutable strict parallel safe
return left(encode(sha256(convert_to(content, 'UTF8')), 'hex'), 26);

create function q2c_read.cause_key(code text, step text, connection text, vendor_error text) returns text
language sql immutable parallel safe
return q2c_read.short_hash(
    code || E'\x1f' || step || E'\x1f' || coalesce(connection, '') || E'\x1f' || coalesce(vendor_error, ''));

drop view q2c_read.exception;

-- thread: what is tried again as the same thing, whatever the round. resolved_row: the row of the journal.
alter table q2c_read.work_item add column thread text, add column vendor_error text, add column resolved_row text;
update q2c_read.work_item set thread = item_id;
alter table q2c_read.work_item
    alter column thread set not null,
    add column cause_key text not null generated always as (q2c_read.cause_key(code, step, connection, vendor_error)) stored;
create index on q2c_read.work_item (cause_key, raised_at);
create index on q2c_read.work_item (grain, thread, raised_at);

-- A trouble lasts from the first failure to the settlement that holds, over all retries in between.
create table q2c_read.work_thread (
    id              text primary key,
    version         bigint not null,
    grain           text not null,
    contract_id     text,
    troubles        jsonb not null,
    last_round      int not null,
    last_resolution text
);

create table q2c_read.exception_case (
    id            text primary key,
    version       bigint not null,
    exception_id  text,
    code          text,
    step          text,
    connection    text,
    vendor_error  text,
    contract_id   text,
    assignee      text,
    tags          text[] not null,
    snoozed_until timestamptz,
    snoozed_at    timestamptz,
    snoozed_by    text,
    history       jsonb not null,
    updated_at    timestamptz not null
);

-- Why a delivery was parked when somebody acted: the inbox forgets it when the delivery is processed.
alter table q2c.delivery_action add column error jsonb;
create index on q2c.delivery_action (delivery_id, id);

create function q2c.keep_delivery_error() returns trigger
language plpgsql security definer set search_path = pg_catalog
as $$
begin
    select i.error into new.error from q2c.inbox i where i.id = new.delivery_id;
    return new;
end
$$;
create trigger delivery_action_error before insert on q2c.delivery_action
for each row execute function q2c.keep_delivery_error();

-- What waits or waited for a person: in the objects, and at the door.
create view q2c_read.exception as
with at_the_door as (
    select d.id, d.connection, d.attempts, d.received_at, d.status = 'parked' as is_open, acted.id as action_id, acted.action,
           acted.actor, acted.reason, acted.at,
           case jsonb_typeof(e.error) when 'array' then e.error -> 0 else e.error end as error
    from q2c.inbox d
    left join lateral (
        select a.id, a.action, a.actor, a.reason, a.at, a.error from q2c.delivery_action a
        where a.delivery_id = d.id order by a.id desc limit 1) acted on true
    cross join lateral (select case d.status when 'parked' then d.error else acted.error end as error) e
    where d.status = 'parked' or exists (select from q2c.delivery_action a where a.delivery_id = d.id)
), item as (
    select w.id, w.grain, w.item_id, null::bigint as delivery_id, w.contract_id, w.category, w.code, w.step, w.message, w.remedy,
           w.owner_role, w.connection, w.vendor_error, w.held_minor, w.held_currency, w.status, w.occurrences, w.raised_at,
           coalesce(trouble.began, w.raised_at) as first_raised_at, w.occurrences > 1 or coalesce(trouble.before > 0, false) as reopened,
           w.resolved_at, w.resolution, w.resolved_by, w.reason, w.resolved_row, w.thread, w.cause_key
    from q2c_read.work_item w
    left join q2c_read.work_thread t on t.id = w.grain || '/' || w.thread
    left join lateral (
        select max(at.began) as began, count(*) - 1 as before
        from (select value::timestamptz as began from jsonb_array_elements_text(t.troubles)) at
        where at.began <= w.raised_at) trouble on true
    union all
    select 'delivery/' || d.id, null, null, d.id, null, 'data', d.code, d.step, d.message, d.remedy, 'operator', d.connection, null,
           null, null, case when d.is_open then 'open' else 'resolved' end, d.attempts, d.received_at, d.received_at,
           d.is_open and d.action_id is not null, case when not d.is_open then d.at end,
           case when not d.is_open then case d.action when 'retry' then 'retried' when 'correct' then 'corrected' else 'skipped' end end,
           case when not d.is_open then d.actor end, case when not d.is_open then d.reason end,
           case when not d.is_open then 'delivery/' || d.id || '@' || d.action_id end, d.id::text,
           q2c_read.cause_key(d.code, d.step, d.connection, null)
    from (
        select *, 'Delivery of ' || connection as step,
               coalesce(error #>> '{problem,code}', error ->> 'code', 'DELIVERY_PARKED') as code,
               coalesce(error #>> '{problem,message}', error ->> 'message', 'The delivery cannot be processed as it is.') as message,
               coalesce(error #>> '{problem,remedy}', error ->> 'remedy', 'Correct the body and retry, or skip it with a reason.')
                   as remedy
        from at_the_door) d
)
select i.id, i.grain, i.item_id, i.delivery_id, i.contract_id, i.category, i.code, i.step, i.message,
       coalesce(k.remedy, i.remedy) as remedy, coalesce(k.owner_role, i.owner_role) as owner_role, i.connection, i.vendor_error,
       i.held_minor, i.held_currency, i.status, i.occurrences, i.raised_at, i.first_raised_at, i.reopened, i.resolved_at,
       i.resolution, i.resolved_by, i.reason, i.resolved_row, i.thread, i.cause_key,
       r.region || '_case_' || i.cause_key as group_id, own.id as case_id,
       coalesce(k.severity, c.severity, 'normal') as severity, due.at as due_at,
       case when due.at is null then 'none'
            when coalesce(i.resolved_at, now()) > due.at then 'breached'
            when i.status = 'open' and now() > due.at - due.within / 4 then 'dueSoon'
            else 'inTime' end as sla,
       coalesce(mine.assignee, ours.assignee) as assignee,
       array(select distinct t from unnest(mine.tags || ours.tags) t order by t) as tags,
       greatest(
           case when mine.snoozed_at >= i.raised_at and mine.snoozed_until > now() then mine.snoozed_until end,
           case when ours.snoozed_at >= i.raised_at and ours.snoozed_until > now() then ours.snoozed_until end) as snoozed_until
from item i
left join q2c.installation r on true
left join q2c.exception_class k on k.name = i.code
left join q2c.exception_class c on c.name = i.category
cross join lateral (
    select coalesce(k.respond_within, c.respond_within) as within, i.first_raised_at + coalesce(k.respond_within, c.respond_within) as at) due
cross join lateral (select r.region || '_case_' || q2c_read.short_hash(i.id) as id) own
left join q2c_read.exception_case mine on mine.id = own.id
left join q2c_read.exception_case ours on ours.id = r.region || '_case_' || i.cause_key;

grant select on q2c_read.exception, q2c_read.work_thread, q2c_read.exception_case to {gateway};
grant execute on function q2c_read.short_hash(text), q2c_read.cause_key(text, text, text, text) to {gateway};
