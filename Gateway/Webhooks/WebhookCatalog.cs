using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using Q2C.Gateway.Security;
using Q2C.Gateway.Webhooks.Proofs;

namespace Q2C.Gateway.Webhooks;

/// <summary>The connections that may deliver, by name. Built at start-up: a mistake in the configuration stops it.</summary>
internal sealed class WebhookCatalog
{
    private const string Resources = "Q2C.Gateway.Webhooks.Schemes.";

    private readonly FrozenDictionary<string, Webhook> _webhooks;

    private WebhookCatalog(IEnumerable<Webhook> webhooks) =>
        _webhooks = webhooks.ToFrozenDictionary(webhook => webhook.Connection, StringComparer.Ordinal);

    /// <summary>The documents that a connection's settings may add to.</summary>
    public static IEnumerable<string> Schemes => typeof(WebhookCatalog).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Resources, StringComparison.Ordinal))
        .Select(name => name[Resources.Length..^".json".Length]).Order(StringComparer.Ordinal);

    public Webhook? Find(string connection) => _webhooks.GetValueOrDefault(connection);

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static WebhookCatalog Read(IConfiguration configuration, TokenValidator tokens) => new(
        from connection in configuration.GetSection("Q2C:Connections").GetChildren()
        let section = connection.GetSection("Webhook")
        where section.Exists()
        select Create(connection.Key, section, tokens));

    /// <summary>The scheme's document with the connection's settings over it.</summary>
    public static WebhookOptions Options(IConfigurationSection section)
    {
        var scheme = section["Scheme"] ?? "";
        using var document = Schemes.Contains(scheme)
            ? typeof(WebhookCatalog).Assembly.GetManifestResourceStream($"{Resources}{scheme}.json")!
            : throw Wrong(section, "Scheme", $"must be one of {string.Join(", ", Schemes)}");
        var merged = new ConfigurationBuilder().AddJsonStream(document).AddConfiguration(section).Build();
        return merged.Get<WebhookOptions>()!;
    }

    private static Webhook Create(string connection, IConfigurationSection section, TokenValidator tokens)
    {
        var options = Options(section);
        var handshake = options.Handshake switch
        {
            "" => Handshake.None,
            "validation-token" => Handshake.ValidationToken,
            "cloud-events" => Handshake.CloudEvents,
            _ => throw Wrong(section, "Handshake", "must be validation-token or cloud-events"),
        };
        if (options.Id.FirstOrDefault(part => !JsonFormat.IsPartOfId(part)) is { } wrong)
            throw Wrong(section, "Id", $"names '{wrong}', which is neither body: nor header:");
        if (options.Format == "json" && options.Proofs.Length == 0) throw Wrong(section, "Proofs", "must say what proves a delivery");
        return new(
            connection, new(() => [.. options.Proofs.Select((proof, i) => Proof(section, options, proof, i, tokens))]), Format(section, options),
            handshake, options.MaxBodyBytes, options.Replies);
    }

    private static IDeliveryFormat Format(IConfigurationSection section, WebhookOptions options) => options.Format switch
    {
        "json" when options.XmlId.Length > 0 => new JsonOrXmlFormat(Json(options), new(options.XmlId)),
        "json" => Json(options),
        "salesforce-outbound" when options.OrganizationId.Length is 15 or 18 => new SalesforceOutbound(options.OrganizationId),
        "salesforce-outbound" => throw Wrong(section, "OrganizationId", "must have 15 or 18 characters"),
        _ => throw Wrong(section, "Format", "must be json or salesforce-outbound"),
    };

    private static JsonFormat Json(WebhookOptions options) =>
        new(options.Entries, options.Id, options.Proofs.Where(proof => proof.Kind == "client-state").Select(proof => proof.Path));

    private static IProof Proof(
        IConfigurationSection section, WebhookOptions options, ProofOptions proof, int i, TokenValidator tokens)
    {
        return proof.Kind switch
        {
            "hmac" => Hmac(section, i, proof, Secrets()),
            "public-key" => new PublicKeyProof(Needed(proof.Header, "Header"), Signed(section, i, proof), Secrets().Select(PublicKey)),
            "jwt" => new JwtProof(proof.Issuer, Secrets()),
            "issuer" when proof.Allowed.Length == 0 => throw WrongProof("Allowed", "must name the subjects whose tokens count"),
            "issuer" => new IssuerProof(Needed(proof.Issuer, "Issuer"), proof.Allowed, tokens),
            "certificate" when proof.Allowed.Length == 0 || proof.Allowed.Any(hash => hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)) =>
                throw WrongProof("Allowed", "must name certificates by their SHA-256, 64 hexadecimal digits each"),
            "certificate" when proof.Proxies.Length == 0 => throw WrongProof("Proxies", "must name who is believed about certificates"),
            "certificate" => new CertificateProof(Needed(proof.Header, "Header"), proof.Allowed, proof.Proxies.Select(Network)),
            "client-state" => new ClientStateProof(options.Entries, Needed(proof.Path, "Path"), Secrets()),
            "basic" => new BasicProof(Needed(proof.User, "User"), Secrets()),
            "token" => new TokenProof(proof.Header, proof.Header.Length > 0 ? "" : Needed(proof.Query, "Header"), Secrets()),
            _ => throw WrongProof("Kind", "must be hmac, public-key, jwt, issuer, certificate, client-state, basic or token"),
        };

        string[] Secrets() => (proof.Secrets.Length > 0 ? proof.Secrets : options.Secrets) is { Length: > 0 } references
            ? [.. references.Select(SecretReference.Resolve)]
            : throw Wrong(section, "Secrets", "must name at least one secret, as env:NAME or file:/path");

        string Needed(string value, string member) => value.Length > 0 ? value : throw WrongProof(member, "must not be empty");

        RSAParameters PublicKey(string pem) => Pem(pem) ?? throw WrongProof("Secrets", "must name RSA public keys as PEM");

        IPNetwork Network(string text) =>
            IPNetwork.TryParse(text.Contains('/', StringComparison.Ordinal) ? text : $"{text}/{(text.Contains(':', StringComparison.Ordinal) ? 128 : 32)}", out var network)
                ? network
                : throw WrongProof("Proxies", $"names '{text}', which is no address and no network");

        InvalidOperationException WrongProof(string member, string rule) => Wrong(section, $"Proofs:{i}:{member}", rule);
    }

    private static HmacProof Hmac(IConfigurationSection section, int i, ProofOptions proof, string[] secrets)
    {
        return proof switch
        {
            { Header: "" } => throw WrongProof("Header", "must name the signature's header"),
            { Encoding: not ("hex" or "base64") } => throw WrongProof("Encoding", "must be hex or base64"),
            { Algorithm: not ("sha256" or "sha512" or "sha1") } => throw WrongProof("Algorithm", "must be sha256, sha512 or sha1"),
            { TimestampUnit: not ("seconds" or "milliseconds") } => throw WrongProof("TimestampUnit", "must be seconds or milliseconds"),
            _ => new(proof, Signed(section, i, proof), secrets.Select(Key)),
        };

        byte[] Key(string secret)
        {
            var text = secret.StartsWith(proof.SecretPrefix, StringComparison.Ordinal) ? secret[proof.SecretPrefix.Length..] : secret;
            if (proof.SecretEncoding != "base64") return System.Text.Encoding.UTF8.GetBytes(secret);
            var bytes = new byte[text.Length];
            return Convert.TryFromBase64String(text, bytes, out var length)
                ? bytes[..length]
                : throw WrongProof("SecretEncoding", "is base64, and a secret is not");
        }

        InvalidOperationException WrongProof(string member, string rule) => Wrong(section, $"Proofs:{i}:{member}", rule);
    }

    private static SignedText Signed(IConfigurationSection section, int i, ProofOptions proof) => SignedText.Parse(proof.Message)
        ?? throw Wrong(section, $"Proofs:{i}:Message", "must be made of {body}, {timestamp}, {nonce} and {header:Name}, and have the body");

    private static RSAParameters? Pem(string text)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(text);
            return rsa.ExportParameters(includePrivateParameters: false);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static InvalidOperationException Wrong(IConfigurationSection section, string member, string rule) =>
        new($"{section.Path}:{member} {rule}.");
}
