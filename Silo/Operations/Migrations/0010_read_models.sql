-- What the gateway reads. Every table is a projection of the journal and can be truncated and replayed.
-- version is the version of the owning grain that the row stands for.

create schema q2c_read;

create table q2c_read.customer (
    id text primary key,
    version bigint not null,
    name text not null,
    parent_id text,
    email text,
    currency text not null,
    "references" jsonb not null,
    contracts text[] not null,
    outstanding jsonb not null,
    credit jsonb not null,
    updated_at timestamptz not null
);

create index on q2c_read.customer (name, id);

create table q2c_read.contract (
    id text primary key,
    version bigint not null,
    name text not null,
    status text not null,
    customer_id text not null,
    customer_name text not null,
    legal_entity text not null,
    project_id text not null,
    opportunity_id text not null,
    quote_id text not null,
    currency text not null,
    terms_version int not null,
    start_date date not null,
    end_date date,
    billed_minor bigint not null,
    paid_minor bigint not null,
    open_exceptions int not null,
    accepted_at timestamptz not null,
    activated_at timestamptz,
    updated_at timestamptz not null
);

create index on q2c_read.contract (accepted_at desc, id desc);
create index on q2c_read.contract (customer_id);

create table q2c_read.project (
    id text primary key,
    version bigint not null,
    name text not null,
    open boolean not null,
    contract_id text not null,
    customer_id text not null,
    legal_entity text not null,
    currency text not null,
    terms_version int not null,
    opened_at timestamptz not null,
    updated_at timestamptz not null
);

create index on q2c_read.project (legal_entity);

create table q2c_read.billable_item (
    id text primary key,
    version bigint not null,
    project_id text not null,
    item_id text not null,
    source_id text not null,
    source_version bigint not null,
    kind text not null,
    line_id text not null,
    date date not null,
    description text not null,
    person text,
    role text,
    quantity numeric not null,
    rate numeric not null,
    currency text not null,
    value_minor bigint not null,
    amount_minor bigint not null,
    disposition text not null,
    explanation text not null,
    rule text not null,
    status text not null,
    run_id text,
    invoice_id text,
    invoice_number text,
    updated_at timestamptz not null
);

create index on q2c_read.billable_item (project_id, date, id);
create index on q2c_read.billable_item (project_id, date) where status = 'open';

create table q2c_read.billing_run (
    id text primary key,
    version bigint not null,
    legal_entity text not null,
    cut_off date not null,
    invoice_date date not null,
    started_by text not null,
    started_at timestamptz not null,
    completed_at timestamptz,
    projects_asked int not null,
    projects_answered int not null,
    items_reserved int not null,
    invoices text[] not null,
    issued int not null,
    rejected int not null
);

create index on q2c_read.billing_run (started_at desc, id desc);

create table q2c_read.invoice (
    id text primary key,
    version bigint not null,
    status text not null,
    number text,
    run_id text not null,
    project_id text not null,
    contract_id text not null,
    customer_id text not null,
    customer_name text not null,
    legal_entity text not null,
    currency text not null,
    date date not null,
    due_date date,
    net_minor bigint not null,
    tax_minor bigint,
    total_minor bigint,
    outstanding_minor bigint,
    prepared_by text not null,
    approved_by text,
    lines jsonb not null,
    tax_lines jsonb not null,
    payments jsonb not null,
    drafted_at timestamptz not null,
    issued_at timestamptz,
    updated_at timestamptz not null
);

create index on q2c_read.invoice (drafted_at desc, id desc);
create index on q2c_read.invoice (contract_id, drafted_at desc);
create index on q2c_read.invoice (customer_id, drafted_at desc);
create index on q2c_read.invoice (status, drafted_at desc);

create table q2c_read.work_item (
    id text primary key,
    version bigint not null,
    grain text not null,
    item_id text not null,
    contract_id text,
    category text not null,
    code text not null,
    step text not null,
    message text not null,
    remedy text not null,
    owner_role text not null,
    connection text,
    held_minor bigint,
    held_currency text,
    status text not null,
    occurrences int not null,
    raised_at timestamptz not null,
    resolved_at timestamptz,
    resolution text,
    resolved_by text,
    reason text
);

create index on q2c_read.work_item (status, raised_at desc, id desc);
create index on q2c_read.work_item (contract_id, raised_at desc);

