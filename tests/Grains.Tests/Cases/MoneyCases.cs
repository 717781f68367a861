using System.Collections.Immutable;
using System.Text.Json;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Grains.Billing;
using Q2C.Grains.Billing.Receivables;
using Q2C.Grains.Billing.Tax;
using Q2C.Grains.Customers;
using Q2C.Grains.Tests.Contracts;
using Q2C.Grains.Tests.Invoices;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Tests.Contracts.Samples;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about credits, payments, refunds, write-offs, reminders and foreign currencies.</summary>
public sealed class MoneyCases
{
    private const string One = "eu_inv_one";
    private const string Two = "eu_inv_two";

    [Fact]
    public void Lago_credit_note_four_lines_in_parts() => GoldenCase.Tell("lago-credit-note-four-lines-in-parts", golden =>
    {
        // The case's tax is rounded for the document as a whole, and so are its credits.
        var nets = golden.Contract.GetProperty("lines").EnumerateArray().Select(line => Eur(line.GetDecimal())).ToArray();
        var rate = Number(golden.Contract, "tax_percent");
        var books = Issue(nets, rate);
        var lines = new[] { "1", "2", "3", "4", "4", "4" };
        for (var i = 0; i < lines.Length; i++)
        {
            var memo = books.Credit(One, CreditRounding.Document, true, new CreditRequest(lines[i], Eur(Number(golden.Events[i], "amount")))).Memo;
            Assert.Equal(Eur(golden.ExpectedNumber($"totals[{i}]")), memo.Total);
            Assert.Equal(Eur(golden.ExpectedNumber($"taxes[{i}]")), memo.Tax);
            var left = books.Invoice(One).Total!.Value - books.Memos.Aggregate(Eur(0), (sum, one) => sum + one.Memo.Total);
            if (i is 2 or 3 or 4) Assert.Equal(Eur(golden.Ours($"creditable_left_after[{i}]").GetDecimal()), left);
            if (i == 5) Assert.Equal(Eur(golden.ExpectedNumber("creditable_left_after[5]")), left);
        }
    });

    [Fact]
    public void Lago_credit_note_with_invoice_discount() => GoldenCase.Tell("lago-credit-note-with-invoice-discount", golden =>
    {
        var prices = golden.Contract.GetProperty("lines").EnumerateArray().Select(line => Eur(line.GetDecimal())).ToArray();
        var shares = Discounts.Spread(
            [.. prices.Select(price => new Discountable("line", price))],
            [new("coupon", "Coupon", null, Eur(Number(golden.Contract, "invoice_discount")))], _ => null, Rounding.HalfUp).Single().Shares;
        var books = Issue([.. prices.Zip(shares, (price, share) => price - share)], Number(golden.Contract, "tax_percent"));
        Assert.Equal(Eur(Number(golden.Contract, "total")), books.Invoice(One).Total);
        for (var i = 0; i < prices.Length; i++)
        {
            var memo = books.Credit(One, null, true, new CreditRequest($"{i + 1}")).Memo;
            Assert.Equal(
                (decimal[])[
                    golden.ExpectedNumber($"notes[{i}].discount_share"), golden.ExpectedNumber($"notes[{i}].net"),
                    golden.ExpectedNumber($"notes[{i}].tax"), golden.ExpectedNumber($"notes[{i}].total"),
                ],
                (decimal[])[shares[i].Amount, memo.Net.Amount, memo.Tax.Amount, memo.Total.Amount]);
        }

        books.WhenInvoice(One, new CreditInvoice([], Books.Day(30), true, "r")).ThenRefused("NOTHING_TO_CREDIT");
        Assert.Equal(golden.ExpectedNumber("creditable_left"), books.Balance);
    });

