using Q2C.Silo.Connectors;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// A vendor as one process reaches it: requests are lost, late, throttled, refused, or applied without anybody hearing
/// of it; and what has left is applied whether or not its sender lives.
/// </summary>
internal sealed class VendorConnector(VendorSystem system, World world, Node node) : IConnector
{
    private const decimal TaxRate = 0.19m;

    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Faults Faults => system.Faults;

    public string Connection => system.Name;

    public TimeSpan LongestProcessing => VendorSystem.LongestProcessing;

    public Guarantee GuaranteeOf(Operation operation) => system.Guarantee;

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<SendResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!node.IsAlive) return answer.Task;
        if (system.Strikes(Faults.ConnectorFails, "connector failed")) throw new InvalidOperationException("The connector has a defect.");
        if (system.IsDown)
        {
            Answer(new SendResult.Unavailable("UNREACHABLE", "Nobody answers."), Usual);
            return answer.Task;
        }

        if (system.Strikes(Faults.VendorThrottles, "throttled"))
        {
            Answer(new SendResult.Unavailable("THROTTLED", "Slow down.", world.UpTo(TimeSpan.FromMinutes(1))), Usual);
            return answer.Task;
        }

        if (system.Strikes(Faults.VendorRefuses, "refused"))
        {
            Answer(new SendResult.Refused("PERIOD_CLOSED", "The period is closed.", "Open the period, then retry.", ErrorClass.Business), Usual);
            return answer.Task;
        }

        if (system.Strikes(Faults.RequestLost, "request lost"))
        {
            Answer(new SendResult.Unknown("The connection broke."), Patience);
            return answer.Task;
        }

        if (system.Strikes(Faults.AppliedLate, "applied late"))
        {
            world.In(world.UpTo(LongestProcessing), () => Arrive(effect, generation));
            Answer(new SendResult.Unknown("No answer came."), Patience);
            return answer.Task;
        }

        world.In(Way(), () =>
        {
            var record = Arrive(effect, generation);
            if (system.Strikes(Faults.AppliedAndLost, "applied, answer lost")) Answer(new SendResult.Unknown("No answer came."), Patience);
            else Answer(new SendResult.Accepted(record.Id, AnswerTo(effect.Operation, record)), Way());
        });
        return answer.Task;

        void Answer(SendResult result, TimeSpan after) => world.In(after, () =>
        {
            if (cancel.IsCancellationRequested) answer.TrySetCanceled(cancel);
            else answer.TrySetResult(result);
        });
    }

    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<LookUpResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!node.IsAlive) return answer.Task;
        if (system.IsDown || system.Strikes(Faults.VendorThrottles, "look-up throttled"))
        {
            world.In(Usual, () => answer.TrySetResult(new LookUpResult.Unavailable("UNREACHABLE", "Nobody answers.")));
            return answer.Task;
        }

        world.In(Way(), () =>
        {
            LookUpResult found = system.Find(effect) is { } record
                ? new LookUpResult.Found(record.Id, AnswerTo(effect.Operation, record))
                : new LookUpResult.Absent();
            world.Tell(system.Name, $"is asked for {effect.Id}: {found.GetType().Name}");
            world.In(Way(), () =>
            {
                if (cancel.IsCancellationRequested) answer.TrySetCanceled(cancel);
                else answer.TrySetResult(found);
            });
        });
        return answer.Task;
    }

    public Task<HealthReport> CheckHealth(CancellationToken cancel) => Task.FromResult(new HealthReport(!system.IsDown, ""));

    private VendorRecord Arrive(EffectRequest effect, int generation) => system.Apply(effect, generation);

    private TimeSpan Way() => system.Strikes(Faults.VendorSlow, "slow") ? world.UpTo(Slow) : world.UpTo(Usual);

    private static Answer? AnswerTo(Operation operation, VendorRecord record) => operation switch
    {
        PostErpInvoice => new ErpInvoiceAnswer($"N-{record.Id}"),
        RecordTax { Request: { } request } => Tax(request),
        _ => null,
    };

    private static TaxAnswer Tax(TaxRequest request)
    {
        TaxAnswerLine[] lines = [.. request.Lines.Select(line => new TaxAnswerLine(
            line.LineId, Money.Round(line.Net.Amount * TaxRate, request.Currency, Rounding.HalfUp), TaxRate, "DE"))];
        return new([.. lines], lines.Aggregate(Money.Zero(request.Currency), (sum, line) => sum + line.Tax));
    }
}
