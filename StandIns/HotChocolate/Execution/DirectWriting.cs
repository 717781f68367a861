using System.Buffers;
using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using HotChocolate.Types;
using Microsoft.Extensions.ObjectPool;

namespace HotChocolate.Execution;

/// <summary>
/// Writes objects whose selected fields are plain properties of CLR objects: compiled for the types at hand, straight
/// into JSON, without a value being boxed or a node being made. Whatever is out of the ordinary (a null that must not
/// be, a getter that throws) throws here, and the object is completed field by field instead, with its errors.
/// </summary>
internal sealed class DirectWriting
{
    private const int Uses = 200;
    private const int MaxFailures = 16;
    private const int UsesPerFailure = 8;
    private static readonly MethodInfo s_name = typeof(Utf8JsonWriter).GetMethod(
        nameof(Utf8JsonWriter.WritePropertyName), [typeof(JsonEncodedText)])!;

    private static readonly MethodInfo s_text = typeof(Utf8JsonWriter).GetMethod(
        nameof(Utf8JsonWriter.WriteStringValue), [typeof(JsonEncodedText)])!;

    private readonly SelectionPlan _plan;
    private Action<Utf8JsonWriter, object>? _write;
    private long _uses;
    private int _failures;

    public DirectWriting(SelectionPlan plan) => _plan = plan;

    /// <summary>Null while it is not worth compiling, or when the fields are not all plain.</summary>
    public Action<Utf8JsonWriter, object>? Compiled
    {
        get
        {
            if (++_uses == Uses)
            {
                _write = Compile(_plan);
            }

            return _write;
        }
    }

    /// <summary>What fails too often is no longer tried.</summary>
    public void Failed()
    {
        if (++_failures > MaxFailures && _failures * UsesPerFailure > _uses)
        {
            _write = null;
        }
    }

    private static Action<Utf8JsonWriter, object>? Compile(SelectionPlan plan)
    {
        if (plan.Type.RuntimeType is not { } clr)
        {
            return null;
        }

        var writer = Expression.Parameter(typeof(Utf8JsonWriter));
        var parent = Expression.Parameter(typeof(object));
        return Object(writer, Expression.Convert(parent, clr), plan) is { } body
            ? Expression.Lambda<Action<Utf8JsonWriter, object>>(body, writer, parent).Compile()
            : null;
    }

    private static BlockExpression? Object(ParameterExpression writer, Expression parent, SelectionPlan plan)
    {
        var instance = Expression.Variable(parent.Type);
        List<Expression> steps =
            [Expression.Assign(instance, parent), Expression.Call(writer, nameof(Utf8JsonWriter.WriteStartObject), null)];
        foreach (var field in plan.Fields)
        {
            if (Field(writer, instance, plan, field) is not { } value)
            {
                return null;
            }

            steps.Add(Expression.Call(writer, s_name, Expression.Constant(field.Key)));
            steps.Add(value);
        }

        steps.Add(Expression.Call(writer, nameof(Utf8JsonWriter.WriteEndObject), null));
        return Expression.Block([instance], steps);
    }

    private static Expression? Field(
        ParameterExpression writer, ParameterExpression parent, SelectionPlan plan, FieldPlan field)
    {
        if (field.Definition.Name == "__typename")
        {
            return Expression.Call(writer, s_text, Expression.Constant(JsonEncodedText.Encode(plan.Type.Name)));
        }

        return field.Definition.Resolver?.Member is { } property && property.DeclaringType!.IsAssignableFrom(parent.Type)
            ? Value(writer, Expression.Property(parent, property), field.Definition.Type, field)
            : null;
    }

    private static Expression? Value(ParameterExpression writer, Expression read, GraphType type, FieldPlan field)
    {
        var value = Expression.Variable(read.Type);
        var plain = Nullable.GetUnderlyingType(read.Type) is null ? (Expression)value : Expression.Property(value, "Value");
        Expression? present = type.Nullable switch
        {
            LeafType leaf => Leaf(writer, plain, leaf),
            ObjectType o when plain.Type == o.RuntimeType && !plain.Type.IsValueType => Object(writer, plain, field.SelectionFor(o)),
            ListType list when plain.Type != typeof(string) => List(writer, plain, list, field),
            _ => null,
        };
        if (present is null)
        {
            return null;
        }

        var absent = type is NonNullType
            ? (Expression)Expression.Call(Own(nameof(Unexpected)))
            : Expression.Call(writer, nameof(Utf8JsonWriter.WriteNullValue), null);
        return Expression.Block(
            [value],
            Expression.Assign(value, read),
            read.Type.IsValueType && plain == value
                ? present
                : Expression.IfThenElse(Expression.Equal(value, Expression.Constant(null, value.Type)), absent, present));
    }

