import { describeError } from '#protocol/errors.ts'
import { type Decoded, decodeMessage, type EncodeOptions, encodeMessage } from '#protocol/iso8583/codec.ts'
import { answerType, type ExchangeName, exchangeOf, missingField } from '#protocol/iso8583/exchanges.ts'
import type { FieldNumber } from '#protocol/iso8583/fields.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { writePrivateData } from '#protocol/iso8583/private-data.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Cancel } from '#runtime/runtime.ts'
import type { DeviceHost, Till } from '../contract.ts'
import { type Answer, reasonText, refusal } from './answer-parts.ts'
import { type Conversation, conversationOf } from './conversation.ts'
import type { PosIso8583Options } from './options.ts'
import type { TerminalPlace } from './place.ts'
import { Refused } from './request-parts.ts'
import type { Terminal } from './terminals.ts'

/** More at once from one terminal is a fault of it. */
const mostPending = 16

/** Fields that an answer repeats as they came. */
const echoed: readonly FieldNumber[] = [3, 7, 11, 12, 13, 24, 41, 42, 70, 90]

/** Who sends: a terminal that the connection names, or whichever signs with its key. */
export interface Sender {
  terminal?: Terminal
  /** Sends an answer, without its frame. */
  answer(bytes: Buffer): void
}

export interface Desk {
  /** Takes a message, without its frame. Never throws. */
  take(bytes: Uint8Array, sender: Sender): void
  /** What the lanes say, by lane. */
  readonly tills: ReadonlyMap<string, Till>
  close(): void
}

interface Pending {
  talk: Conversation
  terminal: Terminal
  /** The request that is waited for. */
  re: string
  cancel: Cancel
  done(answer: Answer): void
}

