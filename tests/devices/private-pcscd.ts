import { pcscdAvailable } from '#simulators/pcscd/available.ts'
import { type PrivatePcscd, startPrivatePcscd } from '#simulators/pcscd/private-pcscd.ts'

/** A reader that nfc-pcsc knows as an ACR122, and one that it does not. */
export const readerNames = ['ACS ACR122U PICC Interface', 'HID OMNIKEY 5022'] as const

/** A real pcscd for one test, or a failure that says what this machine lacks. */
export function startTestPcscd(readers: readonly string[] = readerNames): Promise<PrivatePcscd> {
  const available = pcscdAvailable()
  if (!available.ok) throw new Error(`this test needs a real pcscd with virtual readers; missing: ${available.missing}`)
  return startPrivatePcscd({ readers })
}
