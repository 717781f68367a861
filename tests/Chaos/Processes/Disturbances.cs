using System.Diagnostics;
using Npgsql;

namespace Q2C.Chaos.Processes;

/// <summary>What became of one disturbance.</summary>
/// <param name="FirstServed">From its beginning to the first command that was asked after it and answered by anybody; null if none was.</param>
/// <param name="Caught">Until all that was known or under way at its beginning was done; null if it took too long.</param>
internal sealed record Disturbed(string Kind, TimeSpan At, TimeSpan? FirstServed, TimeSpan? Caught);

/// <summary>Everything that goes wrong, one after another, chosen by a seed; each heals after a while.</summary>
internal sealed class Disturbances(Plant plant, Probe probe, Random random)
{
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>Longer than a lease lives.</summary>
    private static readonly TimeSpan Sleep = TimeSpan.FromSeconds(9);

    private readonly long _began = Stopwatch.GetTimestamp();

    public List<Disturbed> Happened { get; } = [];

    /// <summary>Kinds that this machine does not allow, with the reason.</summary>
    public IReadOnlyList<string> Skipped => plant.Database.CanFill ? [] : ["disk full: no file system of a limited size could be mounted"];

    /// <summary>Every kind in a shuffled order, again and again, until it is time.</summary>
    public async Task Run(TimeSpan time, CancellationToken cancel)
    {
        var kinds = Kinds().ToArray();
        while (true)
        {
            random.Shuffle(kinds);
            foreach (var (name, happen) in kinds)
            {
                if (Stopwatch.GetElapsedTime(_began) > time) return;
                await Task.Delay(TimeSpan.FromSeconds(1 + (2 * random.NextDouble())), cancel);
                await Happen(name, happen, cancel);
            }
        }
    }

    /// <summary>One of them, and the recovery from it.</summary>
    private async Task Happen(string kind, Func<CancellationToken, Task> happen, CancellationToken cancel)
    {
        var before = await Position.Read(plant.Database.ConnectionString, cancel);
        var at = Stopwatch.GetTimestamp();
        await happen(cancel);
        TimeSpan? caught = null;
        while (caught is null && Stopwatch.GetElapsedTime(at) < CatchUpLimit)
        {
            if (await before.IsDone(plant.Database.ConnectionString, cancel)) caught = Stopwatch.GetElapsedTime(at);
            else await Task.Delay(Glance, cancel);
        }

        while (probe.FirstServedAfter(at) is null && Stopwatch.GetElapsedTime(at) < CatchUpLimit) await Task.Delay(Glance, cancel);
        Happened.Add(new(kind, Stopwatch.GetElapsedTime(_began, at), probe.FirstServedAfter(at), caught));
    }

    private IEnumerable<(string Kind, Func<CancellationToken, Task> Happen)> Kinds()
    {
        yield return ("kill -9 silo and gateway", cancel => Kill(Any(plant.Hubs), cancel));
        yield return ("kill -9 simulators", cancel => Kill(plant.Simulators, cancel));
        yield return ("kill -9 PostgreSQL", KillDatabase);
        yield return ("restart PostgreSQL", plant.Database.Restart);
        yield return ("pause a hub", cancel => Pause(Any(plant.Hubs), cancel));
        yield return ("no connections left", ExhaustConnections);
        yield return ("slow line to PostgreSQL", cancel => Bad(Any(plant.ToDatabase), new(Delay: TimeSpan.FromMilliseconds(40)), cancel));
        yield return ("cut line to PostgreSQL", cancel => Bad(Any(plant.ToDatabase), new(IsCut: true), cancel));
        yield return ("silent line to PostgreSQL", cancel => Bad(Any(plant.ToDatabase), new(IsSilent: true), cancel));
        yield return ("slow line to a vendor", cancel => Bad(Any(plant.ToVendors), new(Delay: TimeSpan.FromMilliseconds(300)), cancel));
        yield return ("cut line to a vendor", cancel => Bad(Any(plant.ToVendors), new(IsCut: true), cancel));
        yield return ("silent line to a vendor", cancel => Bad(Any(plant.ToVendors), new(IsSilent: true), cancel));
        if (plant.Database.CanFill) yield return ("disk full", FillDisk);
        foreach (var part in plant.Apart) yield return ($"kill -9 {part.Name}", cancel => Kill(part, cancel));
    }

    private async Task Kill(Part part, CancellationToken cancel)
    {
        part.Kill();
        await While(cancel);
        part.Revive();
    }

    private async Task KillDatabase(CancellationToken cancel)
    {
        await plant.Database.Kill();
        await While(cancel);
        await plant.Database.Up(cancel);
    }

    private static async Task Pause(Part part, CancellationToken cancel)
    {
        await part.Pause();
        await Task.Delay(Sleep, cancel);
        await part.Resume();
    }

    private async Task ExhaustConnections(CancellationToken cancel)
    {
        await using var taken = await plant.Database.TakeAllConnections(cancel);
        await While(cancel);
    }

    private async Task FillDisk(CancellationToken cancel)
    {
        using (plant.Database.Fill()) await Task.Delay(TimeSpan.FromSeconds(3), cancel);
        await plant.Database.Ensure(cancel);
    }

    private async Task Bad(TcpProxy line, LineState state, CancellationToken cancel)
    {
        line.State = state;
        await While(cancel);
        line.State = LineState.Good;
    }

    private Task While(CancellationToken cancel) => Task.Delay(TimeSpan.FromSeconds(0.5 + (3.5 * random.NextDouble())), cancel);

    private T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
}

/// <summary>How far everything was at a moment: what has to be done for that backlog to be empty.</summary>
internal sealed record Position(long Effect, long Delivery, long[] Heads)
{
    private const string ReadSql =
        """
        select (select coalesce(max(ordinal), 0) from q2c.effect), (select coalesce(max(id), 0) from q2c.inbox),
               (select array_agg(seq order by shard) from q2c.shard_head)
        """;

    private const string DoneSql =
        """
        select not exists (select from q2c.effect where ordinal <= $1 and settled_at is null)
           and not exists (select from q2c.inbox where id <= $2 and status = 'received')
           and not exists (select from q2c.cursor c where c.seq < ($3::bigint[])[c.shard + 1])
        """;

    public static async Task<Position> Read(string database, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(ReadSql);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<long[]>(2));
    }

    /// <summary>False while the database cannot be asked, too.</summary>
    public async Task<bool> IsDone(string database, CancellationToken cancel)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(database);
            await using var command = source.CreateCommand(DoneSql);
            command.Parameters.Add(new() { Value = Effect });
            command.Parameters.Add(new() { Value = Delivery });
            command.Parameters.Add(new() { Value = Heads });
            return await command.ExecuteScalarAsync(cancel) is true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
