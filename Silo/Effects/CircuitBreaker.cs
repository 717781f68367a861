using Polly;
using Polly.CircuitBreaker;
using Q2C.Silo.Connectors;
using Q2C.Silo.Policies;

namespace Q2C.Silo.Effects;

/// <summary>
/// Stops a connection that has failed several times in a row, and lets one request try after a while. A refusal is an
/// answer, not a failure.
/// </summary>
internal sealed class CircuitBreaker
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ShortestBreak = TimeSpan.FromMilliseconds(500);

    public const string Code = "CIRCUIT_OPEN";

    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<SendResult> _pipeline;
    private readonly TimeProvider _time;
    private readonly TimeSpan _breakFor;
    private DateTimeOffset _openUntil;

    public CircuitBreaker(ConnectionLimits limits, TimeProvider time)
    {
        (_time, _breakFor) = (time, limits.BreakFor < ShortestBreak ? ShortestBreak : limits.BreakFor);
        _pipeline = new ResiliencePipelineBuilder<SendResult> { TimeProvider = time }
            .AddCircuitBreaker(new()
            {
                FailureRatio = 1,
                MinimumThroughput = Math.Max(2, limits.BreakAfter),
                SamplingDuration = Window,
                BreakDuration = _breakFor,
                ShouldHandle = arguments => new(arguments.Outcome.Result is SendResult.Unavailable or SendResult.Unknown),
                StateProvider = _state,
            })
            .Build();
    }

    /// <summary>How many of the wanted requests may go: none while the circuit is open, then one to see.</summary>
    public int Admit(int wanted, int inFlight) =>
        _state.CircuitState == CircuitState.Closed ? wanted
        : _time.GetUtcNow() < _openUntil || inFlight > 0 ? 0
        : Math.Min(wanted, 1);

    /// <summary>The result of the request; unavailable without a request while the circuit is open.</summary>
    public async Task<SendResult> Run(Func<CancellationToken, ValueTask<SendResult>> request, CancellationToken cancel)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, cancel);
        try
        {
            var result = await _pipeline.ExecuteAsync(
                static (context, request) => request(context.CancellationToken), context, request);
            NoteOpening();
            return result;
        }
        catch (BrokenCircuitException open)
        {
            return new SendResult.Unavailable(Code, "The connection is paused after several failures in a row.", open.RetryAfter);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Results of requests that left before it opened do not keep it open for longer.</summary>
    private void NoteOpening()
    {
        var now = _time.GetUtcNow();
        if (_state.CircuitState == CircuitState.Open && now >= _openUntil) _openUntil = now + _breakFor;
    }
}
