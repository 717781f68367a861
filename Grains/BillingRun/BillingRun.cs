using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Q2C.BillingRuns;
using Q2C.Grains.Journal;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;

namespace Q2C.Grains.BillingRuns;

/// <summary>Where a billing run stands. Snapshots are stored: change the decider's version with the shape.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(NotStarted), "not-started")]
[JsonDerivedType(typeof(Started), "started")]
public abstract record BillingRunState
{
    private BillingRunState() { }

    public sealed record NotStarted : BillingRunState;

    /// <param name="Unanswered">Projects that have not set their items aside yet.</param>
    /// <param name="Grouping">What goes on one invoice.</param>
    /// <param name="ByCustomer">Customer → a grouping of its own.</param>
    /// <param name="InvoiceDate">The date of the invoices: the run's, or the first open day after a closed period.</param>
    /// <param name="Held">What projects set aside for invoices over several of them, until all have answered.</param>
    /// <param name="OnHold">Projects that the run left out.</param>
    /// <param name="ProjectsOf">Invoice → the projects whose items are on it.</param>
    /// <param name="Refreshes">Drafts that are made anew, until all their projects have answered.</param>
    /// <param name="Drafts">Every invoice of the run; true when issued, false when rejected, null while under way.</param>
    public sealed record Started(
        string RunId, StartBillingRun Run, string By, ImmutableHashSet<string> Unanswered,
        ImmutableDictionary<string, bool?> Drafts, bool Completed, Errands Errands, Grouping Grouping,
        ImmutableDictionary<string, Grouping> ByCustomer, DateOnly InvoiceDate, ImmutableArray<ItemsReserved> Held,
        ImmutableArray<HeldProject> OnHold, ImmutableDictionary<string, ImmutableArray<string>> ProjectsOf,
        ImmutableDictionary<string, DraftRefresh> Refreshes) : BillingRunState
    {
        public NegativeBills Negative { get; init; }
    }
}

/// <param name="Unanswered">Projects that have not set their items aside anew.</param>
public sealed record DraftRefresh(ImmutableArray<string> Unanswered, ImmutableArray<ItemsReserved> Answers);

/// <summary>The codes with which a billing run refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class BillingRunProblems
{
    public const string LegalEntityUnknown = "LEGAL_ENTITY_UNKNOWN";
    public const string CutOffAfterInvoiceDate = "CUT_OFF_AFTER_INVOICE_DATE";
    public const string TooManyProjects = "TOO_MANY_PROJECTS";
    public const string ProjectIdInvalid = "PROJECT_ID_INVALID";
    public const string ProjectDuplicate = "PROJECT_DUPLICATE";
    public const string RunAlreadyStarted = "RUN_ALREADY_STARTED";
    public const string NotRetryable = "EXCEPTION_NOT_RETRYABLE";
    public const string PeriodClosed = "PERIOD_CLOSED";
}

/// <summary>A billing run: it has projects set their items aside, makes drafts of them, and waits until all are settled.</summary>
public static class BillingRun
{
    public const int MaxProjects = 1000;

    public static Decider<BillingRunState> Decider { get; } = new(new BillingRunState.NotStarted(), Decide, Evolve) { Version = 4 };

    public static Decision Decide(BillingRunState state, Command command, DecisionContext context) => (state, command) switch
    {
        (BillingRunState.NotStarted, StartBillingRun c) => Start(c, context),
        (BillingRunState.Started s, StartBillingRun c) => StartAgain(s, c),
        (BillingRunState.Started s, Observe c) => Hear(s, c, context),
        (BillingRunState.Started s, SkipStep c) => Skip(s, c, context),
        (BillingRunState.Started s, RetryStep c) => Decision.Refuse(NotRetryable(s, c, context)),
        (BillingRunState.NotStarted, Observe or SkipStep or RetryStep) => Decision.Refuse(NotFound(context.Grain)),
        _ => Decision.Unsupported(command),
    };

    public static ImmutableArray<Event> Next(BillingRunState state, DateTimeOffset now) =>
        state is BillingRunState.Started { Completed: false, Unanswered.IsEmpty: true } s && s.Drafts.Values.All(issued => issued is not null)
            ? [new BillingRunCompleted(Count(s, true), Count(s, false), now)]
            : [];