/** Where the messages of all terminals are read, asked of their lanes and answered. */
export function openDesk(
  options: PosIso8583Options,
  { terminals, host }: { terminals: readonly Terminal[]; host: DeviceHost },
): Desk {
  const { runtime, log } = host
  const byName = new Map(terminals.map((one) => [one.terminal, one]))
  const pending = new Map<string, Pending>()
  const pendingOf = new Map<Terminal, number>()
  const run = runtime.uuid().slice(-8)
  let asked = 0
  const nextId = () => {
    asked += 1
    return `${run}-${asked}`
  }
  const quality = reportQuality(host)

  const placeOf = ({ terminal }: Terminal): TerminalPlace => ({
    store: host.store,
    terminal,
    language: options.language,
    charset: options.charset,
    receiptColumns: options.receiptColumns,
    timeZone: options.timeZone,
    memory: host.memory,
    now: runtime.now,
    nextId,
  })

  const send = (sender: Sender, request: IsoMessage, answer: Answer, key: EncodeOptions['mac']) => {
    const fields: { [F in FieldNumber]?: string } = {}
    for (const field of echoed) if (request.fields[field] !== undefined) fields[field] = request.fields[field]
    for (const [field, value] of Object.entries(answer)) if (value !== undefined) fields[Number(field) as FieldNumber] = value
    try {
      sender.answer(
        encodeMessage({ mti: answerType(request.mti), fields }, { dialect: options.bitmap, ...(key ? { mac: key } : {}) }),
      )
    } catch (error) {
      log.error({ device: host.device, reason: messageOf(error) }, 'an answer to a terminal did not fit its fields')
    }
  }

  /** Goes on with a conversation until it waits for the lane again, or has its answer. */
  const proceed = (one: Omit<Pending, 're' | 'cancel'>, heard: TillResponse | undefined, before: string | undefined) => {
    const { talk, terminal } = one
    const step = heard === undefined ? talk.next() : talk.next(heard)
    if (step.done) return one.done(step.value)
    const request: TillRequest | undefined = step.value
    const re = request?.id ?? before ?? ''
    const late: TillResponse = { op: 'error', re, error: describeError('request.expired') }
    const cancel = runtime.after(options.answerMs, () => {
      pending.delete(re)
      guarded(one, () => proceed(one, late, re))
    })
    pending.set(re, { ...one, re, cancel })
    if (request) host.event({ kind: 'till', at: runtime.now(), lane: terminal.lane, request })
  }

  const guarded = (one: Pick<Pending, 'terminal' | 'done'>, work: () => void) => {
    try {
      work()
    } catch (error) {
      if (error instanceof Refused) return one.done({ 39: error.code, 44: reasonText(error.message) })
      if (error instanceof VafaError && error.key === 'box.unwritable') {
        log.warn({ device: host.device, terminal: one.terminal.terminal, reason: error.message }, 'a terminal was refused')
        return one.done(refusal(describeError(error.key, error.message), placeOf(one.terminal)))
      }
      log.error({ device: host.device, reason: messageOf(error) }, 'a message of a terminal met a fault')
      one.done({ 39: '96' })
    }
  }

  const hear = (response: TillResponse) => {
    const one = response.re === undefined ? undefined : pending.get(response.re)
    if (!one) return
    pending.delete(one.re)
    one.cancel()
    guarded(one, () => proceed(one, response, one.re))
  }

  const serve = (name: ExchangeName, message: IsoMessage, terminal: Terminal, sender: Sender) => {
    const waiting = pendingOf.get(terminal) ?? 0
    const key = terminal.key
    if (waiting >= mostPending) return send(sender, message, { 39: '96', 44: 'too many at once' }, key)
    pendingOf.set(terminal, waiting + 1)
    let answered = false
    const one = {
      terminal,
      done(answer: Answer) {
        if (answered) return
        answered = true
        pendingOf.set(terminal, (pendingOf.get(terminal) ?? 1) - 1)
        const timed = message.mti.startsWith('08') ? { ...answer, 48: timeOf(runtime.now(), answer[48]) } : answer
        send(sender, message, timed, key)
      },
    }
    guarded(one, () => {
      const talk = conversationOf(name, message, placeOf(terminal))
      if (talk) return proceed({ ...one, talk }, undefined, undefined)
      if (name === 'echo') return one.done({ 39: '00' })
      const made = terminal.exchange()
      one.done(
        made
          ? {
              39: '00',
              48: writePrivateData([
                ['KY', made.wrapped],
                ['KC', made.check],
              ]),
            }
          : { 39: '58' },
      )
    })
  }

  /** Whose message it is, or why nobody's. */
  const senderOf = (decoded: Extract<Decoded, { ok: true }>, bytes: Uint8Array, sender: Sender): Terminal | string => {
    const { message, mac } = decoded
    const terminal = sender.terminal ?? byName.get(message.fields[41] ?? '')
    if (!terminal) return 'no terminal of this port has that name'
    if (!terminal.key) return sender.terminal ? terminal : 'a terminal without a key calls a port that is not its own'
    if (!mac) return 'the message is not signed'
    const covered = bytes.subarray(0, mac.covers)
    const exchanging = message.fields[70] === '161'
    const holds = exchanging ? terminal.signedByOwnKey(covered, mac.value) : terminal.signed(covered, mac.value)
    return holds ? terminal : 'the MAC is wrong'
  }

  return {
    take(bytes, sender) {
      const decoded = decodeMessage(bytes, { dialect: options.bitmap, clubPrefixes: options.clubPrefixes })
      if (!decoded.ok) {
        quality.bad(decoded.reason, sender.terminal)
        // Nobody answers an answer, and nobody whose key was not seen hears more than the type.
        if (decoded.read && isRequest(decoded.read) && sender.terminal)
          send(sender, decoded.read, { 39: '30', 44: reasonText(decoded.reason) }, sender.terminal.key)
        return
      }
      const { message } = decoded
      if (!isRequest(message)) return quality.bad(`a message of type ${message.mti}`, sender.terminal)
      const terminal = senderOf(decoded, bytes, sender)
      if (typeof terminal === 'string') {
        quality.bad(terminal, sender.terminal)
        return send(sender, message, { 39: '63' }, undefined)
      }
      quality.good()
      const name = exchangeOf(message)
      if (!name) return send(sender, message, { 39: '12', 44: 'MTI, DE 3 or DE 70' }, terminal.key)
      const missing = missingField(name, message)
      if (missing !== undefined) {
        const reason = decoded.dropped.includes(missing) ? 'not a card of the club' : `DE ${missing} is missing`
        host.event({
          kind: 'till-invalid',
          at: runtime.now(),
          lane: terminal.lane,
          reason: `terminal ${terminal.terminal}: ${reason}`,
        })
        return send(sender, message, { 39: '30', 44: reason }, terminal.key)
      }
      serve(name, message, terminal, sender)
    },
    tills: new Map([...new Set(terminals.map(({ lane }) => lane))].map((lane) => [lane, { send: hear }])),
    close() {
      for (const { cancel } of pending.values()) cancel()
      pending.clear()
    },
  }
}

/** Answers have an odd third digit; a box that answered them could talk to itself for ever. */
const isRequest = ({ mti }: IsoMessage): boolean => Number(mti.charAt(2)) % 2 === 0

function timeOf(now: number, other: string | undefined): string | undefined {
  return `${other ?? ''}${writePrivateData([['TM', new Date(now).toISOString()]]) ?? ''}`
}

/** Says `degraded` at the first message that cannot be taken and at each tenfold, `ready` at the next good one. */
function reportQuality(host: DeviceHost): { good(): void; bad(reason: string, terminal: Terminal | undefined): void } {
  let refused = 0
  let reportAt = 1
  return {
    good() {
      if (refused > 0) host.health('ready')
      refused = 0
      reportAt = 1
    },
    bad(reason, terminal) {
      refused += 1
      if (refused < reportAt) return
      reportAt *= 10
      host.health(
        'degraded',
        `${refused === 1 ? 'a message was' : `${refused} messages were`} refused${terminal ? ` of terminal ${terminal.terminal}` : ''}: ${reason}; check bitmap, prefixes and key on both ends`,
      )
    },
  }
}
