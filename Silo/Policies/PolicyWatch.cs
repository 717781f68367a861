using Npgsql;
using Q2C.Silo.Connectors;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Policies;

/// <summary>
/// Keeps what is in memory at what holds: looks every few seconds, so a version holds within that of its moment. A set that
/// cannot be used as a whole is left aside, and what held before goes on.
/// </summary>
public sealed class PolicyWatch(
    PolicyArchive archive, PoliciesInForce policies, ConnectorRegistry connectors, NpgsqlDataSource database, JournalOptions options,
    TimeProvider clock, ILogger<PolicyWatch> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private string? _leftAside;

    /// <summary>Connections are connected by now, so the documents are known to be usable: they may become version 1.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await archive.Seed(policies.Documents.Texts, cancellationToken);
        await Look(cancellationToken);
        await MakeKnown(policies.Documents, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new StepLoop(options, clock, log).Run("Policies", Interval, Look, stoppingToken);

    /// <summary>What lists and facts refer to.</summary>
    private async Task MakeKnown(PolicyDocuments documents, CancellationToken cancel)
    {
        await ExceptionClasses.Publish(database, documents.ExceptionClasses, cancel);
        await using var command = database.CreateCommand(
            "insert into q2c.policy_set (version, documents) select $1, jsonb_object($2, $3) on conflict (version) do nothing");
        command.Parameters.Add(new() { Value = documents.Set.Version });
        command.Parameters.Add(new() { Value = documents.Texts.Keys.ToArray() });
        command.Parameters.Add(new() { Value = documents.Texts.Values.Select(text => $"{text.Version}").ToArray() });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Takes over what holds now. Returns false: there is nothing more to do at once.</summary>
    internal async Task<bool> Look(CancellationToken cancel)
    {
        var texts = await archive.Read(cancel);
        var before = policies.Documents;
        if (texts.IsEmpty || texts.SequenceEqual(before.Texts)) return false;
        try
        {
            var documents = PolicyLoader.Read(texts, before.Set.Region);
            connectors.Use(documents, before);
            policies.Replace(documents);
            await MakeKnown(documents, cancel);
            log.LogInformation("Policies {Version} are in force", documents.Set.Version);
        }
        catch (Exception wrong) when (wrong is DocumentException or ConfigurationException)
        {
            if (_leftAside != wrong.Message) log.LogError("New versions of policy documents are left aside: {Problems}", wrong.Message);
            _leftAside = wrong.Message;
        }

        return false;
    }
}
