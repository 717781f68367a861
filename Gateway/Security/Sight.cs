using System.Collections.Immutable;
using System.Security.Claims;

namespace Q2C.Gateway.Security;

/// <summary>
/// Which rows a caller may see; what is outside of it is simply not found. A customer's portal sees one customer, staff
/// can be limited to legal entities and regions.
/// </summary>
/// <param name="LegalEntities">Null for all of them.</param>
/// <param name="Regions">Null for all of them.</param>
/// <param name="CustomerId">Null for whoever is no customer.</param>
public sealed record Sight(ImmutableArray<string>? LegalEntities, ImmutableArray<string>? Regions, string? CustomerId)
{
    public const string LegalEntityClaim = "q2c:legal_entity";
    public const string RegionClaim = "q2c:region";
    public const string CustomerClaim = "q2c:customer";

    public static Sight Everything { get; } = new(null, null, null);

    public bool IsEverything => LegalEntities is null && Regions is null && CustomerId is null;

    public static Sight Of(ClaimsPrincipal principal)
    {
        var (entities, regions, customer) =
            (Values(principal, LegalEntityClaim), Values(principal, RegionClaim), principal.FindFirst(CustomerClaim)?.Value);
        return entities is null && regions is null && customer is null ? Everything : new(entities, regions, customer);
    }

    public IEnumerable<Claim> ToClaims() =>
    [
        .. (LegalEntities ?? []).Select(entity => new Claim(LegalEntityClaim, entity)),
        .. (Regions ?? []).Select(region => new Claim(RegionClaim, region)),
        .. CustomerId is null ? (Claim[])[] : [new(CustomerClaim, CustomerId)],
    ];

    /// <param name="id">The object's, which names its region.</param>
    /// <param name="customerId">Null for what belongs to no customer, which no customer sees.</param>
    public bool Sees(string id, string legalEntity, string? customerId) =>
        (LegalEntities is not { } entities || entities.Contains(legalEntity))
        && (Regions is not { } regions || regions.Contains(Ids.RegionOf(id)))
        && (CustomerId is null || CustomerId == customerId);

    private static ImmutableArray<string>? Values(ClaimsPrincipal principal, string type) =>
        principal.FindAll(type).Select(claim => claim.Value).ToImmutableArray() is { Length: > 0 } values ? values : null;
}

/// <summary>The caller of the request, or of the websocket, that is being answered.</summary>
public sealed class CurrentCaller(IHttpContextAccessor http)
{
    /// <summary>Throws for a request that nobody authenticated.</summary>
    public Sight Sight => Sight.Of(User);

    private ClaimsPrincipal User => http.HttpContext?.User is { Identity.IsAuthenticated: true } user
        ? user
        : throw new InvalidOperationException("Something was read for a caller that nobody authenticated.");

    /// <summary>Whether one of the roles of the policy is the caller's.</summary>
    public bool Has(string policy) => ReadPolicies.Readers[policy].Any(User.ToActor().Has);
}
