using System.Security.Cryptography;
using System.Text;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>Our ids as Business Central keeps them: its codes are upper case and short.</summary>
internal static class Codes
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int ReferenceLength = 35;
    private const int NumberLength = 20;
    private const int BatchLength = 10;

    /// <summary>An external document number: the id itself, which <see cref="IdOf"/> reads back, or what stands for a longer one.</summary>
    public static string Reference(string id) => id.Length <= ReferenceLength && !id.Any(char.IsUpper)
        ? id.ToUpperInvariant()
        : Short(id, ReferenceLength);

    public static string IdOf(string reference) => reference.ToLowerInvariant();

    /// <summary>Of a customer, project, dimension value or journal document.</summary>
    public static string Number(string id) => Short(id, NumberLength);

    /// <summary>Of a journal batch.</summary>
    public static string Batch(string id) => Short(id, BatchLength);

    private static string Short(string id, int length)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        return string.Create(length, hash, static (code, bytes) =>
        {
            code[0] = 'Q';
            for (var i = 1; i < code.Length; i++) code[i] = Alphabet[bytes[i % bytes.Length] & 31];
        });
    }
}
