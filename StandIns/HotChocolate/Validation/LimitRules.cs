using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

/// <summary>Introspection must not nest lists of fields and types without end.</summary>
internal sealed class MaxIntrospectionDepthRule : ValidationRule
{
    private const int MaxLists = 3;

    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is FieldNode { Name.Value: "__schema" or "__type" } field && IsTooDeep(field, 0, []))
        {
            Report(
                "Maximum introspection depth exceeded.", ErrorCodes.Validation.MaxIntrospectionDepthOverflow, [node]);
        }
    }

    private bool IsTooDeep(SelectionNode node, int depth, Dictionary<string, int> visited)
    {
        switch (node)
        {
            case FragmentSpreadNode spread:
                var name = spread.Name.Value;
                if (!Context.Fragments.TryGetValue(name, out var fragment)
                    || (visited.TryGetValue(name, out var before) && before >= depth))
                {
                    return false;
                }

                visited[name] = depth;
                return AnyTooDeep(fragment.SelectionSet, depth, visited);
            case FieldNode field:
                depth += field.Name.Value is "fields" or "interfaces" or "possibleTypes" or "inputFields" ? 1 : 0;
                return depth >= MaxLists || AnyTooDeep(field.SelectionSet, depth, visited);
            default:
                return AnyTooDeep(((InlineFragmentNode)node).SelectionSet, depth, visited);
        }
    }

    private bool AnyTooDeep(SelectionSetNode? selectionSet, int depth, Dictionary<string, int> visited) =>
        selectionSet?.Selections.Any(s => IsTooDeep(s, depth, visited)) == true;
}

/// <summary>The configured depth of an operation's fields.</summary>
internal sealed class MaxExecutionDepthRule(int maxDepth, bool skipIntrospection) : ValidationRule
{
    private readonly Dictionary<string, int> _fragments = new(StringComparer.Ordinal);

    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not OperationDefinitionNode operation)
        {
            return;
        }

        var depth = Depth(operation.SelectionSet);
        if (depth > maxDepth)
        {
            Report(
                $"The GraphQL document has an execution depth of {depth} which exceeds the max allowed execution depth of {maxDepth}.",
                node);
        }
    }

    private int Depth(SelectionSetNode? selectionSet) => selectionSet?.Selections.Max(Depth) ?? 0;

    private int Depth(SelectionNode node)
    {
        switch (node)
        {
            case FieldNode field:
                return skipIntrospection && Introspection.IsIntrospection(field.Name.Value)
                    ? 0
                    : 1 + Depth(field.SelectionSet);
            case InlineFragmentNode inline:
                return Depth(inline.SelectionSet);
            default:
                return Fragment(((FragmentSpreadNode)node).Name.Value);
        }
    }

    private int Fragment(string name)
    {
        if (!_fragments.TryGetValue(name, out var depth) && Context.Fragments.TryGetValue(name, out var fragment))
        {
            // A fragment inside itself is the error of another rule.
            _fragments[name] = 0;
            _fragments[name] = depth = Depth(fragment.SelectionSet);
        }

        return depth;
    }
}
