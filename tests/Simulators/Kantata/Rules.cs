using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Kantata.KantataErrors;

namespace Q2C.Simulators.Kantata;

/// <summary>What Kantata requires of a resource beyond its mandatory fields, and what it fills in.</summary>
internal static class Rules
{
    private static readonly string[] StoryTypes = ["task", "deliverable", "milestone", "issue"];
    private static readonly string[] States = ["not started", "started", "needs info", "completed"];
    private const int MinutesOfADay = 1440;

    public static void Check(Resource resource, JsonObject fields, bool creating)
    {
        foreach (var date in fields.Where(field => field.Key is "date" or "date_performed" or "start_date" or "due_date"))
            if (date.Value is not null && !IsDate(date.Value.Text())) throw Invalid($"{date.Key} is not a valid date", date.Key);
        switch (resource.Singular)
        {
            case "workspace" when fields["creator_role"].Text() is not (null or "maven" or "buyer"):
                throw Invalid("creator_role must be maven or buyer", "creator_role");
            case "story":
                OneOf(fields, "story_type", StoryTypes);
                if (fields["story_type"].Text() is not "issue") OneOf(fields, "state", States);
                break;
            case "workspace_resource" when creating && fields["user_id"] is null && fields["role_id"] is null:
                throw Invalid("role_id is required for an unnamed resource", "role_id");
            case "time_entry" when fields["time_in_minutes"] is { } minutes && minutes.Number() is not (> 0 and <= MinutesOfADay):
                throw Invalid("time_in_minutes must be between 1 and 1440", "time_in_minutes");
            case "expense" when fields["amount_in_cents"] is { } amount && amount.Number() is null:
                throw Invalid("amount_in_cents is not a number", "amount_in_cents");
            case "billing_milestone" when fields["billing_type"].Text() is "upon_completion" && fields["story_id"] is null:
                throw Invalid("story_id is required when billing_type is upon_completion", "story_id");
        }
    }

    /// <summary>Fields that a new record has although the body did not set them.</summary>
    public static JsonObject Defaults(Resource resource, JsonObject fields, Store store) => resource.Singular switch
    {
        "workspace" => new() { ["archived"] = false, ["budgeted"] = true, ["currency"] = "USD", ["stage"] = "project", ["percentage_complete"] = 0 },
        "story" => new()
        {
            ["story_type"] = "task", ["state"] = "not started", ["archived"] = false, ["billable"] = true, ["fixed_fee"] = false,
            ["percentage_complete"] = 0, ["parent_id"] = null,
        },
        "time_entry" => TimeEntry(fields, store),
        "expense" => new()
        {
            ["billable"] = true, ["approved"] = false, ["is_invoiced"] = false, ["taxable"] = false, ["reimbursable"] = true,
            ["story_id"] = null, ["currency"] = Currency(fields, store), ["currency_base_unit"] = 100,
        },
        "billing_milestone" => new() { ["billing_type"] = "fixed_date", ["story_id"] = null },
        "workspace_resource" => new() { ["user_id"] = null, ["role_id"] = UserRole(fields, store) },
        _ => [],
    };

    /// <summary>State and percentage follow each other: 100 completes a story, a completed story is at 100.</summary>
    public static void Follow(JsonObject story, JsonObject changed)
    {
        if (changed["state"].Text() is "completed" || changed["status"].Text() is "completed")
        {
            story["state"] = "completed";
            story["percentage_complete"] = 100;
        }
        else if (changed["percentage_complete"].Number() is { } percent)
        {
            story["state"] = percent >= 100 ? "completed" : percent > 0 ? "started" : story["state"].Text();
        }
    }

    private static JsonObject TimeEntry(JsonObject fields, Store store)
    {
        var role = fields["role_id"].Text() ?? UserRole(fields, store);
        var story = fields["story_id"].Text() is { } id ? store.Find("stories", id) : null;
        return new JsonObject
        {
            ["billable"] = story?["billable"].Flag() ?? true,
            ["approved"] = false,
            ["is_invoiced"] = false,
            ["taxable"] = false,
            ["notes"] = "",
            ["role_id"] = role,
            ["story_id"] = null,
            ["user_id"] = "1",
            ["rate_in_cents"] = Rate(fields, role, store),
            ["currency"] = Currency(fields, store),
            ["currency_base_unit"] = 100,
        };
    }

    /// <summary>The latest version of the project's rate card decides; a role without a rate has the version's default.</summary>
    private static decimal Rate(JsonObject fields, string? role, Store store)
    {
        var workspace = store.Find("workspaces", fields["workspace_id"].Text() ?? "");
        var card = workspace?["rate_card_id"].Text();
        var version = store.All("rate_card_versions").LastOrDefault(each => card is not null && each["rate_card_id"].Text() == card);
        if (version is null) return 0m;
        var rate = store.All("rate_card_roles").LastOrDefault(each =>
            each["rate_card_version_id"].Text() == version["id"].Text() && each["role_id"].Text() == role);
        return (rate?["rate"] ?? version["default_rate"]).Number() ?? 0m;
    }

    private static string? UserRole(JsonObject fields, Store store) =>
        store.Find("users", fields["user_id"].Text() ?? "1")?["role_id"].Text();

    private static string Currency(JsonObject fields, Store store) =>
        store.Find("workspaces", fields["workspace_id"].Text() ?? "")?["currency"].Text() ?? "USD";

    private static void OneOf(JsonObject fields, string name, string[] values)
    {
        if (fields[name].Text() is { } value && !values.Contains(value))
            throw Invalid($"{name} must be one of: {string.Join(", ", values)}", name);
    }

    private static bool IsDate(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
