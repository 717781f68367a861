using System.Collections.Immutable;

namespace Q2C.Grains.Billing.Tax;

/// <summary>One tax of a line, as a row of a table: its base may build on the rows before it.</summary>
/// <param name="Code">Names the tax group: rows of one code are summed over the lines of a document.</param>
/// <param name="Percent">Of the base; negative for what is withheld. Not used by <see cref="TaxBasis.Fixed"/>.</param>
/// <param name="Amount">Per line, of <see cref="TaxBasis.Fixed"/>.</param>
/// <param name="Of">The code of the row that <see cref="TaxBasis.Row"/> is about.</param>
/// <param name="IsIncluded">The price of the line has this tax in it.</param>
public sealed record TaxRow(
    string Code, decimal Percent, TaxBasis Basis = TaxBasis.Net, decimal Amount = 0, string? Of = null, bool IsIncluded = false)
{
    /// <summary>Of goods and services that are taxed elsewhere: the customer owes it (reverse charge), or nobody (zero rate, exempt).</summary>
    public static TaxRow None(string code) => new(code, 0);
}

/// <summary>What a percentage is of.</summary>
public enum TaxBasis
{
    /// <summary>The net amount of the line.</summary>
    Net,

    /// <summary>The net amount with all rows before this one: a tax on tax.</summary>
    NetAndRowsBefore,

    /// <summary>The amount of another row before this one.</summary>
    Row,

    /// <summary>No percentage: an amount.</summary>
    Fixed,
}

/// <summary>Where a calculated tax becomes money.</summary>
public enum TaxRounding
{
    /// <summary>Each tax of each line; a tax on tax builds on the rounded one. The default.</summary>
    Line,

    /// <summary>Each tax once for the document; lines share it by largest remainder.</summary>
    Group,

    /// <summary>All taxes of the document together; groups and lines share it by largest remainder.</summary>
    Document,
}

/// <param name="Price">Of the line: net, or with the taxes that it includes.</param>
public sealed record TaxableLine(string Id, Money Price, ImmutableArray<TaxRow> Taxes);

/// <param name="Groups">In the order of their first row.</param>
public sealed record TaxedDocument(ImmutableArray<TaxedLine> Lines, ImmutableArray<TaxGroup> Groups, Money Net, Money Tax)
{
    public Money Total => Net + Tax;
}

/// <param name="Taxes">In the order of its rows.</param>
public sealed record TaxedLine(string Id, Money Net, ImmutableArray<TaxGroup> Taxes)
{
    public Money Tax => Taxes.Aggregate(Money.Zero(Net.Currency), (sum, one) => sum + one.Tax);
}

public sealed record TaxGroup(string Code, Money Tax);
