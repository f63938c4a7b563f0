import { z } from 'zod'
import { name } from '#protocol/ids.ts'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { identify, ndefOptions } from './identify.ts'
import { openPcscd, pcscdSocket } from './pcscd.ts'
import { applyCardEvent, type Health, healthOf, isWanted, type ReaderStates } from './reader-states.ts'
import { signalFor, type TapOutcome } from './signal.ts'
import type { CardEvent, CardExchange, CardTransport, TransportHost } from './transport.ts'
import { openVpcd, vpcdPort } from './vpcd.ts'

const aid = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2}){5,16}$/, 'an application identifier has 5 to 16 bytes in hexadecimal')
  .describe('the application that ISO-DEP cards and phones are asked for; without it, or where a card has it not, its UID counts')

const reading = {
  aid: aid.optional(),
  ndef: ndefOptions.optional().describe('what cards carry is read too: an address or a text of the club, or a proof'),
}

const pcscOptions = z.discriminatedUnion('via', [
  z.strictObject({
    via: z.literal('pcscd').default('pcscd'),
    readers: z
      .array(z.union([z.string().min(1), z.strictObject({ name: z.string().min(1), lane: name })]))
      .max(32)
      .default([])
      .refine((all) => new Set(all.map((one) => typeof one)).size < 2, 'name a lane for each reader or for none')
      .describe('parts of reader names, each with its lane where they serve several; none: every reader'),
    ...reading,
    signal: z.boolean().default(true).describe('light and buzzer of the reader, where it has them (ACR122)'),
    socket: z.string().min(1).optional().describe("pcscd's socket, where it is not the usual one"),
  }),
  z.strictObject({
    via: z.literal('vpcd'),
    port: z.int().min(0).max(65_535).default(vpcdPort).describe('loopback port that virtual cards connect to; 0: any free one'),
    ...reading,
  }),
])

export type PcscOptions = z.infer<typeof pcscOptions>

/** The wanted readers, by parts of their names. */
const readersOf = (options: PcscOptions): { name: string; lane?: string }[] =>
  options.via === 'vpcd' ? [] : options.readers.map((one) => (typeof one === 'string' ? { name: one } : one))

/** How long readers that are attached already may take to be listed, before their absence is reported. */
const listedWithinMs = 500

/** Who listens to readers and cards: a recorder. */
export interface CardEar {
  exchanged(exchange: CardExchange): void
  removed(reader: string): void
}

/** Contactless (and contact) card readers over PC/SC; or, without hardware, a reader of virtual cards. */
export const pcscOver = (ear?: CardEar): Driver<PcscOptions> => ({
  kind: 'pcsc',
  options: pcscOptions,
  lanes(options) {
    const named = readersOf(options).flatMap(({ lane }) => lane ?? [])
    return named.length === 0 ? undefined : [...new Set(named)]
  },
  async connect(options, host): Promise<Connection> {
    const desk = openDesk(options, host)
    const transportHost: TransportHost = {
      runtime: host.runtime,
      log: host.log,
      aid: options.aid === undefined ? undefined : Buffer.from(options.aid, 'hex'),
      ndef: options.ndef === undefined ? 'leave' : 'read',
      card(event) {
        if (event.kind === 'removed') ear?.removed(event.reader)
        desk.card(event)
      },
      ...(ear ? { exchanged: ear.exchanged } : {}),
    }
    const { signal } = host
    const transport: CardTransport =
      options.via === 'pcscd'
        ? await openPcscd({ socket: options.socket ?? pcscdSocket(), signal, host: transportHost })
        : await openVpcd({ port: options.port, signal, host: transportHost })
    await desk.listed(transport.closed)
    const { closed, close, address } = transport
    return {
      closed,
      close,
      ...(address ? { address } : {}),
      ...(options.via === 'pcscd' && options.signal ? { tapSignal: { signal: desk.signalBy(transport) } } : {}),
    }
  },
})

export const pcscDriver = pcscOver()

/** Turns card events into the gateway's, and says how the readers are whenever that changes. */
function openDesk(options: PcscOptions, host: DeviceHost) {
  const given = readersOf(options)
  const wanted = given.map(({ name }) => name)
  const laneOf = (reader: string) => given.find(({ name }) => reader.includes(name))?.lane
  let states: ReaderStates = new Map()
  let told: string | undefined
  let open = false
  const attached = Promise.withResolvers<void>()
  /** By lane; '' is the only one. */
  const lastTapped = new Map<string, string>()

  const tellHealth = (): void => {
    const health: Health = healthOf(states, wanted)
    const text = JSON.stringify(health)
    if (!open || text === told) return
    told = text
    if (health.status === 'ready') host.health('ready')
    else host.health('degraded', health.reason)
  }

  return {
    card(event: CardEvent): void {
      if (!isWanted(event.reader, wanted)) return
      if (event.kind === 'unreadable') host.log.warn({ reader: event.reader, reason: event.reason }, 'a card could not be read')
      const lane = laneOf(event.reader)
      const { states: next, report } = applyCardEvent(states, event, {
        at: host.runtime.now(),
        identify: (card, at) => identify(card, at, options.ndef),
      })
      states = next
      if (event.kind === 'presented') lastTapped.set(lane ?? '', event.reader)
      if (report) host.event(lane === undefined ? report : { ...report, lane })
      if (healthOf(states, wanted).status === 'ready') attached.resolve()
      tellHealth()
    },
    signalBy(transport: CardTransport) {
      return (outcome: TapOutcome, lane?: string): void => {
        const reader = lastTapped.get(lane ?? '') ?? lastTapped.get('')
        const apdu = reader === undefined ? undefined : signalFor(reader, outcome)
        if (reader !== undefined && apdu) transport.command(reader, apdu)
      }
    },
    /** Resolves when the wanted readers are there, or after a moment without. */
    async listed(closed: Promise<unknown>): Promise<void> {
      const cancel = host.runtime.after(listedWithinMs, attached.resolve)
      await Promise.race([attached.promise, closed])
      cancel()
      open = true
      tellHealth()
    },
  }
}