    private static MethodCallExpression Leaf(ParameterExpression writer, Expression value, LeafType leaf)
    {
        var typed = typeof(ScalarType<>).MakeGenericType(value.Type);
        return leaf is ScalarLeaf { Scalar: var scalar } && scalar is not FloatType && typed.IsInstanceOfType(scalar)
            ? Expression.Call(
                Expression.Constant(scalar, typed),
                typed.GetMethod(nameof(ScalarType<>.WriteTyped), BindingFlags.Instance | BindingFlags.NonPublic)!, writer, value)
            : Expression.Call(Own(nameof(Any)), writer, Expression.Constant(leaf), Expression.Convert(value, typeof(object)));
    }

    private static MethodCallExpression? List(ParameterExpression writer, Expression items, ListType list, FieldPlan field)
    {
        if (ClrTypes.Element(items.Type) is not { } element || ClrTypes.IsAsync(items.Type))
        {
            return null;
        }

        var item = Expression.Parameter(element);
        return Value(writer, item, list.OfType, field) is { } body
            ? Expression.Call(
                Own(nameof(Each)).MakeGenericMethod(element), writer,
                Expression.Convert(items, typeof(IEnumerable<>).MakeGenericType(element)),
                Expression.Lambda(typeof(Action<,>).MakeGenericType(typeof(Utf8JsonWriter), element), body, writer, item))
            : null;
    }

    private static MethodInfo Own(string name) =>
        typeof(DirectWriting).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static void Unexpected() => throw new InvalidOperationException("Not of the ordinary.");

    private static void Any(Utf8JsonWriter writer, LeafType leaf, object value)
    {
        if (!leaf.TryCoerceResult(value, out var result))
        {
            Unexpected();
        }

        leaf.Write(writer, result!);
    }

    private static void Each<T>(Utf8JsonWriter writer, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray();
        if (items is T[] array)
        {
            foreach (var item in array)
            {
                write(writer, item);
            }
        }
        else if (items is IReadOnlyList<T> list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                write(writer, list[i]);
            }
        }
        else
        {
            foreach (var item in items)
            {
                write(writer, item);
            }
        }

        writer.WriteEndArray();
    }
}

/// <summary>A part of a result that is JSON already.</summary>
internal sealed class Fragment(FragmentBuffer buffer, int start, int length)
{
    public ReadOnlySpan<byte> Json => buffer.Written.Slice(start, length);
}

/// <summary>The fragments of one result, in memory that is used again.</summary>
internal sealed class FragmentBuffer : IBufferWriter<byte>
{
    private const int InitialSize = 16 * 1024;
    private const int Kept = 64;
    private const int LargestKept = 1024 * 1024;

    private static readonly DefaultObjectPool<FragmentBuffer> s_pool = new(new Policy(), Kept);

    private readonly Utf8JsonWriter _writer;
    private byte[] _bytes = new byte[InitialSize];
    private int _length;

    public FragmentBuffer() => _writer = ResultWriter.NewWriter(this);

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public static FragmentBuffer Rent() => s_pool.Get();

    public void Return() => s_pool.Return(this);

    /// <summary>Null when something is out of the ordinary.</summary>
    public Fragment? TryWrite(object value, Action<Utf8JsonWriter, object> write)
    {
        var start = _length;
        try
        {
            write(_writer, value);
            _writer.Flush();
            return new Fragment(this, start, _length - start);
        }
#pragma warning disable CA1031 // What went wrong shows when the object is completed field by field.
        catch (Exception)
#pragma warning restore CA1031
        {
            _length = start;
            return null;
        }
        finally
        {
            _writer.Reset();
        }
    }

    /// <summary>A list of such objects; null items are for the other way.</summary>
    public Fragment? TryWriteList(IEnumerable items, Action<Utf8JsonWriter, object> write) =>
        TryWrite(items, (writer, list) =>
        {
            writer.WriteStartArray();
            foreach (var item in (IEnumerable)list)
            {
                write(writer, item ?? throw new InvalidOperationException("Not of the ordinary."));
            }

            writer.WriteEndArray();
        });

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => Room(sizeHint).AsMemory(_length);

    public Span<byte> GetSpan(int sizeHint = 0) => Room(sizeHint).AsSpan(_length);

    private byte[] Room(int sizeHint)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1))
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + sizeHint));
        }

        return _bytes;
    }

    private sealed class Policy : PooledObjectPolicy<FragmentBuffer>
    {
        public override FragmentBuffer Create() => new();

        public override bool Return(FragmentBuffer obj)
        {
            obj._length = 0;
            return obj._bytes.Length <= LargestKept;
        }
    }
}
