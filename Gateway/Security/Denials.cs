using System.Security.Claims;
using System.Threading.Channels;

namespace Q2C.Gateway.Security;

/// <summary>
/// Mutations that the caller may not send are refused before any object is asked, so no object's journal has them. They are
/// recorded beside the answer, which does not wait for it.
/// </summary>
public sealed class Denials(GatewayDatabase database, TimeProvider clock, ILogger<Denials> log) : BackgroundService
{
    /// <summary>Beyond it, whoever tries so much is slowed down elsewhere; what is left out is counted in the log.</summary>
    private const int MostWaiting = 10_000;

    private static readonly HttpContextAccessor Current = new();

    private readonly Channel<Denial> _noted = Channel.CreateBounded<Denial>(MostWaiting);

    /// <summary>Of the request that is being answered.</summary>
    /// <param name="subject">The object that it was meant for; null if it names none.</param>
    internal static void Note(ClaimsPrincipal user, string mutation, string? subject, string key, string message) =>
        Current.HttpContext?.RequestServices.GetService<Denials>()?.Add(user, mutation, subject, key, message);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _noted.Writer.TryComplete();
        if (ExecuteTask is { } rest) await rest.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var denial in _noted.Reader.ReadAllAsync(CancellationToken.None)) await Record(denial);
    }

    private void Add(ClaimsPrincipal user, string mutation, string? subject, string key, string message)
    {
        var denial = new Denial(user.ToActor().Id, char.ToLowerInvariant(mutation[0]) + mutation[1..], subject, key, message, clock.GetUtcNow());
        if (!_noted.Writer.TryWrite(denial)) log.LogError("{Mutation} was denied to {Actor}, and that is not recorded", mutation, denial.Actor);
    }

    /// <summary>The caller has its answer; that it cannot be recorded is for the log.</summary>
    private async Task Record(Denial denial)
    {
        try
        {
            await using var command = database.Source.CreateCommand("select q2c.record_denial($1, $2, $3, $4, $5, $6)");
            foreach (var value in (object[])
                     [denial.Actor, denial.Mutation, (object?)denial.Subject ?? DBNull.Value, denial.Key, denial.Message, denial.At])
                command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception failure) when (failure is Npgsql.NpgsqlException or TimeoutException)
        {
            log.LogError(failure, "{Mutation} was denied to {Actor}, and that could not be recorded", denial.Mutation, denial.Actor);
        }
    }

    private sealed record Denial(string Actor, string Mutation, string? Subject, string Key, string Message, DateTimeOffset At);
}
