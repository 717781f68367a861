namespace Q2C.Simulators.Kantata;

/// <summary>An association: named in "include", carried as an id field, side-loaded from a collection.</summary>
public sealed record Association(string Name, string IdField, string Collection);

/// <summary>One resource of the API: its keys, what a body may set, what it must have.</summary>
public sealed record Resource(string Collection, string Singular, string Subject)
{
    public IReadOnlyList<string> Fields { get; init; } = [];

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<Association> Associations { get; init; } = [];

    /// <summary>Only read through the API; made through the control API.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether changes appear among the subscribed events.</summary>
    public bool Tracked { get; init; } = true;
}

/// <summary>The resources that the hub uses. Names follow the vendor's published specification.</summary>
public static class Resources
{
    private static readonly Association Workspace = new("workspace", "workspace_id", "workspaces");
    private static readonly Association Story = new("story", "story_id", "stories");
    private static readonly Association User = new("user", "user_id", "users");
    private static readonly Association Role = new("role", "role_id", "roles");

    public static IReadOnlyList<Resource> All { get; } =
    [
        new("workspaces", "workspace", "Workspace")
        {
            Fields =
            [
                "title", "creator_role", "description", "start_date", "due_date", "budgeted", "currency", "access_level",
                "rate_card_id", "status_key", "stage", "target_margin", "archived", "price_in_cents", "client_role_name",
                "consultant_role_name", "invoice_preference", "custom_fields", "stories_are_fixed_fee_by_default",
                "tasks_default_non_billable",
            ],
            Required = ["title", "creator_role"],
            Associations = [new("rate_card", "rate_card_id", "rate_cards")],
        },
        new("stories", "story", "Story")
        {
            Fields =
            [
                "workspace_id", "title", "story_type", "description", "start_date", "due_date", "state", "status", "parent_id",
                "archived", "assignee_ids", "budget_estimate_in_cents", "time_estimate_in_minutes", "percentage_complete",
                "fixed_fee", "billable", "weight", "priority", "time_trackable", "custom_fields", "tag_list",
            ],
            Required = ["workspace_id", "title"],
            Associations = [Workspace, new("parent", "parent_id", "stories")],
        },
        new("workspace_resources", "workspace_resource", "WorkspaceResource")
        {
            Fields = ["workspace_id", "user_id", "role_id"],
            Required = ["workspace_id"],
            Associations = [Workspace, User, Role],
        },
        new("roles", "role", "Role") { Fields = ["name"], Required = ["name"] },
        new("rate_cards", "rate_card", "RateCard")
        {
            Fields = ["title", "currency", "default"],
            Required = ["title"],
            Tracked = false,
        },
        new("rate_card_versions", "rate_card_version", "RateCardVersion")
        {
            Fields = ["rate_card_id", "default_rate", "effective_date"],
            Required = ["rate_card_id", "default_rate"],
            Associations = [new("rate_card", "rate_card_id", "rate_cards")],
            Tracked = false,
        },
        new("rate_card_roles", "rate_card_role", "RateCardRole")
        {
            Fields = ["rate_card_version_id", "role_id", "rate"],
            Required = ["rate_card_version_id", "role_id", "rate"],
            Associations = [new("rate_card_version", "rate_card_version_id", "rate_card_versions"), Role],
            Tracked = false,
        },
        new("time_entries", "time_entry", "TimeEntry")
        {
            Fields =
            [
                "workspace_id", "date_performed", "time_in_minutes", "billable", "rate_in_cents", "notes", "role_id", "story_id",
                "user_id", "location",
            ],
            Required = ["workspace_id", "date_performed", "time_in_minutes"],
            Associations = [Workspace, Story, User, Role],
        },
        new("expenses", "expense", "Expense")
        {
            Fields =
            [
                "workspace_id", "date", "expense_category_id", "category", "amount_in_cents", "user_id", "notes", "billable",
                "receipt_id", "story_id", "expense_budget_id", "reimbursable", "vendor_id", "foreign_exchange_amount",
            ],
            Required = ["workspace_id", "date", "expense_category_id", "category", "amount_in_cents"],
            Associations = [Workspace, Story, User, Role, new("expense_category", "expense_category_id", "expense_categories")],
        },
        new("billing_milestones", "billing_milestone", "BillingMilestone")
        {
            Fields = ["title", "amount_in_cents", "date_to_invoice", "workspace_id", "story_id", "billing_type"],
            Required = ["title", "amount_in_cents", "workspace_id"],
            Associations = [Workspace, Story],
        },
        new("users", "user", "User") { ReadOnly = true, Associations = [Role] },
        new("expense_categories", "expense_category", "ExpenseCategory") { ReadOnly = true, Tracked = false },
    ];

    /// <summary>A field "x_id" names a record of this collection.</summary>
    public static string? Target(string field) => All.SelectMany(each => each.Associations)
        .FirstOrDefault(each => each.IdField == field)?.Collection;
}
