using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>How a machine asks NetSuite for a token: with an assertion under ES256 or PS256.</summary>
internal sealed class ClientAssertion(
    string clientId, string certificateId, Uri audience, Func<string> privateKey, TimeProvider time)
{
    private readonly SignedAssertion _assertion = new(
        new() { ["typ"] = "JWT", ["kid"] = certificateId },
        () => new JsonObject { ["iss"] = clientId, ["scope"] = new JsonArray("rest_webservices"), ["aud"] = audience.AbsoluteUri },
        privateKey, RsaSignature.Pss, time);

    /// <summary>Throws <see cref="ConfigurationException"/> if the key cannot sign.</summary>
    public void Check() => _assertion.Check();

    public IEnumerable<KeyValuePair<string, string>> TokenRequest() =>
    [
        new("grant_type", "client_credentials"),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("client_assertion", _assertion.Create()),
    ];
}
