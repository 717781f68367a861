-- A copy of a database is somewhere else than its original: that is how it is told from it, whatever made the copy.

alter table q2c.installation add column place text;
comment on column q2c.installation.place is 'Server and database that this is; another one means that this is a copy.';

create table q2c.restoration (
    id            bigint      generated always as identity primary key,
    restored_at   timestamptz not null default now(),
    journal_until timestamptz,
    held          text[]      not null default '{}',
    rewound       text[]      not null default '{}'
);
comment on column q2c.restoration.journal_until is 'Of the last row that came back: what was done later is known to the vendors only.';
comment on column q2c.restoration.held is 'Connections that were held because of this: each once, at first sight.';
comment on column q2c.restoration.rewound is 'Connections whose feeds were set back to journal_until.';
