using YamlDotNet.Core;

namespace Q2C.Silo.Policies;

/// <summary>All that is wrong with a set of documents, each with file, line and column.</summary>
public sealed class DocumentErrors
{
    private readonly List<(string File, long Line, long Column, string Message)> _errors = [];

    public bool None => _errors is [];

    public void Add(string file, Mark at, string message) => _errors.Add((file, at.Line, at.Column, message));

    /// <summary>Throws <see cref="DocumentException"/> with every error, in order of file and line.</summary>
    public void ThrowIfAny()
    {
        if (!None) throw new DocumentException([.. _errors.Order().Select(e => $"{e.File}:{e.Line}:{e.Column}: {e.Message}")]);
    }
}

/// <summary>Policy or mapping documents cannot be used as they are; one line per error: <c>file:line:column: what</c>.</summary>
public sealed class DocumentException(IReadOnlyList<string> errors) : Exception(string.Join('\n', errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
