using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Authorization by the policies of ASP.NET Core.</summary>
public static class HotChocolateAuthorizeRequestExecutorBuilder
{
    /// <summary>Documents may use <c>@authorize</c> and <c>@allowAnonymous</c>, resolvers the attributes.</summary>
    public static IRequestExecutorBuilder AddAuthorization(this IRequestExecutorBuilder builder)
    {
        builder.Services.AddAuthorization();
        RequestExecutorBuilder.SetupOf(builder).UsesAuthorization = true;
        return builder;
    }

    public static IRequestExecutorBuilder AddAuthorization(
        this IRequestExecutorBuilder builder, Action<AuthorizationOptions> configure)
    {
        builder.Services.AddAuthorization(configure);
        return builder.AddAuthorization();
    }
}
