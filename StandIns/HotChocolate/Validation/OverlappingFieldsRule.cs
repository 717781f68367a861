using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

/// <summary>
/// Fields with one response name must be one field, unless their objects can never be the same. Selection sets are
/// compared pairwise, and each pair of fragments once.
/// </summary>
internal sealed class OverlappingFieldsCanBeMergedRule : ValidationRule
{
    private const int MaxComparisons = 250_000;
    private readonly Dictionary<(SelectionSetNode, CompositeType?), Fields> _collected = [];
    private readonly PairSet<Fields, string> _fieldsAndFragments = new();
    private readonly PairSet<string, string> _fragments = new();
    private readonly HashSet<SelectionSetNode> _inline = [];
    private int _comparisons;

    public override void Enter(SyntaxNode node, WalkState state)
    {
        // The fields of an inline fragment were compared with those around it.
        if (node is InlineFragmentNode inline)
        {
            _inline.Add(inline.SelectionSet);
        }

        if (node is SelectionSetNode selectionSet && !_inline.Contains(selectionSet) && _comparisons <= MaxComparisons)
        {
            foreach (var conflict in Within(state.ParentType, selectionSet))
            {
                Report(
                    $"The fields `{conflict.ResponseName}` cannot be merged because {conflict.Reason}.",
                    conflict.First.Concat(conflict.Second));
            }

            if (_comparisons > MaxComparisons)
            {
                Report("The document merges too many fields. Validation aborted.", node);
            }
        }
    }

    private List<Conflict> Within(CompositeType? parent, SelectionSetNode selectionSet)
    {
        var conflicts = new List<Conflict>();
        var fields = Collect(parent, selectionSet);
        foreach (var (name, same) in fields.ByName)
        {
            for (var i = 0; i < same.Count; i++)
            {
                for (var j = i + 1; j < same.Count; j++)
                {
                    Compare(conflicts, false, name, same[i], same[j]);
                }
            }
        }

        for (var i = 0; i < fields.Spreads.Count; i++)
        {
            CompareWithFragment(conflicts, false, fields, fields.Spreads[i]);
            for (var j = i + 1; j < fields.Spreads.Count; j++)
            {
                CompareFragments(conflicts, false, fields.Spreads[i], fields.Spreads[j]);
            }
        }

        return conflicts;
    }

    private void CompareWithFragment(List<Conflict> conflicts, bool exclusive, Fields fields, string fragmentName)
    {
        if (!_fieldsAndFragments.Add(fields, fragmentName, exclusive)
            || !Context.Fragments.TryGetValue(fragmentName, out var fragment))
        {
            return;
        }

        var others = Collect(fragment);
        if (ReferenceEquals(fields, others))
        {
            return;
        }

        CompareAll(conflicts, exclusive, fields, others);
        foreach (var spread in others.Spreads)
        {
            CompareWithFragment(conflicts, exclusive, fields, spread);
        }
    }

    private void CompareFragments(List<Conflict> conflicts, bool exclusive, string first, string second)
    {
        var isOrdered = string.CompareOrdinal(first, second) <= 0;
        if (first == second || !_fragments.Add(isOrdered ? first : second, isOrdered ? second : first, exclusive)
            || !Context.Fragments.TryGetValue(first, out var a) || !Context.Fragments.TryGetValue(second, out var b))
        {
            return;
        }

        var (fieldsA, fieldsB) = (Collect(a), Collect(b));
        CompareAll(conflicts, exclusive, fieldsA, fieldsB);
        foreach (var spread in fieldsB.Spreads)
        {
            CompareFragments(conflicts, exclusive, first, spread);
        }

        foreach (var spread in fieldsA.Spreads)
        {
            CompareFragments(conflicts, exclusive, spread, second);
        }
    }

    private void CompareAll(List<Conflict> conflicts, bool exclusive, Fields first, Fields second)
    {
        foreach (var (name, fields) in first.ByName)
        {
            foreach (var a in fields)
            {
                foreach (var b in second.ByName.GetValueOrDefault(name) ?? [])
                {
                    Compare(conflicts, exclusive, name, a, b);
                }
            }
        }
    }

    private void Compare(List<Conflict> conflicts, bool parentsExclusive, string name, Field a, Field b)
    {
        if (++_comparisons > MaxComparisons)
        {
            return;
        }

        var exclusive = parentsExclusive || (a.Parent != b.Parent && a.Parent is ObjectType && b.Parent is ObjectType);
        var reason = exclusive ? null
            : a.Node.Name.Value != b.Node.Name.Value
                ? $"`{a.Node.Name.Value}` and `{b.Node.Name.Value}` are different fields"
            : SameArguments(a.Node, b.Node) ? null : "they have differing arguments";
        reason ??= a.Definition is { } x && b.Definition is { } y && TypesConflict(x.Type, y.Type)
            ? $"they return conflicting types `{x.Type}` and `{y.Type}`"
            : null;
        if (reason is not null)
        {
            conflicts.Add(new Conflict(name, reason, [a.Node], [b.Node]));
        }
        else if (a.Node.SelectionSet is { } setA && b.Node.SelectionSet is { } setB)
        {
            var inner = CompareSubfields(exclusive, a, setA, b, setB);
            if (inner.Count > 0)
            {
                conflicts.Add(new Conflict(
                    name,
                    string.Join(" and ", inner.Select(c => $"subfields `{c.ResponseName}` conflict because {c.Reason}")),
                    [a.Node, .. inner.SelectMany(c => c.First)],
                    [b.Node, .. inner.SelectMany(c => c.Second)]));
            }
        }
    }

