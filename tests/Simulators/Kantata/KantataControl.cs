using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Kantata;

public sealed partial class KantataSimulator
{
    /// <summary>A person joins the account with a default role. Returns the user.</summary>
    public JsonObject AddUser(string name, string email, string roleId) => Change(() => InsertUser(name, email, roleId).Copy());

    /// <summary>Somebody enters a record in the application; the fields are those of the API's body.</summary>
    public JsonObject Add(string collection, JsonObject fields) => Change(() =>
    {
        var resource = Named(collection);
        return Insert(resource, Checked(resource, fields, true), fields["external_reference"] as JsonObject).Copy();
    });

    /// <summary>Somebody corrects a record in the application, approved or not.</summary>
    public JsonObject Edit(string collection, string id, JsonObject fields) => Change(() =>
    {
        var resource = Named(collection);
        return Change(resource, Find(resource, id), Checked(resource, fields, false)).Copy();
    });

    public void Remove(string collection, string id) => Change(() => Erase(Named(collection), Find(Named(collection), id)));

    /// <summary>A project lead approves a time entry or expense, or takes the approval back.</summary>
    public JsonObject Approve(string collection, string id, bool approved = true) => Change(() =>
    {
        var resource = Named(collection);
        if (resource.Singular == "expense") ReportApproval(id);
        return Change(resource, Find(resource, id), new() { ["approved"] = approved }).Copy();
    });

    /// <summary>Completes a story, such as a milestone.</summary>
    public JsonObject Complete(string storyId) => Change(() =>
        Change(Named("stories"), Find(Named("stories"), storyId), new() { ["state"] = "completed" }).Copy());

    /// <summary>Approving an expense report is reported twice: for the report and for its expense.</summary>
    private void ReportApproval(string expense) => Emit(
        new Resource("expense_report_submissions", "expense_report", "ExpenseReportSubmission"),
        "updated", null, new JsonObject { ["id"] = expense, ["status"] = "approved" });

    private void MapControl()
    {
        Control("POST", "/users", json => AddUser(Text(json, "full_name"), Text(json, "email_address"), Text(json, "role_id")));
        foreach (var collection in new[] { "time_entries", "expenses", "stories", "workspaces" })
        {
            Control("POST", "/" + collection, json => Add(collection, json));
            Control("POST", $"/{collection}/update", json => Edit(collection, Text(json, "id"), json));
            Control("POST", $"/{collection}/approve", json => Approve(collection, Text(json, "id"), json["approved"].Flag() ?? true));
            Control("POST", $"/{collection}/delete", json =>
            {
                Remove(collection, Text(json, "id"));
                return new JsonObject();
            });
        }
        Control("POST", "/complete", json => Complete(Text(json, "story_id")));
        Control("POST", "/events/shuffle-next-page", _ => Done(ShuffleNextPage));
        Control("POST", "/events/repeat-next-page", _ => Done(RepeatNextPage));
        Control("POST", "/events/repeat", json => Done(() => RepeatEvents((int)(json["count"].Number() ?? 1))));
        Control("POST", "/events/delay", json => Done(() => DelayEvents(
            (int)(json["count"].Number() ?? 1), TimeSpan.FromMilliseconds((double)(json["ms"].Number() ?? 0)))));
    }

    private static JsonObject Done(Action action)
    {
        action();
        return [];
    }

    private static string Text(JsonObject json, string name) => json[name].Text() ?? throw new FormatException($"{name} is missing");
}