    [Fact]
    public void Lago_credit_note_discount_allocation_six_lines() => GoldenCase.Tell("lago-credit-note-discount-allocation-six-lines", golden =>
    {
        var prices = golden.Contract.GetProperty("lines").EnumerateArray().Select(line => Eur(line.GetDecimal())).ToArray();
        var coupons = golden.Contract.GetProperty("discounts").EnumerateArray()
            .Select((amount, i) => new Q2C.Contracts.Discount($"c{i}", "Coupon", null, Eur(amount.GetDecimal())));
        var given = Discounts.Spread([.. prices.Select(price => new Discountable("line", price))], coupons, _ => null, Rounding.HalfUp);

        // The case rounds the share in each of its two coupons to five places of a cent.
        for (var i = 0; i < prices.Length; i++)
            Assert.Equal(golden.ExpectedNumber($"allocation_cents[{i}]"), given.Sum(one => decimal.Round(one.Exact[i] * 100, 5)));
        var taxed = Taxation.Calculate(
            [.. prices.Select((price, i) => new TaxableLine($"{i}", given.Aggregate(price, (left, one) => left - one.Shares[i]), [Vat(Number(golden.Contract, "tax_percent"))]))],
            TaxRounding.Group, Rounding.HalfUp);
        Assert.Equal((golden.ExpectedNumber("tax"), golden.ExpectedNumber("total")), (taxed.Tax.Amount, taxed.Total.Amount));
    });

    [Fact]
    public void Oca_sale_advance_payments_two_currencies() => GoldenCase.Tell("oca-sale-advance-payments-two-currencies", golden =>
    {
        var total = golden.Contract.GetProperty("lines_net").EnumerateArray().Sum(line => line.GetDecimal()) * (1 + (Number(golden.Contract, "tax") / 100));
        Assert.Equal(Number(golden.Contract, "order_total"), total);
        var rate = new AppliedRate(Number(golden.Contract, "rate_eur"), Books.Day(1), "case");
        var advances = golden.Events.Where(one => one.GetProperty("type").GetString() == "advance").ToArray();

        // 3,001 euros are worth more than is owed; they are the customer's all the same.
        Assert.True(Left(Advance(Unpaid, advances[0])) < 0);
        Assert.Equal("credit", golden.Ours("advance_3001_eur").GetString());

        var customer = Unpaid;
        Assert.Equal(golden.ExpectedNumber("residuals[0]"), Left(customer));
        for (var i = 1; i < advances.Length; i++)
        {
            customer = Advance(customer, advances[i]);
            Assert.Equal(golden.ExpectedNumber($"residuals[{i}]"), Left(customer));
        }

        Assert.Equal(
            golden.ExpectedNumbers("offered_on_invoice"), customer.State.Credits.Values.OrderBy(credit => credit.Order).Select(credit => credit.Left.Amount));
        Assert.Equal("rejected", golden.Expected("refund_850.01_eur").GetString());
        customer.When(new RefundCustomer("r", "US01", Worth(golden.Events[^1]), Books.Day(2), null, null, "asked for"))
            .ThenRefused("REFUND_EXCEEDS_RECEIVED amount", "REFUND_NEEDS_INVOICE invoiceId");

        // An invoice of one line leaves what is to be paid of the order as it is; only money moves it.
        var (net, part) = (golden.Contract.GetProperty("lines_net")[0].GetDecimal(), "other.advance_200_invoiced_paid_1200");
        var invoiced = Heard(Paid(Unpaid, "p", 200), Invoice(net));
        Assert.Equal(golden.ExpectedNumber(part), Left(Heard(invoiced, new PaymentApplied(
            One, "eu_ct_1", "eu_cu_1", new("card", "stripe", Gross(net), Books.Day(2), "ref"), Gross(net), Usd(0), Usd(0), [], DeciderSpec.Noon, "US01"))));
        var covered = Heard(Paid(Unpaid, "p", 2_000), Invoice(net)).When(new ApplyCredit("US01", "USD", Books.Day(2)), "apply").Accepted();
        Assert.Equal(golden.ExpectedNumber("other.advance_2000_then_partial_invoice_1200.residual"), Left(covered));
        Assert.Equal(
            golden.ExpectedNumber("other.advance_2000_then_partial_invoice_1200.invoice_due"),
            (Gross(net) - covered.History.OfType<MoneyAllocated>().Single().Amount).Amount);

        decimal Left(Given<CustomerState> of) => total - of.State.Cash.Values.Sum(cash => cash.Amount);

        Money Gross(decimal one) => Usd(one * (1 + (Number(golden.Contract, "tax") / 100)));

        Money Worth(JsonElement one) => one.GetProperty("currency").GetString() == "USD"
            ? Usd(Number(one, "amount"))
            : new ForeignReceipt(Money.Of(Number(one, "amount"), "EUR"), rate).Worth("USD");

        Given<CustomerState> Advance(Given<CustomerState> to, JsonElement one)
        {
            var paid = Money.Of(Number(one, "amount"), one.GetProperty("currency").GetString()!);
            return to.When(new ReceivePayment(
                $"{paid}", "US01", "bank", Worth(one), Books.Day(1), "advance", [], paid.Currency == "USD" ? null : new(paid, rate)), $"{paid}").Accepted();
        }

        Given<CustomerState> Paid(Given<CustomerState> to, string id, decimal amount) =>
            to.When(new ReceivePayment(id, "US01", "bank", Usd(amount), Books.Day(1), "advance", []), id).Accepted();

        Given<CustomerState> Heard(Given<CustomerState> to, Event heard) => to.When(new Observe(One, [heard]), heard.GetType().Name).Accepted();

        InvoiceIssued Invoice(decimal one) => new(
            One, "run", "eu_pr_1", "eu_ct_1", "eu_cu_1", "1", Books.Day(1), Books.Day(30), Usd(one), Gross(one) - Usd(one), Gross(one), [], [], DeciderSpec.Noon,
            LegalEntity: "US01");
    });

