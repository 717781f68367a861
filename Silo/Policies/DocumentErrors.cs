using System.Collections.Immutable;
using Q2C.Policies;
using YamlDotNet.Core;

namespace Q2C.Silo.Policies;

/// <summary>All that is wrong with a set of documents, each with file, line and column.</summary>
public sealed class DocumentErrors
{
    private readonly List<DocumentProblem> _problems = [];

    public bool None => _problems is [];

    public void Add(string file, Mark at, string message) => _problems.Add(new(file, (int)at.Line, (int)at.Column, message));

    /// <summary>Throws <see cref="DocumentException"/> with every error, in order of file and line.</summary>
    public void ThrowIfAny()
    {
        if (!None)
            throw new DocumentException(
                [.. _problems.OrderBy(one => one.Document, StringComparer.Ordinal).ThenBy(one => one.Line).ThenBy(one => one.Column).ThenBy(one => one.Message, StringComparer.Ordinal)]);
    }
}

/// <summary>Policy or mapping documents cannot be used as they are; one line per problem: <c>file:line:column: what</c>.</summary>
public sealed class DocumentException(ImmutableArray<DocumentProblem> problems) : Exception(string.Join('\n', problems.Select(Line)))
{
    public DocumentException(string file, string message) : this([new(file, 1, 1, message)]) { }

    public ImmutableArray<DocumentProblem> Problems { get; } = problems;

    public IReadOnlyList<string> Errors => [.. Problems.Select(Line)];

    private static string Line(DocumentProblem problem) => $"{problem.Document}:{problem.Line}:{problem.Column}: {problem.Message}";
}