create table q2c_read.activity (
    grain text not null,
    version bigint not null,
    id text not null generated always as (grain || '@' || version::text) stored,
    kind text not null,
    contract_id text,
    key text not null,
    at timestamptz not null,
    actor text not null,
    outcome text not null,
    events text[] not null,
    problems jsonb not null,
    reason text,
    correlation text not null,
    causation text,
    primary key (grain, version)
);

create index on q2c_read.activity (at desc, id desc);
create index on q2c_read.activity (contract_id, at desc) where contract_id is not null;
create index on q2c_read.activity (correlation);

-- Which engagement a grain belongs to: the contract's own id, its project, its invoices.
create table q2c_read.engagement_member (
    grain text primary key,
    contract_id text not null
);

-- head numbers the timeline of one engagement without gaps: assigned under the lock of this row, held to commit, so
-- whoever has read up to a position has seen everything before it.
create table q2c_read.engagement (
    contract_id text primary key,
    head bigint not null
);

create table q2c_read.timeline (
    contract_id text not null,
    position bigint not null,
    grain text not null,
    version bigint not null,
    ordinal int not null,
    event text not null,
    at timestamptz not null,
    stage text not null,
    title text not null,
    detail text,
    system text,
    amount_minor bigint,
    currency text,
    actor text not null,
    correlation text not null,
    primary key (contract_id, position),
    unique (grain, version, ordinal)
);

create view q2c_read.effect as
select e.id, e.connection, e.subject, convert_from(e.operation, 'utf8')::jsonb ->> '$type' as operation, e.grain,
       m.contract_id, e.correlation, e.status, e.attempt, e.external_id, convert_from(e.outcome, 'utf8')::jsonb as outcome,
       e.next_at, e.created_at, e.updated_at
from q2c.effect e left join q2c_read.engagement_member m on m.grain = e.grain;

create view q2c_read.delivery as
select i.id, i.connection, i.dedupe_key, i.received_at, i.content_type, i.status, i.attempts,
       case jsonb_typeof(i.error) when 'array' then i.error -> 0 else i.error end as error, i.parent_id
from q2c.inbox i;

create view q2c_read.delivery_body as select i.id, i.body from q2c.inbox i;

-- What waits or waited for a person: in the grains, and at the door.
create view q2c_read.exception as
select w.id, w.grain, w.item_id, null::bigint as delivery_id, w.contract_id, w.category, w.code, w.step, w.message, w.remedy,
       w.owner_role, w.connection, w.held_minor, w.held_currency, w.status, w.occurrences, w.raised_at, w.resolved_at,
       w.resolution, w.resolved_by, w.reason
from q2c_read.work_item w
union all
select 'delivery/' || d.id, null, null, d.id, null, 'data',
       coalesce(d.error #>> '{problem,code}', d.error ->> 'code', 'DELIVERY_PARKED'), 'Delivery of ' || d.connection,
       coalesce(d.error #>> '{problem,message}', d.error ->> 'message', 'The delivery cannot be processed as it is.'),
       coalesce(d.error #>> '{problem,remedy}', d.error ->> 'remedy', 'Correct the body and retry, or skip it with a reason.'),
       'operator', d.connection, null, null, 'open', d.attempts, d.received_at, null, null, null, null
from q2c_read.delivery d
where d.status = 'parked';

create view q2c_read.connection as
select name,
       (select count(*) from q2c.effect e where e.connection = name and e.status in ('pending', 'sending', 'waiting', 'held'))::int
           as open_effects,
       (select count(*) from q2c.effect e where e.connection = name and e.status = 'parked')::int as parked_effects,
       (select count(*) from q2c.inbox i where i.connection = name and i.status = 'received')::int as open_deliveries,
       (select count(*) from q2c.inbox i where i.connection = name and i.status = 'parked')::int as parked_deliveries,
       (select coalesce(sum(w.count), 0) from q2c.webhook_counter w where w.connection = name)::bigint as forged_deliveries,
       (select max(e.updated_at) from q2c.effect e where e.connection = name and e.status = 'accepted') as last_accepted_at,
       (select max(i.received_at) from q2c.inbox i where i.connection = name) as last_delivered_at
from (
    select connection as name from q2c.effect
    union select connection from q2c.inbox
    union select connection from q2c.webhook_counter
) connections;

grant usage on schema q2c_read to {gateway};
grant select on all tables in schema q2c_read to {gateway};
