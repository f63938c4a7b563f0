import { createDecipheriv, createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readAnswer, type TerminalAnswer } from '#agent/terminal/answers.ts'
import { books, dueOf, type Journal, type JournalEvent, journalAfter } from '#agent/terminal/journal.ts'
import * as requests from '#agent/terminal/requests.ts'
import { createSerialLink, type SerialLink } from '#drivers/pos-iso8583/serial-link.ts'
import { type ByteStream, openStream } from '#drivers/stream/stream.ts'
import { decodeMessage, encodeMessage, longestMessage } from '#protocol/iso8583/codec.ts'
import { answerType } from '#protocol/iso8583/exchanges.ts'
import { createLengthReader, lengthFrame } from '#protocol/iso8583/frames.ts'
import { type MacKey, macHolds } from '#protocol/iso8583/mac.ts'
import type { Dialect, IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, tagValue } from '#protocol/iso8583/private-data.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { answerFault } from './answer-fault.ts'
import type { TerminalFault } from './faults.ts'

export interface TerminalOptions {
  /** DE 41. */
  terminal: string
  to:
    | { tcp: { host: string; port: number }; tls?: { cert: string; key: string } }
    | { serial: { path: string; baudRate: number } }
  bitmap?: Dialect
  mac?: MacKey
  batch?: string
  /** The first trace number. */
  trace?: number
  /** A journal from before: what is due in it goes first (`recover`). */
  journal?: Journal
  /** Called with the journal at each change, before anything is sent for it: what a real one puts on disk. */
  keep?(journal: Journal): void
  /** Sees every message that passes. */
  onMessage?(passed: { direction: 'sent' | 'heard'; message: IsoMessage }): void
  timeoutMs?: number
}

export interface VirtualTerminal {
  readonly journal: Journal
  /** A transaction of its own: its number and time. */
  begin(): requests.Transaction
  /** Sends a message and resolves with its answer; one that books is put into the journal first. */
  ask(message: IsoMessage): Promise<TerminalAnswer>
  /** As `ask`, with the message as it came. */
  exchange(message: IsoMessage): Promise<IsoMessage>
  /** Sends what the journal says is due until nothing is. */
  recover(): Promise<void>
  /** The cashier undoes a sale that was done. */
  undo(trace: string): Promise<void>
  /** Exchanges keys, and signs with the new one from then on. */
  exchangeKeys(): Promise<TerminalAnswer>
  fault(fault: TerminalFault): void
  /** Writes bytes as they are. */
  send(bytes: Uint8Array): Promise<void>
  /** Cuts the line. */
  hangUp(): Promise<void>
  /** Calls again after the line was cut. */
  call(): Promise<void>
  close(): Promise<void>
}

interface Line {
  send(message: Uint8Array): void
  raw(bytes: Uint8Array): void
  end(): Promise<void>
}

