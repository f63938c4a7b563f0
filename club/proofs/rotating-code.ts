import { Secret, TOTP } from 'otpauth'
import { codeDigits, codePeriod } from '#protocol/rotating-code.ts'

/** A digital card's own secret, 20 bytes in base32, as authenticator apps take it. */
export const newCodeSecret = (): string => new Secret({ size: 20 }).base32

const clockOf = (secret: string): TOTP =>
  new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: codeDigits, period: codePeriod })

/** The eight digits at an instant (milliseconds since 1970). */
export const codeAt = (secret: string, instant: number): string => clockOf(secret).generate({ timestamp: instant })

/** Which half minute since 1970 a code is of, one before or after the instant allowed; undefined where it is of none. */
export function stepOfCode(secret: string, digits: string, instant: number): number | undefined {
  const delta = clockOf(secret).validate({ token: digits, timestamp: instant, window: 1 })
  return delta === null ? undefined : Math.floor(instant / 1_000 / codePeriod) + delta
}
