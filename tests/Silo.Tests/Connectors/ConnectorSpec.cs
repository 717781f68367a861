using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Q2C.Grains.Journal;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Tests.Connectors;

/// <summary>One connection to a simulated vendor: what is sent, looked up, polled, and what arrives and becomes commands.</summary>
internal sealed class ConnectorSpec(ConnectionParts parts, string connection)
{
    private const string Key = "delivery-1";

    private readonly HashSet<string> _arrived = [];
    private string? _watermark;

    public IConnector Connector => parts.Connector!;

    private IPoller Poller => parts.Pollers.Single();

    public Task<SendResult> Send(Operation operation, int generation = 1, string id = "effect-1") =>
        Connector.Send(Samples.Ask(operation, id, connection), generation, default);

    public Task<LookUpResult> LookUp(Operation operation, int generation = 1, string id = "effect-1") =>
        Connector.LookUp(Samples.Ask(operation, id, connection), generation, default);

    /// <summary>Returns the vendor's id; fails for anything but acceptance.</summary>
    public async Task<string> SendWell(Operation operation, string id = "effect-1") =>
        Assert.IsType<SendResult.Accepted>(await Send(operation, id: id)).ExternalId;

    public Task Refuses(Operation operation, string code, string message) => Refuses(operation, "effect-1", code, message);

    public async Task Refuses(Operation operation, string id, string code, string message)
    {
        var refused = Assert.IsType<SendResult.Refused>(await Send(operation, id: id));
        Assert.Equal((code, message, ErrorClass.Business), (refused.Code, refused.Message, refused.Class));
        Assert.NotEqual("", refused.Remedy);
    }

    public Task<InboundResult> Map(string body) => Map(Encoding.UTF8.GetBytes(body));

    public Task<InboundResult> Map(byte[] body) =>
        parts.Inbound!.Map(new(7, connection, "feed", Key, body, DateTimeOffset.UnixEpoch), default);

    /// <summary>Compares the commands whole, envelopes included.</summary>
    public async Task Brings(string body, params (string Grain, Command Command, DateTimeOffset At)[] expected)
    {
        var commands = expected.Select(one => new GrainCommand(one.Grain, new(
            Key, one.Command, Actor.Connection(connection), $"{connection}/{Key}", "inbox/7", one.At)));
        Assert.Equal(commands.Select(Text), Assert.IsType<InboundResult.Commands>(await Map(body)).Items.Select(Text));
    }

    public async Task BringsNothing(string body) =>
        Assert.Empty(Assert.IsType<InboundResult.Commands>(await Map(body)).Items);

    public async Task Parks(string body, params (string Code, string Path, string Message)[] problems)
    {
        var parked = Assert.IsType<InboundResult.Parked>(await Map(body)).Problems.Select(parse => parse.Problem).ToList();
        Assert.Equal(problems, parked.Select(problem => (problem.Code, problem.Path, problem.Message)));
        Assert.All(parked, problem => Assert.NotEqual("", problem.Remedy));
    }

    public async Task ParksAt(string body, string code, long? line, long? column)
    {
        var problem = Assert.Single(Assert.IsType<InboundResult.Parked>(await Map(body)).Problems);
        Assert.Equal((code, line, column), (problem.Problem.Code, problem.Line, problem.Column));
        Assert.NotEqual("", problem.Problem.Remedy);
    }

    public async Task Waits(string body, string code) =>
        Assert.Equal(code, Assert.IsType<InboundResult.Waits>(await Map(body)).Code);

    /// <summary>What the system holds under ids of ours, over all pages.</summary>
    public async Task Holds(DateTimeOffset since, params (string Kind, string Subject, string ExternalId)[] expected)
    {
        var held = new List<(string, string, string)>();
        string? page = null;
        do
        {
            var listed = Assert.IsType<ListResult.Records>(await parts.Lister!.List(since, page, default));
            held.AddRange(listed.Items.Select(record => (record.Kind, record.Subject, record.ExternalId)));
            page = listed.Next;
        }
        while (page is not null);

        Assert.Equal(expected.Order(), held.Order());
    }

    /// <summary>A list that cannot be had is told in the vendor's words, or that it did not answer.</summary>
    public async Task HoldsNothingNow(string code) => Assert.Equal(
        code, Assert.IsType<ListResult.Unavailable>(await parts.Lister!.List(DateTimeOffset.UnixEpoch, null, default)).Code);

    public Task<PollResult> Poll() => Poller.Poll(_watermark, default);

    /// <summary>One page, as the hub takes it: the watermark moves, and what had arrived before is dropped.</summary>
    public async Task<(ImmutableArray<PolledDelivery> Fresh, bool More)> Page()
    {
        var page = Assert.IsType<PollResult.Page>(await Poll());
        _watermark = page.Watermark ?? _watermark;
        return ([.. page.Deliveries.Where(delivery => _arrived.Add(delivery.Key))], page.More);
    }

    /// <summary>Pages until there is no more; there have to be this many.</summary>
    public async Task<ImmutableArray<PolledDelivery>> Pass(int pages = 1)
    {
        var fresh = ImmutableArray.CreateBuilder<PolledDelivery>();
        for (var more = true; more; pages--)
        {
            (var found, more) = await Page();
            fresh.AddRange(found);
        }

        Assert.Equal(0, pages);
        return fresh.ToImmutable();
    }

    public static string Body(PolledDelivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    private static string Text(GrainCommand command) =>
        $"{command.Grain} {JsonSerializer.Serialize<object>(command.Envelope.Command, WireFormat.Options)} "
        + command.Envelope with { Command = Ignored, Actor = Actor.System } + command.Envelope.Actor.Id;

    private static readonly Command Ignored = new RetryStep("", "");
}
