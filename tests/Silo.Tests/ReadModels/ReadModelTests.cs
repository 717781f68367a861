using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;
using Q2C.Quotes;
using Q2C.Silo.Journal;
using Q2C.Silo.ReadModels;

namespace Q2C.Silo.Tests.ReadModels;

public sealed class ReadModelTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly ReadModelProjection _projection = new();
    private readonly Engagement _engagement = new();

    public Task InitializeAsync() => postgres.Database.Execute($"truncate {string.Join(", ", _projection.Tables)}");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_timeline_tells_the_engagement_in_the_order_of_its_commits()
    {
        await Apply(_engagement.Rows);

        Assert.Equal(
        [
            "1 quote Quote accepted",
            "2 activation Paused at: Customer in ERP",
            "3 activation Exception retried",
            "4 activation Engagement is running",
            "5 delivery Project opened",
            "6 delivery Time received 1200.00 EUR",
            "7 delivery Time corrected at its source 1800.00 EUR",
            "8 billing Work set aside for billing 1800.00 EUR",
            "9 billing Invoice drafted 1800.00 EUR",
            "10 billing Tax calculated 2142.00 EUR",
            "11 billing Invoice issued 2142.00 EUR",
            "12 cash Payment received 1000.00 EUR",
            "13 cash Invoice paid in full 1142.00 EUR",
        ], await Lines(
            """
            select concat_ws(' ', position, stage, title, round(amount_minor / 100.0, 2), currency)
            from q2c_read.timeline order by contract_id, position
            """));
    }

    [Fact]
    public async Task Rows_applied_twice_change_nothing()
    {
        await Apply(_engagement.Rows);
        var once = await Everything();

        await Apply(_engagement.Rows);

        Assert.Equal(once, await Everything());
    }

    [Fact]
    public async Task Batches_of_any_size_give_the_same_tables()
    {
        await Apply(_engagement.Rows);
        var whole = await Everything();
        await InitializeAsync();

        foreach (var row in _engagement.Rows) await Apply([row]);

        Assert.Equal(whole, await Everything());
    }

    [Fact]
    public async Task A_batch_that_was_undone_leaves_nothing_behind_in_memory()
    {
        await Apply(_engagement.Rows);
        var whole = await Everything();
        await InitializeAsync();

        await Apply(_engagement.Rows[..8]);
        await Apply(_engagement.Rows[8..12], commit: false);
        await Apply(_engagement.Rows[8..10]);
        await Apply(_engagement.Rows[10..]);

        Assert.Equal(whole, await Everything());
    }

    [Fact]
    public async Task What_another_process_wrote_in_between_is_read_and_not_overwritten_from_memory()
    {
        await Apply(_engagement.Rows);
        var whole = await Everything();
        await InitializeAsync();

        await Apply(_engagement.Rows[..8]);
        await Apply(_engagement.Rows[8..12], new ReadModelProjection());
        await Apply(_engagement.Rows[12..]);

        Assert.Equal(whole, await Everything());
    }

    [Fact]
    public async Task A_story_that_was_rebuilt_shard_after_shard_is_told_in_the_order_of_its_times()
    {
        PumpedRow[] rows = [.. _engagement.Rows.Select((row, i) => row with { Row = row.Row with { RecordTime = Engagement.Noon.AddSeconds(i) } })];
        const string told = "select concat_ws(' ', position, grain, version, ordinal) from q2c_read.timeline order by contract_id, position";
        await Apply([.. rows]);
        var live = await Lines(told);
        await InitializeAsync();
        foreach (var grain in rows.GroupBy(row => row.Row.Grain).Reverse()) await Apply([.. grain]);
        Assert.NotEqual(live, await Lines(told));

        await using (var connection = await postgres.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await _projection.Rebuilt(connection, transaction, CancellationToken.None);
            await transaction.CommitAsync();
        }

        Assert.Equal(live, await Lines(told));
    }

    [Fact]
    public async Task An_invoice_shows_what_is_still_open_and_its_payments()
    {
        await Apply(_engagement.Rows[..^1]);

        Assert.Equal(["partiallyPaid INV-1 180000 214200 114200 1"], await Lines(
            """
            select concat_ws(' ', status, number, net_minor, total_minor, outstanding_minor, jsonb_array_length(payments))
            from q2c_read.invoice
            """));
    }

    [Fact]
    public async Task An_item_replaced_by_a_newer_version_stays_visible_and_is_not_invoiced()
    {
        await Apply(_engagement.Rows);

        Assert.Equal(["time/1@1 replaced", "time/1@2 invoiced INV-1"], await Lines(
            "select concat_ws(' ', item_id, status, invoice_number) from q2c_read.billable_item order by item_id"));
    }

    [Fact]
    public async Task A_contract_is_paused_while_a_person_is_needed_and_active_in_the_end()
    {
        await Apply(_engagement.Rows[..3]);
        Assert.Equal(["paused"], await Lines("select status from q2c_read.contract"));

        await Apply(_engagement.Rows[3..]);
        Assert.Equal(["active 180000 180000"], await Lines(
            "select concat_ws(' ', status, billed_minor, paid_minor) from q2c_read.contract"));
    }

    [Fact]
    public async Task The_audit_holds_every_command_with_what_became_of_it_and_why()
    {
        var refusal = new Problem("NOT_YOURS", "", "You prepared it.", "Ask somebody else.");
        await Apply(
        [
            Engagement.Row("eu_ct_x", 1, Outcome.Refused, [refusal]),
            Engagement.Row("eu_ct_x", 2, new CompensationStarted("Wrong customer", "nora", Engagement.Noon), new ContractWithdrawn("later", Engagement.Noon)),
            Engagement.Row("eu_ct_x", 3, Outcome.Unchanged, []),
        ]);

        Assert.Equal(
        [
            "eu_ct_x@1 refused NOT_YOURS nora ct {}",
            "eu_ct_x@2 changed nora ct {contract.compensation-started.v1,contract.withdrawn.v1} Wrong customer",
            "eu_ct_x@3 unchanged nora ct {}",
        ], await Lines(
            """
            select concat_ws(' ', id, outcome, problems -> 0 ->> 'code', actor, kind, events::text, reason)
            from q2c_read.activity order by version
            """));
    }

    [Fact]
    public async Task An_event_about_something_that_was_never_created_stops_the_projection()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Apply(
            [Engagement.Row("eu_pr_x", 1, new ItemsReleased("eu_run_x", ["time/9@1"], "failed", Engagement.Noon))]));

        Assert.Equal(
            "project.items-released.v1 in row 1 of eu_pr_x speaks of something that no earlier event created.", failure.Message);
    }

    [Fact]
    public async Task A_quote_is_kept_with_its_decision_and_begins_the_story_of_its_contract()
    {
        var offer = _engagement.Rows.SelectMany(row => row.Body.Events).OfType<QuoteAccepted>().First().Quote;
        await Apply(
        [
            Engagement.Row("eu_qt_1", 1, new QuoteSubmitted(Engagement.Contract, new(offer, null), "sam", Engagement.Noon)),
            Engagement.Row("eu_qt_1", 2, new QuoteApproved(Engagement.Contract, offer, "frank", "Signed", Engagement.Noon)),
        ]);

        Assert.Equal(["eu_qt_1 approved sam frank Signed"], await Lines(
            "select concat_ws(' ', id, status, submitted_by, decided_by, reason) from q2c_read.quote"));
        Assert.Equal(["1 quote Quote submitted", "2 quote Quote approved"], await Lines(
            $"select concat_ws(' ', position, stage, title) from q2c_read.timeline where contract_id = '{Engagement.Contract}' order by position"));
    }

    [Fact]
    public async Task A_quote_that_a_crm_decided_is_known_by_its_contract()
    {
        await Apply(_engagement.Rows);

        Assert.Equal(["eu_qt_1 approved 0Q0A eu_ct_1"], await Lines(
            "select concat_ws(' ', id, status, quote_id, contract_id) from q2c_read.quote"));
    }

    [Fact]
    public async Task What_was_owed_and_what_changed_is_kept_row_by_row()
    {
        await Apply(_engagement.Rows);

        Assert.Equal(["eu_cu_1 eu_inv_1 EUR 214200"], await Lines(
            "select concat_ws(' ', customer_id, invoice_id, currency, outstanding_minor) from q2c_read.receivable"));
        Assert.Equal(
        [
            "billing-run 10 eu_run_1", "billing-run 12 eu_run_1", "billing-run 17 eu_run_1",
            "exception 3 eu_ct_1/erp-customer eu_ct_1", "exception 4 eu_ct_1/erp-customer eu_ct_1",
        ], await Lines("select concat_ws(' ', topic, seq, subject, contract_id) from q2c_read.change order by topic, seq"));
    }

    private async Task Apply(ImmutableArray<PumpedRow> rows, ReadModelProjection? by = null, bool commit = true)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await (by ?? _projection).Apply(connection, transaction, rows, CancellationToken.None);
        if (commit) await transaction.CommitAsync();
    }

    private async Task<string[]> Lines(string sql)
    {
        await using var command = postgres.Database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return [.. lines];
    }

    private async Task<string[]> Everything()
    {
        var all = new List<string>();
        foreach (var table in _projection.Tables)
            all.AddRange((await Lines($"select to_jsonb(t)::text from {table} t")).Order(StringComparer.Ordinal).Select(row => $"{table} {row}"));
        return [.. all];
    }
}
