using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HotChocolate.AspNetCore;

/// <summary>The media type of a response.</summary>
internal sealed class ResponseFormat
{
    private ResponseFormat(string contentType, bool isStream, bool usesStatusCodes) =>
        (ContentType, IsStream, UsesStatusCodes) = (contentType, isStream, usesStatusCodes);

    public static ResponseFormat GraphQLResponse { get; } = new("application/graphql-response+json; charset=utf-8", false, true);

    public static ResponseFormat Json { get; } = new("application/json; charset=utf-8", false, false);

    public static ResponseFormat EventStream { get; } = new("text/event-stream; charset=utf-8", true, false);

    public string ContentType { get; }

    public bool IsStream { get; }

    /// <summary>Whether the status tells about errors in the request; plain JSON always answers 200.</summary>
    public bool UsesStatusCodes { get; }

    /// <summary>The first acceptable format of the header; no header and wildcards mean plain JSON.</summary>
    public static ResponseFormat Negotiate(StringValues accept, out (IError Error, HttpStatusCode Status)? refusal)
    {
        refusal = null;
        if (StringValues.IsNullOrEmpty(accept))
        {
            return Json;
        }

        if (!MediaTypeHeaderValue.TryParseList(accept, out var types))
        {
            refusal = (new Error("The accept header value is not valid.").WithCode(
                ErrorCodes.Server.InvalidAcceptHeaderValue), HttpStatusCode.BadRequest);
            return GraphQLResponse;
        }

        foreach (var type in types.Where(t => t.Quality is not 0).OrderByDescending(t => t.Quality ?? 1))
        {
            if (Find(type.MediaType.Value!) is { } format)
            {
                return format;
            }
        }

        refusal = (new Error("None of the accepted media types is supported.").WithCode(
            ErrorCodes.Server.NoSupportedAcceptMediaType), HttpStatusCode.NotAcceptable);
        return GraphQLResponse;
    }

    private static ResponseFormat? Find(string mediaType) => mediaType.ToLowerInvariant() switch
    {
        "application/graphql-response+json" => GraphQLResponse,
        "application/json" or "application/*" or "*/*" => Json,
        "text/event-stream" => EventStream,
        _ => null,
    };
}