/** A terminal of a shop: connects as a real one does, keeps a journal, and can be made to fail. */
export async function startVirtualTerminal(options: TerminalOptions): Promise<VirtualTerminal> {
  const { terminal, to, bitmap = 'binary', batch = '1', timeoutMs = 8_000 } = options
  let key = options.mac
  let trace = options.trace ?? 1
  let journal: Journal = []
  const note = (event: JournalEvent) => {
    journal = journalAfter(journal, event)
    options.keep?.(journal)
  }
  if (options.journal) {
    journal = options.journal
    note({ kind: 'restart' })
  }
  let line: Line | undefined
  let fault: TerminalFault | undefined
  const waiting = new Map<string, { resolve(message: IsoMessage): void; reject(error: VafaError): void }>()
  const silence = (why: string) =>
    new VafaError({ key: 'terminal.silence', message: `terminal ${terminal}: ${why}`, permanent: false })

  const take = (bytes: Buffer) => {
    const decoded = decodeMessage(bytes, { dialect: bitmap, clubPrefixes: [] })
    if (!decoded.ok) throw new Error(`the box sent what is no message: ${decoded.reason}`)
    const { message, mac } = decoded
    if (key && message.fields[39] !== '63' && !(mac && signed(bytes.subarray(0, mac.covers), mac.value)))
      throw new Error(`the answer ${message.mti} is not signed by the box`)
    options.onMessage?.({ direction: 'heard', message })
    const name = `${message.mti}:${message.fields[11]}`
    waiting.get(name)?.resolve(message)
    waiting.delete(name)
  }
  const signed = (bytes: Uint8Array, mac: Uint8Array): boolean =>
    [key, options.mac].some((one) => one !== undefined && macHolds(bytes, mac, one))
  const cut = () => {
    line = undefined
    for (const { reject } of waiting.values()) reject(silence('the line was cut'))
    waiting.clear()
  }
  const call = async () => {
    line = 'serial' in to ? await serialLine(to.serial, take) : await socketLine(to, take, cut)
  }

  const exchange = async (message: IsoMessage): Promise<IsoMessage> => {
    const name = `${answerType(message.mti)}:${message.fields[11]}`
    if (!line) await call()
    options.onMessage?.({ direction: 'sent', message })
    const wrong = fault
    fault = undefined
    const forged = wrong === 'wrong-mac' && key ? { ...key, key: key.key.map((byte) => byte ^ 0x55) } : key
    const signing = message.fields[70] === '161' ? options.mac : forged
    const bytes = encodeMessage(message, { dialect: bitmap, ...(signing ? { mac: signing } : {}) })
    const answer = Promise.withResolvers<IsoMessage>()
    const timer = setTimeout(() => answer.reject(silence(`no answer to ${message.mti} in ${timeoutMs} ms`)), timeoutMs)
    // Who waits for it may come later than the cut that ends it.
    answer.promise.catch(() => undefined)
    waiting.set(name, answer)
    if (wrong === 'half-a-frame') line?.raw(lengthFrame(bytes).subarray(0, bytes.length / 2))
    else line?.send(bytes)
    if (wrong === 'twice') line?.send(bytes)
    if (wrong === 'undone-at-once')
      line?.send(encodeMessage(requests.reversalOf(message, '0400'), { dialect: bitmap, ...(key ? { mac: key } : {}) }))
    if (wrong === 'half-a-frame' || wrong === 'answer-lost') {
      const gone = line
      cut()
      await gone?.end()
    }
    try {
      const heard = await answer.promise
      const fault = answerFault(message, heard)
      if (fault) throw new Error(`the answer ${heard.mti} is not as the profile says: ${fault}`)
      return heard
    } finally {
      clearTimeout(timer)
      waiting.delete(name)
    }
  }

  /** What the journal says is due goes out, once; the answer or its absence goes into the journal. */
  const sendDue = async (due: IsoMessage): Promise<IsoMessage> => {
    try {
      const answer = await exchange(due)
      note({ kind: 'answer', message: answer })
      return answer
    } catch (error) {
      note({ kind: 'silence', trace: due.fields[11] ?? '' })
      throw error
    }
  }
  const recover = async () => {
    let failures = 0
    for (let due = dueOf(journal); due; due = dueOf(journal)) {
      try {
        await sendDue(due)
      } catch (error) {
        failures += 1
        if (failures === 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 50 * failures))
      }
    }
  }

  await call()
  const begin = () => {
    const transaction = requests.beginTransaction({ terminal, batch, trace, now: Date.now(), offsetMinutes: 210 })
    trace += 1
    return transaction
  }
  return {
    get journal() {
      return journal
    },
    begin,
    exchange,
    async ask(message) {
      if (!books(message)) return readAnswer(await exchange(message))
      note({ kind: 'send', message })
      return readAnswer(await sendDue(message))
    },
    recover,
    async undo(number) {
      note({ kind: 'undo', trace: number })
      await recover()
    },
    async exchangeKeys() {
      const answer = await exchange(requests.networkOf(begin(), '161'))
      const wrapped = tagValue(readPrivateData(answer.fields[48]) ?? [], 'KY')
      if (wrapped && options.mac) key = { ...options.mac, key: unwrapKey(wrapped, options.mac) }
      return readAnswer(answer)
    },
    fault(next) {
      fault = next
    },
    async send(bytes) {
      if (!line) await call()
      line?.raw(bytes)
    },
    async hangUp() {
      const gone = line
      cut()
      await gone?.end()
    },
    call,
    async close() {
      const gone = line
      cut()
      await gone?.end()
    },
  }
}

function unwrapKey(wrapped: string, { key }: MacKey): Buffer {
  const unwrap = createDecipheriv(`id-aes${key.length * 8}-wrap`, createSecretKey(key), Buffer.alloc(8, 0xa6))
  return Buffer.concat([unwrap.update(Buffer.from(wrapped, 'hex')), unwrap.final()])
}

async function socketLine(
  { tcp, tls }: { tcp: { host: string; port: number }; tls?: { cert: string; key: string } },
  take: (bytes: Buffer) => void,
  cut: () => void,
): Promise<Line> {
  // The box's certificate is not what is tried here.
  const socket: Socket = tls
    ? connectTls({ ...tcp, ...tls, rejectUnauthorized: false })
    : createConnection({ ...tcp, noDelay: true })
  try {
    await once(socket, tls ? 'secureConnect' : 'connect')
  } catch (cause) {
    throw new VafaError({
      key: 'terminal.unreachable',
      message: `nothing listens for terminals on ${tcp.host}:${tcp.port}`,
      hint: 'start the gateway, and check the ports of its pos-iso8583 device',
      permanent: false,
      cause,
    })
  }
  socket.setNoDelay(true)
  const reader = createLengthReader({ longest: longestMessage })
  socket.on('data', (bytes: Buffer) => {
    for (const message of reader.push(bytes)) take(message)
  })
  socket.on('error', () => socket.destroy())
  let mine = true
  socket.on('close', () => {
    if (mine) cut()
  })
  return {
    send: (message) => void socket.write(lengthFrame(message)),
    raw: (bytes) => void socket.write(bytes),
    async end() {
      mine = false
      if (socket.closed) return
      const closed = once(socket, 'close')
      socket.destroySoon()
      await closed
    },
  }
}

async function serialLine(serial: { path: string; baudRate: number }, take: (bytes: Buffer) => void): Promise<Line> {
  const stream: ByteStream = await openStream({ serial }, { signal: new AbortController().signal, runtime: systemRuntime })
  const link: SerialLink = createSerialLink({
    runtime: systemRuntime,
    longest: longestMessage,
    write: (bytes) => void stream.write(bytes).catch(() => undefined),
    onMessage: take,
  })
  stream.onData((bytes) => link.take(bytes))
  return {
    send: (message) => void link.send(message),
    raw: (bytes) => void stream.write(bytes).catch(() => undefined),
    async end() {
      link.close()
      await stream.close()
    },
  }
}
