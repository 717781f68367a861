using System.Collections.Frozen;
using HotChocolate.Language;

namespace HotChocolate.Authorization;

/// <summary>One demand on the caller; directives that say the same are equal.</summary>
internal sealed record AuthorizeDirective(string? Policy, string Roles, ApplyPolicy Apply)
{
    public const string Name = "authorize";
    public const string AllowAnonymous = "allowAnonymous";
    private const char Separator = '\n';

    public const string Sdl = """"
        """The authorize directive."""
        directive @authorize(
          """The name of the authorization policy that determines access to the annotated resource."""
          policy: String
          """Roles that are allowed to access the annotated resource."""
          roles: [String!]
          """When the policy is asked."""
          apply: ApplyPolicy! = BEFORE_RESOLVER) repeatable on OBJECT | FIELD_DEFINITION

        directive @allowAnonymous repeatable on FIELD_DEFINITION

        """Defines when a policy shall be executed."""
        enum ApplyPolicy {
          """Before the resolver was executed."""
          BEFORE_RESOLVER
          """After the resolver was executed."""
          AFTER_RESOLVER
          """The policy is applied in the validation step before the execution."""
          VALIDATION
        }
        """";

    /// <summary>Clients are not told who may do what.</summary>
    public static FrozenSet<string> Internal { get; } = FrozenSet.Create(StringComparer.Ordinal, Name, AllowAnonymous);

    /// <summary>Any of these; none for whoever fulfils the policy.</summary>
    public string[] AnyRole => Roles.Length == 0 ? [] : Roles.Split(Separator);

    public static IEnumerable<AuthorizeDirective> Read(IEnumerable<DirectiveNode> directives) =>
        directives.Where(d => d.Name.Value == Name).Select(d => new AuthorizeDirective(
            (d.Argument("policy") as StringValueNode)?.Value,
            string.Join(Separator, d.Argument("roles") switch
            {
                ListValueNode list => list.Values.OfType<StringValueNode>().Select(v => v.Value),
                StringValueNode single => [single.Value],
                _ => [],
            }),
            d.Argument("apply") switch
            {
                EnumValueNode { Value: "AFTER_RESOLVER" } => ApplyPolicy.AfterResolver,
                EnumValueNode { Value: "VALIDATION" } => ApplyPolicy.Validation,
                _ => ApplyPolicy.BeforeResolver,
            }));

    public static AuthorizeDirective Of(AuthorizeAttribute attribute) =>
        new(attribute.Policy, attribute.Policy is null ? string.Join(Separator, attribute.Roles ?? []) : "", attribute.Apply);
}
