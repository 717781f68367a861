using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

internal sealed class UniqueFragmentNamesRule : ValidationRule
{
    private readonly Dictionary<string, NameNode> _names = new(StringComparer.Ordinal);

    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is FragmentDefinitionNode { Name: var name } && !_names.TryAdd(name.Value, name))
        {
            Report($"There is more than one fragment `{name.Value}`.", _names[name.Value], name);
        }
    }
}

internal sealed class KnownFragmentNamesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is FragmentSpreadNode spread && !Context.Fragments.ContainsKey(spread.Name.Value))
        {
            Report($"The fragment `{spread.Name.Value}` does not exist.", spread.Name);
        }
    }
}

internal sealed class FragmentsOnCompositeTypesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        var condition = node switch
        {
            InlineFragmentNode inline => inline.TypeCondition,
            FragmentDefinitionNode fragment => fragment.TypeCondition,
            _ => null,
        };
        if (condition is not null && Schema.Types.TryGetValue(condition.Name.Value, out var type)
            && type is not CompositeType)
        {
            Report($"A fragment cannot be on `{type.Name}`, which has no fields.", condition);
        }
    }
}

internal sealed class NoUnusedFragmentsRule : ValidationRule
{
    public override void Leave(SyntaxNode node, WalkState state)
    {
        if (node is not DocumentNode document)
        {
            return;
        }

        var used = document.Definitions.OfType<OperationDefinitionNode>().SelectMany(Context.Reachable)
            .Select(f => f.Name.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var fragment in document.Definitions.OfType<FragmentDefinitionNode>().Where(f => !used.Contains(f.Name.Value)))
        {
            Report($"The fragment `{fragment.Name.Value}` is never used.", fragment);
        }
    }
}

internal sealed class PossibleFragmentSpreadsRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        var fragmentType = node switch
        {
            InlineFragmentNode => state.Type as CompositeType,
            FragmentSpreadNode spread when Context.Fragments.TryGetValue(spread.Name.Value, out var fragment) =>
                Schema.Types.GetValueOrDefault(fragment.TypeCondition.Name.Value) as CompositeType,
            _ => null,
        };
        if (fragmentType is not null && state.ParentType is { } parent && !fragmentType.Overlaps(parent))
        {
            Report($"A `{parent.Name}` can never be a `{fragmentType.Name}`.", node);
        }
    }
}

internal sealed class NoFragmentCyclesRule : ValidationRule
{
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private readonly List<FragmentSpreadNode> _path = [];
    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);

    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is FragmentDefinitionNode fragment)
        {
            Detect(fragment);
        }
    }

    private void Detect(FragmentDefinitionNode fragment)
    {
        var name = fragment.Name.Value;
        if (!_visited.Add(name))
        {
            return;
        }

        _positions[name] = _path.Count;
        foreach (var spread in Context.Spreads(fragment.SelectionSet))
        {
            _path.Add(spread);
            if (_positions.TryGetValue(spread.Name.Value, out var start))
            {
                Report($"The fragment `{spread.Name.Value}` spreads itself.", _path.Skip(start).ToList());
            }
            else if (Context.Fragments.TryGetValue(spread.Name.Value, out var next))
            {
                Detect(next);
            }

            _path.RemoveAt(_path.Count - 1);
        }

        _positions.Remove(name);
    }
}