    private static Given<CustomerState> Unpaid => Customer.Decider.Given().In("eu_cu_1");

    private static Money Usd(decimal amount) => Money.Of(amount, "USD");

    [Fact]
    public void Invoiceninja_credit_note_pays_invoice() => GoldenCase.Tell("invoiceninja-credit-note-pays-invoice", golden =>
    {
        var books = new Books();
        books.Issue(One, 0, Number(golden.Events[0], "credit"));
        books.Pay(One, "p1", Number(golden.Events[0], "credit"));
        books.Credit(One);
        var before = Received(books);
        books.Issue(Two, 0, Number(golden.Events[0], "invoice"));
        books.Apply(null!);
        Assert.Equal(golden.ExpectedNumber("after_apply.payment_amount"), Received(books) - before);
        Assert.Equal(golden.ExpectedNumber("after_apply.client_balance"), books.Balance);
        Assert.Equal(golden.ExpectedNumber("after_apply.paid_to_date"), (books.Invoice(Two).Total!.Value - books.Invoice(Two).Outstanding!.Value).Amount);
        books.Credit(Two);
        Assert.Equal(-Number(golden.Events[0], "credit"), books.Balance);

        var unapplied = new Books();
        unapplied.Receive("r", Number(golden.Events[3], "amount"), []);
        Assert.Equal(golden.ExpectedNumber("unapplied.received"), -unapplied.Balance);
        unapplied.Refund("back", Number(golden.Events[4], "amount"));
        Assert.Equal(golden.ExpectedNumber("unapplied.after_refund"), -unapplied.Balance);

        var partial = new Books();
        partial.Issue(One, 0, Number(golden.Events[5], "applied"));
        partial.Receive("r", Number(golden.Events[5], "amount"), null!);
        Assert.Equal(golden.ExpectedNumber("partial.amount"), Received(partial));
        Assert.Equal(golden.ExpectedNumber("partial.applied"), partial.History.OfType<SettlementApplied>().Single().Applied.Amount);
    });

