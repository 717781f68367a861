namespace Q2C.Gateway.Security;

/// <summary>What every caller has to be, whether a key or a token says it.</summary>
internal static class CallerRules
{
    /// <summary>Names that stand before actors of Q2C itself.</summary>
    private static readonly string[] Reserved = ["system", "connection", "api"];

    /// <summary>The name of a key or of an issuer, which becomes part of an actor's id.</summary>
    public static string Name(string name, string path) =>
        name.Length <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        && !Reserved.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? name
            : throw new InvalidOperationException(
                $"{path} must have a name of at most 40 letters, digits, -, _ and ., and not {string.Join(", ", Reserved)}.");

    /// <summary>What is wrong with a caller, beginning with the member; null if nothing is.</summary>
    public static string? Problem(Caller caller)
    {
        if (caller.Actor.Roles.FirstOrDefault(role => RoleNames.Parse(role) is null) is { } unknown)
            return $"Roles names '{unknown}', which is no role.";
        if (caller.Scopes.FirstOrDefault(scope => !Scopes.All.Contains(scope)) is { } scope)
            return $"Scopes names '{scope}', which is no scope.";
        if (caller.Sight.CustomerId is { } customer && !Ids.Is(customer, Ids.Customer))
            return $"Customer is '{customer}', which is not the id of a customer.";
        return (caller.Sight.CustomerId is not null, caller.Actor.Has(Roles.Customer), caller.Actor.Roles.Length) switch
        {
            (true, true, 1) or (false, false, _) => null,
            _ => "Roles must be customer, and only that, for a customer's portal, and for nobody else.",
        };
    }
}
