using Q2C.Silo.Journal;
using Q2C.Silo.ReadModels;

namespace Q2C.Silo.Tests.ReadModels;

/// <summary>What exceptions have in common, and since when a thing is in trouble.</summary>
public sealed class ExceptionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const string Contract = "eu_ct_9";
    private static readonly DateTimeOffset Noon = Engagement.Noon;

    private readonly ReadModelProjection _projection = new();
    private readonly List<PumpedRow> _rows = [];

    public Task InitializeAsync() => postgres.Database.Execute($"truncate {string.Join(", ", _projection.Tables)}");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_trouble_lasts_over_its_retries_and_one_after_a_success_is_another()
    {
        Raise(1, hour: 0);
        Resolve(1, "retried", hour: 1);
        Raise(2, hour: 2, waiting: true);
        Resolve(2, "withdrawn", hour: 3, waiting: true);
        Raise(2, hour: 3);
        Resolve(2, "retried", hour: 4);
        Raise(4, hour: 9);

        await Apply();

        Assert.Equal(
        [
            "erp-customer/1 resolved retried since 12:00 again f",
            "erp-customer/2/waiting resolved withdrawn since 12:00 again f",
            "erp-customer/2 resolved retried since 12:00 again f",
            "erp-customer/4 open  since 21:00 again t",
        ], await postgres.Database.Scalar<string[]>(
            $$"""
            select array_agg(format('%s %s %s since %s again %s', substr(item_id, length(grain) + 2), status, resolution,
                                    to_char(first_raised_at at time zone 'utc', 'HH24:MI'), reopened) order by raised_at, resolved_at)
            from q2c_read.exception where grain = '{{Contract}}'
            """));
    }

    [Theory]
    [InlineData("Customer in ERP: netsuite refused. Invalid reference key 9 for currency.", "refused. Invalid reference key # for currency.")]
    [InlineData("Customer in ERP: netsuite refused. No subsidiary 'Nordwind \"4\"' (id 4.1, since 2026-03-02 12:00).", "refused. No subsidiary '…' (id #, since #).")]
    [InlineData("Customer in ERP: netsuite cannot be reached and is being retried, next at 2026-03-02 12:00:30Z. HTTP 503.", "cannot be reached and is being retried, next at # HTTP #")]
    public void What_a_vendor_said_is_the_same_whatever_it_was_about(string message, string said) => Assert.Equal(
        said, VendorErrors.Of(new("x", ExceptionCategory.Technical, "X", "Customer in ERP", message, "", Roles.Operator, "netsuite", null)));

    [Fact]
    public void What_is_about_no_system_has_no_vendors_word() => Assert.Null(
        VendorErrors.Of(new("x", ExceptionCategory.Policy, "X", "Validation", "No policy.", "", Roles.Operator, null, null)));

    [Theory]
    [InlineData("eu_pr_1", "time_entry/77", "time_entry/77", 0)]
    [InlineData("eu_ct_1", "eu_ct_1/psa-task/delivery/3", "psa-task/delivery", 3)]
    [InlineData("eu_ct_1", "eu_ct_1/psa-task/delivery/3/waiting", "psa-task/delivery", 3)]
    public void Rounds_of_one_step_are_one_thread_and_records_are_not(string grain, string item, string thread, int round) =>
        Assert.Equal(new WorkThread(thread, round), WorkThread.Of(grain, item));

    private static string Item(int round, bool waiting) => $"{Contract}/erp-customer/{round}{(waiting ? "/waiting" : "")}";

    private void Raise(int round, int hour, bool waiting = false) => Add(new ExceptionRaised(
        new(Item(round, waiting), ExceptionCategory.Technical, "ERP_DOWN", "Customer in ERP", "No.", "Wait.", Roles.Operator, "netsuite", null),
        Noon.AddHours(hour)));

    private void Resolve(int round, string how, int hour, bool waiting = false) =>
        Add(new ExceptionResolved(Item(round, waiting), how, null, "olga", Noon.AddHours(hour)));

    private void Add(Event @event) => _rows.Add(Engagement.Row(Contract, _rows.Count + 1, @event));

    private async Task Apply()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await _projection.Apply(connection, transaction, [.. _rows], default);
        await transaction.CommitAsync();
    }
}
