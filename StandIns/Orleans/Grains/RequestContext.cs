using System.Collections.Immutable;

namespace Orleans.Runtime;

/// <summary>
/// Values that travel with calls: what is set here is seen by the grains called afterwards, and by those they call.
/// What a callee sets does not travel back.
/// </summary>
public static class RequestContext
{
    internal const string ReentrancyKey = "#RCId";

    private static readonly AsyncLocal<ImmutableDictionary<string, object>?> Current = new();

    public static IEnumerable<KeyValuePair<string, object>> Entries => Snapshot ?? [];

    public static IEnumerable<string> Keys => Snapshot?.Keys ?? [];

    /// <summary>The call chain that may re-enter the grains in it; empty when none may.</summary>
    public static Guid ReentrancyId
    {
        get => Get(ReentrancyKey) is Guid id ? id : Guid.Empty;
        set
        {
            if (value == Guid.Empty) Remove(ReentrancyKey);
            else Set(ReentrancyKey, value);
        }
    }

    internal static ImmutableDictionary<string, object>? Snapshot
    {
        get => Current.Value;
        set
        {
            if (!ReferenceEquals(Current.Value, value)) Current.Value = value;
        }
    }

    public static object? Get(string key) => Snapshot?.GetValueOrDefault(key);

    public static void Set(string key, object value) =>
        Snapshot = (Snapshot ?? ImmutableDictionary<string, object>.Empty).SetItem(key, value);

    public static bool Remove(string key)
    {
        if (Snapshot?.ContainsKey(key) != true) return false;
        var rest = Snapshot.Remove(key);
        Snapshot = rest.IsEmpty ? null : rest;
        return true;
    }

    public static void Clear() => Snapshot = null;

    /// <summary>Until disposed, calls made from here may come back into the grains of their own chain.</summary>
    public static ReentrancySection AllowCallChainReentrancy() =>
        new(ReentrancyId, ReentrancyId == Guid.Empty ? Guid.NewGuid() : ReentrancyId);

    /// <summary>Until disposed, calls made from here may not come back into the grains of their own chain.</summary>
    public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid original;
        private readonly Guid entered;
        private readonly Activation? grain;

        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            (original, entered, grain) = (originalReentrancyId, newReentrancyId, RuntimeContext.Current);
            ReentrancyId = entered;
            grain?.EnterSection(entered);
        }

        public void Dispose()
        {
            grain?.LeaveSection(entered);
            ReentrancyId = original;
        }
    }
}
