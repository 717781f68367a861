using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains;
using Q2C.Invoices;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// Finance, approvers and operators at the API. They read what happened, act upon it, repeat what they got no answer to
/// under the same key, and now and then meddle.
/// </summary>
internal sealed class People
{
    private const int MaxRuns = 8;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRun = TimeSpan.FromMinutes(25);
    private static readonly TimeSpan Thought = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Actor Nora = new("nora", [Roles.Finance]);
    private static readonly Actor Max = new("max", [Roles.FinanceApprover]);
    private static readonly Actor Olga = new("olga", [Roles.Operator, Roles.Finance]);

    private readonly World _world;
    private readonly Faults _faults;
    private readonly Database _database;
    private readonly Story _story;
    private readonly Node _node;
    private readonly Router _router;
    private readonly SortedDictionary<(string Grain, string Item), WorkItem> _open = [];
    private long _read;
    private int _keys;
    private int _waiting;
    private int _runs;

    public People(World world, Faults faults, Database database, Network network, Story story)
    {
        (_world, _faults, _database, _story) = (world, faults, database, story);
        _node = new(world, 0, "people");
        _router = new(network, _node);
    }

    /// <summary>What was answered, in order of the answers.</summary>
    public List<(string Key, Receipt Receipt)> Receipts { get; } = [];

    /// <summary>A repeat that got another answer than the first time; null if there was none.</summary>
    public string? Contradiction { get; private set; }

    public IEnumerable<(string Grain, WorkItem Item)> OpenItems => _open.Select(pair => (pair.Key.Grain, pair.Value));

    /// <summary>They have seen everything, and wait for nothing.</summary>
    public bool AreIdle => _waiting == 0 && _read == _database.Journal.Head;

    public void Begin()
    {
        _world.In(Round, Look);
        foreach (var group in _story.Engagements.Chunk(4))
            _world.In(FirstRun + _world.UpTo(FirstRun), () => Bill([.. group.Select(engagement => engagement.ProjectId)]));
    }

    /// <summary>The last runs, for what came late. False when there has been enough of them.</summary>
    public bool BillTheRest()
    {
        if (_runs++ == MaxRuns) return false;
        Bill([.. _story.Engagements.Select(engagement => engagement.ProjectId)]);
        return true;
    }

    private void Bill(string[] projects)
    {
        var key = $"run-{++_keys}";
        var date = DateOnly.FromDateTime(World.Begin.UtcDateTime);
        Send(Ids.Derive("eu", Ids.BillingRun, Nora.Id, key), new StartBillingRun(Engagement.Entity, date, date, [.. projects]), Nora, key);
    }

    private void Look()
    {
        _world.In(Round, Look);
        while (_read < _database.Journal.Head)
        {
            var (row, body) = _database.Journal.At(++_read);
            foreach (var @event in body.Events) Notice(row.Grain, @event);
        }

        foreach (var ((grain, id), item) in _open)
            if (!Errands.ResolvesItself(item) && _world.Chance(0.3)) Send(grain, new RetryStep(id, "The cause is gone"), Olga);
            else if (_faults.Strikes(_faults.OperatorsMeddle * 0.1, "operator meddles")) Send(grain, new RetryStep(id, "Impatient"), Olga);
    }

    private void Notice(string grain, Event @event)
    {
        switch (@event)
        {
            case ExceptionRaised raised:
                _open[(grain, raised.Item.Id)] = raised.Item;
                break;
            case ExceptionResolved resolved:
                _open.Remove((grain, resolved.ItemId));
                break;
            case ApprovalRequired:
                Later(() => Send(
                    grain, _faults.Strikes(_faults.OperatorsMeddle * 0.2, "invoice rejected") ? new RejectInvoice("Not yet") : new ApproveInvoice(null), Max));
                break;
            case QuoteAccepted when _faults.Strikes(_faults.OperatorsMeddle * 0.1, "operator meddles"):
                Later(() => Send(grain, new RetryStep($"{grain}/erp-customer/1", "Impatient"), Olga));
                break;
        }
    }

    private void Later(Action action)
    {
        _waiting++;
        _world.In(_world.UpTo(Thought), () =>
        {
            _waiting--;
            action();
        });
    }

    private void Send(string grain, Command command, Actor by, string? key = null)
    {
        key ??= $"request-{++_keys}";
        _waiting++;
        _ = _node.Run(() => SendUntilAnswered(grain, new(key, command, by, $"{by.Id}/{key}", Principal: by.Id)));
    }

    private async Task SendUntilAnswered(string grain, CommandEnvelope envelope)
    {
        Receipt? first = null;
        while (true)
        {
            try
            {
                var receipt = await _router.Execute(grain, envelope);
                if (first is null) Receipts.Add((envelope.Key, receipt));
                if (first is not null && Show(first) != Show(receipt))
                    Contradiction ??= $"{grain} answered {envelope.Key} with {Show(first)}, and later with {Show(receipt)}";
                if (first is not null || !_world.Chance(0.2)) break;
                first = receipt;
            }
            catch (Exception failure)
            {
                _world.Tell(_node.Name, $"got no answer to {envelope.Key}: {failure.Message}");
            }

            await Task.Delay(_world.UpTo(Patience), _node.Clock);
        }

        _waiting--;
    }

    private static string Show(Receipt receipt) =>
        $"{receipt.Outcome} at {receipt.Version} ({receipt.Token}) {string.Join(", ", receipt.Problems.Select(problem => problem.Code))}";
}
