using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>Values to JSON and back, as grains exchange them between processes.</summary>
internal sealed class WireSerializer
{
    public WireSerializer(GrainFactory grains)
    {
        Names = new(ApplicationParts.Assemblies);
        Options = new()
        {
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            MaxDepth = 128,

            // Attributes that a type carries for JSON of its own say nothing here: the contract's alias tells the type.
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { static info => info.PolymorphismOptions = null } },
            Converters =
            {
                new GrainReferenceConverterFactory(grains),
                new ExceptionConverterFactory(),
                new ImmutableArrayConverterFactory(),
                new KeyedCollectionConverterFactory(),
                new TupleConverterFactory(),
                new ContractConverterFactory(Names),
            },
        };
    }

    public TypeNames Names { get; }

    public JsonSerializerOptions Options { get; }

    public void Write(Utf8JsonWriter writer, object? value, Type type) =>
        JsonSerializer.Serialize(writer, value, type, Options);

    public object? Read(JsonElement element, Type type) => element.Deserialize(type, Options);
}
