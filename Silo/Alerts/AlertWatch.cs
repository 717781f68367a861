using Npgsql;
using Q2C.Alerts;
using Q2C.Grains;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Alerts;

/// <summary>
/// Looks at every rule of the policies at an interval, under one lease for the installation, and has alerts raised and
/// cleared. Whether that is anything new is the alert's to decide.
/// </summary>
public sealed class AlertWatch(
    NpgsqlDataSource database, ICommandRouter router, IPolicySource source, LeaseKeeper leases, JournalOptions options, TimeProvider clock,
    ILogger<AlertWatch> log) : BackgroundService
{
    public const string LeaseName = "alerts";

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly AlertQueries _queries = new(database, clock);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunWhileHeld(
        LeaseName, (_, held) => new StepLoop(options, clock, log).Run("Alerts", Interval, Look, held), stoppingToken);

    /// <summary>Once over all rules. Returns false: there is nothing more to do at once.</summary>
    public async Task<bool> Look(CancellationToken cancel)
    {
        var policies = source.Current;
        var standing = (await _queries.Standing(cancel)).ToDictionary(alert => alert.Id, alert => alert.Rule, StringComparer.Ordinal);
        foreach (var (rule, policy) in policies.AlertRules)
        {
            foreach (var finding in await _queries.Over(rule, policy, cancel))
            {
                var id = Ids.Derive(policies.Region, Ids.Alert, rule.ToString(), finding.Subject);
                if (!standing.Remove(id))
                    await Send(id, new RaiseAlert(rule, finding.Subject, finding.Title, finding.Text, finding.ContractId));
            }
        }

        // What no rule finds any more is over, also when its rule is gone.
        foreach (var id in standing.Keys) await Send(id, new ClearAlert());
        return false;
    }

    private Task<Receipt> Send(string id, Command command)
    {
        var key = $"watch/{clock.GetUtcNow().UtcTicks}";
        return router.Execute(id, new(key, command, Actor.System, key));
    }
}

public static class AlertServices
{
    /// <summary>Needs the journal (<c>AddJournal</c>), the read models and the policies.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services) => services.AddHostedService<AlertWatch>();
}
