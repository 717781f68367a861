namespace HotChocolate.Language;

/// <summary>A definition of the type system; extensions are definitions with <see cref="IsExtension"/>.</summary>
internal abstract class SchemaSyntaxNode(
    Location location, string? description, IReadOnlyList<DirectiveNode> directives, bool isExtension)
    : SyntaxNode(location)
{
    public string? Description { get; } = description;
    public IReadOnlyList<DirectiveNode> Directives { get; } = directives;
    public bool IsExtension { get; } = isExtension;
}

internal sealed class SchemaDefinitionNode(
    Location location,
    string? description,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<(OperationType Operation, NamedTypeNode Type)> operations,
    bool isExtension) : SchemaSyntaxNode(location, description, directives, isExtension)
{
    public IReadOnlyList<(OperationType Operation, NamedTypeNode Type)> Operations { get; } = operations;
}

internal abstract class TypeDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    bool isExtension) : SchemaSyntaxNode(location, description, directives, isExtension)
{
    public NameNode Name { get; } = name;
}

internal sealed class ScalarTypeDefinitionNode(
    Location location, string? description, NameNode name, IReadOnlyList<DirectiveNode> directives, bool isExtension)
    : TypeDefinitionNode(location, description, name, directives, isExtension);

internal sealed class ObjectTypeDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<NamedTypeNode> interfaces,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<FieldDefinitionNode> fields,
    bool isExtension,
    bool isInterface) : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<NamedTypeNode> Interfaces { get; } = interfaces;
    public IReadOnlyList<FieldDefinitionNode> Fields { get; } = fields;

    /// <summary>Interfaces and objects are written alike, so they share a node.</summary>
    public bool IsInterface { get; } = isInterface;
}

internal sealed class UnionTypeDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<NamedTypeNode> types,
    bool isExtension) : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<NamedTypeNode> Types { get; } = types;
}

internal sealed class EnumTypeDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<EnumValueDefinitionNode> values,
    bool isExtension) : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<EnumValueDefinitionNode> Values { get; } = values;
}

internal sealed class InputObjectTypeDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<InputValueDefinitionNode> fields,
    bool isExtension) : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<InputValueDefinitionNode> Fields { get; } = fields;
}

internal sealed class DirectiveDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<InputValueDefinitionNode> arguments,
    bool isRepeatable,
    IReadOnlyList<NameNode> locations) : SchemaSyntaxNode(location, description, [], false)
{
    public NameNode Name { get; } = name;
    public IReadOnlyList<InputValueDefinitionNode> Arguments { get; } = arguments;
    public bool IsRepeatable { get; } = isRepeatable;
    public IReadOnlyList<NameNode> Locations { get; } = locations;
}

internal sealed class FieldDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    IReadOnlyList<InputValueDefinitionNode> arguments,
    TypeNode type,
    IReadOnlyList<DirectiveNode> directives) : SyntaxNode(location)
{
    public string? Description { get; } = description;
    public NameNode Name { get; } = name;
    public IReadOnlyList<InputValueDefinitionNode> Arguments { get; } = arguments;
    public TypeNode Type { get; } = type;
    public IReadOnlyList<DirectiveNode> Directives { get; } = directives;
}

internal sealed class InputValueDefinitionNode(
    Location location,
    string? description,
    NameNode name,
    TypeNode type,
    ValueNode? defaultValue,
    IReadOnlyList<DirectiveNode> directives) : SyntaxNode(location)
{
    public string? Description { get; } = description;
    public NameNode Name { get; } = name;
    public TypeNode Type { get; } = type;
    public ValueNode? DefaultValue { get; } = defaultValue;
    public IReadOnlyList<DirectiveNode> Directives { get; } = directives;
}

internal sealed class EnumValueDefinitionNode(
    Location location, string? description, NameNode name, IReadOnlyList<DirectiveNode> directives)
    : SyntaxNode(location)
{
    public string? Description { get; } = description;
    public NameNode Name { get; } = name;
    public IReadOnlyList<DirectiveNode> Directives { get; } = directives;
}
