namespace HotChocolate.Language;

internal sealed partial class Parser
{
    private static readonly string[] s_keywords =
        ["schema", "scalar", "type", "interface", "union", "enum", "input", "directive"];

    private string? Description()
    {
        if (_token.Kind is not (TokenKind.String or TokenKind.BlockString))
        {
            return null;
        }

        var text = _token.Value;
        Advance();
        return text;
    }

    private SchemaSyntaxNode TypeSystemDefinition(Token start, string? description)
    {
        var location = start.Location;
        var extends = SkipKeyword("extend");
        var keyword = _token;
        if (keyword.Kind != TokenKind.Name || !s_keywords.Contains(keyword.Value))
        {
            throw Unexpected(keyword);
        }

        Advance();
        return keyword.Value switch
        {
            "schema" => Schema(location, description, extends),
            "scalar" => Node(new ScalarTypeDefinitionNode(location, description, Name(), Directives(true), extends)),
            "type" => ObjectOrInterface(location, description, extends, isInterface: false),
            "interface" => ObjectOrInterface(location, description, extends, isInterface: true),
            "union" => Union(location, description, extends),
            "enum" => Enum(location, description, extends),
            "input" => Input(location, description, extends),
            "directive" when !extends => Directive(location, description),
            _ => throw Unexpected(keyword),
        };
    }

    private SchemaDefinitionNode Schema(Location location, string? description, bool extends)
    {
        var directives = Directives(true);
        var operations = extends && !Peek('{') ? [] : Many('{', '}', RootType);
        return Node(new SchemaDefinitionNode(location, description, directives, operations, extends));
    }

    private (OperationType Operation, NamedTypeNode Type) RootType()
    {
        var operation = OperationKind();
        Expect(':');
        return (operation, NamedType());
    }

    private ObjectTypeDefinitionNode ObjectOrInterface(
        Location location, string? description, bool extends, bool isInterface)
    {
        var name = Name();
        IReadOnlyList<NamedTypeNode> interfaces = SkipKeyword("implements") ? Delimited('&', NamedType) : [];
        var directives = Directives(true);
        var fields = OptionalMany('{', '}', FieldDefinition);
        return Node(new ObjectTypeDefinitionNode(
            location, description, name, interfaces, directives, fields, extends, isInterface));
    }

    private FieldDefinitionNode FieldDefinition()
    {
        var location = _token.Location;
        var description = Description();
        var name = Name();
        var arguments = OptionalMany('(', ')', InputValue);
        Expect(':');
        return Node(new FieldDefinitionNode(location, description, name, arguments, Type(), Directives(true)));
    }

    private InputValueDefinitionNode InputValue()
    {
        var location = _token.Location;
        var description = Description();
        var name = Name();
        Expect(':');
        var type = Type();
        var defaultValue = Skip('=') ? Value(true) : null;
        return Node(new InputValueDefinitionNode(location, description, name, type, defaultValue, Directives(true)));
    }

    private UnionTypeDefinitionNode Union(Location location, string? description, bool extends)
    {
        var name = Name();
        var directives = Directives(true);
        IReadOnlyList<NamedTypeNode> types = Skip('=') ? Delimited('|', NamedType) : [];
        return Node(new UnionTypeDefinitionNode(location, description, name, directives, types, extends));
    }

    private EnumTypeDefinitionNode Enum(Location location, string? description, bool extends)
    {
        var name = Name();
        var directives = Directives(true);
        var values = OptionalMany('{', '}', EnumValue);
        return Node(new EnumTypeDefinitionNode(location, description, name, directives, values, extends));
    }

    private EnumValueDefinitionNode EnumValue()
    {
        var location = _token.Location;
        var description = Description();
        if (_token is { Kind: TokenKind.Name, Value: "true" or "false" or "null" })
        {
            throw new SyntaxException($"Name \"{_token.Value}\" is reserved.", _token.Location);
        }

        return Node(new EnumValueDefinitionNode(location, description, Name(), Directives(true)));
    }

    private InputObjectTypeDefinitionNode Input(Location location, string? description, bool extends)
    {
        var name = Name();
        var directives = Directives(true);
        var fields = OptionalMany('{', '}', InputValue);
        return Node(new InputObjectTypeDefinitionNode(location, description, name, directives, fields, extends));
    }

    private DirectiveDefinitionNode Directive(Location location, string? description)
    {
        Expect('@');
        var name = Name();
        var arguments = OptionalMany('(', ')', InputValue);
        var repeatable = SkipKeyword("repeatable");
        ExpectKeyword("on");
        return Node(new DirectiveDefinitionNode(
            location, description, name, arguments, repeatable, Delimited('|', Name)));
    }
}
