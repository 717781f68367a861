using Q2C.CreditMemos;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>Credit memos on the engagement's invoice.</summary>
internal static class Crediting
{
    /// <summary>Credits these items whole.</summary>
    public static CreditMemoIssued Memo(bool release, params (string ItemId, Money Amount)[] items) => MemoOn("line", release, items);

    public static CreditMemoIssued MemoOn(string line, bool release, params (string ItemId, Money Amount)[] items)
    {
        var net = items.Aggregate(Eur(0), (sum, item) => sum + item.Amount);
        return new(
            new(
                "eu_cm_00000000000000000000000000", InvoiceId, Number, CustomerId, Customer, Routing, "EUR", March(31), "nora", "Agreed", release,
                [.. items.Select((item, i) => new CreditMemoLine(
                    $"{i + 1}", line, ProjectId, ContractId, "consulting", "P", "Work", item.Amount, Eur(0),
                    [new(item.ItemId, item.ItemId[..item.ItemId.IndexOf('@')], item.Amount)]))]),
            "CM-1", net, Eur(0), net, [], DeciderSpec.Noon);
    }
}
