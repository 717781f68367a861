using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Q2C.Silo.Connectors.Mail;

/// <summary>Sends an alert by SMTP. The message's id is made of the effect's, so a mailbox that gets it twice can tell.</summary>
internal sealed class MailConnector(ConnectionSettings settings, InternetAddressList from, InternetAddressList to) : IConnector
{
    private const int TimeoutMilliseconds = 20_000;
    private const int SmtpPort = 25;
    private const int SmtpsPort = 465;

    public string Connection => settings.Name;

    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromSeconds(60));

    public Guarantee GuaranteeOf(Operation operation) => operation is SendNotification
        ? Guarantee.NaturalKey
        : throw new NotSupportedException($"Mail cannot carry out {operation.GetType().Name}.");

    /// <summary>What was told leaves nothing behind that could be looked up.</summary>
    public bool CanConfirm(Operation operation) => false;

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        if (effect.Operation is not SendNotification notification)
            throw new NotSupportedException($"Mail cannot carry out {effect.Operation.GetType().Name}.");
        using var client = new SmtpClient { Timeout = TimeoutMilliseconds };
        try
        {
            await Connect(client, cancel);
        }
        catch (AuthenticationException)
        {
            return new SendResult.Unavailable(ProblemCodes.CredentialsRefused, "The mail server refuses user and password.");
        }
        catch (Exception failure) when (IsOfServer(failure))
        {
            return new SendResult.Unavailable("UNREACHABLE", $"The mail server cannot be used: {failure.Message}");
        }

        var sender = (MailboxAddress)from[0];
        return await Deliver(client, Message($"{Uri.EscapeDataString(effect.Id)}@{sender.Domain}", notification), cancel);
    }

    /// <summary>A mail server tells nothing of what it has taken: it goes again, with the same id.</summary>
    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) =>
        Task.FromResult<LookUpResult>(new LookUpResult.Absent());

    public async Task<HealthReport> CheckHealth(CancellationToken cancel)
    {
        using var client = new SmtpClient { Timeout = TimeoutMilliseconds };
        try
        {
            await Connect(client, cancel);
            return new(true, "The mail server takes us.");
        }
        catch (Exception failure) when (failure is AuthenticationException || IsOfServer(failure))
        {
            return new(false, failure.Message);
        }
    }

    private static async Task<SendResult> Deliver(SmtpClient client, MimeMessage message, CancellationToken cancel)
    {
        try
        {
            await client.SendAsync(message, cancel);
            return new SendResult.Accepted(message.MessageId!);
        }
        catch (SmtpCommandException refused)
        {
            return (int)refused.StatusCode is >= 400 and < 500
                ? new SendResult.Unavailable("MAIL_DEFERRED", $"The mail server answered {(int)refused.StatusCode}: {refused.Message}")
                : new SendResult.Refused(
                    "MAIL_REFUSED", $"The mail server answered {(int)refused.StatusCode}: {refused.Message}",
                    "Correct the addresses of the connection, or what the server allows; then retry.", ErrorClass.Permanent);
        }
        catch (Exception broken) when (IsOfServer(broken))
        {
            return new SendResult.Unknown($"The connection to the mail server broke: {broken.Message}");
        }
        finally
        {
            if (client.IsConnected) await client.DisconnectAsync(quit: true, CancellationToken.None);
        }
    }

    private async Task Connect(SmtpClient client, CancellationToken cancel)
    {
        var secure = settings.BaseAddress.Scheme == "smtps";
        var port = settings.BaseAddress.Port > 0 ? settings.BaseAddress.Port : secure ? SmtpsPort : SmtpPort;
        await client.ConnectAsync(
            settings.BaseAddress.Host, port, secure ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTlsWhenAvailable, cancel);
        if (settings.Option("user") is { } user) await client.AuthenticateAsync(user, settings.Secret("password"), cancel);
    }

    private MimeMessage Message(string id, SendNotification notification)
    {
        var message = new MimeMessage(from, to, Subject(notification), new TextPart("plain") { Text = Text(notification) })
        {
            MessageId = id,
            Date = notification.At,
        };
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    private static string Subject(SendNotification notification) =>
        $"[Q2C {(notification.Cleared ? "over" : notification.Severity)}] {notification.Title}";

    private static string Text(SendNotification notification) =>
        $"""
        {notification.Title}

        {(notification.Cleared ? "This is over. It had been:" : "")}
        {notification.Text}

        Rule: {notification.Rule}
        About: {notification.Subject}
        Alert: {notification.AlertId}
        At: {notification.At:u}

        """;

    private static bool IsOfServer(Exception failure) =>
        failure is SocketException or IOException or ProtocolException or CommandException or TimeoutException or SslHandshakeException
            or NotSupportedException or ServiceNotConnectedException;
}
