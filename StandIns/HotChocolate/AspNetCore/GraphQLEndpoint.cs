using System.Collections.Concurrent;
using System.Net;
using System.Text;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Http;

namespace HotChocolate.AspNetCore;

/// <summary>GraphQL over HTTP: decides by method and headers what a request is, executes it and writes the answer.</summary>
internal sealed class GraphQLEndpoint(RequestExecutorResolver resolver, string? schemaName)
{
    private static readonly GraphQLServerOptions s_defaults = new();
    private readonly ConcurrentDictionary<RequestExecutor, IHttpRequestInterceptor> _interceptors = new();

    public async Task HandleAsync(HttpContext context)
    {
        var options = context.GetEndpoint()?.Metadata.GetMetadata<GraphQLServerOptions>() ?? s_defaults;
        var executor = resolver.Get(schemaName);
        var request = context.Request;
        if (context.WebSockets.IsWebSocketRequest)
        {
            await SocketSession.RunAsync(context, executor, options.Sockets).ConfigureAwait(false);
        }
        else if (request.RouteValues["slug"] is not null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (HttpMethods.IsPost(request.Method) && IsJson(request.ContentType))
        {
            await ExecuteAsync(context, executor, options).ConfigureAwait(false);
        }
        else if (HttpMethods.IsGet(request.Method) && request.Query.ContainsKey("sdl"))
        {
            await SchemaAsync(context, executor, options).ConfigureAwait(false);
        }
        else if (HttpMethods.IsGet(request.Method) && options.EnableGetRequests)
        {
            await ExecuteAsync(context, executor, options).ConfigureAwait(false);
        }
        else
        {
            context.Response.StatusCode = HttpMethods.IsPost(request.Method) || HttpMethods.IsGet(request.Method)
                ? StatusCodes.Status404NotFound
                : StatusCodes.Status405MethodNotAllowed;
        }
    }

    private static Task SchemaAsync(HttpContext context, RequestExecutor executor, GraphQLServerOptions options)
    {
        if (options.EnableSchemaRequests)
        {
            return SchemaResponse.WriteAsync(context, executor);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task ExecuteAsync(HttpContext context, RequestExecutor executor, GraphQLServerOptions options)
    {
        var format = ResponseFormat.Negotiate(context.Request.Headers.Accept, out var refusal);
        if (refusal is { } reason)
        {
            await HttpResponses.WriteAsync(
                context, ResponseFormat.GraphQLResponse, OperationResult.Failed(executor.Handle([reason.Error])), reason.Status)
                .ConfigureAwait(false);
            return;
        }

        HttpStatusCode? status = null;
        IExecutionResult result;
        try
        {
            (result, status) = await RunAsync(context, executor, options, format).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            (result, status) = (OperationResult.Failed(executor.Handle([e.Error])), HttpStatusCode.BadRequest);
        }
        catch (GraphQLException e)
        {
            result = OperationResult.Failed(executor.Handle(e.Errors));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // A client must get an answer that shows nothing of what went wrong inside.
        catch (Exception e)
#pragma warning restore CA1031
        {
            (result, status) = (
                OperationResult.Failed(executor.Handle([RequestExecutor.Unexpected(e)])), HttpStatusCode.InternalServerError);
        }

        await using (result.ConfigureAwait(false))
        {
            try
            {
                await HttpResponses.WriteAsync(context, format, result, status).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // Nobody waits for the rest.
            }
        }
    }

    private async ValueTask<(IExecutionResult Result, HttpStatusCode? Status)> RunAsync(
        HttpContext context, RequestExecutor executor, GraphQLServerOptions options, ResponseFormat format)
    {
        var isGet = HttpMethods.IsGet(context.Request.Method);
        var builder = isGet
            ? HttpRequestReader.ReadQuery(context.Request.Query)
            : await HttpRequestReader.ReadBodyAsync(context.Request, executor.Setup.MaxRequestSize).ConfigureAwait(false);
        var interceptor = _interceptors.GetOrAdd(executor, static e => e.Setup.HttpInterceptor(e.Services));
        await interceptor.OnCreateAsync(context, executor, builder, context.RequestAborted).ConfigureAwait(false);
        var request = builder.Build(isWritten: true);
        var (operation, failure) = await executor.PrepareAsync(request, context.RequestAborted).ConfigureAwait(false);
        if (operation is null)
        {
            return (HttpCode(failure!), null);
        }

        return IsAllowed(operation.Node.Operation, isGet, options, format)
            ? (await executor.ExecuteAsync(operation, request, context.RequestAborted).ConfigureAwait(false), null)
            : (OperationResult.Failed(executor.Handle([new Error("The specified operation kind is not allowed.")])),
                HttpStatusCode.MethodNotAllowed);
    }

    private static bool IsAllowed(
        Language.OperationType operation, bool isGet, GraphQLServerOptions options, ResponseFormat format) => operation switch
    {
        Language.OperationType.Query => !isGet || options.AllowedGetOperations.HasFlag(AllowedGetOperations.Query),
        Language.OperationType.Mutation => !isGet || options.AllowedGetOperations.HasFlag(AllowedGetOperations.Mutation),
        _ => format.IsStream,
    };

    /// <summary>A document that does not parse has the server's code when it came over HTTP.</summary>
    private static OperationResult HttpCode(OperationResult failure) =>
        failure.Errors is [{ Code: ErrorCodes.Execution.SyntaxError } error]
            ? OperationResult.Failed([error.WithCode(ErrorCodes.Server.SyntaxError)])
            : failure;

    private static bool IsJson(string? contentType)
    {
        if (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return !type.Charset.HasValue || type.Charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>A request that is not a GraphQL request.</summary>
internal sealed class HttpRequestException(IError error) : Exception(error.Message)
{
    public IError Error { get; } = error;
}

/// <summary>The schema as a file.</summary>
internal static class SchemaResponse
{
    public static Task WriteAsync(HttpContext context, RequestExecutor executor)
    {
        context.Response.ContentType = "application/graphql; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"schema.graphql\"";
        return context.Response.WriteAsync(executor.Model.ToString(), Encoding.UTF8, context.RequestAborted);
    }
}
