using System.Buffers;
using System.Text;
using System.Text.Json;
using HotChocolate.Execution;
using HotChocolate.Types;
using Microsoft.AspNetCore.Http;

namespace HotChocolate.AspNetCore;

/// <summary>Reads the parameters of a request from a JSON body or from the query string.</summary>
internal static class HttpRequestReader
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 128 };

    public static async ValueTask<OperationRequestBuilder> ReadBodyAsync(HttpRequest request, int maxSize)
    {
        if (request.ContentLength > maxSize)
        {
            throw TooLarge();
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
            if (read.Buffer.Length > maxSize)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge();
            }

            if (read.IsCompleted)
            {
                try
                {
                    return Parse(read.Buffer);
                }
                finally
                {
                    reader.AdvanceTo(read.Buffer.End);
                }
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public static OperationRequestBuilder ReadQuery(IQueryCollection query)
    {
        var builder = OperationRequestBuilder.New().SetOperationName(query["operationName"]);
        if (query["query"].ToString() is { Length: > 0 } document)
        {
            builder.SetDocument(document);
        }
        else if (query["id"].ToString() is { Length: > 0 } id)
        {
            builder.SetDocumentId(id);
        }
        else
        {
            throw Invalid("Either the parameter query or the parameter id has to be set.", ErrorCodes.Server.QueryAndIdMissing);
        }

        if (query["variables"].ToString() is { Length: > 0 } variables)
        {
            builder.SetVariableValues(ParseMap(variables, "variables"));
        }

        if (query["extensions"].ToString() is { Length: > 0 } extensions)
        {
            builder.SetExtensions(ParseMap(extensions, "extensions"));
        }

        return builder;
    }

    public static OperationRequestBuilder Parse(ReadOnlySequence<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, s_options);
            reader.Read();
            var builder = Read(ref reader);
            reader.Read();
            return builder;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Invalid("The request body is not valid JSON.", ErrorCodes.Server.SyntaxError);
        }
    }

    /// <summary>Reads the request object that the reader stands on.</summary>
    public static OperationRequestBuilder Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Invalid("The GraphQL request structure is invalid: an object is expected.");
        }

        var builder = OperationRequestBuilder.New();
        var (hasDocument, hasId) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("query"u8))
            {
                reader.Read();
                var document = ReadText(ref reader, "query");
                hasDocument = !string.IsNullOrEmpty(document);
                builder = hasDocument ? builder.SetDocument(document!) : builder;
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                var id = ReadText(ref reader, "id");
                hasId = !string.IsNullOrEmpty(id);
                builder.SetDocumentId(id);
            }
            else if (reader.ValueTextEquals("operationName"u8))
            {
                reader.Read();
                builder.SetOperationName(ReadText(ref reader, "operationName"));
            }
            else if (reader.ValueTextEquals("variables"u8))
            {
                reader.Read();
                builder.SetVariableValues(ReadMap(ref reader, "variables"));
            }
            else if (reader.ValueTextEquals("extensions"u8))
            {
                reader.Read();
                builder.SetExtensions(ReadMap(ref reader, "extensions"));
            }
            else
            {
                reader.Skip();
            }
        }

        return hasDocument || hasId
            ? builder
            : throw Invalid(
                "Either the parameter query or the parameter id has to be set.", ErrorCodes.Server.QueryAndIdMissing);
    }

    private static string? ReadText(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        _ => throw Invalid($"The parameter {name} must be a string."),
    };

    private static Dictionary<string, object?>? ReadMap(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Invalid($"The parameter {name} must be an object.");
        }

        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            map[key] = ValueNodes.Read(ref reader);
        }

        return map;
    }

    private static Dictionary<string, object?>? ParseMap(string json, string name)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), s_options);
            reader.Read();
            return ReadMap(ref reader, name);
        }
        catch (JsonException)
        {
            throw Invalid($"The parameter {name} is not valid JSON.", ErrorCodes.Server.SyntaxError);
        }
    }

    private static HttpRequestException TooLarge() =>
        Invalid("Max GraphQL request size reached.", ErrorCodes.Server.MaxRequestSize);

    private static HttpRequestException Invalid(string message, string code = ErrorCodes.Server.RequestInvalid) =>
        new(new Error(message).WithCode(code));
}
