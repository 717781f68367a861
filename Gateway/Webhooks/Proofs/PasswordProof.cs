using System.Text;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary><c>Authorization: Basic</c>, user and any of several passwords.</summary>
internal sealed class BasicProof(string user, IEnumerable<string> passwords) : IProof
{
    private const string Prefix = "Basic ";
    private const int MaxHeaderLength = 1_024;

    private readonly Secrets _secrets = new(passwords.Select(password => $"{user}:{password}"));

    public ValueTask<string?> Check(WebhookRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || header.Length > MaxHeaderLength)
            return new(Refusals.NoCredentials);
        var bytes = new byte[header.Length];
        return new(
            Convert.TryFromBase64String(header[Prefix.Length..].Trim(), bytes, out var length)
            && _secrets.Match(Encoding.UTF8.GetString(bytes, 0, length)) ? null : Refusals.WrongCredentials);
    }
}

/// <summary>A secret that the sender repeats, in a header or, where it can do nothing else, in the address.</summary>
internal sealed class TokenProof(string header, string query, IEnumerable<string> secrets) : IProof
{
    private readonly Secrets _secrets = new(secrets);

    public ValueTask<string?> Check(WebhookRequest request)
    {
        var text = header.Length > 0 ? request.Headers[header].ToString() : request.Query?[query].ToString();
        return new(string.IsNullOrEmpty(text) ? Refusals.NoCredentials : _secrets.Match(text) ? null : Refusals.WrongCredentials);
    }
}
