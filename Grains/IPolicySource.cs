using Q2C.Policies;

namespace Q2C.Grains;

/// <summary>The policies in force now. A new version is picked up between two decisions, never within one.</summary>
public interface IPolicySource
{
    PolicySet Current { get; }
}
