namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>
/// The schema only grows. <c>Q2C_RELEASE_SCHEMA=true</c> makes the schema the released one and writes what is different
/// into the changelog.
/// </summary>
public sealed class SchemaReleaseTests
{
    private const string Old =
        """
        type Query { invoice(id: ID!, size: Int = 20): Invoice invoices(status: Status, filter: Filter): [Invoice] any: Any }
        interface Node { id: ID! }
        type Invoice implements Node { id: ID! number: String! lines: [Line] }
        type Line { id: ID! }
        type Note { id: ID! }
        union Any = Invoice | Line
        enum Status { OPEN PAID }
        input Filter { status: Status size: Int = 20 }
        """;

    private static readonly DateOnly Today = new(2026, 6, 30);

    [Fact]
    public async Task The_schema_breaks_no_client_of_the_released_one_and_describes_everything()
    {
        var difference = await SchemaDifference.Between(await Released(), await Current(), DateOnly.FromDateTime(DateTime.UtcNow));

        Assert.Equal([], difference.Breaking);
        Assert.Equal([], difference.Vague);
        Assert.Equal([], difference.Undescribed);
        if (Environment.GetEnvironmentVariable("Q2C_RELEASE_SCHEMA") == "true") await Release(difference);
    }

    [Fact]
    public async Task Every_kind_of_breaking_change_is_found()
    {
        (string From, string To, string Found)[] kinds =
        [
            ("type Line { id: ID! }", "input Line { id: ID! }", "Line changed from an Object type to an Input type."),
            ("number: String! ", "", "Field Invoice.number was removed."),
            ("number: String! ", "number: String ", "Field Invoice.number changed type from String! to String."),
            ("lines: [Line]", "lines: Line", "Field Invoice.lines changed type from [Line] to Line."),
            ("size: Int = 20)", "size: Int = 50)", "Query.invoice(size:) has changed defaultValue from 20 to 50."),
            (", size: Int = 20)", ")", "Argument Query.invoice(size:) was removed."),
            ("size: Int = 20)", "size: String)", "Argument Query.invoice(size:) has changed type from Int to String."),
            ("size: Int = 20)", "size: Int = 20, by: ID!)", "A required argument Query.invoice(by:) was added."),
            ("OPEN PAID", "OPEN", "Enum value Status.PAID was removed."),
            ("Invoice | Line", "Invoice", "Line was removed from union type Any."),
            ("type Invoice implements Node", "type Invoice", "Invoice no longer implements interface Node."),
            ("input Filter { status: Status", "input Filter {", "Field Filter.status was removed."),
            ("input Filter {", "input Filter { by: ID!", "A required field Filter.by was added."),
            ("filter: Filter", "filter: Filter!", "Argument Query.invoices(filter:) has changed type from Filter to Filter!."),
            ("size: Int = 20 }", "size: Int = 50 }", "Filter.size has changed defaultValue from 20 to 50."),
        ];

        var found = await SchemaDifference.Between(kinds.Select(kind => (Old, Changed(kind.From, kind.To))), Today);

        Assert.Equal(kinds.Select(kind => kind.Found), found.Select(difference => string.Join(" ", difference.Breaking)));
    }

    [Fact]
    public async Task A_type_that_was_promised_may_not_go()
    {
        var current = Changed(" any: Any", "").Replace("union Any = Invoice | Line", "");

        var difference = await SchemaDifference.Between(Old, current, Today);

        Assert.Equal(["Any was removed.", "Field Query.any was removed."], difference.Breaking.Order());
    }

    [Fact]
    public async Task What_only_adds_breaks_nobody_and_is_in_the_changelog()
    {
        var current = Changed("number: String! ", "number: String! total: Int ").Replace("OPEN PAID", "OPEN PAID VOID")
            .Replace("size: Int = 20)", "size: Int = 20, by: ID)");

        var difference = await SchemaDifference.Between(Old, current, Today);

        Assert.Equal([], difference.Breaking);
        Assert.Equal(
            """
            ## 2026-06-30

            - An optional argument Query.invoice(by:) was added.
            - Field Invoice.total was added.
            - Enum value Status.VOID was added.


            """, difference.Section(Today));
    }

    [Theory]
    [InlineData("2026-04-01: use `lines`.", true)]
    [InlineData("2026-04-02: use `lines`.", false)]
    [InlineData("Use `lines`.", false)]
    public async Task What_was_deprecated_for_90_days_may_go_and_what_only_it_led_to(string reason, bool may)
    {
        var released = Changed("lines: [Line]", $"""lines: [Line] notes: [Note] @deprecated(reason: "{reason}")""");
        var current = Old.Replace("type Note { id: ID! }\n", "");

        var difference = await SchemaDifference.Between(released, current, Today);

        Assert.Equal(may, difference.Breaking.Length == 0);
        Assert.Contains("Field Invoice.notes was removed.", difference.Changes);
    }

    [Fact]
    public async Task A_deprecation_says_since_when_and_what_to_use_instead()
    {
        var current = Changed("lines: [Line]", """lines: [Line] @deprecated(reason: "Old.") all: [Line] @deprecated(reason: "2026-04-01: use `lines`.")""");

        Assert.Equal(["Invoice.lines"], (await SchemaDifference.Between(Old, current, Today)).Vague);
    }

    [Fact]
    public async Task What_has_no_description_is_found()
    {
        const string Described = "\"Reads.\" type Query { \"One.\" one(by: ID): Int \"Two.\" two(\"By.\" by: ID): Size } enum Size { \"Big.\" BIG SMALL }";

        Assert.Equal(["Query.one.by", "Size", "Size.SMALL"], (await SchemaDifference.Between(Described, Described, Today)).Undescribed);
    }

    private static string Changed(string from, string to)
    {
        Assert.Contains(from, Old);
        return Old.Replace(from, to);
    }

    private static async Task Release(SchemaDifference difference)
    {
        if (difference.Changes.Length == 0) return;
        var file = InGateway("CHANGELOG.md");
        var changelog = await File.ReadAllTextAsync(file);
        var first = changelog.IndexOf("## ", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, changelog.Insert(first, difference.Section(DateOnly.FromDateTime(DateTime.UtcNow))));
        File.Copy(InGateway("schema.graphql"), InGateway("schema.released.graphql"), overwrite: true);
    }

    private static Task<string> Released() => File.ReadAllTextAsync(InGateway("schema.released.graphql"));

    private static Task<string> Current() => File.ReadAllTextAsync(InGateway("schema.graphql"));

    private static string InGateway(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Q2C.sln"))) return Path.Combine(folder.FullName, "Gateway", file);
        }

        throw new DirectoryNotFoundException("The repository is not above the test's output.");
    }
}
