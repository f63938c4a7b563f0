/**
 * What an NTAG 424 DNA says of itself at one tap (secure unique NFC, NXP AN12196), as a proof's text:
 * `picc.mac`, or `uid-counter.mac` where the tag mirrors both in the clear; a third part is the MAC's input, base64url.
 * All else is upper-case hexadecimal. Only the club has the keys to tell whether it is true.
 */
export type SunMessage = {
  /** 8 bytes. */
  mac: string
  /** What the MAC is over besides UID and counter; mostly nothing. */
  macInput: Uint8Array
} & ({ picc: string } | { uid: string; counter: number })

const written = /^(?:([0-9A-F]{32})|([0-9A-F]{14})-([0-9A-F]{6}))\.([0-9A-F]{16})(?:\.([A-Za-z0-9_-]{1,400}))?$/

/** The text of a message; parts that are no hexadecimal of the right length give undefined. */
export function formatSun(message: SunMessage): string | undefined {
  const { mac, macInput } = message
  const who = 'picc' in message ? message.picc : `${message.uid}-${counterText(message.counter)}`
  const more = macInput.length === 0 ? '' : `.${Buffer.from(macInput).toString('base64url')}`
  const text = `${`${who}.${mac}`.toUpperCase()}${more}`
  return written.test(text) ? text : undefined
}

export function parseSun(text: string): SunMessage | undefined {
  const [, picc, uid, counter, mac, input = ''] = written.exec(text) ?? []
  if (mac === undefined) return undefined
  const rest = { mac, macInput: new Uint8Array(Buffer.from(input, 'base64url')) }
  if (picc !== undefined) return { picc, ...rest }
  return uid === undefined || counter === undefined ? undefined : { uid, counter: Number.parseInt(counter, 16), ...rest }
}

/** As tags mirror it: three bytes, the highest first. */
const counterText = (counter: number): string => counter.toString(16).padStart(6, '0')
