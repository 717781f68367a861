using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Q2C.Simulators.Core;

/// <summary>Access tokens that a simulator has issued. They expire by its clock and survive its restart.</summary>
public sealed class Tokens(Store store, TimeProvider clock, TimeSpan lifetime)
{
    private const string Collection = "_tokens";

    public string Issue(string prefix)
    {
        var token = prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        store.Put(Collection, token, new JsonObject { ["until"] = (clock.GetUtcNow() + lifetime).ToString("O") });
        return token;
    }

    public bool IsValid(string? token) =>
        token is not null && store.Find(Collection, token)?["until"].Instant() > clock.GetUtcNow();

    /// <summary>Ends every session, as an administrator or a password change does.</summary>
    public void RevokeAll()
    {
        foreach (var (token, _) in store.Entries(Collection).ToList()) store.Remove(Collection, token);
    }
}
