namespace HotChocolate.Language;

/// <summary>What a document may hold at most; passing a limit is a syntax error.</summary>
internal sealed record ParserLimits(int Tokens = int.MaxValue, int Nodes = int.MaxValue, int Fields = 2048)
{
    public const int Recursion = 200;
    public static ParserLimits None { get; } = new(Fields: int.MaxValue);
}

/// <summary>A recursive descent parser for executable documents and, in the other part, type system documents.</summary>
internal sealed partial class Parser
{
    private readonly Lexer _lexer;
    private readonly ParserLimits _limits;
    private Token _token;
    private int _tokens;
    private int _nodes;
    private int _fields;
    private int _depth;

    private Parser(string source, ParserLimits limits)
    {
        _lexer = new Lexer(source);
        _limits = limits;
        Advance();
    }

    public static DocumentNode Parse(string source, ParserLimits? limits = null) =>
        new Parser(source, limits ?? ParserLimits.None).Document();

    private DocumentNode Document()
    {
        var definitions = new List<SyntaxNode>();
        do
        {
            definitions.Add(Definition());
        }
        while (_token.Kind != TokenKind.EndOfFile);
        return new DocumentNode(definitions);
    }

    private SyntaxNode Definition()
    {
        if (Peek('{'))
        {
            return Operation(null);
        }

        var start = _token;
        var described = _token.Kind is TokenKind.String or TokenKind.BlockString;
        var description = Description();
        if (described && Peek('{'))
        {
            throw new SyntaxException("Descriptions are not supported on shorthand queries.", start.Location);
        }

        if (_token.Kind != TokenKind.Name)
        {
            throw Unexpected();
        }

        return _token.Value switch
        {
            "query" or "mutation" or "subscription" => Operation(start),
            "fragment" => FragmentDefinition(start),
            "extend" when described =>
                throw new SyntaxException("Descriptions are not supported on extensions.", start.Location),
            _ => TypeSystemDefinition(start, description),
        };
    }

    private OperationDefinitionNode Operation(Token? start)
    {
        var location = (start ?? _token).Location;
        if (start is null)
        {
            return Node(new OperationDefinitionNode(location, OperationType.Query, null, [], [], SelectionSet()));
        }

        var operation = OperationKind();
        var name = _token.Kind == TokenKind.Name ? Name() : null;
        var variables = OptionalMany('(', ')', VariableDefinition);
        return Node(new OperationDefinitionNode(
            location, operation, name, variables, Directives(false), SelectionSet()));
    }

    private OperationType OperationKind()
    {
        var token = Expect(TokenKind.Name);
        return token.Value switch
        {
            "query" => OperationType.Query,
            "mutation" => OperationType.Mutation,
            "subscription" => OperationType.Subscription,
            _ => throw Unexpected(token),
        };
    }

    private VariableDefinitionNode VariableDefinition()
    {
        var location = _token.Location;
        Description();
        var variable = Variable();
        Expect(':');
        var type = Type();
        var defaultValue = Skip('=') ? Value(true) : null;
        return Node(new VariableDefinitionNode(location, variable, type, defaultValue, Directives(true)));
    }

    private VariableNode Variable()
    {
        var location = _token.Location;
        Expect('$');
        return Node(new VariableNode(location, Name()));
    }

    private SelectionSetNode SelectionSet()
    {
        var location = _token.Location;
        Enter();
        var selections = Many('{', '}', Selection);
        _depth--;
        return Node(new SelectionSetNode(location, selections));
    }

    private SelectionNode Selection() => Peek('.') ? Fragment() : Field();

    private FieldNode Field()
    {
        if (++_fields > _limits.Fields)
        {
            throw new SyntaxException(
                $"The GraphQL request document contains more than {_limits.Fields} fields. Parsing aborted.",
                _token.Location);
        }

        var location = _token.Location;
        var name = Name();
        NameNode? alias = null;
        if (Skip(':'))
        {
            (alias, name) = (name, Name());
        }

        var arguments = OptionalMany('(', ')', () => Argument(false));
        var directives = Directives(false);
        return Node(new FieldNode(location, alias, name, arguments, directives, Peek('{') ? SelectionSet() : null));
    }

