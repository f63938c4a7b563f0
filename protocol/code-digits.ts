/** So many decimal digits of what a keyed hash gave (base64url): each value as likely as the other, to one in a million million. */
export function toDigits(hash: string, length: number): string {
  const bytes = Buffer.from(hash, 'base64url').subarray(0, 16)
  const number = BigInt(`0x${bytes.toString('hex') || '0'}`) % 10n ** BigInt(length)
  return number.toString().padStart(length, '0')
}
