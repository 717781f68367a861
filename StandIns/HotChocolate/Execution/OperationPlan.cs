using System.Collections.Concurrent;
using System.Text.Json;
using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Execution;

/// <summary>
/// An operation of a valid document. Its plans differ by the variables behind @skip and @include only, so a plan is
/// kept per combination of those that occurs.
/// </summary>
internal sealed class PreparedOperation
{
    private const int MaxFlags = 64;
    private const int MaxPlans = 32;
    private readonly ConcurrentDictionary<ulong, OperationPlan> _plans = new();
    private readonly (string Name, Location Location)[] _conditions;

    public PreparedOperation(
        Schema schema, OperationDefinitionNode node, IReadOnlyDictionary<string, FragmentDefinitionNode> fragments)
    {
        (Schema, Node, Fragments) = (schema, node, fragments);
        RootType = schema.RootType(node.Operation)!;
        var conditions = new Dictionary<string, Location>(StringComparer.Ordinal);
        Conditions.Collect(node.SelectionSet, fragments, conditions, []);
        _conditions = [.. conditions.Select(c => (c.Key, c.Value))];
        Cost = new Cost.CostAnalyzer(this);
    }

    public Schema Schema { get; }
    public OperationDefinitionNode Node { get; }
    public IReadOnlyDictionary<string, FragmentDefinitionNode> Fragments { get; }
    public ObjectType RootType { get; }
    public Cost.CostAnalyzer Cost { get; }

    /// <summary>What is wrong with the variables that decide about selections; null when nothing is.</summary>
    public IError? CheckConditions(VariableValues variables)
    {
        foreach (var (name, location) in _conditions)
        {
            if (variables.TryGet(name, out var value) && value is null)
            {
                return new Error($"The variable `{name}` must not be null.", Locations: [location])
                    .WithCode(ErrorCodes.Execution.NonNullViolation);
            }
        }

        return null;
    }

    public OperationPlan PlanFor(VariableValues variables)
    {
        if (_conditions.Length > MaxFlags)
        {
            return new OperationPlan(this, variables);
        }

        var flags = 0UL;
        for (var i = 0; i < _conditions.Length; i++)
        {
            flags |= variables.IsTrue(_conditions[i].Name) ? 1UL << i : 0;
        }

        if (_plans.TryGetValue(flags, out var plan))
        {
            return plan;
        }

        plan = new OperationPlan(this, variables);
        return _plans.Count < MaxPlans ? _plans.GetOrAdd(flags, plan) : plan;
    }
}

/// <summary>What to execute when the conditions are as they are.</summary>
internal sealed class OperationPlan
{
    public OperationPlan(PreparedOperation operation, VariableValues conditions)
    {
        Operation = operation;
        Collector = new FieldCollector(operation, conditions);
        Root = Collector.Collect(operation.RootType, [operation.Node.SelectionSet]);
    }

    public PreparedOperation Operation { get; }
    public FieldCollector Collector { get; }
    public SelectionPlan Root { get; }
}

/// <summary>The fields to execute on objects of one type.</summary>
internal sealed class SelectionPlan
{
    public SelectionPlan(ObjectType type, FieldPlan[] fields)
    {
        (Type, Fields) = (type, fields);
        Direct = new DirectWriting(this);
    }

    public ObjectType Type { get; }
    public FieldPlan[] Fields { get; }
    public DirectWriting Direct { get; }
}

/// <summary>One field of a response: all the field nodes that merge into it.</summary>
internal sealed class FieldPlan
{
    private readonly FieldCollector _collector;
    private readonly ArgumentPlan[] _arguments;
    private readonly object?[]? _constantArguments;
    private readonly ConcurrentDictionary<ObjectType, SelectionPlan> _selections = new();
    private SelectionPlan? _last;

    public FieldPlan(FieldCollector collector, ObjectType parentType, FieldDefinition definition, FieldNode[] nodes)
    {
        _collector = collector;
        (ParentType, Definition, Nodes) = (parentType, definition, nodes);
        ResponseName = nodes[0].ResponseName;
        Key = JsonEncodedText.Encode(ResponseName);
        _arguments = [.. definition.Arguments.Values.Select(a => new ArgumentPlan(
            a, nodes[0].Arguments.FirstOrDefault(n => n.Name.Value == a.Name)))];
        if (_arguments.All(a => a.IsConstant))
        {
            _constantArguments = CoerceAll(VariableValues.Empty);
        }
    }

    public ObjectType ParentType { get; }
    public FieldDefinition Definition { get; }
    public FieldNode[] Nodes { get; }
    public string ResponseName { get; }
    public JsonEncodedText Key { get; }
    public IReadOnlyList<Location> Locations => [.. Nodes.Select(n => n.Location)];

    public object?[] CoerceArguments(VariableValues variables) => _constantArguments ?? CoerceAll(variables);

    public SelectionPlan SelectionFor(ObjectType type)
    {
        var last = _last;
        return last?.Type == type
            ? last
            : _last = _selections.GetOrAdd(
                type, static (t, f) => f._collector.Collect(t, f.Nodes.Select(n => n.SelectionSet!)), this);
    }

    private object?[] CoerceAll(VariableValues variables)
    {
        var values = new object?[_arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = _arguments[i].Coerce(variables);
        }

        return values;
    }
}

/// <summary>Where an argument's value comes from.</summary>
internal sealed class ArgumentPlan(InputField definition, ArgumentNode? node)
{
    /// <summary>Stands for an argument that was not given and has no default.</summary>
    public static object Absent { get; } = new();

    public bool IsConstant { get; } = node is null || !HasVariables(node.Value);

    public object? Coerce(VariableValues variables)
    {
        try
        {
            return node switch
            {
                { Value: VariableNode v } when !variables.TryGet(v.Name.Value, out _) => Missing(),
                null => Missing(),
                _ => InputCoercion.CoerceLiteral(node.Value, definition.Type, variables, Path.Root.Append(definition.Name)),
            };
        }
        catch (InputCoercionException e)
        {
            throw new GraphQLException(new Error($"Argument `{definition.Name}`: {e.Message}",
                Locations: node is null ? null : [node.Value.Location]).WithCode(e.Code));
        }
    }

    private object? Missing() => definition switch
    {
        { DefaultValue: not null } => definition.CoercedDefault(),
        { Type: NonNullType } => throw new InputCoercionException(
            "A value is required.", Path.Root, ErrorCodes.Execution.NonNullViolation),
        _ => Absent,
    };

    private static bool HasVariables(ValueNode value) => value switch
    {
        VariableNode => true,
        ListValueNode list => list.Values.Any(HasVariables),
        ObjectValueNode o => o.Fields.Any(f => HasVariables(f.Value)),
        _ => false,
    };
}
