using Orleans.Concurrency;
using Q2C.Connections;

namespace Q2C.Silo.Connectors;

/// <summary>Estimates change nothing anywhere, so they need no claim and no journal: the connector is asked directly.</summary>
[StatelessWorker, Reentrant]
internal sealed class TaxQuoteGrain(ConnectorRegistry connectors) : Grain, ITaxQuoteGrain
{
    public async Task<TaxQuote> Quote(TaxRequest request)
    {
        var connection = this.GetPrimaryKeyString();
        if (connectors.Find(connection)?.Connector is not { } connector)
            return new(null, $"There is no connection '{connection}'.");
        var effect = new EffectRequest($"{request.DocumentId}/quote", connection, request.DocumentId, new QuoteTax(request));
        return await connector.Send(effect, 1, CancellationToken.None) switch
        {
            SendResult.Accepted { Answer: TaxAnswer answer } => new(answer.Total, null),
            SendResult.Refused refused => new(null, refused.Message),
            SendResult.Unavailable away => new(null, away.Message),
            SendResult.Unknown unknown => new(null, unknown.Message),
            _ => new(null, "The tax engine answered without an amount."),
        };
    }
}
