/**
 * Where a card keeps its NDEF message, and how it is read (NFC Forum Type 2 Tag 1.1 and Type 4 Tag 2.0). Loaded by the
 * child process too: small, and without packages.
 */
import { parseReply, readBinary, readBlocks, selectAid, selectFile } from './apdu.ts'
import { maxMessage } from './ndef.ts'

export type NdefReading =
  | { is: 'message'; message: Uint8Array }
  /** The card has none, or keeps it to itself: it is known otherwise. */
  | { is: 'none' }
  /** It began to answer and did not end: pulled too soon. */
  | { is: 'torn'; reason: string }

type Transmit = (apdu: Uint8Array) => Promise<Uint8Array>

/** A reading that ends early. */
class Stopped extends Error {
  readonly reading: NdefReading
  constructor(reading: NdefReading) {
    super(reading.is)
    this.reading = reading
  }
}

/** What `transmit` throws passes through. */
export async function readNdef(card: { isoDep: boolean; transmit: Transmit }): Promise<NdefReading> {
  const ask = async (apdu: Uint8Array): Promise<Uint8Array> => {
    const reply = parseReply(await card.transmit(apdu))
    if (reply.ok) return reply.data
    throw new Stopped(reply.torn ? { is: 'torn', reason: reply.reason } : { is: 'none' })
  }
  try {
    const message = card.isoDep ? await readType4(ask) : await readType2(ask)
    return message === undefined || message.length === 0 ? { is: 'none' } : { is: 'message', message }
  } catch (error) {
    if (error instanceof Stopped) return error.reading
    throw error
  }
}

type Ask = (apdu: Uint8Array) => Promise<Uint8Array>

/** Every reader gives 16 bytes at once: four pages. */
const pagesAtOnce = 4
const pageBytes = 4
const ndefMagic = 0xe1

/** Capability container in page 3, TLVs from page 4 on. */
async function readType2(ask: Ask): Promise<Uint8Array | undefined> {
  const head = await whole(ask, readBlocks(3, 16), 16)
  if (head[0] !== ndefMagic) return undefined
  const room = Math.min((head[2] ?? 0) * 8, maxMessage)
  let memory = Buffer.from(head.subarray(4))
  for (;;) {
    const found = messageIn(memory)
    if (found !== 'more') return found
    if (memory.length >= room) return undefined
    memory = Buffer.concat([memory, await whole(ask, readBlocks(4 + memory.length / pageBytes, pagesAtOnce * pageBytes), 16)])
  }
}

/** The NDEF message among a tag's TLVs (Type 2 Tag, 2.3); `more`: not all of it is here yet. */
function messageIn(memory: Buffer): Uint8Array | undefined | 'more' {
  let at = 0
  for (;;) {
    const type = memory[at]
    if (type === undefined) return 'more'
    if (type === 0x00) {
      at += 1
      continue
    }
    if (type === 0xfe) return undefined
    const short = memory[at + 1]
    if (short === undefined || (short === 0xff && memory.length < at + 4)) return 'more'
    const [length, from] = short === 0xff ? [memory.readUInt16BE(at + 2), at + 4] : [short, at + 2]
    if (type !== 0x03) {
      at = from + length
      continue
    }
    return memory.length < from + length ? 'more' : memory.subarray(from, from + length)
  }
}

const ndefApplication = Buffer.from('D2760000850101', 'hex')
const capabilityFile = 0xe103
/** More at once than this some readers cut. */
const mostAtOnce = 0xf0

async function readType4(ask: Ask): Promise<Uint8Array | undefined> {
  await ask(selectAid(ndefApplication))
  await ask(selectFile(capabilityFile))
  const capability = Buffer.from(await whole(ask, readBinary(0, 15), 15))
  const [control, readAccess] = [capability[7], capability[13]]
  if (control !== 0x04 || readAccess !== 0x00) return undefined
  const atOnce = Math.max(1, Math.min(capability.readUInt16BE(3), mostAtOnce))
  await ask(selectFile(capability.readUInt16BE(9)))
  const length = Buffer.from(await whole(ask, readBinary(0, 2), 2)).readUInt16BE(0)
  if (length > maxMessage) return undefined
  let message = Buffer.alloc(0)
  while (message.length < length) {
    const wanted = Math.min(atOnce, length - message.length)
    message = Buffer.concat([message, await whole(ask, readBinary(2 + message.length, wanted), wanted)])
  }
  return message
}

/** A card that answers less than it was asked for has been pulled, or is broken. */
async function whole(ask: Ask, apdu: Uint8Array, length: number): Promise<Uint8Array> {
  const data = await ask(apdu)
  if (data.length === length) return data
  throw new Stopped({ is: 'torn', reason: `the card gave ${data.length} of ${length} bytes` })
}