    private List<Conflict> CompareSubfields(bool exclusive, Field a, SelectionSetNode setA, Field b, SelectionSetNode setB)
    {
        var conflicts = new List<Conflict>();
        var first = Collect(a.Definition?.Type.Named as CompositeType, setA);
        var second = Collect(b.Definition?.Type.Named as CompositeType, setB);
        CompareAll(conflicts, exclusive, first, second);
        foreach (var spread in second.Spreads)
        {
            CompareWithFragment(conflicts, exclusive, first, spread);
        }

        foreach (var spread in first.Spreads)
        {
            CompareWithFragment(conflicts, exclusive, second, spread);
        }

        foreach (var spread in first.Spreads)
        {
            foreach (var other in second.Spreads)
            {
                CompareFragments(conflicts, exclusive, spread, other);
            }
        }

        return conflicts;
    }

    private static bool SameArguments(FieldNode a, FieldNode b) =>
        a.Arguments.Count == b.Arguments.Count && a.Arguments.All(x =>
            b.Arguments.LastOrDefault(y => y.Name.Value == x.Name.Value) is { } y && SameValue(x.Value, y.Value));

    private static bool SameValue(ValueNode a, ValueNode b) => (a, b) switch
    {
        (ListValueNode x, ListValueNode y) => x.Values.Count == y.Values.Count
            && x.Values.Zip(y.Values).All(p => SameValue(p.First, p.Second)),
        (ObjectValueNode x, ObjectValueNode y) => x.Fields.Count == y.Fields.Count
            && Sorted(x).Zip(Sorted(y)).All(p =>
                p.First.Name.Value == p.Second.Name.Value && SameValue(p.First.Value, p.Second.Value)),
        (StringValueNode x, StringValueNode y) => x.Value == y.Value && x.Block == y.Block,
        _ => a.GetType() == b.GetType() && a.ToString() == b.ToString(),
    };

    private static IEnumerable<ObjectFieldNode> Sorted(ObjectValueNode value) =>
        value.Fields.OrderBy(f => f.Name.Value, StringComparer.Ordinal);

    private static bool TypesConflict(GraphType a, GraphType b) => (a, b) switch
    {
        (ListType x, ListType y) => TypesConflict(x.OfType, y.OfType),
        (ListType, _) or (_, ListType) => true,
        (NonNullType x, NonNullType y) => TypesConflict(x.OfType, y.OfType),
        (NonNullType, _) or (_, NonNullType) => true,
        _ => (a is LeafType || b is LeafType) && a != b,
    };

    private Fields Collect(FragmentDefinitionNode fragment) => Collect(
        Schema.Types.GetValueOrDefault(fragment.TypeCondition.Name.Value) as CompositeType, fragment.SelectionSet);

    private Fields Collect(CompositeType? parent, SelectionSetNode selectionSet)
    {
        if (!_collected.TryGetValue((selectionSet, parent), out var fields))
        {
            fields = new Fields();
            Collect(parent, selectionSet, fields);
            _collected.Add((selectionSet, parent), fields);
        }

        return fields;
    }

    private void Collect(CompositeType? parent, SelectionSetNode selectionSet, Fields fields)
    {
        foreach (var selection in selectionSet.Selections)
        {
            switch (selection)
            {
                case FieldNode node:
                    var definition = parent is ComplexType complex ? complex.Fields.GetValueOrDefault(node.Name.Value) : null;
                    fields.Add(new Field(parent, node, definition));
                    break;
                case FragmentSpreadNode spread when !fields.Spreads.Contains(spread.Name.Value):
                    fields.Spreads.Add(spread.Name.Value);
                    break;
                case InlineFragmentNode inline:
                    Collect(
                        inline.TypeCondition is null
                            ? parent
                            : Schema.Types.GetValueOrDefault(inline.TypeCondition.Name.Value) as CompositeType,
                        inline.SelectionSet, fields);
                    break;
            }
        }
    }

    private sealed record Conflict(
        string ResponseName, string Reason, IReadOnlyList<SyntaxNode> First, IReadOnlyList<SyntaxNode> Second);

    private sealed record Field(CompositeType? Parent, FieldNode Node, FieldDefinition? Definition);

    private sealed class Fields
    {
        public OrderedDictionary<string, List<Field>> ByName { get; } = new(StringComparer.Ordinal);
        public List<string> Spreads { get; } = [];

        public void Add(Field field)
        {
            if (!ByName.TryGetValue(field.Node.ResponseName, out var same))
            {
                ByName.Add(field.Node.ResponseName, same = []);
            }

            same.Add(field);
        }
    }

    /// <summary>Pairs that were compared; having been compared as non-exclusive covers both ways.</summary>
    private sealed class PairSet<TFirst, TSecond>
    {
        private readonly Dictionary<(TFirst, TSecond), bool> _pairs = [];

        public bool Add(TFirst first, TSecond second, bool exclusive)
        {
            if (_pairs.TryGetValue((first, second), out var before) && (exclusive || !before))
            {
                return false;
            }

            _pairs[(first, second)] = exclusive;
            return true;
        }
    }
}
