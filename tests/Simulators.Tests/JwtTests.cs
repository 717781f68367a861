using Q2C.Simulators.Core;

namespace Q2C.Simulators.Tests;

/// <summary>Tokens signed with OpenSSL, so that the check does not rest on the code that makes it.</summary>
public sealed class JwtTests
{
    private const string Ec = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/wnQChnCA0pa/wsdKuFDyfhKgoo+
        RsndVZoBxh1eqO1WukhkkPZm2DR1T/KsJY59+hjhek0RXF5yC0fJkanRvg==
        -----END PUBLIC KEY-----
        """;

    private const string EcToken =
        "eyJhbGciOiAiRVMyNTYiLCAia2lkIjogImsxIn0.eyJpc3MiOiAiY2xpZW50IiwgImV4cCI6IDE3MDAwMDA2MDAsICJzY29wZSI6IFsicmVzdGxldHMiLCAi"
        + "cmVzdF93ZWJzZXJ2aWNlcyJdfQ.YSvy1UWysL_HEGWWoKRmSfva6KdFNb-SpMSx8cSP1m-Z6_GgUDGLzILXv1DSWowW4Z_7chghrfnzdPxwyBiPyQ";

    private const string Rsa = """
        -----BEGIN PUBLIC KEY-----
        MIIBojANBgkqhkiG9w0BAQEFAAOCAY8AMIIBigKCAYEArd9wBs9DpQjnO3fbWBY3
        L9/yBrHr0COF+5fqVLD7S/6aXWbeeanqsRykrvmFP9hTAW+/g/cggSDQL7OiitXr
        GKkvlExp7X6OORxdaWD3iUL/eWArLwcnAex/C/TA49bd48OjV/3Z3i5Y/RJHODOm
        adjjPa6DWr0FFqFlIv0WUkg2FhHKs+CbSdQlkCzfbmbPEi83Ptl/kaMWL7Htcl3h
        23OKWbJes9bk4vx7IycLAsvM5wU9GVxxbPjuGzsX6JlOEHZnn+bcszllHc6nhnCn
        W3p7GBe89z4LUFRwqmhGKVqRVY2ojJnB0MkprZ5jIeQ5CcEMYPrCsdcNZ+WZdRko
        kYFICM+8Qp6wrRcKLV9K+RRDijecD72i70GAHG5RJUXd4mUtX/1Nysf1hoV1EupB
        VC3fm01pvp5FWeH3MF3qUb3CGuAoRVzLY2WG6gSIA6mRweXNbo45af795vD4pV4F
        K8+2Z5icLXF2Sp1aV4LMpfHls2QDgskMARnHEx39BJWFAgMBAAE=
        -----END PUBLIC KEY-----
        """;

    private const string RsaToken =
        "eyJhbGciOiAiUFMyNTYiLCAia2lkIjogImsxIn0.eyJpc3MiOiAiY2xpZW50IiwgImV4cCI6IDE3MDAwMDA2MDAsICJzY29wZSI6IFsicmVzdGxldHMiLCAi"
        + "cmVzdF93ZWJzZXJ2aWNlcyJdfQ.GVEgijXtgIXP6-OhWElS3dxhmigKs73HHAfKiIQ3Mn7PBrYvzNmwc3so7JuAd3XRRoBGaEH4IAAmEAwh6Qv1Z0W9yBsM"
        + "-RW5VVEU7oBuHW_UhUeRwA-1j4cYrSllk87MOkpGfmurlMF_FObM-vi8Aeim0zAKmE0Dv_bYBQzeAMlarlsMAH7bZQ-xk2jBnljcVjWNayx-Pc6xni0O5ml"
        + "tpG_gJwcyktub-cQkACaokVGBVHsxgXhA0c0IQoDXHFpZ2_f8LROvGKSrN3lYK5P8pLXFewtEj9ZrDp2B2Xv3cDISqULHPigEbkyVlGHQZG99zAkhxaWlwF"
        + "mJPF6MSTSE2vz7sI0FFVW7cnTJTZeMesyUMY58vid0pHKMFRLYTu9zKNYnxPgIf4qe4SnIYbTu0kwJvRZN0nHnRSMWUIgOX_3cB8nt22VJhzx5OWBpY6-r"
        + "TV1h-oAld7K2mMApUxhl4ObOWM6h2r917Oud8ByNPLDlpiTSw5cag71sMn8X9oHP";

    [Theory]
    [InlineData(EcToken, Ec, "ES256", true)]
    [InlineData(RsaToken, Rsa, "PS256", true)]
    [InlineData(EcToken, Ec, "PS256", false)]
    [InlineData(EcToken, Rsa, "ES256", false)]
    [InlineData(RsaToken, Ec, "PS256", false)]
    public void Only_the_key_and_algorithm_that_signed_verify(string token, string key, string algorithm, bool genuine) =>
        Assert.Equal(genuine, Jwt.Parse(token)!.IsSignedBy(key, algorithm));

    [Fact]
    public void A_changed_claim_does_not_verify() =>
        Assert.False(Jwt.Parse(EcToken.Replace("eyJpc3MiOiAiY2xpZW50Iiw", "eyJpc3MiOiAiY2xpZW51Iiw", StringComparison.Ordinal))!.IsSignedBy(Ec, "ES256"));

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("!.!.!")]
    public void What_is_no_token_is_no_token(string text) => Assert.Null(Jwt.Parse(text));
}
