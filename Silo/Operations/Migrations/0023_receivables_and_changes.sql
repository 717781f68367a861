-- What was owed for each invoice from when on. The version is that of the customer's grain.

create table q2c_read.receivable (
    id text primary key,
    version bigint not null,
    customer_id text not null,
    invoice_id text not null,
    currency text not null,
    outstanding_minor bigint not null,
    at timestamptz not null
);

create index on q2c_read.receivable (customer_id, invoice_id, version desc);

-- What subscribers follow: which exception or billing run changed in which row of a shard. A reader that keeps its
-- place in each shard misses nothing.
create table q2c_read.change (
    topic text not null,
    shard int not null,
    seq bigint not null,
    subject text not null,
    contract_id text,
    primary key (topic, shard, seq, subject)
);

-- An effect that was refused waits for a person as a work item of the object that asked for it.
create or replace view q2c_read.connection as
select name,
       (select count(*) from q2c.effect e
        where e.connection = name and e.settled_at is null and e.status in ('pending', 'sending', 'waiting', 'held'))::int as open_effects,
       (select count(*) from q2c_read.work_item w
        where w.connection = name and w.status = 'open' and w.item_id not like '%/waiting')::int as parked_effects,
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

create index on q2c_read.work_item (connection) where status = 'open';
create index on q2c.effect (connection, updated_at) where status = 'accepted';
create index on q2c.inbox (connection, received_at);

grant select on q2c_read.receivable, q2c_read.change to {gateway};
