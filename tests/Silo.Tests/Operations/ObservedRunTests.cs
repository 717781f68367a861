using System.Text.Json.Nodes;

namespace Q2C.Silo.Tests.Operations;

public sealed class ObservedRunTests(ObservedRun run) : IClassFixture<ObservedRun>
{
    [Fact]
    public void One_delivery_is_one_trace_through_every_part()
    {
        var trace = run.Spans.Where(span => span.TraceId == Tracing.TraceOf(run.Correlation)).ToArray();
        Assert.Equal(
            ["Q2C.Connectors", "Q2C.Effects", "Q2C.Gateway", "Q2C.Grains", "Q2C.Journal", "Q2C.Pumps"],
            trace.Select(span => span.Source.Name).Distinct().Order());
        string[] steps = ["take delivery", "map delivery", "append", "hand over effect", "send effect", "call vendor", "decide ReportEffect"];
        Assert.Empty(steps.Except(trace.Select(span => span.OperationName)));
        Assert.All(trace.Where(span => span.OperationName == "send effect"), span => Assert.Equal(run.Correlation, span.GetTagItem("q2c.correlation")));
    }

    [Fact]
    public void A_call_to_a_vendor_is_below_the_effect_that_makes_it()
    {
        var spans = run.Spans.ToLookup(span => span.OperationName);
        var effects = spans["send effect"].Select(span => span.SpanId).ToHashSet();
        Assert.Contains(spans["call vendor"], call => effects.Contains(call.ParentSpanId));
    }

    [Fact]
    public void Every_line_of_the_log_is_JSON()
    {
        Assert.NotEmpty(Lines);
        Assert.All(Lines, line => Assert.NotNull(JsonNode.Parse(line)?["LogLevel"]));
    }

    [Fact]
    public void Entries_about_effects_carry_the_correlation_and_causation_in_their_scopes()
    {
        var sent = Lines.Select(line => JsonNode.Parse(line)!)
            .Where(entry => entry["Category"]!.ToString() == "Q2C.Silo.Effects.EffectExecutor" && entry["State"]?["Outcome"] is not null)
            .Select(entry => entry["Scopes"]!.AsArray().First(scope => scope?["Correlation"] is not null)!)
            .ToArray();
        Assert.NotEmpty(sent);
        Assert.Contains(sent, scope => scope["Correlation"]!.ToString() == run.Correlation);
        Assert.All(sent, scope => Assert.StartsWith("eu_", scope["Causation"]!.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void The_log_holds_no_secret_and_nothing_of_a_body()
    {
        Assert.NotEmpty(run.Forbidden);
        Assert.All(run.Forbidden, text => Assert.DoesNotContain(text, run.Log, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("q2c.webhook.deliveries connection=salesforce kind=new")]
    [InlineData("q2c.webhook.refusals connection=stripe reason=")]
    [InlineData("q2c.grain.reads cache=hit")]
    [InlineData("q2c.grain.reads cache=miss")]
    [InlineData("q2c.journal.batch.rows shard=")]
    [InlineData("q2c.journal.batch.duration shard=")]
    [InlineData("q2c.lease.changes lease=connection/netsuite change=taken")]
    [InlineData("q2c.effect.outcomes connection=netsuite outcome=accepted")]
    [InlineData("q2c.effect.outcomes connection=kantata outcome=accepted")]
    [InlineData("q2c.backlog.items queue=read-models of=0")]
    [InlineData("q2c.backlog.oldest queue=dispatch of=0")]
    public void It_is_measured(string measurement) =>
        Assert.Contains(run.Measured, measured => measured.StartsWith(measurement, StringComparison.Ordinal));

    [Fact]
    public void Status_tells_what_runs_as_JSON()
    {
        var (exitCode, status) = run.Status;
        Assert.Equal(0, exitCode);
        Assert.True(status["isRunning"]!.GetValue<bool>());
        Assert.Equal(Environment.ProcessId, status["hub"]!["processId"]!.GetValue<int>());
        var installation = status["installation"]!;
        Assert.Equal([0, 1], installation["shards"]!.AsArray().Select(shard => shard!["shard"]!.GetValue<int>()));
        Assert.Equal(
            ["avatax", "kantata", "netsuite", "salesforce", "stripe"],
            installation["connections"]!.AsArray().Select(connection => connection!["connection"]!.ToString()));
        Assert.Contains(installation["leases"]!.AsArray(), lease => lease!["lease"]!.ToString() == "connection/netsuite" && lease["isHeld"]!.GetValue<bool>());
        Assert.Contains(installation["inbox"]!.AsArray(), row => $"{row!["connection"]} {row["status"]}" == "salesforce done");
        Assert.DoesNotContain("assword", status.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Status_tells_it_to_people_in_tables()
    {
        var (exitCode, text) = run.Table;
        Assert.Equal(0, exitCode);
        Assert.StartsWith($"Q2C runs: process {Environment.ProcessId}, http://localhost:", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text);
        foreach (var part in new[] { "Journal", "Connections", "Inbox", "Open exceptions", "Leases", "connection/netsuite", "accepted" })
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    private string[] Lines => run.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