    [Fact]
    public void Invoiceninja_invoice_balance_after_edit_and_part_payment() => GoldenCase.Tell("invoiceninja-invoice-balance-after-edit-and-part-payment", golden =>
    {
        // An issued invoice is not edited: to make it less is a credit memo for the difference.
        var books = new Books();
        var billed = Number(golden.Events[0], "amount");
        books.Issue(One, 0, billed);
        var balances = new List<decimal> { books.Balance };
        foreach (var step in golden.Events.Skip(1))
        {
            if (step.GetProperty("type").GetString() == "payment") books.Pay(One, "p1", Number(step, "amount"));
            else
            {
                books.Credit(One, null, false, new CreditRequest("1", Eur(billed - Number(step, "amount"))));
                billed = Number(step, "amount");
            }

            balances.Add(books.Balance);
        }

        Assert.Equal(golden.ExpectedNumbers("balances"), balances);
        Assert.Equal(golden.ExpectedNumber("paid_to_date"), Received(books));
    });

    [Fact]
    public void Killbill_payment_partial_and_balance() => GoldenCase.Tell("killbill-payment-partial-and-balance", golden =>
    {
        var books = new Books();
        books.Issue(One, 0, [.. golden.Events[0].GetProperty("lines").EnumerateArray().Select(line => line.GetDecimal())]);
        books.Pay(One, "p1", Number(golden.Events[1], "amount"));
        Assert.Equal(golden.ExpectedNumber("account_balance"), books.Balance);
    });

    [Fact]
    public void Killbill_refund_with_and_without_line_credit() => GoldenCase.Tell("killbill-refund-with-and-without-line-credit", golden =>
    {
        var (paid, repair) = (Number(golden.Events[1], "amount"), golden.Events[2]);
        Books Repaired()
        {
            var books = new Books();
            books.Issue(One, 0, paid - Number(repair, "line"), Number(repair, "line"));
            books.Pay(One, "p1", paid);
            books.Credit(One, null, false, new CreditRequest("2", Eur(Number(repair, "line") - Number(repair, "replaced_by"))));
            return books;
        }

        Assert.Equal((golden.ExpectedNumber("balance_after_repair"), golden.ExpectedNumber("credit_after_repair")), (Repaired().Balance, CreditOf(Repaired())));
        foreach (var id in new[] { "r7", "r7adj", "r20" })
        {
            var (books, refund) = (Repaired(), golden.Event(id));
            if (Number(refund, "line_credit") is > 0 and var credit) books.Credit(One, null, false, new CreditRequest("2", Eur(credit)));
            books.Refund(id, Number(refund, "amount"), One);
            Assert.Equal(
                (golden.ExpectedNumber($"{id}.account_balance"), golden.ExpectedNumber($"{id}.credit")), (books.Balance, CreditOf(books)));
        }
    });

    [Fact]
    public void Killbill_write_off_tag() => GoldenCase.Tell("killbill-write-off-tag", golden =>
    {
        var books = new Books();
        books.Issue(One, 0, Number(golden.Events[0], "amount"));
        var balances = new List<decimal> { books.Balance };
        books.Invoices(One, new WriteOffReceivable(null, Books.Day(30), "uncollectible"), InvoiceStory.Fiona);
        balances.Add(books.Balance);
        books.Invoices(One, new RestoreReceivable(Books.Day(31), "they pay after all"));
        balances.Add(books.Balance);
        Assert.Equal(golden.ExpectedNumbers("balance"), balances);
        Assert.Equal(golden.ExpectedNumber("payments_attempted"), books.History.OfType<PaymentApplied>().Count());
    });

