using System.Diagnostics.Metrics;
using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>
/// Measures the backlogs of the installation at an interval; the gauges show the last measure. Every silo measures the
/// same database, so a collector takes the greatest value, not the sum.
/// </summary>
internal sealed class BacklogGauges : BackgroundService
{
    public const string MeterName = "Q2C.Backlog";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private readonly ILogger<BacklogGauges> _log;
    private readonly Meter _meter = new(MeterName);
    private volatile IReadOnlyList<Backlog> _last = [];

    public BacklogGauges(NpgsqlDataSource database, TimeProvider clock, ILogger<BacklogGauges> log)
    {
        (_database, _clock, _log) = (database, clock, log);
        _meter.CreateObservableGauge(
            "q2c.backlog.items", () => _last.Select(one => new Measurement<long>(one.Items, Tags(one))), "{item}",
            "What waits, by queue (inbox, read-models, dispatch, effects, due, streams, exceptions, alerts) and what it is of.");
        _meter.CreateObservableGauge(
            "q2c.backlog.oldest", () => _last.Select(one => new Measurement<double>(one.OldestSeconds, Tags(one))), "s",
            "Age of what has waited longest.");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Measure(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                _log.LogWarning(failure, "The backlogs could not be measured");
            }

            await Task.Delay(Interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A queue that has become empty is shown as empty, not left out.</summary>
    internal async Task Measure(CancellationToken cancel)
    {
        var now = await Backlog.Read(_database, cancel);
        var gone = _last.Where(before => !now.Any(one => (one.Queue, one.Of) == (before.Queue, before.Of)));
        _last = [.. now, .. gone.Select(before => before with { Items = 0, OldestSeconds = 0 })];
    }

    private static KeyValuePair<string, object?>[] Tags(Backlog backlog) => [new("queue", backlog.Queue), new("of", backlog.Of)];
}
