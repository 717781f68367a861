namespace HotChocolate;

/// <summary>What a schema may contain.</summary>
public class SchemaOptions
{
    /// <summary>Whether input objects may be <c>@oneOf</c>.</summary>
    public bool EnableOneOf { get; set; }
}
