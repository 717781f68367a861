namespace HotChocolate.Types;

/// <summary>The directives that every schema has without declaring them.</summary>
internal static class SpecifiedDirectives
{
    public const string Sdl = """"
        """Directs the executor to skip this field or fragment when the `if` argument is true."""
        directive @skip("""Skipped when true.""" if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT

        """Directs the executor to include this field or fragment only when the `if` argument is true."""
        directive @include("""Included when true.""" if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT

        """Marks an element of a GraphQL schema as no longer supported."""
        directive @deprecated(
          """Explains why this element was deprecated, usually also including a suggestion for how to access supported similar data. Formatted using the Markdown syntax, as specified by [CommonMark](https://commonmark.org/)."""
          reason: String! = "No longer supported") on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE

        """Exposes a URL that specifies the behavior of this scalar."""
        directive @specifiedBy("""The URL that specifies the behavior of this scalar.""" url: String!) on SCALAR

        """Indicates exactly one field must be supplied and this field must not be `null`."""
        directive @oneOf on INPUT_OBJECT

        """The purpose of the `cost` directive is to define a `weight` for GraphQL types, fields, and arguments. Static analysis can use these weights when calculating the overall cost of a query or response."""
        directive @cost("""The weight, a number as a string.""" weight: String!) on SCALAR | OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | ENUM | INPUT_FIELD_DEFINITION

        """The purpose of the `@listSize` directive is to either inform the static analysis about the size of returned lists (if that information is statically available), or to point the analysis to where to find that information."""
        directive @listSize(
          """The size to assume."""
          assumedSize: Int
          """The arguments whose value is the size."""
          slicingArguments: [String!]
          """The size to assume when no slicing argument is given."""
          slicingArgumentDefaultValue: Int
          """The subfields that the size applies to."""
          sizedFields: [String!]
          """Whether exactly one slicing argument must be given."""
          requireOneSlicingArgument: Boolean! = true) on FIELD_DEFINITION
        """";

    public static IReadOnlySet<string> Names { get; } =
        new HashSet<string>(StringComparer.Ordinal) { "skip", "include", "deprecated", "specifiedBy", "oneOf", "cost", "listSize" };

    /// <summary>Shown by introspection only where the schema uses them, as they are not the specification's.</summary>
    public static IReadOnlySet<string> CostNames { get; } =
        new HashSet<string>(StringComparer.Ordinal) { "cost", "listSize" };
}
