namespace Q2C.Gateway.Webhooks;

/// <summary>A connection that may deliver: what proves it, how its deliveries are read, what it hears.</summary>
internal sealed record Webhook(
    string Connection, LiveProofs Proofs, IDeliveryFormat Format, Handshake Handshake, int MaxBodyBytes, ReplyOptions Replies)
{
    /// <summary>Every proof has to hold before anything of the body counts.</summary>
    public async ValueTask<Reception> Receive(WebhookRequest request)
    {
        foreach (var proof in Proofs.At(request.ReceivedAt))
        {
            if (await proof.Check(request) is { } refusal) return new Reception.Refused(refusal);
        }

        return Format.Read(request);
    }
}

/// <summary>What a sender asks before it sends.</summary>
internal enum Handshake { None, ValidationToken, CloudEvents }
