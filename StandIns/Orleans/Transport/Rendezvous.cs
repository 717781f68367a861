namespace Orleans.Transport;

/// <summary>
/// Orders silos for a key so that every process that knows the same silos gets the same order, and a silo that
/// leaves moves only its own keys.
/// </summary>
internal static class Rendezvous
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    public static SiloEndpoint[] Order(IReadOnlyList<SiloEndpoint> silos, string key) =>
        [.. silos.OrderByDescending(silo => Weight(silo, key)).ThenBy(silo => silo.ToString(), StringComparer.Ordinal)];

    private static ulong Weight(SiloEndpoint silo, string key)
    {
        unchecked
        {
            var hash = FnvOffset;
            foreach (var letter in silo.ToString()) hash = (hash ^ letter) * FnvPrime;
            foreach (var letter in key) hash = (hash ^ letter) * FnvPrime;
            hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
            hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
            return hash ^ (hash >> 33);
        }
    }
}
