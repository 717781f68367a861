using System.Collections.Immutable;

namespace Q2C.Gateway.Security;

/// <summary>What a key or token may be used for, whatever the roles of its owner.</summary>
internal static class Scopes
{
    /// <summary>Queries and subscriptions.</summary>
    public const string Read = "q2c.read";

    /// <summary>Mutations of everyday work.</summary>
    public const string Write = "q2c.write";

    /// <summary>Decisions of a second person.</summary>
    public const string Approve = "q2c.approve";

    /// <summary>Mutations of operators: exceptions, deliveries, corrections.</summary>
    public const string Operate = "q2c.operate";

    public static ImmutableArray<string> All { get; } = [Read, Write, Approve, Operate];

    /// <summary>The scope of a mutation follows from who may call it.</summary>
    public static string For(string[] roles) => roles switch
    {
        _ when roles.Contains(Roles.FinanceApprover) => Approve,
        _ when roles.All(role => role is Roles.Operator or Roles.Administrator) => Operate,
        _ => Write,
    };
}
