using System.Diagnostics;
using Npgsql;

namespace Q2C.Chaos.Processes;

/// <param name="Time">How long things go wrong; afterwards everything may settle.</param>
/// <param name="Hubs">Processes of silo and gateway on the one database.</param>
/// <param name="Apart">Also a silo and a gateway of their own.</param>
/// <param name="Interval">Between the beginnings of two engagements.</param>
internal sealed record ChaosSettings(int Seed, TimeSpan Time, int Hubs, bool Apart, TimeSpan Interval);

/// <param name="Violations">Empty if everything holds.</param>
internal sealed record ChaosResult(
    ChaosSettings Settings, TimeSpan Took, IReadOnlyList<Disturbed> Happened, IReadOnlyList<string> Skipped, int Engagements, long Rows, long Effects,
    long Deliveries, int Requests, IReadOnlyDictionary<string, int> Troubles, IReadOnlyList<string> Violations, string Logs)
{
    public void Write(TextWriter output)
    {
        output.WriteLine(
            $"seed {Settings.Seed}: {Settings.Hubs} hubs{(Settings.Apart ? ", a silo and a gateway" : "")} on one database, {Took.TotalSeconds:0} s, "
            + $"{Engagements} engagements from quote to cash, {Requests} requests answered, {Rows} journal rows, {Effects} effects, {Deliveries} deliveries");
        output.WriteLine($"{"disturbance",-28} {"times",5} {"first command served (s)",26} {"backlog caught up (s)",24}");
        foreach (var kind in Happened.GroupBy(one => one.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            output.WriteLine($"{kind.Key,-28} {kind.Count(),5} {Spread(kind.Select(one => one.FirstServed)),26} {Spread(kind.Select(one => one.Caught)),24}");
        foreach (var skipped in Skipped) output.WriteLine($"skipped: {skipped}");
        foreach (var (words, count) in Troubles.OrderByDescending(trouble => trouble.Value)) output.WriteLine($"callers heard {count} times: {words}");
        output.WriteLine(Violations is [] ? "everything holds." : $"{Violations.Count} things do not hold (logs: {Logs}):");
        foreach (var violation in Violations.Take(20)) output.WriteLine($"  {(violation.Length <= 300 ? violation : violation[..300] + " ...")}");
        if (Violations is not []) output.WriteLine($"Again: ./q2c chaos --seed {Settings.Seed} --minutes {Settings.Time.TotalMinutes:0.##}");
    }

    /// <summary>Median and the longest.</summary>
    private static string Spread(IEnumerable<TimeSpan?> times)
    {
        var all = times.ToArray();
        var known = all.OfType<TimeSpan>().Order().ToArray();
        if (known is []) return "never";
        return $"{known[known.Length / 2].TotalSeconds:0.0}, at most {known[^1].TotalSeconds:0.0}" + (known.Length < all.Length ? $", {all.Length - known.Length} never" : "");
    }
}

/// <summary>
/// Real processes on a real PostgreSQL with real HTTP between them, under load, while processes are killed and paused and
/// lines, connections and disk fail. Then everything may settle, and what must hold is checked.
/// </summary>
internal static class Chaos
{
    private static readonly TimeSpan FinishLimit = TimeSpan.FromMinutes(3);

    public static async Task<ChaosResult> Run(ChaosSettings settings, Action<string> say, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        say($"starting PostgreSQL, the vendors' simulators and {settings.Hubs} hubs{(settings.Apart ? ", a silo and a gateway" : "")} ...");
        await using var plant = await Plant.Start(settings.Hubs, settings.Apart, cancel);
        using var callers = new Callers(plant.Gateways, new Random(settings.Seed));
        using var salesforce = plant.Vendor("salesforce");
        using var kantata = plant.Vendor("kantata");
        using var stripe = plant.Vendor("stripe");
        var engagements = new Engagements(callers, salesforce, kantata, stripe, $"s{settings.Seed}");
        var probe = new Probe(callers, plant.Gateways.Count);
        var disturbances = new Disturbances(plant, probe, new Random(settings.Seed));
        using var noMore = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        say($"everything goes wrong for {settings.Time.TotalMinutes:0.##} minutes ...");
        var load = engagements.Run(settings.Interval, noMore.Token, giveUp.Token);
        var probing = probe.Run(noMore.Token);
        await disturbances.Run(settings.Time, cancel);
        await noMore.CancelAsync();
        await probing;
        say($"nothing goes wrong any more; {engagements.Started} engagements come to their end ...");
        giveUp.CancelAfter(FinishLimit);
        await load;
        say("checking what must hold ...");
        var violations = await new Outcome(plant, callers, engagements).Violations(cancel);
        await using var database = NpgsqlDataSource.Create(plant.Database.ConnectionString);
        return new(
            settings, Stopwatch.GetElapsedTime(began), disturbances.Happened, disturbances.Skipped, engagements.Started,
            await Count("q2c.journal"), await Count("q2c.effect"), await Count("q2c.inbox"), callers.All.Count, callers.Troubles, violations, plant.Logs);

        async Task<long> Count(string table)
        {
            await using var command = database.CreateCommand($"select count(*) from {table}");
            return (long)(await command.ExecuteScalarAsync(cancel))!;
        }
    }
}
