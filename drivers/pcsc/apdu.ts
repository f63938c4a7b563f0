/**
 * The few APDUs that identify a card, and what comes back (PC/SC part 3, 3.2.2.1; ISO/IEC 7816-4). Pure, and without
 * imports: the child process loads it and is to stay small.
 */

/** GET DATA, the UID of a contactless card; the reader answers it by itself. */
export const getUid: Uint8Array = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00)

/** SELECT by name. `aid`: 5 to 16 bytes. */
export const selectAid = (aid: Uint8Array): Uint8Array => Uint8Array.of(0x00, 0xa4, 0x04, 0x00, aid.length, ...aid, 0x00)

/** SELECT of a file by its number, with nothing to be told of it. */
export const selectFile = (file: number): Uint8Array => Uint8Array.of(0x00, 0xa4, 0x00, 0x0c, 0x02, file >> 8, file & 0xff)

/** READ BINARY of the selected file. */
export const readBinary = (offset: number, length: number): Uint8Array =>
  Uint8Array.of(0x00, 0xb0, offset >> 8, offset & 0xff, length)

/** READ BINARY of a storage card, which the reader turns into the card's own command (PC/SC part 3, 3.2.2.1.4). */
export const readBlocks = (block: number, length: number): Uint8Array =>
  Uint8Array.of(0xff, 0xb0, block >> 8, block & 0xff, length)

/** A short reply's longest form: 256 bytes and the status word. */
export const maxReplyLength = 258

/** `torn`: it is no reply at all, and asking again can help; else the card has refused. */
export type Reply = { ok: true; data: Uint8Array } | { ok: false; reason: string; torn: boolean }

/** The reply's data, or why there is none. A card that is pulled while it is read leaves an empty reply. */
export function parseReply(bytes: Uint8Array): Reply {
  if (bytes.length < 2) return { ok: false, reason: `the reply has ${bytes.length} bytes, too few for a status word`, torn: true }
  if (bytes.length > maxReplyLength)
    return { ok: false, reason: `the reply has ${bytes.length} bytes, more than a card may send`, torn: true }
  const status = Buffer.from(bytes.subarray(-2)).toString('hex').toUpperCase()
  if (status !== '9000') return { ok: false, reason: `the card answered with status ${status}`, torn: false }
  return { ok: true, data: bytes.subarray(0, -2) }
}

/** Storage cards (MIFARE, NTAG) have `80 4F` as their first historical bytes (PC/SC part 3, 3.1.3.2.3); ISO-DEP cards do not. */
export const isIsoDep = (atr: Uint8Array): boolean => !(atr[4] === 0x80 && atr[5] === 0x4f)

/** An ATR starts with its convention and has 2 to 33 bytes (ISO/IEC 7816-3, 8.2). */
export const isAtr = (bytes: Uint8Array): boolean =>
  bytes.length >= 2 && bytes.length <= 33 && (bytes[0] === 0x3b || bytes[0] === 0x3f)
