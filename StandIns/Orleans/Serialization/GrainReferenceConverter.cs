using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>References to grains, as the id of the grain; the interface is that of the member.</summary>
internal sealed class GrainReferenceConverterFactory(GrainFactory grains) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsInterface && typeof(IAddressable).IsAssignableFrom(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(GrainReferenceConverter<>).MakeGenericType(typeToConvert), grains)!;
}

internal sealed class GrainReferenceConverter<T>(GrainFactory grains) : JsonConverter<T> where T : IAddressable
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        grains.GetGrain<T>(GrainId.Parse(reader.GetString()!));

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value is GrainReferenceProxy reference
            ? reference.GrainId.ToString()
            : throw new SerializerException(
                $"{value.GetType()} is a grain, not a reference to one; pass this.AsReference<{typeof(T).Name}>()."));
}
