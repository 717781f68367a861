using System.Collections.Immutable;
using Q2C.Alerts;
using Q2C.Grains.Alerts;
using Q2C.Policies;
using static Q2C.Grains.Tests.DeciderSpec;

namespace Q2C.Grains.Tests.Alerts;

public sealed class AlertTests
{
    private const string Id = "eu_alert_1";
    private static readonly RaiseAlert Late = new(AlertRule.ProjectNotCreated, "eu_ct_1", "Acme: Rollout has no running project", "Accepted at noon.", "eu_ct_1");

    private static readonly PolicySet Policies = PolicySet.Empty("eu") with
    {
        AlertRules = ImmutableDictionary<AlertRule, AlertPolicy>.Empty.Add(
            AlertRule.ProjectNotCreated, new(TimeSpan.FromHours(1), 1, "high", ["mail", "hook"])),
    };

    private static Given<AlertState> Alert => Grains.Alerts.Alert.Decider.Given().In(Id).Under(Policies).By(Actor.System);

    [Fact]
    public void What_crosses_its_threshold_is_told_to_every_channel_of_its_rule_and_once_only() => Alert.When(Late).Then(
            new AlertRaised(Late.Rule, "eu_ct_1", Late.Title, Late.Text, "eu_ct_1", "high", ["mail", "hook"], Noon),
            Asked("1-raised-mail/1", "mail", cleared: false), Asked("1-raised-hook/1", "hook", cleared: false))
        .When(Late, "seen again").ThenNothing();

    [Fact]
    public void When_it_is_over_that_is_told_too_and_the_next_time_is_told_anew() => Alert.When(Late).Accepted()
        .When(new ClearAlert(), "over").Then(
            new AlertCleared(Noon), Asked("1-cleared-mail/1", "mail", cleared: true), Asked("1-cleared-hook/1", "hook", cleared: true))
        .When(Late, "again").Then(
            new AlertRaised(Late.Rule, "eu_ct_1", Late.Title, Late.Text, "eu_ct_1", "high", ["mail", "hook"], Noon),
            Asked("2-raised-mail/1", "mail", cleared: false), Asked("2-raised-hook/1", "hook", cleared: false));

    [Fact]
    public void A_rule_without_channels_shows_in_the_console_only() => Alert
        .When(Late with { Rule = AlertRule.SchemaDrift }).Then(
            new AlertRaised(AlertRule.SchemaDrift, "eu_ct_1", Late.Title, Late.Text, "eu_ct_1", "normal", [], Noon));

    [Fact]
    public void Whoever_has_seen_it_says_so_once() => Alert.When(Late).Accepted()
        .By(new("olga", [Roles.Operator])).When(new AcknowledgeAlert("On it."), "a").Then(new AlertAcknowledged("On it.", "olga", Noon))
        .When(new AcknowledgeAlert("Really."), "b").ThenNothing();

    [Fact]
    public void What_is_over_cannot_be_acknowledged()
    {
        Alert.By(new("olga", [Roles.Operator])).When(new AcknowledgeAlert("")).ThenRefused("REASON_REQUIRED reason", "ALERT_NOT_OPEN alertId");
        Alert.When(Late).Accepted().By(new("audrey", [Roles.Auditor])).When(new AcknowledgeAlert("Seen.")).ThenRefused("FORBIDDEN");
    }

    [Fact]
    public void Only_the_hub_itself_raises_and_clears()
    {
        var olga = Alert.By(new("olga", [Roles.Operator]));
        olga.When(Late).ThenRefused("FORBIDDEN");
        olga.When(new ClearAlert()).ThenRefused("FORBIDDEN");
        olga.When(new Q2C.Projects.CloseProject("r")).ThenRefused("UNSUPPORTED_COMMAND");
    }

    [Fact]
    public void A_channel_that_refuses_makes_an_exception_that_can_be_retried()
    {
        var effect = $"{Id}/1-raised-mail/1";
        var refused = Alert.When(Late).Accepted().When(
            new ReportEffect(effect, new EffectOutcome.Refused("MAIL_REFUSED", "No such user.", "Correct it.", ErrorClass.Permanent)), "no").Accepted();
        Assert.Equal("Notification", Assert.Single(refused.State.Errands.Items).Step);

        var told = refused.By(new("olga", [Roles.Operator])).When(new RetryStep(effect, "Corrected."), "retry").Then(
                new ExceptionResolved(effect, Resolutions.Retried, "Corrected.", "olga", Noon), Asked("1-raised-mail/2", "mail", cleared: false))
            .By(Actor.System).When(new ReportEffect($"{Id}/1-raised-mail/2", new EffectOutcome.Accepted("m1", null)), "yes")
            .Then(new NotificationSent($"{Id}/1-raised-mail/2", Noon));
        Assert.Empty(told.State.Errands.Items);
    }

    private static NotificationAsked Asked(string key, string channel, bool cleared) => new(
        new($"{Id}/{key}", channel, Id, new SendNotification(Id, Late.Rule, "eu_ct_1", "high", Late.Title, Late.Text, cleared, Noon)), Noon);
}
