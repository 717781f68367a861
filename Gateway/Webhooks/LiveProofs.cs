using System.Collections.Immutable;

namespace Q2C.Gateway.Webhooks;

/// <summary>
/// The proofs of a connection with its secrets as they are now: read again from where they are, so that one that was put in
/// place of another counts without a restart. While a secret is away, those that were read last go on.
/// </summary>
/// <param name="read">Throws <see cref="InvalidOperationException"/> for a secret that is not there; the first time, that stops the start.</param>
internal sealed class LiveProofs(Func<ImmutableArray<IProof>> read)
{
    /// <summary>How old what was read may be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(10);

    private volatile Held _held = new(read(), DateTimeOffset.MinValue);

    public ImmutableArray<IProof> At(DateTimeOffset now)
    {
        var held = _held;
        if (now - held.ReadAt < Age) return held.Proofs;
        try
        {
            held = new(read(), now);
        }
        catch (Exception away) when (away is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            held = held with { ReadAt = now };
        }

        _held = held;
        return held.Proofs;
    }

    private sealed record Held(ImmutableArray<IProof> Proofs, DateTimeOffset ReadAt);
}
