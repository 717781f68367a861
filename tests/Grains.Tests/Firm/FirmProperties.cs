using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Tests.Projects;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Firms;

/// <summary>
/// Random lives of an engagement over all its deciders: work and corrections, runs, change orders, credits, payments,
/// top-ups and month ends, in any order. Whatever happens, the books say what documents, retainers and revenue say.
/// </summary>
public sealed class FirmProperties
{
    private const int Many = 60;
    private const int Looks = 5;
    private const int Sources = 6;
    private const string Work = "work";
    private const string Deposit = "deposit";
    private const string Service = "service";

    private static readonly DateOnly Begin = new(2026, 1, 1);

    [Fact]
    public void Whatever_happens_the_books_say_what_the_documents_say() => Lives.Hold(Many, life =>
    {
        var (firm, months) = (Started(life), 0);
        for (var i = 1; i < life.Length; i++)
        {
            var (step, day) = (life[i] / 10, Begin.AddDays(life[i] / 10 % 180));
            switch (life[i] % 10)
            {
                case 0 or 1 or 2:
                    firm.Works(new WorkRecord.TimeWorked(
                        $"time_entry/{step % Sources}", i, day, "Ada", Consultant, "Build", (1 + (step % 32)) / 4m, step % 7 != 0, Work, null));
                    break;
                case 3 or 4:
                    firm.Bills(day, step % 3 == 0 ? NegativeBills.CreditMemo : null);
                    break;
                case 5:
                    Credit(firm, step);
                    break;
                case 6:
                    if (firm.Invoices.Where(invoice => invoice.Outstanding is { Minor: > 0 }).ToArray() is { Length: > 0 } open)
                        firm.Pays(open[step % open.Length].Id, 1 + (step % 900));
                    break;
                case 7:
                    firm.Projects(new TopUpRetainer(Deposit, 1 + (step % 400), day, step % 3 == 0 ? 0.9m : null, step % 4, null, "More."));
                    break;
                case 8:
                    firm.Amends(day, Hourly(80 + (step % 60)));
                    break;
                default:
                    firm.Recognizes(Begin.AddMonths(++months).AddDays(-1));
                    break;
            }

            if (i % Looks == 0 || i == life.Length - 1) BooksAgree(firm);
        }
    });

    private static readonly Conditions Shared = new(Splits:
        [new([new(CustomerId, Customer, 60), new("eu_cu_00000000000000000000000001", Customer with { Name = "Initech" }, 40)], [Work, Service])]);

    private static Firm Started(int[] life) => new(new Terms(1, Begin, "EUR",
    [
        Hourly(100), Recurring(Begin, 310, Monthly(1), id: Service),
        Of(
            new BillingModel.Retainer(
                RetainerUnit.Money, 500, 1, [Work], Expiry: life.Length > 0 && life[0] % 2 == 0 ? new(2, PeriodUnit.Month, life[0] % 4 == 0) : null),
            Begin, id: Deposit),
    ], Conditions: life.Length > 0 && life[0] % 5 == 0 ? Shared : null), taxPercent: life.Length > 0 && life[0] % 3 == 0 ? 0 : 19);

    private static ContractLine Hourly(decimal rate) => Of(new BillingModel.TimeAndMaterials([new(Consultant, rate)], null), Begin, id: Work);

    private static void Credit(Firm firm, int step)
    {
        var open = firm.Invoices.Where(invoice => invoice is { Number: not null, Draft.Net.Minor: > 0 } && invoice.Credited is { IsZero: true }).ToArray();
        if (open is []) return;
        var invoice = open[step % open.Length];
        var line = invoice.Draft.Lines[step / 7 % invoice.Draft.Lines.Length];
        // Lines alone may be of more than an invoice with deductions is.
        var isWhole = step % 3 == 0 || line.Net.Minor <= 1 || invoice.Draft.Lines.Any(each => each.Net.Minor < 0);
        CreditRequest[] some = isWhole ? [] : step % 3 == 1 ? [new(line.Id)] : [new(line.Id, new(line.Net.Minor / 2, "EUR"))];
        firm.Credits(invoice.Id, release: step % 2 == 0, some);
    }

    private static void BooksAgree(Firm firm)
    {
        foreach (var @event in firm.History)
            Assert.True(Firm.Postings(@event).Sum(posting => posting.Amount.Minor) == 0, $"{@event}");
        Assert.Equal(firm.Invoices.Sum(invoice => invoice.Outstanding?.Amount ?? 0), firm.Balance(Accounts.Receivable));
        Assert.Equal(firm.Credit, -firm.Balance(Accounts.CustomerCredit));
        Assert.Equal(firm.Revenue.Lines.Values.Sum(line => line.Deferred.Amount), -firm.Balance(RevenueAccounts.DeferredRevenue));
        Assert.Equal(
            firm.Revenue.Lines.Values.Sum(line => line.Unbilled.Amount),
            firm.Balance(RevenueAccounts.UnbilledReceivable) + firm.Balance(RevenueAccounts.ContractAsset));
        Assert.Equal(firm.Revenue.Lines.Values.Sum(line => line.Recognised.Amount), -firm.Balance(Accounts.Revenue));
        RetainersAddUp(firm);
    }

    /// <summary>Bought = drawn + expired + there, never below zero; and what is drawn is what invoices were paid with.</summary>
    private static void RetainersAddUp(Firm firm)
    {
        var periods = firm.Project.Periods;
        var draws = periods.Paid.Values.SelectMany(draws => draws).ToLookup(draw => draw.TopUpId);
        foreach (var topUp in periods.TopUps.Values)
        {
            Assert.True(topUp.Balance >= 0, $"{topUp}");
            Assert.Equal(topUp.Quantity, draws[topUp.Id].Sum(draw => draw.Quantity) + topUp.Expired + topUp.Balance);
            Assert.Equal(topUp.DrawnValue, draws[topUp.Id].Sum(draw => draw.Value.Minor));
        }

        var paid = firm.History.OfType<SettlementApplied>().Where(settled => settled.Settlement.Kind == SettlementKind.Prepaid).Sum(settled => settled.Applied.Amount);
        Assert.Equal(paid, draws.SelectMany(draw => draw).Sum(draw => draw.Quantity));
    }
}
