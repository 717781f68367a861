namespace Q2C.Silo.Tests.Connectors;

/// <summary>One small engagement, as the deciders would ask for it.</summary>
internal static class Samples
{
    public static readonly PostalAddress Berlin = new("Hauptstraße 1", null, "Berlin", null, "10117", "DE");
    public static readonly PostalAddress Munich = new("Ludwigstraße 5", "3. OG", "München", "BY", "80539", "DE");

    public static readonly UpsertErpCustomer Customer = new(
        "eu_cu_1", "Fabrikam AG", "DE01", "EUR", "DE811907980", Munich, "ap@fabrikam.example", null);

    public static readonly UpsertErpContract Contract = new(
        "eu_ct_1", "eu_cu_1", "DE01", "Data platform", "EUR", new(2026, 11, 1), "PO-77", 1,
        [
            new("L1", "fixed-price", "Concept", 1, 12000),
            new("L2", "consulting", "Senior engineer", 100, 145.5m),
        ]);

    public static readonly UpsertErpJob Job = new(
        "eu_pr_1", "eu_ct_1", "eu_cu_1", "DE01", "Data platform", "EUR", new(2026, 11, 1));

    public static readonly InvoiceDocument Document = new(
        "eu_inv_1", "eu_cu_1", "eu_ct_1", "eu_pr_1", "DE01", "EUR", new(2026, 11, 30), new(2026, 12, 30), "PO-77", Munich,
        [
            new("1", "fixed-price", "Concept", 1, 6000, Eur(6000), "SP140000", Eur(1140)),
            new("2", "consulting", "Senior engineer", 7.25m, 145.5m, Eur(1054.88m), "SP140000", Eur(200.43m)),
        ],
        Eur(7054.88m), Eur(1340.43m), Eur(8395.31m));

    public static readonly PostErpInvoice Invoice = new(Document);

    public static readonly RecordErpPayment Payment = new(
        "pi_3Nx", "eu_inv_1", "eu_cu_1", Eur(5000), Eur(5000), new(2026, 12, 5), "Stripe pi_3Nx");

    public static readonly CreditMemoDocument CreditDocument = new(
        "eu_cm_1", "eu_inv_1", "INV-1", "eu_cu_1", "DE01", "EUR", new(2026, 12, 10), "Hours of the pilot were free.", Munich,
        [new("2", "consulting", "Senior engineer", Eur(145.50m), "SP140000", Eur(27.65m))], Eur(145.50m), Eur(27.65m), Eur(173.15m));

    public static readonly PostErpCreditMemo CreditMemo = new(CreditDocument);

    public static readonly PostErpJournal Journal = new(
        "eu_rev_1/3", "eu_ct_1", "DE01", "EUR", new(2026, 11, 30), "Recognised for November: Data platform",
        [
            new("deferred_revenue", 1000, 0, "L1", null),
            new("revenue", 0, 1000, "L1", "consulting"),
        ]);

    public static readonly TaxRequest Tax = new(
        "eu_inv_1", "DE01", "eu_cu_1", null, null, new(2026, 11, 30), "EUR", Berlin, Munich,
        [
            new("line/1", "SP140000", "Concept", 1, Eur(6000)),
            new("line/2", "SP140000", "Senior engineer", 7.25m, Eur(1054.88m)),
        ]);

    public static Money Eur(decimal amount) => Money.Of(amount, "EUR");

    public static EffectRequest Ask(Operation operation, string id = "effect-1", string connection = "netsuite") =>
        new(id, connection, "subject", operation);
}
