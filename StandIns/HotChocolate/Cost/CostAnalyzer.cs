using System.Globalization;
using HotChocolate.Execution;
using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Cost;

/// <summary>The price of an operation before it runs.</summary>
internal readonly record struct OperationCost(double FieldCost, double TypeCost);

/// <summary>
/// Static analysis after the IBM cost specification: field weights and argument weights, times the sizes of the lists
/// around them. Of alternatives by type the dearest counts; skipped fields count.
/// </summary>
internal sealed class CostAnalyzer(PreparedOperation operation)
{
    private OperationCost? _constant;

    /// <summary>Throws <see cref="GraphQLException"/> when a list needs exactly one slicing argument and has not.</summary>
    public OperationCost Analyze(VariableValues variables)
    {
        if (_constant is { } constant)
        {
            return constant;
        }

        var run = new Run(operation, variables);
        var inner = run.Selections(operation.RootType, [operation.Node.SelectionSet], null, null);
        var cost = inner with { TypeCost = inner.TypeCost + FieldCost.TypeWeight(operation.RootType) };
        if (!run.DependsOnVariables)
        {
            _constant = cost;
        }

        return cost;
    }

    private sealed class Run(PreparedOperation operation, VariableValues variables)
    {
        // A fragment spread in many places is priced once per place that can make a difference.
        private readonly Dictionary<(FieldNode, ObjectType, FieldNode?), OperationCost> _known = [];

        public bool DependsOnVariables { get; private set; }

        public OperationCost Selections(
            CompositeType type, IReadOnlyList<SelectionSetNode> sets, FieldDefinition? parent, FieldNode? parentNode)
        {
            var dearest = new OperationCost(0, 0);
            foreach (var possible in type.PossibleTypes)
            {
                var cost = Object(possible, sets, parent, parentNode);
                dearest = new OperationCost(
                    Math.Max(dearest.FieldCost, cost.FieldCost), Math.Max(dearest.TypeCost, cost.TypeCost));
            }

            return dearest;
        }

        private OperationCost Object(
            ObjectType type, IReadOnlyList<SelectionSetNode> sets, FieldDefinition? parent, FieldNode? parentNode)
        {
            var groups = new OrderedDictionary<string, List<FieldNode>>(StringComparer.Ordinal);
            var visited = new HashSet<string>(StringComparer.Ordinal);
            foreach (var set in sets)
            {
                Collect(type, set, groups, visited);
            }

            var (fieldCost, typeCost) = (0.0, 0.0);
            foreach (var nodes in groups.Values)
            {
                if (operation.Schema.FindField(type, nodes[0].Name.Value) is { } field)
                {
                    var cost = Known(type, field, nodes, parent, parentNode);
                    fieldCost += cost.FieldCost;
                    typeCost += cost.TypeCost;
                }
            }

            return new OperationCost(fieldCost, typeCost);
        }

        private OperationCost Known(
            ObjectType type, FieldDefinition field, List<FieldNode> nodes, FieldDefinition? parent, FieldNode? parentNode)
        {
            if (nodes.Count > 1)
            {
                return Field(field, nodes, parent, parentNode);
            }

            if (!_known.TryGetValue((nodes[0], type, parentNode), out var cost))
            {
                cost = Field(field, nodes, parent, parentNode);
                _known.Add((nodes[0], type, parentNode), cost);
            }

            return cost;
        }

        private OperationCost Field(
            FieldDefinition field, List<FieldNode> nodes, FieldDefinition? parent, FieldNode? parentNode)
        {
            // Introspection answers from memory; its own depth rule bounds it.
            if (Introspection.IsIntrospection(field.Name))
            {
                return default;
            }

            var node = nodes[0];
            CheckSlicing(field, node);
            var own = FieldCost.FieldWeight(field) + node.Arguments.Sum(a =>
                field.Arguments.GetValueOrDefault(a.Name.Value) is { } argument ? Input(argument, a.Value) : 0);
            var inner = field.Type.Named is CompositeType composite
                ? Selections(composite, [.. nodes.Where(n => n.SelectionSet is not null).Select(n => n.SelectionSet!)], field, node)
                : default;
            var typeCost = FieldCost.TypeWeight(field.Type.Named) + inner.TypeCost;
            var size = field.Type.Nullable is ListType ? Size(field, node, parent, parentNode) : 1;
            return new OperationCost(Math.Max(0, own + (inner.FieldCost * size)), typeCost * size);
        }

