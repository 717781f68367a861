using System.Collections.Immutable;

namespace Q2C.BillingRuns;

/// <summary>
/// What goes on one invoice, and what on one of its lines. Whoever is billed, the currency and the legal entity always
/// separate invoices; a line is always of one contract line, so that it has one tax category and one revenue treatment.
/// </summary>
/// <param name="Invoices">All of these are the same on one invoice; none consolidates all that one customer owes.</param>
[GenerateSerializer, Immutable, Alias("grouping")]
public sealed record Grouping(ImmutableArray<InvoiceKey> Invoices, LineGrouping Lines = LineGrouping.RoleAndRate)
{
    /// <summary>An invoice for each project.</summary>
    public static Grouping Default { get; } = new([InvoiceKey.Project]);

    /// <summary>An invoice may be over several projects, so that all have to answer before it is drafted.</summary>
    public bool SpansProjects => !Invoices.Contains(InvoiceKey.Project);
}

/// <summary>What separates invoices.</summary>
[GenerateSerializer, Alias("invoice-key")]
public enum InvoiceKey
{
    Project,
    Contract,

    /// <summary>The address that the invoice goes to.</summary>
    BillTo,

    PurchaseOrder,

    /// <summary>The contract line: each has an invoice of its own.</summary>
    ContractLine,

    /// <summary>
    /// Customers of one parent share an invoice, addressed to the parent. Without it each customer is billed by itself.
    /// </summary>
    Parent,
}

/// <summary>How the items of one contract line become lines of an invoice. Only time is summed, but for <see cref="ContractLine"/>.</summary>
[GenerateSerializer, Alias("line-grouping")]
public enum LineGrouping
{
    /// <summary>Time by role and rate. The default.</summary>
    RoleAndRate,

    /// <summary>Every item a line.</summary>
    Item,

    Person,

    /// <summary>What was worked on; time without a task is one line.</summary>
    Task,

    /// <summary>Task and person; time without a task is one line.</summary>
    TaskAndPerson,

    Day,

    /// <summary>Weeks of ISO 8601, which belong to the year of their Thursday.</summary>
    Week,

    Month,

    /// <summary>Everything of a contract line in one line.</summary>
    ContractLine,
}
