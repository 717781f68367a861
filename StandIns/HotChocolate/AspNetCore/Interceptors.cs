using System.Security.Claims;
using HotChocolate.Execution;
using Microsoft.AspNetCore.Http;

namespace HotChocolate.AspNetCore;

/// <summary>Looks at each HTTP request before it is executed.</summary>
public interface IHttpRequestInterceptor
{
    /// <summary>A <see cref="GraphQLException"/> thrown here is the response.</summary>
    ValueTask OnCreateAsync(
        HttpContext context,
        IRequestExecutor requestExecutor,
        OperationRequestBuilder requestBuilder,
        CancellationToken cancellationToken);
}

/// <inheritdoc />
public class DefaultHttpRequestInterceptor : IHttpRequestInterceptor
{
    public virtual ValueTask OnCreateAsync(
        HttpContext context,
        IRequestExecutor requestExecutor,
        OperationRequestBuilder requestBuilder,
        CancellationToken cancellationToken)
    {
        requestBuilder.TrySetServices(context.RequestServices);
        requestBuilder.TryAddGlobalState(nameof(HttpContext), context);
        requestBuilder.TryAddGlobalState(nameof(ClaimsPrincipal), context.User);
        switch (context.Request.Headers["GraphQL-Cost"].ToString())
        {
            case "report":
                requestBuilder.ReportCost();
                break;
            case "validate":
                requestBuilder.ValidateCost();
                break;
        }

        return default;
    }
}

/// <summary>An interceptor as a delegate; it runs before the default one.</summary>
public delegate ValueTask HttpRequestInterceptorDelegate(
    HttpContext context,
    IRequestExecutor requestExecutor,
    OperationRequestBuilder requestBuilder,
    CancellationToken cancellationToken);

internal sealed class DelegateHttpRequestInterceptor(HttpRequestInterceptorDelegate interceptor)
    : DefaultHttpRequestInterceptor
{
    public override async ValueTask OnCreateAsync(
        HttpContext context,
        IRequestExecutor requestExecutor,
        OperationRequestBuilder requestBuilder,
        CancellationToken cancellationToken)
    {
        await interceptor(context, requestExecutor, requestBuilder, cancellationToken).ConfigureAwait(false);
        await base.OnCreateAsync(context, requestExecutor, requestBuilder, cancellationToken).ConfigureAwait(false);
    }
}
