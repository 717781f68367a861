using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Execution;

/// <summary>Collects and merges the fields that a selection asks of one object type.</summary>
internal sealed class FieldCollector(PreparedOperation operation, VariableValues conditions)
{
    public SelectionPlan Collect(ObjectType type, IEnumerable<SelectionSetNode> selectionSets)
    {
        var groups = new OrderedDictionary<string, List<FieldNode>>(StringComparer.Ordinal);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        foreach (var selectionSet in selectionSets)
        {
            Collect(type, selectionSet, groups, visited);
        }

        return new SelectionPlan(type, [.. groups.Values
            .Select(nodes => (Nodes: nodes, Field: operation.Schema.FindField(type, nodes[0].Name.Value)))
            .Where(g => g.Field is not null)
            .Select(g => new FieldPlan(this, type, g.Field!, [.. g.Nodes]))]);
    }

    private void Collect(
        ObjectType type,
        SelectionSetNode selectionSet,
        OrderedDictionary<string, List<FieldNode>> groups,
        HashSet<string> visited)
    {
        foreach (var selection in selectionSet.Selections)
        {
            if (!Conditions.IsIncluded(selection.Directives, conditions))
            {
                continue;
            }

            switch (selection)
            {
                case FieldNode field:
                    if (!groups.TryGetValue(field.ResponseName, out var nodes))
                    {
                        groups.Add(field.ResponseName, nodes = []);
                    }

                    nodes.Add(field);
                    break;
                case InlineFragmentNode inline when Applies(inline.TypeCondition, type):
                    Collect(type, inline.SelectionSet, groups, visited);
                    break;
                case FragmentSpreadNode spread when visited.Add(spread.Name.Value)
                    && operation.Fragments.TryGetValue(spread.Name.Value, out var fragment)
                    && Applies(fragment.TypeCondition, type):
                    Collect(type, fragment.SelectionSet, groups, visited);
                    break;
            }
        }
    }

    private bool Applies(NamedTypeNode? condition, ObjectType type) =>
        condition is null
        || (operation.Schema.Types.GetValueOrDefault(condition.Name.Value) is CompositeType composite
            && composite.PossibleTypes.Contains(type));
}

/// <summary>The directives @skip and @include.</summary>
internal static class Conditions
{
    public static bool IsIncluded(IReadOnlyList<DirectiveNode> directives, VariableValues variables)
    {
        foreach (var directive in directives)
        {
            if (Expected(directive) is { } expected && IsTrue(directive.Argument("if"), variables) != expected)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The variables that decide about selections, with the place where each first does.</summary>
    public static void Collect(
        SelectionSetNode selectionSet,
        IReadOnlyDictionary<string, FragmentDefinitionNode> fragments,
        Dictionary<string, Location> names,
        HashSet<string> visited)
    {
        foreach (var selection in selectionSet.Selections)
        {
            foreach (var directive in selection.Directives)
            {
                if (Expected(directive) is not null && directive.Argument("if") is VariableNode variable)
                {
                    names.TryAdd(variable.Name.Value, variable.Location);
                }
            }

            var inner = selection switch
            {
                FieldNode field => field.SelectionSet,
                InlineFragmentNode inline => inline.SelectionSet,
                FragmentSpreadNode spread when visited.Add(spread.Name.Value) =>
                    fragments.GetValueOrDefault(spread.Name.Value)?.SelectionSet,
                _ => null,
            };
            if (inner is not null)
            {
                Collect(inner, fragments, names, visited);
            }
        }
    }

    private static bool? Expected(DirectiveNode directive) => directive.Name.Value switch
    {
        "include" => true,
        "skip" => false,
        _ => null,
    };

    private static bool IsTrue(ValueNode? value, VariableValues variables) => value switch
    {
        BooleanValueNode b => b.Value,
        VariableNode v => variables.IsTrue(v.Name.Value),
        _ => false,
    };
}
