using System.Text;
using MimeKit;
using Q2C.Alerts;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Mail;

namespace Q2C.Silo.Tests.Connectors.Notifications;

public sealed class MailConnectorTests : IAsyncLifetime
{
    private static readonly SendNotification Alert = new(
        "eu_alert_1", AlertRule.ProjectNotCreated, "eu_ct_1", "high", "Acme: Rollout has no running project", "Accepted at noon.", false,
        new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));

    private readonly SmtpServer _server = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task An_alert_is_a_message_to_everybody_named()
    {
        await Mail().SendWell(Alert, id: "eu_alert_1/1-raised-mail/1");

        var message = await Received();
        Assert.Equal(
            ("q2c@firm.example", "\"Ops\" <ops@firm.example>, finance@firm.example", "[Q2C high] Acme: Rollout has no running project",
                "eu_alert_1%2F1-raised-mail%2F1@firm.example", "auto-generated"),
            (message.From.ToString(), message.To.ToString(), message.Subject, message.MessageId, message.Headers["Auto-Submitted"]));
        Assert.Contains("Accepted at noon.", message.TextBody, StringComparison.Ordinal);
        Assert.Contains("About: eu_ct_1", message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_an_alert_is_over_is_told_as_such()
    {
        await Mail().SendWell(Alert with { Cleared = true });

        Assert.Equal("[Q2C over] Acme: Rollout has no running project", (await Received()).Subject);
    }

    [Fact]
    public async Task What_stands_in_a_title_can_add_no_header_and_no_recipient()
    {
        await Mail().SendWell(Alert with { Title = "Acme\r\nBcc: thief@evil.example\r\n\r\nHello <b>you</b>" });

        var message = await Received();
        Assert.Equal((0, "\"Ops\" <ops@firm.example>, finance@firm.example"), (message.Bcc.Count, message.To.ToString()));
    }

    [Theory]
    [InlineData("550 no such user", "refused MAIL_REFUSED")]
    [InlineData("450 come back later", "unavailable MAIL_DEFERRED")]
    public async Task What_the_server_says_no_to_is_for_good_or_for_now(string answer, string result)
    {
        _server.Recipient = answer;

        Assert.Equal(result, await Mail().Send(Alert) switch
        {
            SendResult.Refused refused => $"refused {refused.Code}",
            SendResult.Unavailable away => $"unavailable {away.Code}",
            var other => $"{other}",
        });
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task A_server_that_hangs_up_may_have_taken_it_and_gets_it_again_under_the_same_id()
    {
        _server.HangsUp = true;
        Assert.IsType<SendResult.Unknown>(await Mail().Send(Alert));
        Assert.Equal(new LookUpResult.Absent(), await Mail().LookUp(Alert));
        _server.HangsUp = false;
        await Mail().SendWell(Alert);

        Assert.Equal(await Received(), await Received(), Same);
    }

    [Fact]
    public async Task A_server_that_is_not_there_has_surely_taken_nothing() => Assert.Equal(
        "UNREACHABLE", Assert.IsType<SendResult.Unavailable>(await Mail(address: new("smtp://127.0.0.1:9")).Send(Alert)).Code);

    [Fact]
    public async Task User_and_password_are_given_where_the_server_wants_them()
    {
        _server.Credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes("\0q2c\0secret"));

        await Mail(password: "secret").SendWell(Alert);
        var refused = Assert.IsType<SendResult.Unavailable>(await Mail(password: "wrong").Send(Alert));

        Assert.Equal(ProblemCodes.CredentialsRefused, refused.Code);
        Assert.Single(_server.Messages);
        Assert.True((await Mail(password: "secret").Connector.CheckHealth(default)).Healthy);
        Assert.False((await Mail(password: "wrong").Connector.CheckHealth(default)).Healthy);
    }

    [Theory]
    [InlineData("http://127.0.0.1", "ops@firm.example", "BaseAddress must be smtp://host:port")]
    [InlineData("smtp://127.0.0.1", "ops", "Options:to must be e-mail addresses, found 'ops'")]
    public void Settings_that_cannot_work_stop_the_start(string address, string to, string message) => Assert.Contains(
        message, Assert.Throws<ConfigurationException>(() => Mail(address: new(address), to: to)).Message, StringComparison.Ordinal);

    private static bool Same(MimeMessage one, MimeMessage other) => one.MessageId == other.MessageId;

    private ConnectorSpec Mail(Uri? address = null, string to = "Ops <ops@firm.example>, finance@firm.example", string? password = null)
    {
        var options = new Dictionary<string, string> { ["from"] = "q2c@firm.example", ["to"] = to };
        var secrets = new Dictionary<string, string>();
        if (password is not null) (options["user"], secrets["password"]) = ("q2c", Vendors.SecretFile(password));
        return new(
            Vendors.Parts(new MailVendor(), Vendors.Settings("mail", address ?? _server.Address, options, secrets), TimeProvider.System, null), "mail");
    }

    private async Task<MimeMessage> Received()
    {
        Assert.True(_server.Messages.TryDequeue(out var text));
        return await MimeMessage.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));
    }
}
