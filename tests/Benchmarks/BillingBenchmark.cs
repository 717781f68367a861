namespace Q2C.Benchmarks;

/// <summary>What the commercial engine costs: pricing and classifying time.</summary>
internal static class BillingBenchmark
{
    public static async Task<BenchReport> Run(int entries, int rounds, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var (figures, ratio, goals) = PricingBenchmark.Run(entries, rounds);
        return await BenchReport.Create(
            "billing", server, new Dictionary<string, string> { ["entries"] = $"{entries}", ["rounds"] = $"{rounds}" },
            figures, ratio, null, goals);
    }
}
