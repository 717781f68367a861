namespace Q2C.Silo.Journal;

/// <summary>Due commands reach their grain under the key of the event that scheduled them, once.</summary>
internal static class DueKeys
{
    public const string Prefix = "due/";
}
