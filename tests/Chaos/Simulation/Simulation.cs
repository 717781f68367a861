using System.Collections.Immutable;
using Q2C.Silo.Connectors;
using Q2C.Silo.Policies;

namespace Q2C.Chaos.Simulation;

/// <param name="Lives">Engagements.</param>
/// <param name="Violations">What does not hold; empty if all does.</param>
/// <param name="Fingerprint">The same for two runs that went alike.</param>
/// <param name="Injected">Kind of fault → how often.</param>
internal sealed record Result(
    int Seed, int Lives, IReadOnlyList<string> Violations, ulong Fingerprint, long Steps, TimeSpan Simulated,
    IReadOnlyDictionary<string, int> Injected, int Rows, IReadOnlyList<string> History);

/// <summary>
/// One world from its beginning to its end: engagements from quote to cash on several silos, while things go wrong; then
/// nothing goes wrong any more, and everything has to come to rest and to agree.
/// </summary>
internal sealed class Simulation
{
    private static readonly TimeSpan Troubles = TimeSpan.FromMinutes(60);
    private static readonly TimeSpan TimeToRest = TimeSpan.FromHours(4);
    private static readonly TimeSpan MeanTimeBetweenMishaps = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(10);

    private readonly World _world;
    private readonly Faults _faults;
    private readonly Database _database;
    private readonly Network _network;
    private readonly Story _story;
    private readonly People _people;
    private readonly List<VendorSystem> _vendors;
    private readonly Surroundings _around;
    private int _nodes;

    private Simulation(int seed, int lives, bool keepsHistory)
    {
        _world = new(seed, keepsHistory);
        _faults = new(_world);
        _database = new(_world);
        _network = new(_world, _faults);
        _story = new(_world, _faults, _database, lives);
        _people = new(_world, _faults, _database, _network, _story);
        _vendors =
        [
            .. new (string Name, Guarantee Guarantee)[]
            {
                ("crm", Guarantee.NaturalKey), ("erp", Guarantee.NaturalKey), ("psa", Guarantee.FindBeforeCreate),
                ("tax", Guarantee.NaturalKey), ("pay", Guarantee.VendorIdempotency),
            }.Select(vendor => new VendorSystem(vendor.Name, vendor.Guarantee, _world, _faults) { Changed = _story.Happened }),
        ];
        var limits = ConnectionLimits.Default with { PerSecond = 50, Burst = 50, Concurrency = 6, LongestRetry = TimeSpan.FromMinutes(2) };
        _around = new(_world, _faults, _database, _network, _story, _vendors, new(
            _story.Current, _vendors.ToImmutableDictionary(vendor => vendor.Name, _ => limits)));
    }

    public static Result Run(int seed, int lives, bool keepsHistory = false)
    {
        var simulation = new Simulation(seed, lives, keepsHistory);
        IReadOnlyList<string> violations;
        try
        {
            violations = simulation.Play();
        }
        catch (Exception defect)
        {
            violations = [$"the simulation itself failed: {defect}"];
        }

        var world = simulation._world;
        return new(
            seed, lives, violations, world.Fingerprint, world.Steps, TimeSpan.FromTicks(world.Now),
            simulation._faults.Injected, (int)simulation._database.Journal.Head, world.History);
    }

    private IReadOnlyList<string> Play()
    {
        var silos = _world.Random.Next(1, 4);
        for (var i = 0; i < silos; i++) StartSilo(i);
        _story.Begin();
        _people.Begin();
        _world.In(MeanTimeBetweenMishaps, Mishap);
        _world.Run(() => false, Troubles);
        _faults.On = false;
        foreach (var silo in _network.Silos) silo.Node.Clock.Skew = TimeSpan.Zero;
        _world.Tell("world", $"nothing goes wrong any more");
        var unsettled = Settle();
        if (_world.Escape is { } escape) return [$"the simulation left its thread:\n{escape}"];
        return unsettled is null
            ? new Invariants(_database, _story, _people, _vendors).Broken()
            : [$"does not come to rest: {unsettled}"];
    }

    /// <summary>Null when everything has come to rest, with all billed that can be; or what has not.</summary>
    private string? Settle()
    {
        string? unsettled = null;
        while (true)
        {
            if (!_world.Run(() => (unsettled = Unsettled()) is null, RestLimit)) return _world.Escape is null ? unsettled ?? "nothing happens" : null;
            var before = _database.Journal.Head;
            if (!_people.BillTheRest()) return "each billing run finds more to bill";
            _world.Run(() => _people.AreIdle && _database.Journal.Head > before && Unsettled() is null, RestLimit);
            if (!Invariants.HasDrafts(_database.Journal, before)) return null;
        }
    }

    /// <summary>Counted from when the last vendor is back.</summary>
    private TimeSpan RestLimit => _vendors.Max(vendor => vendor.IsDown ? vendor.DownUntil - _world.UtcNow : TimeSpan.Zero) + TimeToRest;

    private string? Unsettled() =>
        _story.Untold ?? _database.Unsettled(_world.UtcNow)
        ?? (_people.AreIdle ? null : "somebody waits for an answer")
        ?? (_people.OpenItems.FirstOrDefault() is { Item: { } item } open ? $"{open.Grain} needs a person: {item.Code} {item.Id}" : null);

    private void StartSilo(int place)
    {
        var node = new Node(_world, ++_nodes, $"silo-{(char)('a' + place)}{_nodes}")
        {
            DiesAt = point => _faults.Strikes(_faults.CrashAtPoint, $"killed at {point}"),
        };
        var silo = new Silo(_around, node);
        node.Died = _ =>
        {
            _network.Silos.Remove(silo);
            _world.In(_world.UpTo(LongestStart), () => StartSilo(place));
        };
        _network.Silos.Add(silo);
        _world.Tell(node.Name, $"starts");
        silo.Start();
    }

    /// <summary>What befalls processes and vendors from time to time.</summary>
    private void Mishap()
    {
        _world.In(_world.UpTo(MeanTimeBetweenMishaps * 3), Mishap);
        if (_network.Silos.Count == 0) return;
        var silo = _world.Pick(_network.Silos);
        if (_faults.Strikes(_faults.Pauses * 0.3, "process stopped")) silo.Node.Pause(_world.UpTo(LongestPause));
        if (_faults.Strikes(_faults.ClockJumps * 0.3, "clock jumped"))
        {
            silo.Node.Clock.Skew = TimeSpan.FromSeconds(_world.Random.Next(-3600, 3600));
            _world.Tell(silo.Node.Name, $"has its clock set wrong by {silo.Node.Clock.Skew}");
        }

        if (_faults.Strikes(_faults.CrashAtCall * 20, "killed")) silo.Node.Kill("at a random moment");
        if (_world.Chance(0.3)) silo.Node.Post(silo.Forget);
        if (_faults.Strikes(_faults.Outages * 0.3, "outage")) Down(_world.UpTo(LongestOutage));
        else if (_faults.Strikes(_faults.LongOutages * 0.1, "outage of a day")) Down(TimeSpan.FromDays(1));
    }

    private void Down(TimeSpan length)
    {
        var vendor = _world.Pick(_vendors);
        vendor.DownUntil = _world.UtcNow + length;
        _world.Tell(vendor.Name, $"is down for {length}");
    }
}
