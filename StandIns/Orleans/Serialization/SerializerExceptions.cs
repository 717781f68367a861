namespace Orleans.Serialization;

/// <summary>A value cannot be serialized, copied or read.</summary>
[GenerateSerializer]
public class SerializerException(string message) : Exception(message);

/// <summary>A type is not made to cross a grain boundary, or its name is not known here.</summary>
[GenerateSerializer]
public sealed class CodecNotFoundException(string message) : SerializerException(message);

/// <summary>Stands for an exception whose type this process does not have.</summary>
public sealed class UnavailableExceptionFallbackException(string message, Exception innerException)
    : Exception(message, innerException)
{
    /// <summary>The name of the type that was thrown.</summary>
    public string ExceptionType { get; internal set; } = "";
}
