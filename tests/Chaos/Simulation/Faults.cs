namespace Q2C.Chaos.Simulation;

/// <summary>
/// What goes wrong in one simulation, and how often. Each seed has a mixture of its own: some worlds are hit by
/// everything, some by one thing only, some by nothing.
/// </summary>
internal sealed class Faults
{
    private const double Kept = 0.45;

    private readonly World _world;

    public Faults(World world)
    {
        _world = world;
        var severity = world.Random.NextDouble() switch { < 0.1 => 0.0, < 0.6 => 0.35, _ => 1.0 };
        CrashAtPoint = Some(0.01);
        CrashAtCall = Some(0.004);
        CallFails = Some(0.03);
        CallTimesOut = Some(0.02);
        AnswerLost = Some(0.03);
        MessageLost = Some(0.04);
        MessageDoubled = Some(0.04);
        MessageSlow = Some(0.1);
        OtherActivation = Some(0.2);
        HintLost = Some(0.2);
        VendorThrottles = Some(0.06);
        RequestLost = Some(0.06);
        AppliedAndLost = Some(0.08);
        AppliedLate = Some(0.08);
        VendorRefuses = Some(0.05);
        VendorSlow = Some(0.1);
        ConnectorFails = Some(0.02);
        Outages = Some(1);
        LongOutages = Some(0.1);
        Pauses = Some(1);
        ClockJumps = Some(1);
        OperatorsMeddle = Some(1);

        double Some(double most) => world.Random.NextDouble() < Kept ? most * severity * (0.2 + (0.8 * world.Random.NextDouble())) : 0;
    }

    /// <summary>While this is false nothing goes wrong any more.</summary>
    public bool On { get; set; } = true;

    // Of a process.
    public double CrashAtPoint { get; }
    public double CrashAtCall { get; }
    public double Pauses { get; }
    public double ClockJumps { get; }

    // Between a process and the database.
    public double CallFails { get; }
    public double CallTimesOut { get; }
    public double AnswerLost { get; }

    // Between processes.
    public double MessageLost { get; }
    public double MessageDoubled { get; }
    public double MessageSlow { get; }
    public double OtherActivation { get; }
    public double HintLost { get; }

    // Of vendors.
    public double VendorThrottles { get; }
    public double RequestLost { get; }
    public double AppliedAndLost { get; }
    public double AppliedLate { get; }
    public double VendorRefuses { get; }
    public double VendorSlow { get; }
    public double ConnectorFails { get; }
    public double Outages { get; }
    public double LongOutages { get; }

    public double OperatorsMeddle { get; }

    /// <summary>How often each kind was injected.</summary>
    public SortedDictionary<string, int> Injected { get; } = new(StringComparer.Ordinal);

    public bool Strikes(double probability, string kind)
    {
        if (!On || !_world.Chance(probability)) return false;
        Count(kind);
        return true;
    }

    public void Count(string kind) => Injected[kind] = Injected.GetValueOrDefault(kind) + 1;
}
