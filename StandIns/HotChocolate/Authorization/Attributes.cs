namespace HotChocolate.Authorization;

/// <summary>When a policy is asked.</summary>
public enum ApplyPolicy
{
    BeforeResolver = 0,
    AfterResolver = 1,

    /// <summary>Before anything is executed: a refusal is the answer to the whole request.</summary>
    Validation = 2,
}

/// <summary>
/// The field of this member needs a policy or one of the roles; without either, somebody signed in. On classes only
/// descriptors of code-first schemas read it: here it is an error, and <c>@authorize</c> in the document says it.
/// </summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Method,
    AllowMultiple = true)]
public class AuthorizeAttribute : Attribute
{
    public AuthorizeAttribute()
    {
    }

    public AuthorizeAttribute(string policy) => Policy = policy;

    public AuthorizeAttribute(string policy, ApplyPolicy apply) => (Policy, Apply) = (policy, apply);

    public AuthorizeAttribute(ApplyPolicy apply) => Apply = apply;

    public string? Policy { get; set; }

    public string[]? Roles { get; set; }

    public ApplyPolicy Apply { get; set; } = ApplyPolicy.BeforeResolver;
}

/// <summary>What the type of the field or the root type demands does not count for this field.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method)]
public sealed class AllowAnonymousAttribute : Attribute;
