using HotChocolate.Language;
using HotChocolate.Types;

namespace HotChocolate.Validation;

internal sealed class ValuesOfCorrectTypeRule : ValidationRule
{
    // Only outermost values are checked: a check covers everything inside.
    private int _depth;

    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is ValueNode and not VariableNode && _depth++ == 0 && state.InputType is { } type)
        {
            Check((ValueNode)node, type);
        }
    }

    public override void Leave(SyntaxNode node, WalkState state)
    {
        if (node is ValueNode and not VariableNode)
        {
            _depth--;
        }
    }

    private void Check(ValueNode value, GraphType type)
    {
        switch (value, type)
        {
            case (VariableNode, _):
                break;
            case (NullValueNode, NonNullType):
                Report($"The type `{type}` does not accept null.", value);
                break;
            case (_, NonNullType nonNull):
                Check(value, nonNull.OfType);
                break;
            case (NullValueNode, _):
                break;
            case (ListValueNode list, ListType t):
                foreach (var item in list.Values)
                {
                    Check(item, t.OfType);
                }

                break;
            case (_, ListType t):
                Check(value, t.OfType);
                break;
            case (ObjectValueNode o, InputObjectType t):
                CheckObject(o, t);
                break;
            case (_, LeafType leaf) when leaf.TryParse(value, false, out _):
                break;
            default:
                Report($"The value `{value}` is not compatible with the type `{type}`.", value);
                break;
        }
    }

    private void CheckObject(ObjectValueNode value, InputObjectType type)
    {
        foreach (var field in type.Fields.Values)
        {
            // Of fields given twice the last one counts; that they are is the error of another rule.
            var given = value.Fields.LastOrDefault(f => f.Name.Value == field.Name)?.Value;
            if (given is not null)
            {
                Check(given, field.Type);
            }
            else if (field.IsRequired)
            {
                Report($"The field `{field.Name}` of `{type.Name}` is required.", value);
            }
        }

        var known = new List<ObjectFieldNode>();
        foreach (var field in value.Fields)
        {
            if (type.Fields.ContainsKey(field.Name.Value))
            {
                known.Add(field);
            }
            else
            {
                Report($"The field `{field.Name.Value}` does not exist on `{type.Name}`.", field);
            }
        }

        if (type.IsOneOf && (known.Count != 1 || known[0].Value is NullValueNode))
        {
            Report(
                $"Exactly one field of the OneOf Input Object `{type.Name}` must be given, and it must not be null.", value);
        }
    }
}

internal sealed class UniqueInputFieldNamesRule : ValidationRule
{
    public override void Enter(SyntaxNode node, WalkState state)
    {
        if (node is not ObjectValueNode { Fields.Count: > 1 } value)
        {
            return;
        }

        var seen = new Dictionary<string, NameNode>(StringComparer.Ordinal);
        foreach (var field in value.Fields)
        {
            if (!seen.TryAdd(field.Name.Value, field.Name))
            {
                Report($"The input field `{field.Name.Value}` is given more than once.",
                    seen[field.Name.Value], field.Name);
            }
        }
    }
}
