import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { isIsoDep } from '#drivers/pcsc/apdu.ts'
import { control, encodeFrame, takeFrames } from '#drivers/pcsc/vpcd-frames.ts'
import { codeOf, messageOf as reasonOf, VafaError } from '#runtime/errors.ts'
import { type Runtime, systemRuntime } from '#runtime/runtime.ts'
import { textMessage, uriMessage } from './ndef.ts'
import { type Ntag424, sunAddress } from './ntag-424.ts'
import { readPages, type2Memory } from './type-2-tag.ts'
import { type4Tag } from './type-4-tag.ts'

/**
 * How a card misbehaves: `mute` never answers an APDU, `garbage` answers with a wrong status, `empty` with nothing,
 * `pulled` leaves at the first APDU, `noise` says what is neither asked for nor an ATR, `half` ends each answer in its
 * midst.
 */
export type CardFault = 'mute' | 'garbage' | 'empty' | 'pulled' | 'noise' | 'half'

/** A contactless card, as data. All bytes are hexadecimal. */
export interface VirtualCard {
  atr: string
  /** `random`: another one at each tap, as phones show. */
  uid: string
  /** What the tag carries: an address or a text. A storage card has it in its memory, an ISO-DEP card in a file. */
  uri?: string
  text?: string
  /**
   * An NTAG 424 DNA: `uri` is its template, with `{picc}` and `{mac}` (and `{uid}`, `{counter}`) where it writes them.
   * `counter`: how often it has been read; `clock`: a number that rises by itself, from one run to the next.
   */
  sun?: Omit<Ntag424, 'uid'> & { counter: number | 'clock'; macInputFrom?: string }
  /** An application that answers its SELECT with this data (ISO-DEP cards). */
  application?: { aid: string; data: string }
  fault?: CardFault
  /** A card that was recorded: what it answers to each command, hexadecimal, in their order; the last one from then on. */
  recorded?: readonly (readonly [command: string, answer: string])[]
}

/** A reader that looks every 400 ms may miss a card that is there for less. */
export const shortestHoldMs = 600

const ok = '9000'
const notFound = '6A82'
const notSupported = '6D00'

/** What the card answers to one payload from the reader: bytes, nothing (a control), or that it leaves. */
export type CardAnswer = Uint8Array | 'nothing' | 'leave'

/** A card with its UID settled, as a function from what the reader sends to what it gets back. Pure. */
export function answering(card: VirtualCard, uid: string, now = 0): (payload: Uint8Array) => CardAnswer {
  if (card.recorded) return answeringAsRecorded(card.atr, card.recorded)
  const message = messageOf(card, uid, now)
  const isoDep = message !== undefined && isIsoDep(hex(card.atr))
  const memory = type2Memory({ uid: hex(uid), ...(message === undefined || isoDep ? {} : { message }) })
  const tag = isoDep ? type4Tag(message) : undefined
  return (payload) => {
    if (payload.length === 1)
      return payload[0] === control.getAtr ? hex(card.fault === 'noise' ? 'DEADBEEF' : card.atr) : 'nothing'
    switch (card.fault) {
      case 'mute':
        return 'nothing'
      case 'pulled':
        return 'leave'
      case 'garbage':
        return hex('6F00')
      case 'empty':
        return new Uint8Array()
      default:
        return cut(tag?.(Buffer.from(payload)) ?? hex(answerApdu({ card, uid, memory, apdu: Buffer.from(payload) })), card.fault)
    }
  }
}

function answeringAsRecorded(atr: string, recorded: NonNullable<VirtualCard['recorded']>): (payload: Uint8Array) => CardAnswer {
  const answers = new Map<string, string[]>()
  for (const [command, answer] of recorded) {
    const key = command.toUpperCase()
    answers.set(key, [...(answers.get(key) ?? []), answer])
  }
  return (payload) => {
    if (payload.length === 1) return payload[0] === control.getAtr ? hex(atr) : 'nothing'
    const left = answers.get(Buffer.from(payload).toString('hex').toUpperCase())
    const answer = left && left.length > 1 ? left.shift() : left?.[0]
    return hex(answer ?? notSupported)
  }
}

const cut = (answer: Uint8Array, fault: CardFault | undefined): Uint8Array =>
  fault === 'half' ? answer.subarray(0, Math.floor(answer.length / 2)) : answer

/** The NDEF message that the card carries, or that an NTAG 424 DNA writes at this reading. */
function messageOf({ uri, text, sun }: VirtualCard, uid: string, now: number): Buffer | undefined {
  if (uri !== undefined && sun) {
    const { counter, ...card } = sun
    return uriMessage(sunAddress({ ...card, uid }, { template: uri, counter: counter === 'clock' ? counterAt(now) : counter }))
  }
  if (uri !== undefined) return uriMessage(uri)
  return text === undefined ? undefined : textMessage(text)
}

