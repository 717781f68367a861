using HotChocolate.Language;

namespace HotChocolate.Validation;

internal sealed class KnownDirectivesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not DirectiveNode directive)
        {
            return;
        }

        if (state.Directive is null)
        {
            Report($"The directive `@{directive.Name.Value}` does not exist.", node);
            return;
        }

        var location = state.Parent switch
        {
            OperationDefinitionNode { Operation: OperationType.Query } => "QUERY",
            OperationDefinitionNode { Operation: OperationType.Mutation } => "MUTATION",
            OperationDefinitionNode => "SUBSCRIPTION",
            FieldNode => "FIELD",
            FragmentSpreadNode => "FRAGMENT_SPREAD",
            InlineFragmentNode => "INLINE_FRAGMENT",
            FragmentDefinitionNode => "FRAGMENT_DEFINITION",
            _ => "VARIABLE_DEFINITION",
        };
        if (!state.Directive.Locations.Contains(location))
        {
            Report($"The directive `@{directive.Name.Value}` cannot be used on {location}.", node);
        }
    }
}

internal sealed class UniqueDirectivesPerLocationRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        var directives = node switch
        {
            OperationDefinitionNode n => n.Directives,
            SelectionNode n => n.Directives,
            FragmentDefinitionNode n => n.Directives,
            VariableDefinitionNode n => n.Directives,
            _ => [],
        };
        if (directives.Count < 2)
        {
            return;
        }

        var seen = new Dictionary<string, DirectiveNode>(StringComparer.Ordinal);
        foreach (var directive in directives)
        {
            var name = directive.Name.Value;
            if (Schema.DirectiveDefinitions.TryGetValue(name, out var definition) && !definition.IsRepeatable
                && !seen.TryAdd(name, directive))
            {
                Report($"The directive `@{name}` can be used only once here.", seen[name], directive);
            }
        }
    }
}
