using System.Collections.Immutable;
using Npgsql;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Grains.PolicyDocuments;
using Q2C.Grains.Shell;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>
/// The policy documents of the installation as the journal has them. A look asks for versions only; the history of a
/// document is read when it has grown.
/// </summary>
public sealed class PolicyArchive(NpgsqlDataSource database, IJournal journal, string region, TimeProvider clock)
{
    private readonly Dictionary<string, (long Version, PolicyState State)> _known = new(StringComparer.Ordinal);

    /// <summary>The texts that hold now, by document; none until the first start is through with <see cref="Seed"/>.</summary>
    internal async Task<ImmutableSortedDictionary<string, PolicyText>> Read(CancellationToken cancel)
    {
        foreach (var (grain, version) in await Heads(cancel))
            if (_known.GetValueOrDefault(grain).Version < version)
                _known[grain] = (version, (await ShellOf(grain).Read(cancel)).State);
        var now = clock.GetUtcNow();
        var held = _known.Values.Select(one => (one.State.Document, Version: one.State.InForce(now))).Where(one => one.Version is not null)
            .ToImmutableSortedDictionary(
                one => one.Document!, one => new PolicyText($"{one.Document}.yaml", one.Version!.Text!, one.Version.Number), StringComparer.Ordinal);
        return held.ContainsKey(PolicyLoader.Entities) ? held : held.Clear();
    }

    /// <summary>
    /// The documents of the installation's files become version 1 of each, if this is the first start. Begun twice, or by two
    /// processes, or broken off in the middle, it is done once: the needed document comes last and says that it is done.
    /// </summary>
    internal async Task Seed(ImmutableSortedDictionary<string, PolicyText> files, CancellationToken cancel)
    {
        if (!(await Read(cancel)).IsEmpty) return;
        foreach (var (document, text) in files.OrderBy(file => file.Key == PolicyLoader.Entities))
            await ShellOf(PolicyNames.IdOf(region, document)).Execute(
                new("seed", new SeedPolicy(document, text.Text), Actor.System, $"seed/{document}"));
    }

    private AggregateShell<PolicyState> ShellOf(string grain) => new(grain, Policy.Decider, journal, new NoPolicies(region), clock);

    private async Task<IReadOnlyList<(string Grain, long Version)>> Heads(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select x.grain, head.version
            from q2c.xref x
            cross join lateral (select j.version from q2c.journal j where j.grain = x.grain order by j.version desc limit 1) head
            where x.system = $1 and x.type = $2
            """);
        command.Parameters.Add(new() { Value = PolicyNames.System });
        command.Parameters.Add(new() { Value = PolicyNames.Type });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var heads = new List<(string, long)>();
        while (await reader.ReadAsync(cancel)) heads.Add((reader.GetString(0), reader.GetInt64(1)));
        return heads;
    }

    /// <summary>What holds of a policy document depends on no policy.</summary>
    private sealed class NoPolicies(string region) : IPolicySource
    {
        public PolicySet Current { get; } = PolicySet.Empty(region);
    }
}