    public static BillingRunState Evolve(BillingRunState state, Event @event) => (state, @event) switch
    {
        (BillingRunState.NotStarted, BillingRunStarted e) => new BillingRunState.Started(
            e.RunId, e.Run, e.By, [.. Projects(e.Run)], ImmutableDictionary<string, bool?>.Empty, false, Errands.None(e.RunId),
            e.Grouping ?? Grouping.Default, e.ByCustomer ?? ImmutableDictionary<string, Grouping>.Empty, e.InvoiceDate ?? e.Run.InvoiceDate, [], [],
            ImmutableDictionary<string, ImmutableArray<string>>.Empty, ImmutableDictionary<string, DraftRefresh>.Empty)
        {
            Negative = e.Negative ?? NegativeBills.CarryForward,
        },
        (BillingRunState.Started s, ReservationAsked) => s,
        (BillingRunState.Started s, ReservationReceived e) => s with
        {
            Unanswered = s.Unanswered.Remove(e.ProjectId), Held = e.Held is { } held ? s.Held.Add(held) : s.Held,
            OnHold = e.Hold is { } hold ? s.OnHold.Add(new(e.ProjectId, hold)) : s.OnHold,
        },
        (BillingRunState.Started s, ReservationReturned) => s,
        (BillingRunState.Started s, DraftMade e) => s with
        {
            Drafts = s.Drafts.Add(e.Draft.InvoiceId, null),
            ProjectsOf = s.ProjectsOf.Add(e.Draft.InvoiceId, [.. e.Draft.Parts.Select(part => part.ProjectId).Distinct()]),
        },
        (BillingRunState.Started s, ReservationRefreshAsked e) => s with { Refreshes = s.Refreshes.SetItem(e.InvoiceId, DraftRefreshing.Asked(s, e)) },
        (BillingRunState.Started s, RefreshReceived e) => s with { Refreshes = s.Refreshes.SetItem(e.InvoiceId, DraftRefreshing.Received(s, e)) },
        (BillingRunState.Started s, DraftRefreshed e) => s with { Refreshes = s.Refreshes.Remove(e.InvoiceId) },
        (BillingRunState.Started s, InvoiceSettled e) => s with { Drafts = s.Drafts.SetItem(e.InvoiceId, e.Issued) },
        (BillingRunState.Started s, BillingRunCompleted) => s with { Completed = true },
        (BillingRunState.Started s, ExceptionRaised e) => s with { Errands = s.Errands.Raised(e.Item, e.At) },
        (BillingRunState.Started s, ExceptionResolved e) => s with { Errands = s.Errands.Resolved(e) },
        _ => throw new UnreachableException($"{@event.GetType().Name} in {state.GetType().Name}"),
    };

    /// <summary>Null for a run that does not exist.</summary>
    public static BillingRunView? Render(BillingRunState state, long version)
    {
        if (state is not BillingRunState.Started s) return null;
        var asked = Projects(s.Run).Length;
        return new(
            s.RunId, version, s.Run, s.Completed, asked, asked - s.Unanswered.Count,
            [.. s.Drafts.Keys.Order(StringComparer.Ordinal)], Count(s, true), Count(s, false), s.OnHold);
    }

    private static Decision Start(StartBillingRun c, DecisionContext context)
    {
        ImmutableArray<Problem> problems = [.. Check(c, context)];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var billing = context.Policies.LegalEntities[c.LegalEntity].Billing ?? BillingPolicy.Default;
        var negative = c.Negative ?? billing.NegativeBills;
        var date = FirstOpen(c.InvoiceDate, context.Policies.LegalEntities[c.LegalEntity].Books);
        return Follow(new BillingRunState.NotStarted(), context,
        [
            new BillingRunStarted(
                context.Grain, c, context.Actor.Id, context.Now, c.Grouping ?? billing.Grouping,
                c.Grouping is null && !billing.ByCustomer.IsEmpty ? billing.ByCustomer : null, date == c.InvoiceDate ? null : date,
                negative == NegativeBills.CarryForward ? null : negative),
            .. Projects(c).Select(project => new ReservationAsked(context.Grain, project, c.LegalEntity, c.CutOff, context.Now)),
        ]);
    }

