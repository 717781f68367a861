using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

/// <summary>A use of a variable, with what its place demands.</summary>
internal readonly record struct VariableUsage(
    VariableNode Node, GraphType? Type, bool HasDefault, NamedType? ParentInput);

/// <summary>What rules share: the schema, the document's parts, and where they report.</summary>
internal sealed class ValidationContext
{
    private readonly Dictionary<SyntaxNode, IReadOnlyList<VariableUsage>> _usages = [];
    private readonly Dictionary<SelectionSetNode, IReadOnlyList<FragmentSpreadNode>> _spreads = [];
    private readonly List<(string Rule, IError Error)> _errors = [];

    public ValidationContext(Schema schema, DocumentNode document)
    {
        (Schema, Document) = (schema, document);
        Fragments = document.Definitions.OfType<FragmentDefinitionNode>()
            .GroupBy(f => f.Name.Value, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
    }

    public Schema Schema { get; }
    public DocumentNode Document { get; }
    public IReadOnlyDictionary<string, FragmentDefinitionNode> Fragments { get; }

    /// <summary>Every error with the name of its rule.</summary>
    public IReadOnlyList<(string Rule, IError Error)> Errors => _errors;

    public void Report(string rule, string message, string? code, IEnumerable<SyntaxNode> nodes) =>
        _errors.Add((rule, new Error(message, Locations: [.. nodes.Select(n => n.Location)]).WithCode(code)));

    /// <summary>The spreads of a selection set and of all selections inside it.</summary>
    public IReadOnlyList<FragmentSpreadNode> Spreads(SelectionSetNode selectionSet)
    {
        if (!_spreads.TryGetValue(selectionSet, out var spreads))
        {
            var found = new List<FragmentSpreadNode>();
            var pending = new Stack<SelectionSetNode>([selectionSet]);
            while (pending.TryPop(out var next))
            {
                foreach (var selection in next.Selections)
                {
                    switch (selection)
                    {
                        case FragmentSpreadNode spread:
                            found.Add(spread);
                            break;
                        case FieldNode { SelectionSet: { } inner }:
                            pending.Push(inner);
                            break;
                        case InlineFragmentNode inline:
                            pending.Push(inline.SelectionSet);
                            break;
                    }
                }
            }

            _spreads[selectionSet] = spreads = found;
        }

        return spreads;
    }

    /// <summary>The fragments that an operation reaches.</summary>
    public IReadOnlyList<FragmentDefinitionNode> Reachable(OperationDefinitionNode operation)
    {
        var found = new List<FragmentDefinitionNode>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<SelectionSetNode>([operation.SelectionSet]);
        while (pending.TryPop(out var next))
        {
            foreach (var spread in Spreads(next))
            {
                if (seen.Add(spread.Name.Value) && Fragments.TryGetValue(spread.Name.Value, out var fragment))
                {
                    found.Add(fragment);
                    pending.Push(fragment.SelectionSet);
                }
            }
        }

        return found;
    }

    public IEnumerable<VariableUsage> Usages(OperationDefinitionNode operation) =>
        OwnUsages(operation).Concat(Reachable(operation).SelectMany(OwnUsages));

    private IReadOnlyList<VariableUsage> OwnUsages(SyntaxNode definition)
    {
        if (!_usages.TryGetValue(definition, out var usages))
        {
            var collector = new UsageCollector();
            new DocumentWalker(this, [collector]).Walk(definition);
            _usages[definition] = usages = collector.Usages;
        }

        return usages;
    }

    private sealed class UsageCollector : ValidationRule
    {
        public List<VariableUsage> Usages { get; } = [];

        public override void Enter(SyntaxNode node, WalkState state)
        {
            if (node is VariableNode variable && !state.IsInVariableDefinition)
            {
                Usages.Add(new VariableUsage(variable, state.InputType, state.HasDefault, state.ParentInput));
            }
        }
    }
}

/// <summary>A rule; it sees every node of the document on the way down and on the way up.</summary>
internal abstract class ValidationRule
{
    public ValidationContext Context { get; set; } = null!;

    public Schema Schema => Context.Schema;

    public virtual void Enter(SyntaxNode node, WalkState state)
    {
    }

    public virtual void Leave(SyntaxNode node, WalkState state)
    {
    }

    protected void Report(string message, params IEnumerable<SyntaxNode> nodes) => Report(message, null, nodes);

    protected void Report(string message, string? code, IEnumerable<SyntaxNode> nodes) =>
        Context.Report(GetType().Name, message, code, nodes);
}
