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
    private DateTimeOffset _openUntil;

    public CircuitBreaker(ConnectionLimits limits, TimeProvider time)
    {
        _time = time;
        _pipeline = new ResiliencePipelineBuilder<SendResult> { TimeProvider = time }
            .AddCircuitBreaker(new()
            {
                FailureRatio = 1,
                MinimumThroughput = Math.Max(2, limits.BreakAfter),
                SamplingDuration = Window,
                BreakDuration = limits.BreakFor < ShortestBreak ? ShortestBreak : limits.BreakFor,
                ShouldHandle = arguments => new(arguments.Outcome.Result is SendResult.Unavailable or SendResult.Unknown),
                StateProvider = _state,
                OnOpened = arguments =>
                {
                    _openUntil = time.GetUtcNow() + arguments.BreakDuration;
                    return default;
                },
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
        try
        {
            return await _pipeline.ExecuteAsync(request, cancel);
        }
        catch (BrokenCircuitException open)
        {
            return new SendResult.Unavailable(Code, "The connection is paused after several failures in a row.", open.RetryAfter);
        }
    }
}