        private static double Input(InputField input, ValueNode value)
        {
            var weight = FieldCost.ReadWeight(input.Directives)
                ?? (input.Type.Named is InputObjectType ? 1 : 0);
            return weight + (value is ObjectValueNode o && input.Type.Named is InputObjectType type
                ? o.Fields.Sum(f => type.Fields.GetValueOrDefault(f.Name.Value) is { } field ? Input(field, f.Value) : 0)
                : 0);
        }

        private double Size(FieldDefinition field, FieldNode node, FieldDefinition? parent, FieldNode? parentNode)
        {
            if (field.Cost.ListSize is { } own)
            {
                return Size(own, field, node);
            }

            return parent?.Cost.ListSize is { } outer && outer.SizedFields.Contains(field.Name)
                ? Size(outer, parent, parentNode!)
                : 1;
        }

        private double Size(ListSize size, FieldDefinition field, FieldNode node)
        {
            var slices = size.SlicingArguments.Select(name => Slice(field, node, name)).OfType<int>().ToList();
            return slices.Count > 0 ? slices.Max() : size.SlicingArgumentDefault ?? size.AssumedSize ?? 1;
        }

        private int? Slice(FieldDefinition field, FieldNode node, string name)
        {
            var value = node.Arguments.FirstOrDefault(a => a.Name.Value == name)?.Value;
            if (value is VariableNode variable)
            {
                DependsOnVariables = true;
                return variables.TryGet(variable.Name.Value, out var given) ? given as int? : Default(field, name);
            }

            return value is IntValueNode i && int.TryParse(i.Value, CultureInfo.InvariantCulture, out var number)
                ? number
                : value is null ? Default(field, name) : null;
        }

        private static int? Default(FieldDefinition field, string name) =>
            field.Arguments.GetValueOrDefault(name)?.DefaultValue is IntValueNode i
                ? int.Parse(i.Value, CultureInfo.InvariantCulture)
                : null;

        private static void CheckSlicing(FieldDefinition field, FieldNode node)
        {
            if (field.Cost.ListSize is { RequireOneSlicingArgument: true } size
                && node.Arguments.Count(a => size.SlicingArguments.Contains(a.Name.Value) && a.Value is not NullValueNode) != 1)
            {
                throw new GraphQLException(new Error(
                        "Exactly one slicing argument must be defined.", Locations: [node.Location])
                    .WithCode(ErrorCodes.Execution.OneSlicingArgumentRequired));
            }
        }

        private void Collect(
            ObjectType type,
            SelectionSetNode set,
            OrderedDictionary<string, List<FieldNode>> groups,
            HashSet<string> visited)
        {
            foreach (var selection in set.Selections)
            {
                switch (selection)
                {
                    case FieldNode field when groups.TryGetValue(field.ResponseName, out var nodes):
                        nodes.Add(field);
                        break;
                    case FieldNode field:
                        groups.Add(field.ResponseName, [field]);
                        break;
                    case InlineFragmentNode inline when Applies(inline.TypeCondition, type):
                        Collect(type, inline.SelectionSet, groups, visited);
                        break;
                    case FragmentSpreadNode spread when visited.Add(spread.Name.Value)
                        && operation.Fragments[spread.Name.Value] is var fragment && Applies(fragment.TypeCondition, type):
                        Collect(type, fragment.SelectionSet, groups, visited);
                        break;
                }
            }
        }

        private bool Applies(NamedTypeNode? condition, ObjectType type) =>
            condition is null || ((CompositeType)operation.Schema.Types[condition.Name.Value]).PossibleTypes.Contains(type);
    }
}
