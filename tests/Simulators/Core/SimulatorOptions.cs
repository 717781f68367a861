namespace Q2C.Simulators.Core;

/// <summary>What every simulator can be told when it starts. Vendors add their own.</summary>
public record SimulatorOptions
{
    /// <summary>TCP port on the loopback interface; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Listens on every interface instead of loopback only, for containers.</summary>
    public bool AnyInterface { get; init; }

    /// <summary>Folder of the vendor's state file; null keeps the state in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Base address of the hub that receives webhooks; null sends none.</summary>
    public Uri? Webhooks { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Fills an empty simulator with the demo engagement.</summary>
    public bool Demo { get; init; } = true;

    /// <summary>Seed of every shuffle, so that a failing run can be repeated.</summary>
    public int RandomSeed { get; init; } = 20261121;
}
