using System.Net;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Http;

namespace HotChocolate.AspNetCore;

/// <summary>Writes results to HTTP responses.</summary>
internal static class HttpResponses
{
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(12);

    public static async Task WriteAsync(
        HttpContext context, ResponseFormat format, IExecutionResult result, HttpStatusCode? proposed)
    {
        var response = context.Response;
        response.ContentType = format.ContentType;
        if (format.IsStream)
        {
            response.Headers.CacheControl = "no-cache";
            await StreamAsync(context, result).ConfigureAwait(false);
            return;
        }

        var single = result.ExpectOperationResult();
        response.StatusCode = format.UsesStatusCodes
            ? (int)(proposed ?? (single as OperationResult)?.Status ?? (single.IsDataSet || single.Errors is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest))
            : proposed is HttpStatusCode.MethodNotAllowed ? StatusCodes.Status405MethodNotAllowed
            : proposed is null ? StatusCodes.Status200OK
            : (int)proposed;
        ResultWriter.Write(response.BodyWriter, single);
        await response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task StreamAsync(HttpContext context, IExecutionResult result)
    {
        var body = context.Response.BodyWriter;
        if (result is IOperationResult single)
        {
            Event(body, single);
        }
        else
        {
            await EventsAsync(context, (IResponseStream)result).ConfigureAwait(false);
        }

        Write(body, "event: complete\ndata: \n\n"u8);
        await body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task EventsAsync(HttpContext context, IResponseStream stream)
    {
        var body = context.Response.BodyWriter;
        var aborted = context.RequestAborted;
        await body.FlushAsync(aborted).ConfigureAwait(false);
        var events = stream.ReadResultsAsync().GetAsyncEnumerator(aborted);
        await using (events.ConfigureAwait(false))
        {
            while (await NextAsync(events, body, aborted).ConfigureAwait(false))
            {
                Event(body, events.Current);
                await body.FlushAsync(aborted).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for the next event; a comment now and then shows both sides that the other is still there.</summary>
    private static async Task<bool> NextAsync(
        IAsyncEnumerator<IOperationResult> events, System.IO.Pipelines.PipeWriter body, CancellationToken aborted)
    {
        var next = events.MoveNextAsync().AsTask();
        while (!next.IsCompleted && !aborted.IsCancellationRequested
            && await Task.WhenAny(next, Task.Delay(s_keepAlive, aborted)).ConfigureAwait(false) != next)
        {
            Write(body, ":\n\n"u8);
            await body.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }

        // When the client is gone this ends as well, and only then may the events be disposed of.
        return await next.ConfigureAwait(false);
    }

    private static void Event(System.IO.Pipelines.PipeWriter body, IOperationResult result)
    {
        Write(body, "event: next\ndata: "u8);
        ResultWriter.Write(body, result);
        Write(body, "\n\n"u8);
    }

    private static void Write(System.IO.Pipelines.PipeWriter body, ReadOnlySpan<byte> text) =>
        System.Buffers.BuffersExtensions.Write(body, text);
}
