using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// Copies what could be changed and shares what cannot: primitives, strings, types with
/// <see cref="ImmutableAttribute"/>, grain references, exceptions. An object met twice is copied once.
/// </summary>
#pragma warning disable CA1859 // All copiers have one shape, as they are called through one delegate type.
internal static class DeepCopier
{
    private static readonly ConcurrentDictionary<Type, Func<object, Copies, object>> Known = new();

    private static readonly HashSet<Type> Shared =
    [
        typeof(string), typeof(object), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly),
        typeof(TimeSpan), typeof(Guid), typeof(Int128), typeof(Uri), typeof(Version), typeof(JsonElement), typeof(CancellationToken),
    ];

    private static readonly Dictionary<Type, string> Collections = new()
    {
        [typeof(List<>)] = nameof(CopyList),
        [typeof(HashSet<>)] = nameof(CopyHashSet),
        [typeof(SortedSet<>)] = nameof(CopySortedSet),
        [typeof(Queue<>)] = nameof(CopyQueue),
        [typeof(Dictionary<,>)] = nameof(CopyDictionary),
        [typeof(SortedDictionary<,>)] = nameof(CopySortedDictionary),
        [typeof(ImmutableArray<>)] = nameof(CopyImmutableArray),
        [typeof(ImmutableList<>)] = nameof(CopyImmutableList),
        [typeof(ImmutableHashSet<>)] = nameof(CopyImmutableHashSet),
        [typeof(ImmutableSortedSet<>)] = nameof(CopyImmutableSortedSet),
        [typeof(ImmutableDictionary<,>)] = nameof(CopyImmutableDictionary),
        [typeof(ImmutableSortedDictionary<,>)] = nameof(CopyImmutableSortedDictionary),
        [typeof(KeyValuePair<,>)] = nameof(CopyKeyValuePair),
        [typeof(ReadOnlyMemory<>)] = nameof(CopyMemory),
        [typeof(ValueTuple<,>)] = nameof(CopyFields),
        [typeof(ValueTuple<,,>)] = nameof(CopyFields),
        [typeof(ValueTuple<,,,>)] = nameof(CopyFields),
    };

    /// <exception cref="CodecNotFoundException">The value holds a type that may not cross a grain boundary.</exception>
    public static object? Copy(object? value) => value is null || IsShared(value.GetType()) ? value : CopyObject(value, new());

    private static bool IsShared(Type type) =>
        type.IsPrimitive || type.IsEnum || Shared.Contains(type) ||
        type.IsDefined(typeof(ImmutableAttribute), inherit: false) ||
        typeof(GrainReferenceProxy).IsAssignableFrom(type) || typeof(Exception).IsAssignableFrom(type);

    private static object CopyObject(object value, Copies copies) =>
        copies.TryGet(value, out var copy) ? copy : Known.GetOrAdd(value.GetType(), Choose)(value, copies);

    private static T Copy<T>(T value, Copies copies) => value is null ? value : (T)CopyObject(value, copies);

    private static Func<object, Copies, object> Choose(Type type)
    {
        if (IsShared(type)) return static (value, _) => value;
        if (TypeContract.IsDefinedFor(type)) return CopyContract;
        if (type.IsSZArray) return CopyArray;
        if (type.IsGenericType && Collections.TryGetValue(type.GetGenericTypeDefinition(), out var name))
        {
            var method = typeof(DeepCopier).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!;
            if (method.IsGenericMethodDefinition) method = method.MakeGenericMethod(type.GenericTypeArguments);
            return method.CreateDelegate<Func<object, Copies, object>>();
        }

        throw new CodecNotFoundException($"{type} has no [GenerateSerializer] and so cannot cross a grain boundary.");
    }

    private static object CopyContract(object value, Copies copies)
    {
        var contract = TypeContract.Of(value.GetType());
        var copy = copies.Add(value, contract.Create());
        foreach (var member in contract.Members) member.Set(copy, Copy(member.Get(value), copies));
        return copy;
    }

    private static object CopyArray(object value, Copies copies)
    {
        var copy = (Array)((Array)value).Clone();
        copies.Add(value, copy);
        if (IsShared(copy.GetType().GetElementType()!) && copy is not object[]) return copy;
        for (var index = 0; index < copy.Length; index++) copy.SetValue(Copy(copy.GetValue(index), copies), index);
        return copy;
    }

    private static object CopyFields(object value, Copies copies) => Activator.CreateInstance(
        value.GetType(), [.. value.GetType().GetFields().Select(field => Copy(field.GetValue(value), copies))])!;

    private static object CopyList<T>(object value, Copies copies)
    {
        var copy = (List<T>)copies.Add(value, new List<T>(((List<T>)value).Count));
        copy.AddRange(Items((List<T>)value, copies));
        return copy;
    }

    private static object CopyHashSet<T>(object value, Copies copies) =>
        new HashSet<T>(Items((HashSet<T>)value, copies), ((HashSet<T>)value).Comparer);

    private static object CopySortedSet<T>(object value, Copies copies) =>
        new SortedSet<T>(Items((SortedSet<T>)value, copies), ((SortedSet<T>)value).Comparer);

    private static object CopyQueue<T>(object value, Copies copies) => new Queue<T>(Items((Queue<T>)value, copies));

    private static object CopyDictionary<TKey, TValue>(object value, Copies copies) where TKey : notnull
    {
        var source = (Dictionary<TKey, TValue>)value;
        var copy = (Dictionary<TKey, TValue>)copies.Add(value, new Dictionary<TKey, TValue>(source.Comparer));
        foreach (var (key, held) in source) copy.Add(Copy(key, copies), Copy(held, copies));
        return copy;
    }

    private static object CopySortedDictionary<TKey, TValue>(object value, Copies copies) where TKey : notnull
    {
        var source = (SortedDictionary<TKey, TValue>)value;
        var copy = (SortedDictionary<TKey, TValue>)copies.Add(value, new SortedDictionary<TKey, TValue>(source.Comparer));
        foreach (var (key, held) in source) copy.Add(Copy(key, copies), Copy(held, copies));
        return copy;
    }

    private static object CopyImmutableArray<T>(object value, Copies copies) =>
        (ImmutableArray<T>)value is { IsDefault: false } items ? Items(items, copies).ToImmutableArray() : value;

    private static object CopyImmutableList<T>(object value, Copies copies) =>
        Items((ImmutableList<T>)value, copies).ToImmutableList();

    private static object CopyImmutableHashSet<T>(object value, Copies copies) =>
        Items((ImmutableHashSet<T>)value, copies).ToImmutableHashSet(((ImmutableHashSet<T>)value).KeyComparer);

    private static object CopyImmutableSortedSet<T>(object value, Copies copies) =>
        Items((ImmutableSortedSet<T>)value, copies).ToImmutableSortedSet(((ImmutableSortedSet<T>)value).KeyComparer);

    private static object CopyImmutableDictionary<TKey, TValue>(object value, Copies copies) where TKey : notnull
    {
        var source = (ImmutableDictionary<TKey, TValue>)value;
        return source.Select(pair => CopyPair(pair, copies))
            .ToImmutableDictionary(source.KeyComparer, source.ValueComparer);
    }

    private static object CopyImmutableSortedDictionary<TKey, TValue>(object value, Copies copies) where TKey : notnull
    {
        var source = (ImmutableSortedDictionary<TKey, TValue>)value;
        return ImmutableSortedDictionary.CreateRange(
            source.KeyComparer, source.ValueComparer, source.Select(pair => CopyPair(pair, copies)));
    }

    private static object CopyKeyValuePair<TKey, TValue>(object value, Copies copies) =>
        CopyPair((KeyValuePair<TKey, TValue>)value, copies);

    private static KeyValuePair<TKey, TValue> CopyPair<TKey, TValue>(KeyValuePair<TKey, TValue> pair, Copies copies) =>
        new(Copy(pair.Key, copies), Copy(pair.Value, copies));

    private static object CopyMemory<T>(object value, Copies copies) =>
        new ReadOnlyMemory<T>([.. Items(((ReadOnlyMemory<T>)value).ToArray(), copies)]);

    private static IEnumerable<T> Items<T>(IEnumerable<T> source, Copies copies) =>
        source.Select(item => Copy(item, copies));

    /// <summary>What was copied already in this graph.</summary>
    private sealed class Copies
    {
        private readonly Dictionary<object, object> made = new(ReferenceEqualityComparer.Instance);

        public bool TryGet(object original, out object copy) => made.TryGetValue(original, out copy!);

        public object Add(object original, object copy)
        {
            if (!original.GetType().IsValueType) made[original] = copy;
            return copy;
        }
    }
}