/** Rises twice a second for three months, and then begins again: a counter has three bytes. */
const counterAt = (now: number): number => Math.floor(now / 500) % 0x1000000

function answerApdu({ card, uid, memory, apdu }: { card: VirtualCard; uid: string; memory: Buffer; apdu: Buffer }): string {
  const head = apdu.subarray(0, 2).toString('hex').toUpperCase()
  if (head === 'FFCA') return `${uid}${ok}`
  if (head === 'FFB0') {
    const read = readPages(memory, apdu.readUInt16BE(2), apdu[4] ?? 0)
    return read ? `${read.toString('hex')}${ok}` : notFound
  }
  if (head === '00A4') {
    const aid = apdu.subarray(5, 5 + (apdu[4] ?? 0)).toString('hex')
    return card.application?.aid.toLowerCase() === aid ? `${card.application.data}${ok}` : notFound
  }
  return notSupported
}

export interface PresentedCard {
  /** Takes the card away; resolves when the reader has seen it go. */
  remove(): Promise<void>
  /** Resolves when the card is off the reader, whoever ended it. */
  readonly gone: Promise<void>
  /** The APDUs that the reader sent so far, in hexadecimal. */
  readonly asked: readonly string[]
}

/** Puts a card on the virtual reader at `host:port`. Rejects with `sim.no-reader`. */
export async function presentCard(options: {
  host?: string
  port: number
  card: VirtualCard
  runtime?: Runtime
  /** Hears each APDU, in hexadecimal, as it comes. */
  onAsked?(apdu: string): void
}): Promise<PresentedCard> {
  const { host = '127.0.0.1', port, card, runtime = systemRuntime, onAsked } = options
  const socket = await reach(host, port)
  const answer = answering(card, card.uid === 'random' ? randomUid(runtime) : card.uid, runtime.now())
  const asked: string[] = []
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    const { payloads, rest } = takeFrames(Buffer.concat([pending, chunk]))
    pending = rest
    for (const payload of payloads) {
      if (payload.length > 1) {
        const apdu = payload.toString('hex').toUpperCase()
        asked.push(apdu)
        onAsked?.(apdu)
      }
      const reply = answer(payload)
      if (reply === 'leave') socket.destroy()
      else if (reply !== 'nothing') socket.write(encodeFrame(reply))
    }
  })
  const gone = once(socket, 'close').then(() => undefined)
  return {
    async remove() {
      socket.destroy()
      await gone
    },
    gone,
    asked,
  }
}

/**
 * One tap: the card is held for `holdMs` (at least 600) and taken away. Gives the APDUs that it was asked. Rejects with
 * `sim.no-reader`, or with `sim.unread` where the reader asked it nothing.
 */
export async function tap(options: {
  host?: string
  port: number
  card: VirtualCard
  holdMs?: number
  runtime?: Runtime
}): Promise<{ asked: readonly string[] }> {
  const { runtime = systemRuntime, holdMs = shortestHoldMs, port } = options
  const presented = await presentCard(options)
  const held = Promise.withResolvers<void>()
  const cancel = runtime.after(Math.max(holdMs, shortestHoldMs), held.resolve)
  await Promise.race([held.promise, presented.gone])
  cancel()
  await presented.remove()
  if (presented.asked.length > 0) return { asked: presented.asked }
  throw new VafaError({
    key: 'sim.unread',
    message: `the reader on port ${port} did not read the card`,
    hint: 'another card may lie on it, or nothing listens to its pcscd: one card at a time, and start the gateway first',
    permanent: false,
  })
}

async function reach(host: string, port: number): Promise<Socket> {
  const reached = Promise.withResolvers<void>()
  const socket = connect({ host, port, noDelay: true }, reached.resolve)
  // Once connected, an error is followed by `close`, and a card that is torn away is a card that is gone.
  socket.on('error', (error) => reached.reject(noReader(`${host}:${port}`, error)))
  await reached.promise
  return socket
}

const noReader = (where: string, cause: Error): VafaError =>
  new VafaError({
    key: 'sim.no-reader',
    message: `no virtual reader listens at ${where} (${codeOf(cause) ?? reasonOf(cause)})`,
    hint: 'start the gateway with a `pcsc` device of `via: vpcd`, or pcscd with vsmartcard-vpcd installed',
    permanent: false,
    cause,
  })

/** As ISO/IEC 14443-3, 6.5.4 has them: 08 and three bytes of chance. */
const randomUid = (runtime: Runtime): string =>
  `08${Math.floor(runtime.random() * 0x1000000)
    .toString(16)
    .padStart(6, '0')}`

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
