-- Which silos there are: what Orleans' ADO.NET clustering keeps, through statements that it finds by name in orleansquery.
-- It gives their parameters and reads their columns by name; a write answers how many rows it wrote. Every change of a
-- silo takes the next version of its cluster or does nothing. Only builds on Orleans' packages write here.

create schema q2c_cluster;

create table q2c_cluster.membership_version (
    deployment text        primary key,
    version    integer     not null default 0,
    changed_at timestamptz not null default now()
);

create table q2c_cluster.membership (
    deployment    text        not null references q2c_cluster.membership_version,
    address       text        not null,
    port          integer     not null,
    generation    integer     not null,
    silo_name     text        not null,
    host_name     text        not null,
    status        integer     not null,
    proxy_port    integer     not null,
    suspect_times text,
    started_at    timestamptz not null,
    alive_at      timestamptz not null,
    primary key (deployment, address, port, generation)
);

create table q2c_cluster.orleansquery (
    querykey  text primary key,
    querytext text not null
);

insert into q2c_cluster.orleansquery (querykey, querytext) values
('InsertMembershipVersionKey', '
    with added as (
        insert into q2c_cluster.membership_version (deployment) values (@DeploymentId) on conflict do nothing returning 1)
    select count(*) from added'),
('InsertMembershipKey', '
    with bumped as (
        update q2c_cluster.membership_version set version = version + 1, changed_at = now()
        where deployment = @DeploymentId and version = @Version returning deployment
    ), added as (
        insert into q2c_cluster.membership (
            deployment, address, port, generation, silo_name, host_name, status, proxy_port, started_at, alive_at)
        select deployment, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
        from bumped returning 1)
    select count(*) from added'),
('UpdateMembershipKey', '
    with bumped as (
        update q2c_cluster.membership_version set version = version + 1, changed_at = now()
        where deployment = @DeploymentId and version = @Version returning deployment
    ), changed as (
        update q2c_cluster.membership m set status = @Status, suspect_times = @SuspectTimes, alive_at = @IAmAliveTime
        from bumped
        where m.deployment = bumped.deployment and m.address = @Address and m.port = @Port and m.generation = @Generation
        returning 1)
    select count(*) from changed'),
('UpdateIAmAlivetimeKey', '
    update q2c_cluster.membership set alive_at = @IAmAliveTime
    where deployment = @DeploymentId and address = @Address and port = @Port and generation = @Generation'),
('MembershipReadRowKey', '
    select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName,
           m.host_name as HostName, m.status as Status, m.proxy_port as ProxyPort, m.suspect_times as SuspectTimes,
           m.started_at as StartTime, m.alive_at as IAmAliveTime, v.version as Version
    from q2c_cluster.membership_version v
    left join q2c_cluster.membership m
        on m.deployment = v.deployment and m.address = @Address and m.port = @Port and m.generation = @Generation
    where v.deployment = @DeploymentId'),
('MembershipReadAllKey', '
    select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName,
           m.host_name as HostName, m.status as Status, m.proxy_port as ProxyPort, m.suspect_times as SuspectTimes,
           m.started_at as StartTime, m.alive_at as IAmAliveTime, v.version as Version
    from q2c_cluster.membership_version v
    left join q2c_cluster.membership m on m.deployment = v.deployment
    where v.deployment = @DeploymentId'),
('DeleteMembershipTableEntriesKey', '
    with gone as (delete from q2c_cluster.membership where deployment = @DeploymentId)
    delete from q2c_cluster.membership_version where deployment = @DeploymentId'),
-- 3 is the status of a silo that is active.
('CleanupDefunctSiloEntriesKey', '
    delete from q2c_cluster.membership where deployment = @DeploymentId and alive_at < @IAmAliveTime and status <> 3'),
('GatewaysQueryKey', '
    select address as Address, proxy_port as ProxyPort, generation as Generation
    from q2c_cluster.membership where deployment = @DeploymentId and status = @Status and proxy_port > 0');

grant usage on schema q2c_cluster to {gateway};
grant select on all tables in schema q2c_cluster to {gateway};
