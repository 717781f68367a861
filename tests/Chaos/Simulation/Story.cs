using System.Collections.Immutable;
using System.Text;
using Q2C.Grains;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Silo.Connectors;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// What happens outside of Q2C: opportunities are won, people record and correct work, customers pay. Whoever tells Q2C of
/// it by a webhook repeats until it is acknowledged.
/// </summary>
internal sealed class Story : IPolicySource
{
    private static readonly TimeSpan Opening = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan WorkTime = TimeSpan.FromMinutes(25);
    private static readonly TimeSpan UntilPaid = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan FirstRepeat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastRepeat = TimeSpan.FromMinutes(2);

    private readonly World _world;
    private readonly Faults _faults;
    private readonly Database _database;
    private readonly List<(Engagement Engagement, WorkRecord Record)> _feed = [];
    private readonly List<RecordPayment> _payments = [];
    private readonly List<string> _paid = [];
    private readonly HashSet<int> _started = [];
    private int _toCome;

    public Story(World world, Faults faults, Database database, int lives)
    {
        (_world, _faults, _database) = (world, faults, database);
        Engagements = [.. Enumerable.Range(0, lives).Select(number => new Engagement(number, world.Random))];
    }

    public IReadOnlyList<Engagement> Engagements { get; }

    /// <summary>Deliveries that somebody was told are taken.</summary>
    public List<(string Connection, string Key)> Acknowledged { get; } = [];

    /// <summary>What customers paid, by the payment system's own books.</summary>
    public IReadOnlyList<(string Invoice, RecordPayment Payment)> Payments => [.. _paid.Zip(_payments)];

    public PolicySet Current { get; } = new(
        "simulated", "eu", ImmutableDictionary<string, LegalEntity>.Empty.Add(Engagement.Entity, new(
            Engagement.Entity, "Northwind Consulting GmbH", "EUR", "Europe/Berlin",
            new("Torstrasse 1", null, "Berlin", null, "10119", "DE"), "DE123456789", Rounding.HalfUp, Money.Of(20_000, "EUR"), 30,
            ImmutableDictionary<string, string>.Empty.Add("consulting", "S-CONS").Add("travel", "S-TRAV"),
            ImmutableDictionary<string, string>.Empty
                .Add("crm", "crm").Add("erp", "erp").Add("psa", "psa").Add("tax", "tax").Add("payments", "pay"))),
        ImmutableDictionary<string, ProjectTemplate>.Empty.Add("standard", new("standard", [new("lead", "Project management", true)])));

    /// <summary>Null when all has happened that people outside do by themselves, or what is missing.</summary>
    public string? Untold =>
        _started.Count < Engagements.Count ? $"{_started.Count} of {Engagements.Count} projects are in the PSA"
        : _feed.Count < Engagements.Sum(engagement => engagement.Work.Count) ? "people are still recording work"
        : _database.Watermark("psa", WorkPoller.Name) != $"{_feed.Count}" ? "work has yet to be asked for"
        : _toCome > 0 ? $"{_toCome} webhooks have yet to come" : null;

    public void Begin()
    {
        foreach (var engagement in Engagements)
        {
            Later(Opening, () => Post("crm", $"won-{engagement.Number}", $"{engagement.Number}"));
            if (_world.Chance(0.2)) Later(Opening * 2, () => Post("crm", $"won-again-{engagement.Number}", $"{engagement.Number}"));
        }
    }

    /// <summary>A vendor has a record that people outside act upon.</summary>
    public void Happened(Operation operation, VendorRecord record)
    {
        if (operation is EnsurePsaProject project) WorkBegins(Engagements.First(one => one.ProjectId == project.ProjectId));
        if (operation is RequestPayment request && record.Operations.Count == 1) CustomerPays(request, record);
    }

    public IInboundMap? MapOf(string connection) => connection switch
    {
        "crm" => new Reader(this, number => Engagements[number].Won(World.Begin)),
        "psa" => new Reader(this, place => [_feed[place].Engagement.Reported(_feed[place].Record)]),
        "pay" => new Reader(this, place => [new(_paid[place], _payments[place])]),
        _ => null,
    };

