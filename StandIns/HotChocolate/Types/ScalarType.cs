using System.Text.Json;
using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>A scalar: how values are read from documents and variables, and written to results.</summary>
public abstract class ScalarType
{
    private protected ScalarType(string name, string? description, Uri? specifiedBy = null)
    {
        Name = name;
        Description = description;
        SpecifiedBy = specifiedBy;
    }

    public string Name { get; }

    public string? Description { get; }

    /// <summary>The address of the specification, shown as <c>specifiedByURL</c>.</summary>
    public Uri? SpecifiedBy { get; }

    internal abstract bool TryParse(ValueNode literal, bool fromVariable, out object? value);

    internal abstract bool TryCoerceResult(object result, out object? value);

    internal abstract void Write(Utf8JsonWriter writer, object value);
}

/// <summary>A scalar with one runtime type.</summary>
public abstract class ScalarType<TRuntimeType> : ScalarType where TRuntimeType : notnull
{
    private protected ScalarType(string name, string? description, Uri? specifiedBy = null)
        : base(name, description, specifiedBy)
    {
    }

    internal sealed override bool TryParse(ValueNode literal, bool fromVariable, out object? value)
    {
        var parsed = Read(literal, fromVariable, out var typed);
        value = parsed ? typed : null;
        return parsed;
    }

    internal override bool TryCoerceResult(object result, out object? value)
    {
        if (result is TRuntimeType)
        {
            value = result;
            return true;
        }

        var converted = TryConvert(result, out var typed);
        value = converted ? typed : null;
        return converted;
    }

    internal sealed override void Write(Utf8JsonWriter writer, object value) => WriteValue(writer, (TRuntimeType)value);

    internal void WriteTyped(Utf8JsonWriter writer, TRuntimeType value) => WriteValue(writer, value);

    private protected abstract bool Read(ValueNode literal, bool fromVariable, out TRuntimeType? value);

    /// <summary>Takes results of other types that hold the same value without loss.</summary>
    private protected virtual bool TryConvert(object result, out TRuntimeType? value)
    {
        value = default;
        return false;
    }

    private protected abstract void WriteValue(Utf8JsonWriter writer, TRuntimeType value);
}

/// <summary>The scalar as a type of one schema, with the directives its SDL gave it.</summary>
internal sealed class ScalarLeaf(ScalarType scalar) : LeafType(scalar.Name)
{
    public ScalarType Scalar { get; } = scalar;
    public string? SpecifiedByUrl { get; set; } = scalar.SpecifiedBy?.ToString();
    public override TypeKind Kind => TypeKind.Scalar;

    public override bool TryParse(ValueNode literal, bool fromVariable, out object? value) =>
        Scalar.TryParse(literal, fromVariable, out value);

    public override bool TryCoerceResult(object result, out object? value) => Scalar.TryCoerceResult(result, out value);

    public override void Write(Utf8JsonWriter writer, object value) => Scalar.Write(writer, value);
}