    [Fact]
    public void Erpnext_payment_fx_and_discount() => GoldenCase.Tell("erpnext-payment-fx-and-discount", golden =>
    {
        var company = golden.Event("company");
        var booked = Number(company, "usd") * Number(company, "rate");
        var percent = Number(company, "discount_pct");
        var books = new Books();
        books.Issue(One, [Books.Line("1", Eur(booked))], [new("1", Eur(0), 0, "DE")], terms: new([new(100, new DueRule.Days(30))], new(percent, 10)));
        books.Pay(One, "p1", booked * (100 - percent) / 100);
        Assert.Equal(golden.ExpectedNumber("company.paid"), Received(books));
        Assert.Equal(golden.ExpectedNumber("company.write_off"), books.History.OfType<SettlementApplied>().Single().Applied.Amount);

        // What was received is for the rest after the discount, at the rate of the invoice.
        var multi = golden.Event("multi");
        var (usd, received, off) = (Number(multi, "usd"), Number(multi, "received"), Number(multi, "discount"));
        var early = new Books();
        early.Issue(One, [Books.Line("1", Eur(booked))], [new("1", Eur(0), 0, "DE")], terms: new([new(100, new DueRule.Days(30))], new(off / booked * 100, 10)));
        var rest = usd - (off * usd / booked);
        var paid = early.PayForeign(One, "p1", Money.Of(rest, "USD"), booked / usd, received / rest);
        Assert.Equal(
            (golden.ExpectedNumber("multi.discount"), golden.ExpectedNumber("multi.fx_loss")),
            (early.History.OfType<SettlementApplied>().Single().Applied.Amount, -paid.Gain!.Value.Amount));
        Assert.Equal(InvoiceStatus.Paid, early.Invoice(One).Status);

        var gain = golden.Event("gain");
        var abroad = new Books();
        abroad.Issue(One, 0, Number(gain, "usd") * Number(gain, "booked_at"));
        Assert.Equal(golden.ExpectedNumber("gain"), abroad.PayForeign(
            One, "p1", Money.Of(Number(gain, "usd"), "USD"), Number(gain, "booked_at"), Number(gain, "paid_at")).Gain!.Value.Amount);

        var over = new Books();
        over.Issue(One, 0, Number(golden.Event("over"), "invoice"));
        over.Receive("p1", Number(golden.Event("over"), "paid"), null!);
        Assert.Equal(golden.ExpectedNumber("over.unallocated"), CreditOf(over));

        var writeOff = new Books();
        writeOff.Issue(One, 0, Number(golden.Event("writeoff"), "invoice"));
        writeOff.Pay(One, "p1", Number(golden.Event("writeoff"), "paid"));
        writeOff.Invoices(One, new WriteOffReceivable(Eur(Number(golden.Event("writeoff"), "write_off")), Books.Day(30), "small"), InvoiceStory.Fiona);
        var postings = writeOff.History.OfType<PaymentApplied>().SelectMany(one => one.Postings)
            .Concat(writeOff.History.OfType<SettlementApplied>().SelectMany(one => one.Postings)).ToLookup(one => one.Account, one => one.Amount.Amount);
        Assert.Equal(
            (decimal[])[golden.ExpectedNumber("writeoff.ledger.Debtors"), golden.ExpectedNumber("writeoff.ledger.Cash"), golden.ExpectedNumber("writeoff.ledger.WriteOff")],
            (decimal[])[-postings[Accounts.Receivable].Sum(), postings[Accounts.Cash].Sum(), postings[Accounts.BadDebt].Sum()]);
        Assert.Equal(InvoiceStatus.WrittenOff, writeOff.Invoice(One).Status);
    });

