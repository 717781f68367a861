using System.Collections.Immutable;

namespace Q2C.Gateway.Security;

/// <summary>The roles as the schema names them.</summary>
public enum Role { Sales, Delivery, Finance, FinanceApprover, Auditor, Operator, Administrator, Machine, Customer }

/// <summary>The roles of the deciders (<c>finance_approver</c>) and of the schema, each by the other.</summary>
internal static class RoleNames
{
    private static readonly ImmutableDictionary<Role, string> Names = new Dictionary<Role, string>
    {
        [Role.Sales] = Roles.Sales,
        [Role.Delivery] = Roles.Delivery,
        [Role.Finance] = Roles.Finance,
        [Role.FinanceApprover] = Roles.FinanceApprover,
        [Role.Auditor] = Roles.Auditor,
        [Role.Operator] = Roles.Operator,
        [Role.Administrator] = Roles.Administrator,
        [Role.Machine] = Roles.Machine,
        [Role.Customer] = Roles.Customer,
    }.ToImmutableDictionary();

    private static readonly ImmutableDictionary<string, Role> ByName = Names.ToImmutableDictionary(pair => pair.Value, pair => pair.Key);

    public static string Of(Role role) => Names[role];

    /// <summary>Null for a name that is no role.</summary>
    public static Role? Parse(string name) => ByName.TryGetValue(name, out var role) ? role : null;
}
