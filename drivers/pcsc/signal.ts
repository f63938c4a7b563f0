/** What a reader shows whoever has just held a card to it. */
export type TapOutcome = 'accepted' | 'refused'

/**
 * The pseudo-APDU for light and buzzer, which the reader itself takes (ACR122U Application Programming Interface, 6.2):
 * `FF 00 40`, what the lights do, and in tenths of a second on, off, how often, and the buzzer while they are on.
 * Undefined for readers that have none, or other ones: they are known by their names.
 */
export function signalFor(reader: string, outcome: TapOutcome): Uint8Array | undefined {
  if (!/\bACR122/i.test(reader)) return undefined
  // Blinks green or red once or three times, and is then as it was.
  const [lights, times] = outcome === 'accepted' ? [0xa0, 1] : [0x50, 3]
  return Uint8Array.of(0xff, 0x00, 0x40, lights, 0x04, 0x01, 0x01, times, 0x01)
}