    private ArgumentNode Argument(bool constant)
    {
        var location = _token.Location;
        var name = Name();
        Expect(':');
        return Node(new ArgumentNode(location, name, Value(constant)));
    }

    private SelectionNode Fragment()
    {
        var location = _token.Location;
        Expect('.');
        var hasCondition = SkipKeyword("on");
        if (!hasCondition && _token.Kind == TokenKind.Name)
        {
            return Node(new FragmentSpreadNode(location, Name(), Directives(false)));
        }

        var condition = hasCondition ? NamedType() : null;
        return Node(new InlineFragmentNode(location, condition, Directives(false), SelectionSet()));
    }

    private FragmentDefinitionNode FragmentDefinition(Token start)
    {
        ExpectKeyword("fragment");
        if (_token is { Kind: TokenKind.Name, Value: "on" })
        {
            throw Unexpected();
        }

        var name = Name();
        ExpectKeyword("on");
        return Node(new FragmentDefinitionNode(start.Location, name, NamedType(), Directives(false), SelectionSet()));
    }

    private ValueNode Value(bool constant)
    {
        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.Punctuator when token.Punctuator == '[':
                Enter();
                var values = Any('[', ']', () => Value(constant));
                _depth--;
                return Node(new ListValueNode(token.Location, values));
            case TokenKind.Punctuator when token.Punctuator == '{':
                Enter();
                var fields = Any('{', '}', () => ObjectField(constant));
                _depth--;
                return Node(new ObjectValueNode(token.Location, fields));
            case TokenKind.Punctuator when token.Punctuator == '$' && !constant:
                return Variable();
            case TokenKind.Punctuator when token.Punctuator == '$':
                Advance();
                throw _token.Kind == TokenKind.Name
                    ? new SyntaxException($"Unexpected variable \"${_token.Value}\" in constant value.", token.Location)
                    : Unexpected(token);
            case TokenKind.Integer:
                Advance();
                return Node(new IntValueNode(token.Location, token.Value));
            case TokenKind.Float:
                Advance();
                return Node(new FloatValueNode(token.Location, token.Value));
            case TokenKind.String or TokenKind.BlockString:
                Advance();
                return Node(new StringValueNode(token.Location, token.Value, token.Kind == TokenKind.BlockString));
            case TokenKind.Name:
                Advance();
                return Node<ValueNode>(token.Value switch
                {
                    "true" => new BooleanValueNode(token.Location, true),
                    "false" => new BooleanValueNode(token.Location, false),
                    "null" => new NullValueNode(token.Location),
                    _ => new EnumValueNode(token.Location, token.Value),
                });
            default:
                throw Unexpected();
        }
    }

    private ObjectFieldNode ObjectField(bool constant)
    {
        var location = _token.Location;
        var name = Name();
        Expect(':');
        return Node(new ObjectFieldNode(location, name, Value(constant)));
    }

    private List<DirectiveNode> Directives(bool constant)
    {
        var directives = new List<DirectiveNode>();
        while (Peek('@'))
        {
            var location = _token.Location;
            Advance();
            directives.Add(Node(new DirectiveNode(location, Name(), OptionalMany('(', ')', () => Argument(constant)))));
        }

        return directives;
    }

    private TypeNode Type()
    {
        var location = _token.Location;
        TypeNode type;
        if (Skip('['))
        {
            Enter();
            type = new ListTypeNode(location, Type());
            _depth--;
            Expect(']');
        }
        else
        {
            type = NamedType();
        }

        return Skip('!') ? Node(new NonNullTypeNode(location, type)) : type;
    }

    private NamedTypeNode NamedType() => Node(new NamedTypeNode(_token.Location, Name()));

    private NameNode Name()
    {
        var token = Expect(TokenKind.Name);
        return new NameNode(token.Location, token.Value);
    }
}
