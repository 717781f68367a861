using System.Diagnostics;
using Microsoft.Extensions.Configuration.Memory;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Q2C.Gateway;

/// <summary>
/// How a process of Q2C is seen from outside: logs on the console, traces and metrics to the collector that
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names, and nowhere if it names none.
/// </summary>
public static class Telemetry
{
    /// <summary>JSON lines if true, text if false; without it, JSON when the output is not a terminal.</summary>
    public const string JsonSetting = "Q2C:Logging:Json";

    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string NameVariable = "OTEL_SERVICE_NAME";

    private static readonly Dictionary<string, string?> Levels = new()
    {
        ["Logging:LogLevel:Default"] = nameof(LogLevel.Information),
        ["Logging:LogLevel:Microsoft.AspNetCore"] = nameof(LogLevel.Warning),
        ["Logging:LogLevel:Orleans"] = nameof(LogLevel.Warning),
        ["Logging:LogLevel:Npgsql"] = nameof(LogLevel.Warning),
        ["Logging:LogLevel:System.Net.Http"] = nameof(LogLevel.Warning),
    };

    /// <param name="service">The name in the collector, unless <c>OTEL_SERVICE_NAME</c> gives another.</param>
    public static void AddTelemetry(this IHostApplicationBuilder builder, string service)
    {
        AddLogs(builder);
        if (string.IsNullOrWhiteSpace(builder.Configuration[EndpointVariable])) return;
        builder.Services.AddHostedService(_ => new OtlpExport(builder.Configuration[NameVariable] ?? service));
    }

    private static void AddLogs(IHostApplicationBuilder builder)
    {
        // First, so that every other source of settings has the last word.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Levels });
        builder.Logging.ClearProviders();
        if (builder.Configuration.GetValue<bool?>(JsonSetting) ?? System.Console.IsOutputRedirected)
            builder.Logging.AddJsonConsole(json => (json.IncludeScopes, json.UseUtcTimestamp, json.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"));
        else
            builder.Logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss "));
    }

    /// <summary>Sends what the parts report from the start of the process to its end.</summary>
    private sealed class OtlpExport(string service) : IHostedService, IDisposable
    {
        private TracerProvider? _traces;
        private MeterProvider? _metrics;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Describe)
                .AddSource("Q2C.*", "Npgsql", "System.Net.Http", "Microsoft.AspNetCore")
                .AddProcessor(new WithoutPolls())
                .AddOtlpExporter()
                .Build();
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(Describe)
                .AddMeter("Q2C.*", "Npgsql", "System.Net.Http", "System.Runtime", "Microsoft.AspNetCore.*")
                .AddOtlpExporter()
                .Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            _traces?.Dispose();
            _metrics?.Dispose();
        }

        private void Describe(ResourceBuilder resource) => resource.AddService(
            service, serviceInstanceId: $"{Environment.MachineName}/{Environment.ProcessId}",
            serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString());
    }

    /// <summary>Leaves out statements that belong to nothing: looking for work, renewing leases.</summary>
    private sealed class WithoutPolls : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.Source.Name == "Npgsql" && data.ParentSpanId == default) data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
