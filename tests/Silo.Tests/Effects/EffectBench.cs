using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Policies;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Policies;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Tests.Effects;

/// <summary>One connection of its own on a real database: a silo's executor, driven step by step on a manual clock.</summary>
internal sealed class EffectBench(PostgresFixture postgres, IConnector connector, ConnectionLimits? limits = null) : IAsyncDisposable
{
    public static readonly PoliciesInForce Policies = new(new(PolicySet.Empty("eu"), ImmutableDictionary<string, ConnectionLimits>.Empty));

    public static readonly ConnectionLimits Limits = new(
        Concurrency: 4, PerSecond: 1000, Burst: 1000, FirstRetry: TimeSpan.FromSeconds(2), LongestRetry: TimeSpan.FromSeconds(32),
        BreakAfter: 100, BreakFor: TimeSpan.FromSeconds(60));

    private readonly NpgsqlDataSource _database = postgres.Database;
    private readonly List<Lease> _leases = [];
    private EffectExecutor? _executor;

    public ManualClock Clock { get; init; } = new();

    public RecordingRouter Grains { get; init; } = new();

    public Lease Lease => _leases[^1];

    /// <summary>As after the death of the silo that held the connection: another process, another epoch.</summary>
    public async Task Restart()
    {
        if (_leases is [.., var last])
            await _database.Execute($"update q2c.lease set expires_at = '-infinity' where name = '{last.Name}'");
        var keeper = new LeaseKeeper(new PostgresLeases(_database), postgres.Options, TimeProvider.System, NullLogger<LeaseKeeper>.Instance);
        _leases.Add((await keeper.TryAcquire(ConnectionHost.LeaseName(connector.Connection), default))!);
        _executor = new(
            connector, limits ?? Limits, new EffectStore(_database, Policies), Grains,
            new Wakeups(postgres.Options, TimeProvider.System),
            new Random(1), Clock, NullLogger<EffectExecutor>.Instance);
    }

    /// <summary>Begins what is due and waits for its end. True if something began.</summary>
    public async Task<bool> Step()
    {
        var begun = await Begin();
        await _executor!.Idle();
        return begun;
    }

    public async Task<bool> Begin()
    {
        if (_executor is null) await Restart();
        return await _executor!.Step(Lease, default);
    }

    public Task Idle() => _executor!.Idle();

    /// <summary>Time passes, for the executor and, as far as these effects see it, for the database.</summary>
    public async Task Advance(TimeSpan by)
    {
        Clock.Advance(by);
        await using var command = _database.CreateCommand("update q2c.effect set deadline = deadline - $1 where connection = $2");
        command.Parameters.Add(new() { Value = by });
        command.Parameters.Add(new() { Value = connector.Connection });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Steps until nothing is due at this time.</summary>
    public async Task StepAll()
    {
        for (var steps = 0; await Step(); steps++) Assert.InRange(steps, 0, 100);
    }

    /// <summary>Steps until the effect is settled, a minute between the rounds; returns what its grain heard last.</summary>
    public async Task<EffectOutcome> Settle(string id)
    {
        for (var rounds = 0; !(await State(id)).EndsWith("settled", StringComparison.Ordinal); rounds++)
        {
            Assert.InRange(rounds, 0, 50);
            await StepAll();
            await Advance(TimeSpan.FromMinutes(1));
        }

        return Grains.Reports.Last().Outcome;
    }

    public async Task Ask(string id, string subject = "eu_inv_1", Operation? operation = null)
    {
        await using var command = _database.CreateCommand(
            """
            insert into q2c.effect (
                id, connection, subject, operation, grain, version, correlation, next_at, created_at, updated_at)
            values ($1, $2, $3, $4, $3, 1, 'correlation', $5, $5, $5)
            """);
        foreach (object value in new object[]
            { id, connector.Connection, subject, WireFormat.Write(operation ?? new CommitTax(subject)).ToArray(), Clock.GetUtcNow() })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Status, attempt and generation; <c>settled</c> behind them once the grain has the final outcome.</summary>
    public Task<string> State(string id) => _database.Scalar<string>(
        $"""
        select concat_ws(' ', status, attempt, generation, case when settled_at is not null then 'settled' end)
        from q2c.effect where id = '{id}'
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var lease in _leases) await lease.DisposeAsync();
    }
}

/// <summary>A system that answers as it is told, one answer per call; the last one stays.</summary>
internal sealed class ScriptedConnector(string connection) : IConnector
{
    private readonly ConcurrentQueue<SendResult> _sends = new();
    private readonly ConcurrentQueue<LookUpResult> _lookUps = new();

    public static readonly SendResult Done = new SendResult.Accepted("X-1");

    public ConcurrentQueue<string> Calls { get; } = new();

    public string Connection => connection;

    public TimeSpan LongestProcessing { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Runs while the request is on its way.</summary>
    public Func<EffectRequest, Task> OnSend { get; set; } = _ => Task.CompletedTask;

    public ScriptedConnector Answers(params SendResult[] results)
    {
        foreach (var result in results) _sends.Enqueue(result);
        return this;
    }

    public ScriptedConnector Shows(params LookUpResult[] results)
    {
        foreach (var result in results) _lookUps.Enqueue(result);
        return this;
    }

    public Guarantee GuaranteeOf(Operation operation) => operation is CommitTax or VoidTax
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"No {operation.GetType().Name} here.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        Calls.Enqueue($"send {effect.IdempotencyKey(generation)}");
        await OnSend(effect);
        return Next(_sends) ?? Done;
    }

    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
    {
        Calls.Enqueue($"look up {effect.IdempotencyKey(generation)}");
        return Task.FromResult(Next(_lookUps) ?? throw new InvalidOperationException("No look-up was expected."));
    }

    public Task<HealthReport> CheckHealth(CancellationToken cancel) => Task.FromResult(new HealthReport(true, ""));

    private static T? Next<T>(ConcurrentQueue<T> script) where T : class =>
        script.Count > 1 ? (script.TryDequeue(out var next) ? next : null) : script.TryPeek(out var last) ? last : null;
}

/// <summary>Grains that take everything, or fail as often as they are told.</summary>
internal sealed class RecordingRouter : ICommandRouter
{
    private int _failures;

    public ConcurrentQueue<(string Grain, CommandEnvelope Envelope)> Sent { get; } = new();

    /// <summary>Key and outcome of each report.</summary>
    public IEnumerable<(string Key, EffectOutcome Outcome)> Reports =>
        Sent.Select(sent => (sent.Envelope.Key, ((ReportEffect)sent.Envelope.Command).Outcome));

    public void FailNext(int times = 1) => _failures = times;

    /// <summary>The code with which grains refuse commands under this key; null if they take them.</summary>
    public Func<string, string?> Refusal { get; set; } = _ => null;

    public async Task<Receipt> Execute(string grain, CommandEnvelope envelope) => (await ExecuteMany(grain, [envelope]))[0];

    public Task<ImmutableArray<Receipt>> ExecuteMany(string grain, ImmutableArray<CommandEnvelope> envelopes)
    {
        foreach (var envelope in envelopes) Sent.Enqueue((grain, envelope));
        if (Interlocked.Decrement(ref _failures) >= 0) throw new TimeoutException("The grain does not answer.");
        return Task.FromResult(envelopes.Select(envelope => Refusal(envelope.Key) is { } code
            ? new Receipt(grain, 1, Outcome.Refused, [new(code, "lines", "No.", "Correct it.")], "")
            : new Receipt(grain, 1, Outcome.Changed, [], "")).ToImmutableArray());
    }

    public Task CatchUp(string target, string source) => Task.CompletedTask;
}
