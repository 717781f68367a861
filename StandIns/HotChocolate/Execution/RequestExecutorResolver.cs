using System.Collections.Concurrent;
using HotChocolate.Configuration;
using HotChocolate.Execution.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotChocolate.Execution;

/// <summary>The setup of one named schema, as the service collection keeps it.</summary>
internal sealed record SchemaRegistration(string Name, SchemaSetup Setup);

internal sealed class RequestExecutorBuilder(IServiceCollection services, SchemaRegistration registration)
    : IRequestExecutorBuilder
{
    public string Name => registration.Name;
    public IServiceCollection Services { get; } = services;
    public SchemaSetup Setup => registration.Setup;

    public static SchemaSetup SetupOf(IRequestExecutorBuilder builder) => ((RequestExecutorBuilder)builder).Setup;
}

/// <summary>Makes each executor once, on first use.</summary>
internal sealed class RequestExecutorResolver(IServiceProvider services, IEnumerable<SchemaRegistration> registrations)
    : IRequestExecutorResolver
{
    public const string DefaultName = "_Default";
    private readonly ConcurrentDictionary<string, Lazy<RequestExecutor>> _executors = new(StringComparer.Ordinal);

    public ValueTask<IRequestExecutor> GetRequestExecutorAsync(
        string? schemaName = default, CancellationToken cancellationToken = default) => new(Get(schemaName));

    public RequestExecutor Get(string? schemaName)
    {
        var name = schemaName ?? DefaultName;
        return _executors.GetOrAdd(name, n => new Lazy<RequestExecutor>(() => Make(n))).Value;
    }

    private RequestExecutor Make(string name) => registrations.FirstOrDefault(r => r.Name == name) is { } registration
        ? new RequestExecutor(name, registration.Setup, services)
        : throw new InvalidOperationException($"The requested schema '{name}' does not exist.");
}

/// <summary>Makes the executor before the first request, so that a wrong schema stops the start.</summary>
internal sealed class RequestExecutorWarmup(RequestExecutorResolver resolver, string name) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        resolver.Get(name);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
