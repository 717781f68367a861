using System.Collections.Immutable;
using System.Text;
using Q2C.Connections;
using Q2C.Customers;
using Q2C.Grains.Journal;
using Q2C.Projects;

namespace Q2C.Grains.Tests.Journal;

/// <summary>What is stored is hashed, signed and compared: it stays the same to the byte.</summary>
public sealed class StoredBytesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static readonly UpsertCustomer Record = new(
        "salesforce", Noon.AddTicks(1_230_000).ToOffset(TimeSpan.FromHours(-5)), new(
            "Müller & Söhne <\"GmbH\"> + O'Neil", null, new("1 Main Street", null, "Zürich", null, "8001", "CH"), null, null,
            "pay@müller.example", "CHF", [new("salesforce", "Account", "001/A")]));

    [Fact]
    public void A_command_is_stored_with_its_name_first_and_no_more_escaped_than_JSON_asks_for() => Assert.Equal(
        """{"$type":"customer.upsert.v1","source":"salesforce","sourceVersion":"2026-03-02T07:00:00.123-05:00","profile":{"name":"Müller & Söhne <\"GmbH\"> + O'Neil","billTo":{"line1":"1 Main Street","city":"Zürich","postalCode":"8001","country":"CH"},"email":"pay@müller.example","currency":"CHF","references":[{"system":"salesforce","type":"Account","id":"001/A"}]}}""",
        Text(WireFormat.Write<Command>(Record)));

    [Fact]
    public void A_row_holds_its_events_its_source_and_whom_it_addressed() => Assert.Equal(
        """{"events":[{"$type":"customer.changed.v1","record":{"source":"salesforce","sourceVersion":"2026-03-02T07:00:00.123-05:00","profile":{"name":"Müller & Söhne <\"GmbH\"> + O'Neil","billTo":{"line1":"1 Main Street","city":"Zürich","postalCode":"8001","country":"CH"},"email":"pay@müller.example","currency":"CHF","references":[{"system":"salesforce","type":"Account","id":"001/A"}]}},"at":"2026-03-02T12:00:00.0000007+00:00"},{"$type":"customer.receivable-changed.v1","invoiceId":"eu_inv_1","outstanding":{"minor":-1250,"currency":"EUR"},"balance":{"minor":0,"currency":"JPY"},"at":"2026-03-02T12:00:00+00:00"},{"$type":"feed.work-reported.v1","connection":"kantata","projectId":"eu_pr_1","records":[{"kind":"time","person":"Ada","role":"Consultant","hours":7.50,"billable":true,"note":"ä\n","sourceId":"time/1","sourceVersion":3,"date":"2026-03-02"},{"kind":"retracted","reason":"gone","sourceId":"time/2","sourceVersion":1,"date":"2026-03-02"}],"at":"2026-03-02T12:00:00+00:00"}],"source":{"grain":"eu_wf_1","version":7,"previous":5},"previous":{"eu_cu_1":0,"eu_pr_1":4}}""",
        Text(new RowBody(
            [
                new CustomerChanged(Record, Noon.AddTicks(7)),
                new ReceivableChanged("eu_inv_1", Money.Of(-12.5m, "EUR"), Money.Of(0, "JPY"), Noon),
                new WorkReported("kantata", "eu_pr_1",
                    [
                        new WorkRecord.TimeWorked("time/1", 3, new(2026, 3, 2), "Ada", "Consultant", null, 7.50m, true, null, "ä\n"),
                        new WorkRecord.Retracted("time/2", 1, new(2026, 3, 2), "gone"),
                    ], Noon),
            ], [], new("eu_wf_1", 7, 5), ImmutableDictionary<string, long>.Empty.Add("eu_pr_1", 4).Add("eu_cu_1", 0)).Write()));

    [Fact]
    public void A_refusal_holds_its_problems() => Assert.Equal(
        """{"problems":[{"code":"NAME_MISSING","path":"profile.name","message":"A customer's name is empty.","remedy":"Fill it in."}]}""",
        Text(new RowBody(
            [], [new("NAME_MISSING", "profile.name", "A customer's name is empty.", "Fill it in.")], null,
            ImmutableDictionary<string, long>.Empty).Write()));

    [Fact]
    public void Events_inside_a_command_carry_their_names() => Assert.Equal(
        """{"$type":"stream.observe.v1","source":"eu_ct_1","events":[{"$type":"customer.contract-linked.v1","contractId":"eu_ct_1","at":"2026-03-02T12:00:00+00:00"},{"$type":"exception.raised.v1","item":{"id":"step","category":"data","code":"CODE","step":"Step","message":"It's \u2028 wrong","remedy":"Right it","ownerRole":"finance","held":{"minor":1000,"currency":"EUR"}},"at":"2026-03-02T12:00:00+00:00"}]}""",
        Text(WireFormat.Write<Command>(new Observe(
            "eu_ct_1", [new ContractLinked("eu_ct_1", Noon), new ExceptionRaised(new("step", ExceptionCategory.Data, "CODE", "Step", "It's \u2028 wrong", "Right it",
                Roles.Finance, null, Money.Of(10, "EUR")), Noon)]))));

    [Fact]
    public void The_fingerprint_is_the_hash_of_the_stored_command() => Assert.Equal(
        "219a1e5796b62b26bc6a189d4cc22549fd8eb645e147d2ce50e6391eae9b8bbe",
        Convert.ToHexStringLower(WireFormat.Fingerprint(Record).Span));

    private static string Text(ReadOnlyMemory<byte> stored) => Encoding.UTF8.GetString(stored.Span);
}