    public IEnumerable<IPoller> PollersOf(string connection, Node node) => connection == "psa" ? [new WorkPoller(this, node)] : [];

    private void WorkBegins(Engagement engagement)
    {
        if (!_started.Add(engagement.Number)) return;
        var at = TimeSpan.Zero;
        foreach (var record in engagement.Work)
        {
            at += _world.UpTo(WorkTime / engagement.Work.Count * 2);
            // Corrections come whenever somebody notices: some after the invoice.
            if (record.SourceVersion > 1 && _world.Chance(0.5)) at += _world.UpTo(WorkTime * 2);
            _world.In(at, () => _feed.Add((engagement, record)));
        }
    }

    private void CustomerPays(RequestPayment request, VendorRecord record)
    {
        var half = request.Due.Minor / 2;
        long[] parts = _world.Chance(0.3) && half > 0 ? [half, request.Due.Minor - half] : [request.Due.Minor];
        foreach (var (part, i) in parts.Select((part, i) => (part, i)))
            Later(UntilPaid, () =>
            {
                _paid.Add(request.InvoiceId);
                _payments.Add(new($"{record.Id}-{i}", "pay", new(part, request.Due.Currency), DateOnly.FromDateTime(_world.UtcNow.UtcDateTime), record.Id));
                Post("pay", $"paid-{record.Id}-{i}", $"{_payments.Count - 1}");
            });
    }

    /// <summary>A webhook: repeated until the gateway says that it has it, and now and then once more.</summary>
    private void Post(string connection, string key, string body, TimeSpan? pause = null)
    {
        var next = pause ?? FirstRepeat;
        if (_faults.Strikes(_faults.CallFails + _faults.MessageLost, "webhook lost"))
        {
            Again();
            return;
        }

        _database.Deliver(connection, "webhook", key, Encoding.UTF8.GetBytes(body), _world.UtcNow);
        if (_faults.Strikes(_faults.AnswerLost + _faults.MessageLost, "acknowledgement lost"))
        {
            Again();
            return;
        }

        _world.Tell(connection, $"is told that {key} was taken");
        Acknowledged.Add((connection, key));
        if (_faults.Strikes(_faults.MessageDoubled, "webhook doubled")) Again();

        void Again() => Later(next, () => Post(connection, key, body, next * 2 < LastRepeat ? next * 2 : LastRepeat));
    }

    private void Later(TimeSpan atMost, Action action)
    {
        _toCome++;
        _world.In(_world.UpTo(atMost), () =>
        {
            _toCome--;
            action();
        });
    }

    private sealed class Reader(Story story, Func<int, ImmutableArray<GrainCommandOf>> commands) : IInboundMap
    {
        public Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel) => Task.FromResult<InboundResult>(
            story._faults.Strikes(story._faults.VendorThrottles, "vendor not readable")
                ? new InboundResult.Waits("NOT_READABLE", "The vendor does not answer.")
                : new InboundResult.Commands([.. commands(int.Parse(Encoding.UTF8.GetString(delivery.Body.Span))).Select(command => new GrainCommand(
                    command.Grain, new(
                        delivery.Key, command.Command, Actor.Connection(delivery.Connection), delivery.Correlation, delivery.Causation,
                        World.Begin)))]));
    }

    private sealed class WorkPoller(Story story, Node node) : IPoller
    {
        private const int PageSize = 12;

        public const string Name = "work";

        public string Feed => Name;

        public TimeSpan Interval { get; } = TimeSpan.FromSeconds(30);

        public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), node.Clock, cancel);
            if (story._faults.Strikes(story._faults.VendorThrottles, "poll refused")) return new PollResult.Unavailable("HTTP_503", "Maintenance.");
            var from = watermark is null ? 0 : int.Parse(watermark);
            var to = Math.Min(from + PageSize, story._feed.Count);
            return new PollResult.Page(
                [.. Enumerable.Range(from, to - from).Select(i => new PolledDelivery($"work-{i}", Encoding.UTF8.GetBytes($"{i}")))],
                $"{to}", to < story._feed.Count);
        }
    }
}
