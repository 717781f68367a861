using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Q2C.StandIns.Orleans.Tests;

public interface IFiltered : IGrainWithStringKey
{
    Task<string> Greet(string name);
}

public sealed class FilteredGrain(Witness witness) : Grain, IFiltered, IIncomingGrainCallFilter
{
    public Task<string> Greet(string name) => Task.FromResult($"hello {name}, {RequestContext.Get("greeting")}");

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        witness.Tell($"self before {context.MethodName}");
        await context.Invoke();
        context.Result += "!";
        witness.Tell("self after");
    }
}

public sealed class WitnessFilter(Witness witness) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        witness.Tell($"first before {context.TargetId} {context.Request.GetArgument(0)} {context.ImplementationMethod.DeclaringType!.Name}");
        if ((string?)context.Request.GetArgument(0) == "nobody") throw new UnauthorizedAccessException("nobody may not");
        await context.Invoke();
        witness.Tell("first after");
    }
}

public sealed class FilterTests
{
    [Fact]
    public async Task Incoming_filters_run_in_order_around_the_call_and_the_grain_itself_last()
    {
        await using var silo = await TestSilo.Start(builder =>
        {
            builder.AddIncomingGrainCallFilter<WitnessFilter>();
            builder.AddIncomingGrainCallFilter(async context =>
            {
                context.Request.SetArgument(0, "Ann");
                await context.Invoke();
            });
        });
        Assert.Equal("hello Ann, !", await silo.Grain<IFiltered>("a").Greet("Bob"));
        Assert.Equal(
            ["first before filtered/a Bob FilteredGrain", "self before Greet", "self after", "first after"],
            silo.Witness.Told);
    }

    [Fact]
    public async Task A_filter_can_refuse_a_call()
    {
        await using var silo = await TestSilo.Start(builder => builder.AddIncomingGrainCallFilter<WitnessFilter>());
        var failure = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => silo.Grain<IFiltered>("a").Greet("nobody"));
        Assert.Equal("nobody may not", failure.Message);
    }

    [Fact]
    public async Task An_outgoing_filter_sees_calls_before_they_leave_and_can_add_context()
    {
        await using var silo = await TestSilo.Start(builder => builder.AddOutgoingGrainCallFilter(async context =>
        {
            RequestContext.Set("greeting", $"from {context.SourceId?.ToString() ?? "outside"}");
            await context.Invoke();
        }));
        Assert.Equal("hello Ann, from outside!", await silo.Grain<IFiltered>("a").Greet("Ann"));
    }
}
