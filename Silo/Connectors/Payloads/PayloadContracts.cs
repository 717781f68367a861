using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.Payloads;

/// <summary>
/// What the records of vendors look like, learnt from those that are mapped: which fields there are, which of them mappings
/// rely on, and which were always there. What is new or missing afterwards is kept for <see cref="PayloadContractWriter"/>,
/// before a mapping fails of it. In memory only; nothing here waits for a database.
/// </summary>
public sealed class PayloadContracts
{
    /// <summary>Records of an object after which its fields are taken as known.</summary>
    public const int RecordsToLearn = 20;

    /// <summary>Of one object; a record whose members are data has no shape that could be learnt.</summary>
    public const int MaxFields = 500;

    private const int MaxDepth = 8;

    private readonly ConcurrentDictionary<(string Connection, string Object), Contract> _contracts = new();

    /// <summary>One record, as the vendor has it.</summary>
    /// <param name="name">Of the mapping document: what kind of object it is.</param>
    internal void Saw(string connection, string name, MapDocument document, JsonNode record)
    {
        var contract = _contracts.GetOrAdd((connection, name), _ => new());
        lock (contract)
        {
            contract.Records++;
            Walk(contract, contract.Root, record, 0);
            contract.Rely(document);
            foreach (var field in contract.Fields.Values)
            {
                var isThere = field.SeenIn == contract.Records;
                if (!isThere && !field.IsOptional && !contract.IsLearnt) field.IsOptional = contract.Changed(field);
                if (field.IsRelied && !field.IsOptional && field.IsMissing == isThere) field.IsMissing = contract.Changed(field) && !isThere;
            }

            contract.IsLearnt |= contract.Records >= RecordsToLearn;
        }
    }

    /// <summary>What was known before this process started. Before the first record.</summary>
    internal void Remember(string connection, string name, long records, bool isLearnt, IEnumerable<PayloadField> fields)
    {
        var contract = _contracts.GetOrAdd((connection, name), _ => new());
        lock (contract)
        {
            // Before the count: what is remembered did not come late.
            foreach (var field in fields)
            {
                var known = contract.At(field.Path);
                (known.IsRelied, known.IsOptional, known.IsMissing) =
                    (known.IsRelied || field.IsRelied, known.IsOptional || field.IsOptional, known.IsMissing || field.IsMissing);
            }

            (contract.Records, contract.IsLearnt) = (records, isLearnt);
        }
    }

    /// <summary>What has changed since it was asked last.</summary>
    internal ImmutableArray<PayloadChange> TakeChanges() =>
    [
        .. _contracts.Select(pair =>
        {
            lock (pair.Value)
            {
                var changed = pair.Value.TakeChanged();
                return changed.IsEmpty && pair.Value.Records == pair.Value.Written
                    ? null
                    : new PayloadChange(pair.Key.Connection, pair.Key.Object, pair.Value.Written = pair.Value.Records, pair.Value.IsLearnt, changed);
            }
        }).OfType<PayloadChange>(),
    ];

    private static void Walk(Contract contract, Field at, JsonNode? node, int depth)
    {
        switch (node)
        {
            case JsonObject members when depth < MaxDepth:
                foreach (var (name, value) in members)
                {
                    if (contract.Of(at, name) is not { } field) continue;
                    field.SeenIn = contract.Records;
                    Walk(contract, field, value, depth + 1);
                }

                break;
            case JsonArray { Count: > 0 } list when depth < MaxDepth:
                foreach (var item in list) Walk(contract, at, item, depth + 1);
                break;
            case null or JsonArray:
                // Nothing is in it, which says nothing of what would be.
                foreach (var field in at.Within?.Values ?? Enumerable.Empty<Field>())
                {
                    field.SeenIn = contract.Records;
                    Walk(contract, field, null, depth + 1);
                }

                break;
        }
    }

    /// <summary>A field and those within it; elements of a list are in the field of the list.</summary>
    private sealed class Field(string path)
    {
        public string Path => path;

        public Dictionary<string, Field>? Within { get; set; }

        public long SeenIn { get; set; }

        public bool IsRelied { get; set; }

        /// <summary>It was not always there.</summary>
        public bool IsOptional { get; set; }

        public bool IsMissing { get; set; }

        /// <summary>It came when the object was known.</summary>
        public bool IsNew { get; init; }
    }

    private sealed class Contract
    {
        private readonly HashSet<Field> _changed = [];
        private MapDocument? _document;

        public Field Root { get; } = new("");

        public Dictionary<string, Field> Fields { get; } = new(StringComparer.Ordinal);

        public long Records { get; set; }

        public long Written { get; set; }

        public bool IsLearnt { get; set; }

        /// <summary>True.</summary>
        public bool Changed(Field field) => _changed.Add(field) || true;

        /// <summary>Null beyond what is learnt of one object.</summary>
        public Field? Of(Field at, string name)
        {
            var within = at.Within ??= new(StringComparer.Ordinal);
            if (within.TryGetValue(name, out var field)) return field;
            if (Fields.Count >= MaxFields) return null;
            field = new(at.Path.Length == 0 ? name : $"{at.Path}.{name}") { IsOptional = Records > 1, IsNew = IsLearnt };
            within.Add(name, field);
            Fields.Add(field.Path, field);
            Changed(field);
            return field;
        }

        /// <summary>What the document reads; of a list only that it is one. Looked at again when another takes its place.</summary>
        public void Rely(MapDocument document)
        {
            if (ReferenceEquals(document, _document)) return;
            _document = document;
            foreach (var field in Fields.Values.Where(field => field.IsRelied)) field.IsRelied = !Changed(field);
            foreach (var path in document.VendorPaths)
            {
                var field = Root;
                foreach (var name in path.Names.TakeWhile(name => !name.All(char.IsAsciiDigit)))
                {
                    if (Of(field, name) is not { } next) break;
                    field = next;
                    field.IsRelied = Changed(field);
                }
            }
        }

        public Field At(string path)
        {
            var field = Root;
            foreach (var name in path.Split('.')) field = Of(field, name) ?? field;
            _changed.Remove(field);
            return field;
        }

        public ImmutableArray<PayloadField> TakeChanged()
        {
            ImmutableArray<PayloadField> changed = [.. _changed.Select(field => new PayloadField(field.Path, field.IsRelied, field.IsOptional, field.IsMissing, field.IsNew))];
            _changed.Clear();
            return changed;
        }
    }
}

/// <param name="Path">Names from the root; those of a list's elements follow the name of the list.</param>
internal sealed record PayloadField(string Path, bool IsRelied, bool IsOptional, bool IsMissing, bool IsNew = false);

/// <param name="Fields">Those that are new, or of which something has changed.</param>
internal sealed record PayloadChange(string Connection, string Object, long Records, bool IsLearnt, ImmutableArray<PayloadField> Fields);
