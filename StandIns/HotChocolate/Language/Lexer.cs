using System.Buffers;
using System.Globalization;
using System.Text;

namespace HotChocolate.Language;

internal enum TokenKind
{
    StartOfFile,
    EndOfFile,
    Punctuator,
    Name,
    Integer,
    Float,
    String,
    BlockString,
}

/// <summary>One token; <see cref="Punctuator"/> is '.' for the spread.</summary>
internal readonly record struct Token(TokenKind Kind, char Punctuator, string Value, Location Location);

/// <summary>A document that is not GraphQL, with the place where it stops being GraphQL.</summary>
internal sealed class SyntaxException(string message, Location location) : Exception(message)
{
    public Location Location { get; } = location;
}

/// <summary>Splits a source into tokens. Lines and columns count from 1, columns in UTF-16 code units.</summary>
internal sealed class Lexer(string source)
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private int _position = source.StartsWith('\uFEFF') ? 1 : 0;
    private int _line = 1;
    private int _lineStart;

    private char Current => At(_position);

    private Location Here => new(_line, _position - _lineStart + 1);

    public Token Next()
    {
        SkipIgnored();
        if (_position >= source.Length)
        {
            return new(TokenKind.EndOfFile, '\0', "", Here);
        }

        var c = Current;
        return c switch
        {
            '!' or '$' or '&' or '(' or ')' or ':' or '=' or '@' or '[' or ']' or '{' or '|' or '}' => Punctuator(c, 1),
            '.' when At(_position + 1) == '.' && At(_position + 2) == '.' => Punctuator('.', 3),
            '"' => At(_position + 1) == '"' && At(_position + 2) == '"' ? BlockString() : QuotedString(),
            '-' or (>= '0' and <= '9') => Number(),
            _ when IsNameStart(c) => Name(),
            _ => throw Unexpected(_position),
        };
    }

    private char At(int position) => position < source.Length ? source[position] : '\0';

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsNameContinue(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private void SkipIgnored()
    {
        while (_position < source.Length)
        {
            switch (source[_position])
            {
                case ' ' or '\t' or ',' or '\uFEFF':
                    _position++;
                    break;
                case '\n' or '\r':
                    NewLine();
                    break;
                case '#':
                    while (_position < source.Length && source[_position] is not ('\n' or '\r'))
                    {
                        CheckCharacter(_position);
                        _position++;
                    }

                    break;
                default:
                    return;
            }
        }
    }

    private void NewLine()
    {
        _position += At(_position) == '\r' && At(_position + 1) == '\n' ? 2 : 1;
        _line++;
        _lineStart = _position;
    }

    private Token Punctuator(char c, int length)
    {
        var token = new Token(TokenKind.Punctuator, c, "", Here);
        _position += length;
        return token;
    }

    private Token Name()
    {
        var (location, start) = (Here, _position);
        while (IsNameContinue(Current))
        {
            _position++;
        }

        return new(TokenKind.Name, '\0', source[start.._position], location);
    }

    private Token Number()
    {
        var (location, start, kind) = (Here, _position, TokenKind.Integer);
        if (Current == '-')
        {
            _position++;
        }

        if (Current == '0')
        {
            _position++;
            if (char.IsAsciiDigit(Current))
            {
                throw new SyntaxException($"Invalid number, unexpected digit after 0: \"{Current}\".", Here);
            }
        }
        else
        {
            Digits();
        }

        if (Current == '.')
        {
            kind = TokenKind.Float;
            _position++;
            Digits();
        }

        if (Current is 'e' or 'E')
        {
            kind = TokenKind.Float;
            _position++;
            if (Current is '+' or '-')
            {
                _position++;
            }

            Digits();
        }

        if (Current == '.' || IsNameStart(Current))
        {
            throw new SyntaxException($"Invalid number, expected digit but got: {Show(_position)}.", Here);
        }

        return new(kind, '\0', source[start.._position], location);
    }

    private void Digits()
    {
        if (!char.IsAsciiDigit(Current))
        {
            throw new SyntaxException($"Invalid number, expected digit but got: {Show(_position)}.", Here);
        }

        while (char.IsAsciiDigit(Current))
        {
            _position++;
        }
    }

    private Token QuotedString()
    {
        var location = Here;
        _position++;
        var start = _position;
        StringBuilder? text = null;
        while (_position < source.Length && Current is not ('"' or '\n' or '\r'))
        {
            if (Current == '\\')
            {
                text ??= new StringBuilder();
                text.Append(source, start, _position - start);
                Escape(text);
                start = _position;
            }
            else
            {
                _position += CheckCharacter(_position);
            }
        }

        if (Current != '"')
        {
            throw new SyntaxException("Unterminated string.", Here);
        }

        var value = text is null
            ? source[start.._position]
            : text.Append(source, start, _position - start).ToString();
        _position++;
        return new(TokenKind.String, '\0', value, location);
    }

    private void Escape(StringBuilder text)
    {
        var c = At(_position + 1);
        if (c == 'u')
        {
            UnicodeEscape(text);
            return;
        }

        text.Append(c switch
        {
            '"' or '\\' or '/' => c,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => throw new SyntaxException($"Invalid character escape sequence: \"\\{c}\".", Here),
        });
        _position += 2;
    }

    private void UnicodeEscape(StringBuilder text)
    {
        if (At(_position + 2) == '{')
        {
            var end = source.IndexOf('}', _position);
            if (end < 0 || end - _position is < 4 or > 12 || !TryHex(_position + 3, end, out var point)
                || !Rune.IsValid(point))
            {
                throw new SyntaxException("Invalid Unicode escape sequence.", Here);
            }

            text.Append(new Rune(point).ToString());
            _position = end + 1;
            return;
        }

        var high = FixedHex(_position);
        if (Rune.IsValid(high))
        {
            text.Append((char)high);
            _position += 6;
            return;
        }

        // A surrogate pair may be written as two escapes; anything else is not a character.
        if (char.IsHighSurrogate((char)high) && At(_position + 6) == '\\' && At(_position + 7) == 'u')
        {
            var low = FixedHex(_position + 6);
            if (char.IsLowSurrogate((char)low))
            {
                text.Append((char)high).Append((char)low);
                _position += 12;
                return;
            }
        }

        throw new SyntaxException("Invalid Unicode escape sequence.", Here);
    }

    private int FixedHex(int escape) =>
        escape + 6 <= source.Length && TryHex(escape + 2, escape + 6, out var value)
            ? value
            : throw new SyntaxException("Invalid Unicode escape sequence.", Here);

    private bool TryHex(int start, int end, out int value)
    {
        value = 0;
        var digits = source.AsSpan(start, end - start);
        return digits.IndexOfAnyExcept(s_hexDigits) < 0
            && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private Token BlockString()
    {
        var location = Here;
        _position += 3;
        var lines = new List<string>();
        var line = new StringBuilder();
        while (_position < source.Length)
        {
            if (Current == '"' && At(_position + 1) == '"' && At(_position + 2) == '"')
            {
                _position += 3;
                lines.Add(line.ToString());
                return new(TokenKind.BlockString, '\0', BlockStrings.Dedent(lines), location);
            }

            if (string.CompareOrdinal(source, _position, "\\\"\"\"", 0, 4) == 0)
            {
                line.Append("\"\"\"");
                _position += 4;
            }
            else if (Current is '\n' or '\r')
            {
                lines.Add(line.ToString());
                line.Clear();
                NewLine();
            }
            else
            {
                var length = CheckCharacter(_position);
                line.Append(source, _position, length);
                _position += length;
            }
        }

        throw new SyntaxException("Unterminated string.", Here);
    }

    /// <summary>The number of code units of the character here; lone surrogates are not characters.</summary>
    private int CheckCharacter(int position)
    {
        if (!char.IsSurrogate(source[position]))
        {
            return 1;
        }

        return char.IsHighSurrogate(source[position]) && char.IsLowSurrogate(At(position + 1))
            ? 2
            : throw new SyntaxException($"Invalid character: {Show(position)}.", new(_line, position - _lineStart + 1));
    }

    private SyntaxException Unexpected(int position) =>
        new(source[position] == '\''
                ? "Unexpected single quote character ('), did you mean to use a double quote (\")?"
                : $"Unexpected character: {Show(position)}.",
            new(_line, position - _lineStart + 1));

    private string Show(int position) =>
        position >= source.Length ? "<EOF>"
        : source[position] is > ' ' and < '\x7f' ? $"\"{source[position]}\""
        : $"U+{(int)source[position]:X4}";
}
