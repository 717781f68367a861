namespace HotChocolate.Language;

internal sealed partial class Parser
{
    private void Advance()
    {
        _token = _lexer.Next();
        if (_token.Kind != TokenKind.EndOfFile && ++_tokens > _limits.Tokens)
        {
            throw new SyntaxException(
                $"The GraphQL request document contains more than {_limits.Tokens} tokens. Parsing aborted.",
                _token.Location);
        }
    }

    private void Enter()
    {
        if (++_depth > ParserLimits.Recursion)
        {
            throw new SyntaxException(
                $"The GraphQL request document is nested more than {ParserLimits.Recursion} levels deep. Parsing aborted.",
                _token.Location);
        }
    }

    private T Node<T>(T node) where T : SyntaxNode =>
        ++_nodes <= _limits.Nodes
            ? node
            : throw new SyntaxException(
                $"The GraphQL request document contains more than {_limits.Nodes} nodes. Parsing aborted.",
                node.Location);

    private bool Peek(char punctuator) => _token.Kind == TokenKind.Punctuator && _token.Punctuator == punctuator;

    private bool Skip(char punctuator)
    {
        var found = Peek(punctuator);
        if (found)
        {
            Advance();
        }

        return found;
    }

    private bool SkipKeyword(string keyword)
    {
        var found = _token.Kind == TokenKind.Name && _token.Value == keyword;
        if (found)
        {
            Advance();
        }

        return found;
    }

    private void Expect(char punctuator)
    {
        if (!Skip(punctuator))
        {
            throw new SyntaxException($"Expected \"{Show(punctuator)}\", found {Describe(_token)}.", _token.Location);
        }
    }

    private void ExpectKeyword(string keyword)
    {
        if (!SkipKeyword(keyword))
        {
            throw new SyntaxException($"Expected \"{keyword}\", found {Describe(_token)}.", _token.Location);
        }
    }

    private Token Expect(TokenKind kind)
    {
        var token = _token;
        if (token.Kind != kind)
        {
            throw new SyntaxException($"Expected {kind}, found {Describe(token)}.", token.Location);
        }

        Advance();
        return token;
    }

    private List<T> Any<T>(char open, char close, Func<T> item)
    {
        Expect(open);
        var items = new List<T>();
        while (!Skip(close))
        {
            items.Add(item());
        }

        return items;
    }

    private List<T> Many<T>(char open, char close, Func<T> item)
    {
        Expect(open);
        var items = new List<T>();
        do
        {
            items.Add(item());
        }
        while (!Skip(close));
        return items;
    }

    private IReadOnlyList<T> OptionalMany<T>(char open, char close, Func<T> item) =>
        Peek(open) ? Many(open, close, item) : [];

    private List<T> Delimited<T>(char delimiter, Func<T> item)
    {
        Skip(delimiter);
        var items = new List<T>();
        do
        {
            items.Add(item());
        }
        while (Skip(delimiter));
        return items;
    }

    private SyntaxException Unexpected() => Unexpected(_token);

    private static SyntaxException Unexpected(Token token) => new($"Unexpected {Describe(token)}.", token.Location);

    private static string Show(char punctuator) => punctuator == '.' ? "..." : punctuator.ToString();

    private static string Describe(Token token) => token.Kind switch
    {
        TokenKind.EndOfFile => "<EOF>",
        TokenKind.Punctuator => $"\"{Show(token.Punctuator)}\"",
        _ => $"{token.Kind} \"{token.Value}\"",
    };
}
