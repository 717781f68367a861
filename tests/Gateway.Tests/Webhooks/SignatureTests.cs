using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Q2C.Gateway.Webhooks;

namespace Q2C.Gateway.Tests.Webhooks;

public sealed class SignatureTests
{
    private const string Secret = "whsec_new";
    private const string Old = "whsec_old";
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"id":"evt_1"}""");

    private readonly StripeScheme _stripe = new([Secret, Old], TimeSpan.FromSeconds(300));

    [VendorSampleFact("stripe-event-customer.created-signed.json")]
    public void The_published_vector_of_Stripe_is_authentic()
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(1533204620);
        var reception = new StripeScheme(["webhook_secret"], TimeSpan.FromSeconds(300)).Receive(Request(
            VendorSamples.Find("stripe-event-customer.created-signed.json")!,
            "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7", time));

        Assert.IsType<Reception.Accepted>(reception);
    }

    [Fact]
    public void A_vector_computed_by_openssl_is_authentic() => Assert.IsType<Reception.Accepted>(

        new StripeScheme(["whsec_vector"], TimeSpan.FromSeconds(300)).Receive(Request(
            Body, "t=1772452800,v1=95b53d07faafe10b7dc865ba817e812d9d66f8f5b8ada202827e80c4400272e1", Noon)));

    [Theory]
    [InlineData(Secret)]
    [InlineData(Old)]
    public void Either_secret_will_do_while_keys_are_rotated(string secret) =>
        Assert.IsType<Reception.Accepted>(_stripe.Receive(Request(Body, Header(secret, Noon, Body), Noon)));

    [Fact]
    public void One_good_signature_among_several_is_enough() => Assert.IsType<Reception.Accepted>(_stripe.Receive(Request(
        Body, $"t={Noon.ToUnixTimeSeconds()},v1={new string('0', 64)},v1={Sign(Secret, Noon, Body)},v0=ignored", Noon)));

    [Theory]
    [InlineData(300, null)]
    [InlineData(301, "expired_signature")]
    [InlineData(-300, null)]
    [InlineData(-301, "expired_signature")]
    public void The_signed_time_may_be_five_minutes_off_either_way(int secondsLate, string? refusal)
    {
        var reception = _stripe.Receive(Request(Body, Header(Secret, Noon, Body), Noon.AddSeconds(secondsLate)));

        Assert.Equal(refusal, (reception as Reception.Refused)?.Reason);
    }

    [Theory]
    [InlineData("", "no_signature")]
    [InlineData("v1=00", "unreadable_signature")]
    [InlineData("t=1772452800", "unreadable_signature")]
    [InlineData("t=1772452800,v1=nothex", "unreadable_signature")]
    [InlineData("t=99999999999999999999,v1=00", "unreadable_signature")]
    [InlineData("t=1772452800,v1=00", "wrong_signature")]
    [InlineData("t=1772452800,v0=3ec75ded", "unreadable_signature")]
    public void Anything_else_is_refused_with_what_is_counted(string header, string reason) =>
        Assert.Equal(new Reception.Refused(reason), _stripe.Receive(Request(Body, header, Noon)));

    [Fact]
    public void One_changed_byte_of_the_body_is_a_forgery()
    {
        var changed = Body.ToArray();
        changed[^2] ^= 1;

        Assert.Equal(new Reception.Refused("wrong_signature"), _stripe.Receive(Request(changed, Header(Secret, Noon, Body), Noon)));
    }

    [Fact]
    public void A_signature_moved_to_another_time_is_a_forgery() => Assert.Equal(
        new Reception.Refused("wrong_signature"),
        _stripe.Receive(Request(Body, $"t={Noon.ToUnixTimeSeconds() + 1},v1={Sign(Secret, Noon, Body)}", Noon)));

    [Theory]
    [InlineData("hex", "sha256=")]
    [InlineData("base64", "")]
    public void A_plain_hmac_of_the_body_is_read_in_hex_and_in_base64(string encoding, string prefix)
    {
        var scheme = new HmacScheme([Secret], new() { Header = "X-Signature", Encoding = encoding, Prefix = prefix, IdField = "id" });
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Body);
        var text = prefix + (encoding == "hex" ? Convert.ToHexStringLower(hash) : Convert.ToBase64String(hash));
        var headers = new HeaderDictionary { ["X-Signature"] = text };

        var accepted = Assert.IsType<Reception.Accepted>(scheme.Receive(new(headers, "application/json", Body, Noon)));
        Assert.Equal("evt_1", accepted.Entries.Single().DedupeKey);

        headers["X-Signature"] = prefix + (encoding == "hex" ? new string('0', 64) : Convert.ToBase64String(new byte[32]));
        Assert.Equal(new Reception.Refused("wrong_signature"), scheme.Receive(new(headers, "application/json", Body, Noon)));
    }

    internal static string Header(string secret, DateTimeOffset at, byte[] body) =>
        $"t={at.ToUnixTimeSeconds()},v1={Sign(secret, at, body)}";

    private static string Sign(string secret, DateTimeOffset at, byte[] body) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes($"{at.ToUnixTimeSeconds()}."), .. body]));

    private static WebhookRequest Request(byte[] body, string signature, DateTimeOffset receivedAt) =>
        new(new HeaderDictionary { [StripeScheme.Header] = signature }, "application/json", body, receivedAt);
}
