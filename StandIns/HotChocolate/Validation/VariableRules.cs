using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

internal sealed class VariablesAreInputTypesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is VariableDefinitionNode variable && Schema.FindType(variable.Type) is { IsInput: false } type)
        {
            Report($"The type `{type}` of `${variable.Variable.Name.Value}` is not an input type.", variable.Type);
        }
    }
}

internal sealed class UniqueVariableNamesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not OperationDefinitionNode operation)
        {
            return;
        }

        foreach (var same in operation.Variables.GroupBy(v => v.Variable.Name.Value).Where(g => g.Skip(1).Any()))
        {
            Report($"The variable `${same.Key}` is declared more than once.", same.Select(v => v.Variable.Name));
        }
    }
}

internal sealed class NoUndefinedVariablesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not OperationDefinitionNode operation)
        {
            return;
        }

        var declared = operation.Variables.Select(v => v.Variable.Name.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var usage in Context.Usages(operation).Where(u => !declared.Contains(u.Node.Name.Value)))
        {
            Report($"The variable `${usage.Node.Name.Value}` is not declared.", usage.Node, operation);
        }
    }
}

internal sealed class NoUnusedVariablesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not OperationDefinitionNode { Variables.Count: > 0 } operation)
        {
            return;
        }

        var used = Context.Usages(operation).Select(u => u.Node.Name.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var variable in operation.Variables.Where(v => !used.Contains(v.Variable.Name.Value)))
        {
            Report($"The variable `${variable.Variable.Name.Value}` is never used.", variable);
        }
    }
}

internal sealed class VariablesInAllowedPositionRule : ValidationRule
{
    public override void Leave(SyntaxNode node, WalkState state)
    {
        if (node is not OperationDefinitionNode { Variables.Count: > 0 } operation)
        {
            return;
        }

        var declared = operation.Variables.GroupBy(v => v.Variable.Name.Value)
            .ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        foreach (var usage in Context.Usages(operation))
        {
            if (usage.Type is not null && declared.TryGetValue(usage.Node.Name.Value, out var definition)
                && Schema.FindType(definition.Type) is { } type)
            {
                Check(definition, type, usage);
            }
        }
    }

    private void Check(VariableDefinitionNode definition, GraphType type, VariableUsage usage)
    {
        var name = usage.Node.Name.Value;
        if (!IsAllowed(definition, type, usage))
        {
            Report($"The variable `${name}` of type `{type}` does not fit where `{usage.Type}` is expected.",
                definition, usage.Node);
        }

        if (usage.ParentInput is InputObjectType { IsOneOf: true } && type is not NonNullType)
        {
            Report($"The variable `${name}` must be non-null to be used for the OneOf Input Object `{usage.ParentInput}`.",
                definition, usage.Node);
        }
    }

    private static bool IsAllowed(VariableDefinitionNode definition, GraphType type, VariableUsage usage)
    {
        if (usage.Type is NonNullType expected && type is not NonNullType)
        {
            return (definition.DefaultValue is not (null or NullValueNode) || usage.HasDefault)
                && Schema.IsSubType(type, expected.OfType);
        }

        return Schema.IsSubType(type, usage.Type!);
    }
}
