using Q2C.Silo.Operations;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Policies promoted from one hub to another as files: a difference to read, and drafts for somebody else to approve.</summary>
public sealed class PolicyFilesTests(PolicyTests.Ledgers engagements) : IClassFixture<PolicyTests.Ledgers>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("q2c-promoted-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Files_are_compared_brought_in_as_drafts_and_held_by_nobody_before_they_are_approved()
    {
        Write("limits", "books: { concurrency: 2 }\n");
        Write("maps/books/payment.map", PolicyTests.Ledgers.Shipped.Replace("to: memo", "to: note", StringComparison.Ordinal));

        var (code, text) = await Run("diff", _folder);
        Assert.Equal(1, code);
        Assert.Equal(
            """
            limits: not there -> file
              + books: { concurrency: 2 }
            maps/books/payment.map: as shipped -> file
              ...
                  - { to: currency.id, from: amount.currency, values: { USD: "1", GBP: "2", EUR: "4", CHF: "5" } }
                  - { to: tranDate, from: date, as: date }
              -   - { to: memo, from: reference, required: false }
              +   - { to: note, from: reference, required: false }
                  - { to: custbody_q2c_payment, from: paymentId }
                  - { to: apply.items.0.doc.externalId, from: invoiceId }
              ...
            2 documents differ.
            """, text);

        Assert.Equal(
            (0, "limits: version 1 is a draft\nmaps/books/payment.map: version 1 is a draft\n"
                + "2 drafts, 0 refused. Drafts hold when they are submitted and somebody else has approved them."),
            await Run("import", _folder, "--reason", "As tested."));
        Assert.Equal(
            (0, "limits: version 1 of olga is that already\nmaps/books/payment.map: version 1 of olga is that already\n"
                + "0 drafts, 0 refused. Drafts hold when they are submitted and somebody else has approved them."),
            await Run("import", _folder, "--reason", "As tested."));
        Assert.Equal((0, $"0 documents are in {_folder}."), await Run("export", _folder));
    }

    [Fact]
    public async Task A_file_with_anything_wrong_is_refused_with_its_place_and_an_unknown_one_before_anything_is_done()
    {
        Write("limits", "books: { concurrency: 0 }\n");
        Assert.Equal(
            (1, "limits.yaml:1:23: 'concurrency' must be between 1 and 1000000, found 0.\n"
                + "0 drafts, 1 refused. Drafts hold when they are submitted and somebody else has approved them."),
            await Run("import", _folder, "--reason", "r"));

        Write("limitz", "a: 1");
        Assert.Contains("limitz.yaml is no document of this hub.", (await Assert.ThrowsAsync<OperationsException>(() => Run("diff", _folder))).Problem, StringComparison.Ordinal);
    }

    private void Write(string document, string text)
    {
        var file = Path.Combine(_folder, document + ".yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private async Task<(int Code, string Text)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = await PolicyFiles.ToCommand(output)
            .Parse([.. arguments, "--hub", engagements.Client.BaseAddress!.ToString(), "--as", "olga"])
            .InvokeAsync(new() { EnableDefaultExceptionHandler = false });
        return (code, output.ToString().TrimEnd());
    }
}
