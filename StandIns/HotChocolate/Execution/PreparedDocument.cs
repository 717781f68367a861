using System.Collections.Concurrent;
using HotChocolate.Authorization;
using HotChocolate.Language;

namespace HotChocolate.Execution;

/// <summary>A parsed and validated document with its operations, or the reasons why it is neither.</summary>
internal sealed class PreparedDocument
{
    private readonly IReadOnlyList<PreparedOperation> _operations;

    private PreparedDocument(
        IReadOnlyList<IError> errors,
        IReadOnlyList<PreparedOperation> operations,
        IReadOnlyList<Location> introspection,
        AuthorizeDirective[] demands)
    {
        (Errors, _operations, Introspection, Demands) = (errors, operations, introspection, demands);
    }

    public IReadOnlyList<IError> Errors { get; }

    /// <summary>Where the document asks for __schema or __type.</summary>
    public IReadOnlyList<Location> Introspection { get; }

    /// <summary>What the caller must fulfil before anything is executed.</summary>
    public AuthorizeDirective[] Demands { get; }

    public static PreparedDocument Invalid(IReadOnlyList<IError> errors) => new(errors, [], [], []);

    public static PreparedDocument Valid(Schema schema, DocumentNode document)
    {
        var fragments = document.Definitions.OfType<FragmentDefinitionNode>()
            .ToDictionary(f => f.Name.Value, StringComparer.Ordinal);
        var introspection = document.Definitions
            .SelectMany(d => d switch
            {
                OperationDefinitionNode o => Fields(o.SelectionSet),
                FragmentDefinitionNode f => Fields(f.SelectionSet),
                _ => [],
            })
            .Where(f => f.Name.Value is "__schema" or "__type");
        return new PreparedDocument(
            [],
            [.. document.Definitions.OfType<OperationDefinitionNode>()
                .Select(o => new PreparedOperation(schema, o, fragments))],
            [.. introspection.Select(f => f.Location)],
            DocumentDemands.Collect(schema, document));
    }

    public PreparedOperation? Find(string? name) => string.IsNullOrEmpty(name)
        ? _operations.Count == 1 ? _operations[0] : null
        : _operations.FirstOrDefault(o => o.Node.Name?.Value == name);

    private static IEnumerable<FieldNode> Fields(SelectionSetNode selectionSet) => selectionSet.Selections.SelectMany(s => s switch
    {
        FieldNode f => f.SelectionSet is null ? [f] : Fields(f.SelectionSet).Prepend(f),
        InlineFragmentNode i => Fields(i.SelectionSet),
        _ => [],
    });
}

/// <summary>Valid documents by their text; the oldest are forgotten, and very long ones are not kept.</summary>
internal sealed class DocumentCache(int capacity)
{
    private const int MaxLength = 64 * 1024;
    private readonly ConcurrentDictionary<string, PreparedDocument> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    public PreparedDocument GetOrAdd(string document, Func<string, PreparedDocument> make)
    {
        if (_entries.TryGetValue(document, out var entry))
        {
            return entry;
        }

        entry = make(document);
        if (entry.Errors.Count == 0 && document.Length <= MaxLength && _entries.TryAdd(document, entry))
        {
            _order.Enqueue(document);
            if (_entries.Count > capacity && _order.TryDequeue(out var oldest))
            {
                _entries.TryRemove(oldest, out _);
            }
        }

        return entry;
    }
}
