using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Transport;

/// <summary>
/// Proves and checks that messages between processes come from holders of the cluster's key: HMAC-SHA256 over time,
/// purpose, cluster and body.
/// </summary>
internal sealed class ClusterKey(IOptions<ClusterKeyOptions> options, IOptions<ClusterOptions> cluster, TimeProvider time)
{
    /// <summary>How far the clocks of two processes may differ, transmission included.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(2);

    private readonly byte[]? key = Validate(options.Value.Key);

    public bool IsSet => key is not null;

    /// <summary>The proof for a call: "time.mac".</summary>
    public string SignCall(ReadOnlySpan<byte> body)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return $"{now}.{Mac($"call.{now}", body)}";
    }

    public bool IsCallGenuine(string? proof, ReadOnlySpan<byte> body)
    {
        if (proof?.Split('.') is not [var sent, var mac]) return false;
        if (!long.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)) return false;
        var age = Math.Abs((double)time.GetUtcNow().ToUnixTimeMilliseconds() - milliseconds);
        return age <= Tolerance.TotalMilliseconds && AreEqual(mac, Mac($"call.{sent}", body));
    }

    /// <summary>The proof for an answer; it holds for the call with this proof only.</summary>
    public string SignAnswer(string callProof, ReadOnlySpan<byte> body) => Mac($"answer.{callProof}", body);

    public bool IsAnswerGenuine(string? proof, string callProof, ReadOnlySpan<byte> body) =>
        proof is not null && AreEqual(proof, SignAnswer(callProof, body));

    private static byte[]? Validate(string? key)
    {
        if (string.IsNullOrEmpty(key)) return null;
        return key.Length >= ClusterKeyOptions.MinKeyLength
            ? Encoding.UTF8.GetBytes(key)
            : throw new OrleansConfigurationException(
                $"The cluster key needs at least {ClusterKeyOptions.MinKeyLength} characters; it has {key.Length}.");
    }

    private static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private string Mac(string purpose, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key!);
        mac.AppendData(Encoding.UTF8.GetBytes($"{purpose}\n{cluster.Value.ClusterId}\n"));
        mac.AppendData(body);
        return Convert.ToHexStringLower(mac.GetHashAndReset());
    }
}