    private static IEnumerable<Problem> Check(StartBillingRun c, DecisionContext context)
    {
        foreach (var problem in OperatorRules.NeedsRole(context.Actor, [Roles.Finance])) yield return problem;
        if (c.LegalEntity is null || !context.Policies.LegalEntities.ContainsKey(c.LegalEntity))
            yield return new(BillingRunProblems.LegalEntityUnknown, "legalEntity", $"There is no policy for the legal entity '{c.LegalEntity}'.",
                "Use the code of a legal entity of the policies.");
        else if (context.Policies.LegalEntities[c.LegalEntity].Books is { WhenClosed: WhenClosed.Park, ClosedThrough: { } closed } && c.InvoiceDate <= closed)
            yield return new(BillingRunProblems.PeriodClosed, "invoiceDate",
                $"The books of {c.LegalEntity} are closed through {closed:O}.", $"Date the invoices {closed.AddDays(1):O} or later.");
        if (c.CutOff > c.InvoiceDate)
            yield return new(BillingRunProblems.CutOffAfterInvoiceDate, "cutOff",
                $"Work up to {c.CutOff:O} would be on an invoice of {c.InvoiceDate:O}, before it was done.",
                "Choose a cut-off on or before the date of the invoices.");
        var projects = Projects(c);
        if (projects.Length > MaxProjects)
        {
            yield return new(BillingRunProblems.TooManyProjects, "projects", $"There are {projects.Length} projects; {MaxProjects} are allowed.",
                "Start several runs.");
            yield break;
        }

        for (var i = 0; i < projects.Length; i++)
        {
            if (!Ids.Is(projects[i], Ids.Project))
                yield return new(BillingRunProblems.ProjectIdInvalid, $"projects[{i}]", $"'{projects[i]}' is not the id of a project.",
                    "Use the ids of projects of this system.");
            else if (projects.IndexOf(projects[i]) < i)
                yield return new(BillingRunProblems.ProjectDuplicate, $"projects[{i}]", $"Project '{projects[i]}' is named twice.",
                    "Name each project once.");
        }
    }

    private static Decision StartAgain(BillingRunState.Started state, StartBillingRun c) =>
        WireFormat.Fingerprint(state.Run).Span.SequenceEqual(WireFormat.Fingerprint(c).Span)
            ? Decision.Nothing
            : Decision.Refuse(new Problem(BillingRunProblems.RunAlreadyStarted, "",
                $"The run was started for {state.Run.LegalEntity} up to {state.Run.CutOff:O}.", "Start another run under a key of its own."));

    private static Decision Hear(BillingRunState.Started state, Observe c, DecisionContext context)
    {
        var events = ImmutableArray.CreateBuilder<Event>();
        foreach (var heard in c.Events)
        {
            if (After(state, heard, context) is not { } following) return Decision.Unsupported(c);
            events.AddRange(following);
            state = (BillingRunState.Started)following.Aggregate((BillingRunState)state, Evolve);
        }

        return Follow(state, events.ToImmutable(), context);
    }

    /// <summary>Null for an event that runs do not listen to.</summary>
    private static ImmutableArray<Event>? After(BillingRunState.Started state, Event heard, DecisionContext context) => heard switch
    {
        RefreshAsked e => DraftRefreshing.Ask(state, e, context.Now),
        ItemsReserved { InvoiceId: { } invoice } e => DraftRefreshing.Take(state, invoice, e, context),
        ItemsReserved e when state.Unanswered.Contains(e.ProjectId) => Answered(state, e, context),
        ItemsReserved => [],
        InvoiceIssued e => Settle(state, e.InvoiceId, true, context.Now),
        InvoiceRejected e => Settle(state, e.InvoiceId, false, context.Now),
        _ => null,
    };

    private static ImmutableArray<Event> Settle(BillingRunState.Started state, string invoiceId, bool issued, DateTimeOffset now) =>
        state.Drafts.TryGetValue(invoiceId, out var settled) && settled is null ? [new InvoiceSettled(invoiceId, issued, now)] : [];

