namespace Q2C.Connections;

/// <summary>Asks a tax engine for an estimate that it does not record. Keyed by the connection's name; holds nothing.</summary>
[Alias("q2c.tax-quote-grain")]
public interface ITaxQuoteGrain : IGrainWithStringKey
{
    [Alias("quote")]
    Task<TaxQuote> Quote(TaxRequest request);
}

/// <param name="Tax">Null if there is no estimate.</param>
/// <param name="Why">Why there is none, in plain language.</param>
[GenerateSerializer, Immutable, Alias("tax-quote")]
public sealed record TaxQuote(Money? Tax, string? Why);
