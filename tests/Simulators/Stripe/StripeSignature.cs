using System.Security.Cryptography;
using System.Text;

namespace Q2C.Simulators.Stripe;

/// <summary>The Stripe-Signature header: hex HMAC-SHA256 of "{unix seconds}.{raw body}".</summary>
public static class StripeSignature
{
    public static string Header(string secret, DateTimeOffset at, string body)
    {
        var seconds = at.ToUnixTimeSeconds();
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        return $"t={seconds},v1={Convert.ToHexStringLower(hash)}";
    }
}
