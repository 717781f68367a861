using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

internal sealed class ExecutableDefinitionsRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is SchemaSyntaxNode)
        {
            var name = node is TypeDefinitionNode type ? $"\"{type.Name.Value}\"" : "schema";
            Report($"The {name} definition is not executable.", node);
        }
    }
}

internal sealed class KnownOperationTypesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is OperationDefinitionNode operation && Schema.RootType(operation.Operation) is null)
        {
            Report($"The schema does not support the operation {operation.Operation}.", node);
        }
    }
}

internal sealed class UniqueOperationNamesRule : ValidationRule
{
    private readonly Dictionary<string, NameNode> _names = new(StringComparer.Ordinal);

    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is OperationDefinitionNode { Name: { } name } && !_names.TryAdd(name.Value, name))
        {
            Report($"The operation name `{name.Value}` is not unique.", _names[name.Value], name);
        }
    }
}

internal sealed class LoneAnonymousOperationRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is OperationDefinitionNode { Name: null }
            && Context.Document.Definitions.OfType<OperationDefinitionNode>().Skip(1).Any())
        {
            Report("An anonymous operation must be the only operation of its document.", node);
        }
    }
}

internal sealed class SingleFieldSubscriptionsRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not OperationDefinitionNode { Operation: OperationType.Subscription } operation
            || Schema.SubscriptionType is not { } root)
        {
            return;
        }

        var groups = new OrderedDictionary<string, List<FieldNode>>(StringComparer.Ordinal);
        var conditions = new List<SyntaxNode>();
        Collect(root, operation.SelectionSet, groups, conditions, []);
        if (conditions.Count > 0)
        {
            Report("The root selection of a subscription must not use @skip or @include.", conditions);
            return;
        }

        if (groups.Count == 0)
        {
            Report("A subscription must select one root field.", operation.SelectionSet);
        }
        else if (groups.Count > 1)
        {
            Report("A subscription must select only one root field.", groups.Values.Skip(1).SelectMany(f => f));
        }

        foreach (var fields in groups.Values.Where(f => Introspection.IsIntrospection(f[0].Name.Value)))
        {
            Report("A subscription must not select an introspection field as root.", fields);
        }
    }

    private void Collect(
        ObjectType root,
        SelectionSetNode selectionSet,
        OrderedDictionary<string, List<FieldNode>> groups,
        List<SyntaxNode> conditions,
        HashSet<string> visited)
    {
        foreach (var selection in selectionSet.Selections)
        {
            var condition = selection.Directives.FirstOrDefault(d => d.Name.Value == "skip")
                ?? selection.Directives.FirstOrDefault(d => d.Name.Value == "include");
            switch (selection)
            {
                case var _ when condition is not null:
                    conditions.Add(condition);
                    break;
                case FieldNode field when groups.TryGetValue(field.ResponseName, out var nodes):
                    nodes.Add(field);
                    break;
                case FieldNode field:
                    groups.Add(field.ResponseName, [field]);
                    break;
                case InlineFragmentNode inline when Applies(inline.TypeCondition, root):
                    Collect(root, inline.SelectionSet, groups, conditions, visited);
                    break;
                case FragmentSpreadNode spread when visited.Add(spread.Name.Value)
                    && Context.Fragments.TryGetValue(spread.Name.Value, out var fragment)
                    && Applies(fragment.TypeCondition, root):
                    Collect(root, fragment.SelectionSet, groups, conditions, visited);
                    break;
            }
        }
    }

    private bool Applies(NamedTypeNode? condition, ObjectType root) =>
        condition is null || (Schema.Types.GetValueOrDefault(condition.Name.Value) is CompositeType type
            && type.PossibleTypes.Contains(root));
}
