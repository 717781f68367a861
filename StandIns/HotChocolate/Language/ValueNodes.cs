namespace HotChocolate.Language;

/// <summary>A literal of a document, or a variable value in the same form.</summary>
internal abstract class ValueNode(Location location) : SyntaxNode(location)
{
    public override string ToString() => SyntaxPrinter.Print(this);
}

internal sealed class VariableNode(Location location, NameNode name) : ValueNode(location)
{
    public NameNode Name { get; } = name;
}

internal sealed class IntValueNode(Location location, string value) : ValueNode(location)
{
    public string Value { get; } = value;
}

internal sealed class FloatValueNode(Location location, string value) : ValueNode(location)
{
    public string Value { get; } = value;
}

internal sealed class StringValueNode(Location location, string value, bool block) : ValueNode(location)
{
    public string Value { get; } = value;
    public bool Block { get; } = block;
}

internal sealed class BooleanValueNode(Location location, bool value) : ValueNode(location)
{
    public bool Value { get; } = value;
}

internal sealed class NullValueNode(Location location) : ValueNode(location)
{
    public static NullValueNode Instance { get; } = new(default);
}

internal sealed class EnumValueNode(Location location, string value) : ValueNode(location)
{
    public string Value { get; } = value;
}

internal sealed class ListValueNode(Location location, IReadOnlyList<ValueNode> values) : ValueNode(location)
{
    public IReadOnlyList<ValueNode> Values { get; } = values;
}

internal sealed class ObjectValueNode(Location location, IReadOnlyList<ObjectFieldNode> fields) : ValueNode(location)
{
    public IReadOnlyList<ObjectFieldNode> Fields { get; } = fields;

    public ValueNode? Field(string name) => Fields.FirstOrDefault(f => f.Name.Value == name)?.Value;
}

internal sealed class ObjectFieldNode(Location location, NameNode name, ValueNode value) : SyntaxNode(location)
{
    public NameNode Name { get; } = name;
    public ValueNode Value { get; } = value;
}
