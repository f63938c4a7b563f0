/**
 * The process that holds nfc-pcsc, apart from the gateway because the binding blocks its thread: for ever where pcscd
 * is absent, and while a mute card is waited for. It loads nothing else, and it is ended by SIGKILL only: an orderly
 * exit waits for the binding's threads, and one of them may wait for a mute card.
 */
import { flushCompileCache } from 'node:module'
import type { NFC, Reader } from 'nfc-pcsc'
import { maxReplyLength } from './apdu.ts'
import type { FromChild, ToChild } from './pcscd-messages.ts'
import { type CardReading, overheard, readCard } from './read-card.ts'
import type { CardEvent } from './transport.ts'

/**
 * A torn read (the edge of the field, a contact that bounced, a card that was swapped before anyone noticed) is tried
 * again until the card is taken away or given up.
 */
const pauseMs = 200

const tell = (message: FromChild): void => {
  // A message that cannot be sent has no reader any more: `disconnect` follows.
  process.send?.(message, () => {})
}
const tellCard = (event: CardEvent): void => tell({ kind: 'card', event })
const sentence = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  const cause = 'previous' in thrown && thrown.previous instanceof Error ? `: ${thrown.previous.message}` : ''
  return `${thrown.message}${cause}`.replaceAll('\n', ' ')
}

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (message: ToChild) => {
  if (message.kind === 'ping') tell({ kind: 'pong' })
  else if (message.kind === 'command') void commands.get(message.reader)?.(Buffer.from(message.apdu, 'hex'))
  else void start(message)
})

/** How a command reaches each reader. */
const commands = new Map<string, (apdu: Uint8Array) => Promise<void>>()

type Start = Omit<Extract<ToChild, { kind: 'start' }>, 'kind'>

async function start(options: Start): Promise<void> {
  let library: { NFC: new () => NFC }
  try {
    library = await import('nfc-pcsc')
  } catch (error) {
    tell({ kind: 'fault', cause: 'binding', reason: sentence(error) })
    return
  }
  try {
    const nfc = new library.NFC()
    // In the same turn: a reader that is attached already is announced once (nfc-pcsc#89).
    nfc.on('reader', (reader) => watch(reader, options))
    nfc.on('error', (error) => tell({ kind: 'fault', cause: 'service', reason: sentence(error) }))
    tell({ kind: 'ready' })
    // Node writes it at an orderly exit, which never comes here.
    flushCompileCache()
  } catch (error) {
    tell({ kind: 'fault', cause: 'service', reason: sentence(error) })
  }
}

function watch(reader: Reader, options: Start): void {
  const name = reader.name
  const aid = options.aid === undefined ? undefined : Buffer.from(options.aid, 'hex')
  /** The card that lies there and is not given up yet; a reading of any other one is stale. */
  let current: symbol | undefined
  /** Between a command and a reading the card's connection is nobody else's. */
  let reading: Promise<unknown> = Promise.resolve()

  const present = async (atr: Uint8Array): Promise<void> => {
    const mine = Symbol(name)
    current = mine
    let trouble: string | undefined
    const giveUp = setTimeout(() => {
      if (current !== mine) return
      current = undefined
      tellCard(trouble === undefined ? { kind: 'mute', reader: name } : { kind: 'unreadable', reader: name, reason: trouble })
    }, options.muteAfterMs)

    while (current === mine) {
      const asked = read(reader, { atr, aid, ndef: options.ndef, hear: options.hear, again: trouble !== undefined })
      reading = asked
      const card = await asked
      if (current !== mine) break
      if (card.by !== 'nothing') {
        tellCard({ kind: 'presented', reader: name, card })
        break
      }
      trouble = card.reason
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    clearTimeout(giveUp)
  }

  reader.autoProcessing = false
  reader.on('card', (card: { atr?: Uint8Array }) => void present(card.atr ?? Buffer.alloc(0)))
  reader.on('card.off', () => {
    current = undefined
    tellCard({ kind: 'removed', reader: name })
  })
  // The binding has lost this reader: `end` follows at once. Without a listener it would be a crash.
  reader.on('error', () => {})
  reader.on('end', () => {
    commands.delete(name)
    tellCard({ kind: 'detached', reader: name })
  })
  commands.set(name, async (apdu) => {
    await reading
    // A light that stays dark is not worth a word: the card may just have been taken away.
    if (reader.connection !== null) await reader.transmit(Buffer.from(apdu), maxReplyLength).catch(() => {})
  })

  // nfc-pcsc emits a failure to connect *as* the event's name: `this.emit(error)`.
  const emit = reader.emit.bind(reader)
  reader.emit = (event: unknown, ...rest: unknown[]): boolean => {
    if (!(event instanceof Error)) return emit(event as string, ...rest)
    if (event.name === 'DisconnectError') tell({ kind: 'fault', cause: 'service', reason: sentence(event) })
    else void present(Buffer.alloc(0))
    return true
  }
  tellCard({ kind: 'attached', reader: name })
}

/** One try at a card. `again`: after a failure, which leaves the connection to the card in an unknown state. */
async function read(
  reader: Reader,
  card: { atr: Uint8Array; aid: Uint8Array | undefined; ndef: 'read' | 'leave'; hear: 'exchanges' | 'nothing'; again: boolean },
): Promise<CardReading> {
  const said: [string, string][] = []
  try {
    if (card.again && reader.connection !== null) await reader.disconnect()
    if (reader.connection === null) await reader.connect()
    const transmit = (apdu: Uint8Array) => reader.transmit(Buffer.from(apdu), maxReplyLength)
    return await readCard({ ...card, transmit: card.hear === 'exchanges' ? overheard(transmit, said) : transmit })
  } catch (error) {
    return { by: 'nothing', reason: sentence(error) }
  } finally {
    if (card.hear === 'exchanges')
      tell({ kind: 'exchanged', exchange: { reader: reader.name, atr: Buffer.from(card.atr).toString('hex'), said } })
  }
}