    [Fact]
    public void Odoo_fx_payment_matching() => GoldenCase.Tell("odoo-fx-payment-matching", golden =>
    {
        foreach (var id in new[] { "a", "b", "c", "d" })
        {
            var match = golden.Event(id);
            var payment = match.TryGetProperty("credit", out var credit) ? credit : match.GetProperty("credit_first");
            var (owed, came) = (Pair(match.GetProperty("debit"), 1), Pair(payment, -1));
            var books = new Books();
            books.Issue(One, 0, owed.Company.Amount);
            var paid = books.PayForeign(One, "p1", came.Foreign, owed.Company.Amount / owed.Foreign.Amount, came.Company.Amount / came.Foreign.Amount);
            var (gained, matched) = (id is "b" or "d", Money.Min(owed.Foreign, came.Foreign));
            Assert.Equal(
                golden.ExpectedNumber($"{id}.exchange.{(gained ? "gain" : "loss")}"), gained ? paid.Gain!.Value.Amount : -paid.Gain!.Value.Amount);
            if (id is "a" or "b")
                Assert.Equal(golden.ExpectedNumbers($"{id}.matched"), (decimal[])[Money.Min(paid.Applied, paid.Applied + paid.Gain.Value).Amount, matched.Amount]);
            Assert.Equal(golden.ExpectedNumbers($"{id}.remaining"), paid.Outstanding.IsZero
                ? (decimal[])[-paid.Excess.Amount, -(came.Foreign - matched).Amount]
                : [paid.Outstanding.Amount, (owed.Foreign - matched).Amount]);
            Assert.Equal(0, paid.Postings.Sum(posting => posting.Amount.Amount));
        }
    });

    [Fact]
    public void Odoo_payment_terms_dates() => GoldenCase.Tell("odoo-payment-terms-dates", golden => Assert.Equal(
        Enumerable.Range(0, golden.Events.Length).Select(i => DateOnly.Parse(golden.Expected($"due[{i}]").GetString()!)),
        golden.Events.Select(due => Rule(due.GetProperty("rule").GetString()!).On(DateOnly.Parse(due.GetProperty("date").GetString()!)))));

    [Fact]
    public void Erpnext_dunning_fee_and_interest() => GoldenCase.Tell("erpnext-dunning-fee-and-interest", golden =>
    {
        var a = golden.Event("a");
        var notice = Dun(Number(a, "overdue"), (int)Number(a, "days"), Number(a, "fee"), Number(a, "interest"), out _)!;
        Assert.Equal((golden.ExpectedNumber("a.interest"), golden.ExpectedNumber("a.total")), (notice.Interest.Amount, notice.Total.Amount));
        var b = golden.Event("b");
        Assert.Equal(golden.ExpectedNumber("b"), Dun(Number(b, "overdue"), (int)Number(b, "days"), Number(b, "fee"), 0, out _)!.Total.Amount);

        // Two instalments, of which one is overdue.
        var c = golden.Event("c");
        var halves = c.GetProperty("instalments").EnumerateArray().Select(half => half.GetDecimal()).ToArray();
        var percent = 100 * halves[0] / halves.Sum();
        var terms = new PaymentTerms([new(percent, new DueRule.Days(10)), new(100 - percent, new DueRule.Days(40))]);
        var dunned = Dun(halves.Sum(), 20, 0, 0, out var books, terms);
        Assert.Equal(golden.Expected("c").GetString(), $"dunned {dunned!.Total.Amount:0}");

        Assert.Equal("resolved", golden.Expected("credit_note").GetString());
        Assert.Empty(books.History.OfType<DunningResolved>());
        books.Credit(One);
        Assert.Single(books.History.OfType<DunningResolved>());
    });