    /// <summary>Drafts what the project's answer completes: its own invoices, or with the last answer those over several.</summary>
    private static ImmutableArray<Event> Answered(BillingRunState.Started state, ItemsReserved reserved, DecisionContext context)
    {
        var isTaxed = Drafting.UntaxedService(reserved) is null;
        var isHeld = isTaxed && !reserved.Items.IsEmpty && GroupingOf(state, reserved.CustomerId).SpansProjects;
        var received = new ReservationReceived(reserved.ProjectId, reserved.Items.Length, context.Now, isHeld ? reserved : null, reserved.Hold);
        var isLast = state.Unanswered.Count == 1;
        ImmutableArray<ItemsReserved> held = isHeld ? [.. state.Held, reserved] : state.Held;
        return
        [
            received,
            .. isTaxed ? [] : Untaxed(state, reserved, context),
            .. isTaxed && !isHeld && !reserved.Items.IsEmpty ? Bill(state, [reserved], context) : [],
            .. isLast ? Bill(state, held, context) : [],
        ];
    }

    private static ImmutableArray<Event> Untaxed(BillingRunState.Started state, ItemsReserved reserved, DecisionContext context)
    {
        var item = Drafting.Untaxed(state.RunId, reserved, Drafting.UntaxedService(reserved)!);
        return [new ReservationReturned(state.RunId, reserved.ProjectId, item.Message, context.Now), new ExceptionRaised(item, context.Now)];
    }

    private static ImmutableArray<Event> Bill(BillingRunState.Started state, ImmutableArray<ItemsReserved> reserved, DecisionContext context) =>
    [
        .. Drafting.Bills(context.Region, state.RunId, state.InvoiceDate, state.By, reserved, customer => GroupingOf(state, customer))
            .Select(bill => bill.Sorted(state.Negative)).SelectMany(IEnumerable<Event> (bill) =>
            [
                .. bill.Made.Select(draft => new DraftMade(draft, context.Now)), .. bill.Waiting.SelectMany(draft => Return(state, draft, context)),
            ]),
    ];

    internal static Grouping GroupingOf(BillingRunState.Started state, string customerId) =>
        state.ByCustomer.GetValueOrDefault(customerId, state.Grouping);

    internal static IEnumerable<Event> Return(BillingRunState.Started state, InvoiceDraft draft, DecisionContext context) =>
        draft.Lines.GroupBy(line => line.ProjectId ?? draft.ProjectId).Select(project => new ReservationReturned(
            state.RunId, project.Key, $"The items sum to {draft.Net}: they wait until there is something to invoice.", context.Now,
            [.. project.SelectMany(line => line.Items).Select(item => item.ItemId)]));

    private static DateOnly FirstOpen(DateOnly date, BooksPolicy? books) =>
        books?.ClosedThrough is { } closed && date <= closed ? closed.AddDays(1) : date;

    private static Decision Skip(BillingRunState.Started state, SkipStep c, DecisionContext context) =>
        OperatorRules.ProblemsOfSkip(state.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems
            ? Decision.Refuse(problems)
            : Decision.Accept(new ExceptionResolved(c.ExceptionId, Resolutions.Skipped, c.Reason, context.Actor.Id, context.Now));

    private static ImmutableArray<Problem> NotRetryable(BillingRunState.Started state, RetryStep c, DecisionContext context) =>
    [
        .. OperatorRules.ProblemsOfSkip(state.Errands, c.ExceptionId, c.Reason, context.Actor),
        new(BillingRunProblems.NotRetryable, "exceptionId", "A run asks each project once; its items are open again.",
            "Put the policy right, start another run, and close this exception with a reason."),
    ];

    private static Decision Follow(BillingRunState state, DecisionContext context, ImmutableArray<Event> events) =>
        Process.Follow(state, events, Evolve, after => Next(after, context.Now));

    private static Decision Follow(BillingRunState.Started after, ImmutableArray<Event> events, DecisionContext context) =>
        events.IsEmpty ? Decision.Nothing : Decision.Accept(events.AddRange(Next(after, context.Now)));

    private static int Count(BillingRunState.Started state, bool issued) => state.Drafts.Values.Count(settled => settled == issued);

    private static ImmutableArray<string> Projects(StartBillingRun run) => run.Projects.IsDefault ? [] : run.Projects;

    private static Problem NotFound(string id) => new(
        ProblemCodes.NotFound, "", $"There is no billing run '{id}'.", "Check the id; start the run first.");
}
