using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

internal sealed class KnownTypeNamesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is NamedTypeNode named && !Schema.Types.ContainsKey(named.Name.Value)
            && Context.Document.Definitions.OfType<TypeDefinitionNode>().All(d => d.Name.Value != named.Name.Value))
        {
            Report($"Unknown type `{named.Name.Value}`.", node);
        }
    }
}

internal sealed class FieldsOnCorrectTypeRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is FieldNode field && state is { ParentType: { } parent, Field: null })
        {
            Report($"The field `{field.Name.Value}` does not exist on the type `{parent.Name}`.", node);
        }
    }
}

internal sealed class ScalarLeafsRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not FieldNode field || state.Type is not { } type)
        {
            return;
        }

        if (type.Named is LeafType && field.SelectionSet is not null)
        {
            Report($"The field `{field.Name.Value}` of type `{type}` has no subfields.", field.SelectionSet);
        }
        else if (type.Named is not LeafType && field.SelectionSet is null)
        {
            Report($"The field `{field.Name.Value}` of type `{type}` needs a selection of subfields.", node);
        }
    }
}

internal sealed class KnownArgumentNamesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        switch (node)
        {
            case FieldNode field when state.Field is { } definition:
                Check(field.Arguments, definition.Arguments, $"field `{definition.Name}`");
                break;
            case DirectiveNode directive when state.Directive is { } definition:
                Check(directive.Arguments, definition.Arguments, $"directive `@{definition.Name}`");
                break;
        }
    }

    private void Check(
        IReadOnlyList<ArgumentNode> arguments, OrderedDictionary<string, InputField> known, string owner)
    {
        foreach (var argument in arguments.Where(a => !known.ContainsKey(a.Name.Value)))
        {
            Report($"The argument `{argument.Name.Value}` does not exist on the {owner}.", argument);
        }
    }
}

internal sealed class UniqueArgumentNamesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        var arguments = node switch
        {
            FieldNode field => field.Arguments,
            DirectiveNode directive => directive.Arguments,
            _ => [],
        };
        if (arguments.Count < 2)
        {
            return;
        }

        foreach (var same in arguments.GroupBy(a => a.Name.Value).Where(g => g.Skip(1).Any()))
        {
            Report($"The argument `{same.Key}` is given more than once.", same.Select(a => a.Name));
        }
    }
}

internal sealed class ProvidedRequiredArgumentsRule : ValidationRule
{
    public override void Leave(SyntaxNode node, WalkState state)
    {
        switch (node)
        {
            case FieldNode field when state.Field is { } definition:
                Check(node, field.Arguments, definition.Arguments.Values, definition.Name);
                break;
            case DirectiveNode directive when state.Directive is { } definition:
                Check(node, directive.Arguments, definition.Arguments.Values, "@" + definition.Name);
                break;
        }
    }

    private void Check(
        SyntaxNode node, IReadOnlyList<ArgumentNode> given, IEnumerable<InputField> expected, string owner)
    {
        foreach (var missing in expected.Where(e => e.IsRequired && given.All(g => g.Name.Value != e.Name)))
        {
            Report($"The argument `{missing.Name}` of `{owner}` is required.", node);
        }
    }
}