    [Fact]
    public void Lago_dunning_currency_thresholds() => GoldenCase.Tell("lago-dunning-currency-thresholds", golden =>
    {
        var thresholds = golden.Contract.GetProperty("thresholds").EnumerateObject().ToImmutableDictionary(one => one.Name, one => one.Value.GetDecimal());
        var policy = new DunningPolicy(
            thresholds, (int)Number(golden.Contract, "attempts"), (int)Number(golden.Contract, "days_between"),
            ImmutableDictionary<string, decimal>.Empty, 0);
        var customer = Customer.Decider.Given().In(CustomerId).By(InvoiceStory.Nora).Under(With(policy));
        var day = default(DateOnly);
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var step = golden.Events[i];
            day = DateOnly.Parse(step.GetProperty("date").GetString()!);
            customer = customer.When(step.GetProperty("type").GetString() == "run"
                ? new ProposeDunning(Books.Entity, day)
                : Overdue($"eu_inv_{i}", Money.Of(Number(step, "amount"), step.GetProperty("currency").GetString()!), day), $"key-{i}") is { Decision.Events.IsEmpty: false } when
                ? when.Accepted()
                : customer;
            if (step.GetProperty("type").GetString() != "run") continue;
            foreach (var currency in thresholds.Keys.Where(currency => day >= new DateOnly(2025, 1, 6) || currency == "USD"))
                Assert.Equal(
                    golden.ExpectedNumber($"attempts_by_day.{day:O}.{currency}"),
                    customer.History.OfType<DunningProposed>().Count(proposed => proposed.Currency == currency));
        }

        Assert.Equal(golden.ExpectedNumber("finished_events"), customer.History.OfType<DunningFinished>().Count());
    });

    private static DunningNotice? Dun(decimal amount, int days, decimal fee, decimal interest, out Books books, PaymentTerms? terms = null)
    {
        books = new Books(With(new(
            ImmutableDictionary<string, decimal>.Empty, 3, 7, ImmutableDictionary<string, decimal>.Empty.Add("EUR", fee), interest)));
        books.Issue(One, [Books.Line("1", Eur(amount))], [new("1", Eur(0), 0, "DE")], terms: terms ?? PaymentTerms.Days(0));
        books.Customers(new ProposeDunning(Books.Entity, Books.Day(days)));
        return books.History.OfType<DunningProposed>().SingleOrDefault()?.Notice;
    }

    private static PolicySet With(DunningPolicy dunning) => Samples.Policies with
    {
        LegalEntities = Samples.Policies.LegalEntities.SetItem("DE01", Northwind with { Billing = BillingPolicy.Default with { Dunning = dunning } }),
    };

    private static Observe Overdue(string id, Money amount, DateOnly day) => new(id, [new InvoiceIssued(
        id, "run", ProjectId, ContractId, CustomerId, id, day.AddDays(-30), day.AddDays(-1), amount, Money.Zero(amount.Currency), amount, [], [],
        DeciderSpec.Noon, LegalEntity: Books.Entity)]);

    private static Books Issue(Money[] nets, decimal percent)
    {
        var taxed = Taxation.Calculate(
            [.. nets.Select((net, i) => new TaxableLine($"{i + 1}", net, [Vat(percent)]))], TaxRounding.Group, Rounding.HalfUp);
        var books = new Books();
        books.Issue(
            One, [.. nets.Select((net, i) => Books.Line($"{i + 1}", net))],
            [.. taxed.Lines.Select(line => new TaxAnswerLine(line.Id, line.Tax, percent / 100, "FR"))]);
        return books;
    }

    private static DueRule Rule(string text) => text switch
    {
        "end of month + 45" => new DueRule.EndOfMonth(45),
        "min 31 then 15th" => new DueRule.DayOfMonth(15, 31),
        "last of month" => new DueRule.EndOfMonth(0),
        "first of next month" => new DueRule.EndOfMonth(1),
        _ => throw new ArgumentException(text),
    };

    private static Booked Pair(JsonElement pair, int sign) => new(Eur(sign * pair[0].GetDecimal()), Money.Of(sign * pair[1].GetDecimal(), "USD"));

    private static TaxRow Vat(decimal percent) => new("VAT", percent);

    private static decimal Received(Books books) =>
        books.History.OfType<PaymentApplied>().Sum(one => one.Payment.Amount.Amount)
        + books.History.OfType<CustomerPaymentReceived>().Sum(one => one.Payment.Amount.Amount);

    private static decimal CreditOf(Books books) => books.Account.Credit.Sum(credit => credit.Amount);

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();
}
