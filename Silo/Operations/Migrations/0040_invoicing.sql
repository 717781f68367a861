-- Holds of billing, numbers that Q2C gives, what waits for a second person, and what invoices and runs say of them.

create table q2c_read.billing_hold (
    id text primary key,
    version bigint not null,
    subject text not null,
    hold_id text not null,
    placed_on text not null,
    reason text not null,
    placed_by text not null,
    placed_at timestamptz not null,
    released_by text,
    release_reason text,
    released_at timestamptz
);

create index on q2c_read.billing_hold (subject, placed_at, id) where released_at is null;
create index on q2c_read.billing_hold (placed_at desc, id desc) where subject = placed_on;

create table q2c_read.approval (
    id text primary key,
    version bigint not null,
    kind text not null,
    subject text not null,
    customer_id text not null,
    invoice_id text,
    refund_id text,
    legal_entity text not null,
    currency text not null,
    amount_minor bigint not null,
    reason text not null,
    asked_by text not null,
    asked_at timestamptz not null,
    decision text,
    decided_by text,
    decided_at timestamptz
);

create index on q2c_read.approval (subject, asked_at, id) where decided_at is null;
create index on q2c_read.approval (asked_at desc, id desc);

create table q2c_read.number_series (
    id text primary key,
    version bigint not null,
    legal_entity text not null,
    series text not null,
    year integer,
    last bigint not null,
    last_number text not null,
    open bigint not null,
    issued bigint not null,
    void bigint not null
);

-- Every number that was given: no position of a series is missing here.
create table q2c_read.document_number (
    id text primary key,
    version bigint not null,
    series_id text not null,
    legal_entity text not null,
    position bigint not null,
    number text not null,
    document_id text not null,
    date date not null,
    status text not null,
    reason text,
    given_at timestamptz not null,
    unique (series_id, position)
);

create index on q2c_read.document_number (position, id);

alter table q2c_read.invoice
    add column tax_estimated boolean not null default false,
    add column erp_number text;

alter table q2c_read.billing_run
    add column on_hold jsonb not null default '[]';

grant select on q2c_read.billing_hold, q2c_read.approval, q2c_read.number_series, q2c_read.document_number to {gateway};
