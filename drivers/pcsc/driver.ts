import { z } from 'zod'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { openPcscd, pcscdSocket } from './pcscd.ts'
import { applyCardEvent, type Health, healthOf, isWanted, type ReaderStates } from './reader-states.ts'
import type { CardEvent, CardTransport, TransportHost } from './transport.ts'
import { openVpcd, vpcdPort } from './vpcd.ts'

const aid = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2}){5,16}$/, 'an application identifier has 5 to 16 bytes in hexadecimal')
  .describe('the application that ISO-DEP cards and phones are asked for; without it, or where a card has it not, its UID counts')

const pcscOptions = z.discriminatedUnion('via', [
  z.strictObject({
    via: z.literal('pcscd').default('pcscd'),
    readers: z.array(z.string().min(1)).default([]).describe('parts of reader names; none: every reader'),
    aid: aid.optional(),
    socket: z.string().min(1).optional().describe("pcscd's socket, where it is not the usual one"),
  }),
  z.strictObject({
    via: z.literal('vpcd'),
    port: z.int().min(0).max(65_535).default(vpcdPort).describe('loopback port that virtual cards connect to; 0: any free one'),
    aid: aid.optional(),
  }),
])

export type PcscOptions = z.infer<typeof pcscOptions>

/** How long readers that are attached already may take to be listed, before their absence is reported. */
const listedWithinMs = 500

/** Contactless (and contact) card readers over PC/SC; or, without hardware, a reader of virtual cards. */
export const pcscDriver: Driver<PcscOptions> = {
  kind: 'pcsc',
  options: pcscOptions,
  async connect(options, host): Promise<Connection> {
    const wanted = options.via === 'pcscd' ? options.readers : []
    const desk = openDesk(wanted, host)
    const transportHost: TransportHost = {
      runtime: host.runtime,
      log: host.log,
      aid: options.aid === undefined ? undefined : Buffer.from(options.aid, 'hex'),
      card: desk.card,
    }
    const { signal } = host
    const transport: CardTransport =
      options.via === 'pcscd'
        ? await openPcscd({ socket: options.socket ?? pcscdSocket(), signal, host: transportHost })
        : await openVpcd({ port: options.port, signal, host: transportHost })
    await desk.listed(transport.closed)
    return transport
  },
}

/** Turns card events into the gateway's, and says how the readers are whenever that changes. */
function openDesk(wanted: readonly string[], host: DeviceHost) {
  let states: ReaderStates = new Map()
  let told: string | undefined
  let open = false
  const attached = Promise.withResolvers<void>()

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
      const { states: next, report } = applyCardEvent(states, event, host.runtime.now())
      states = next
      if (report) host.event(report)
      if (healthOf(states, wanted).status === 'ready') attached.resolve()
      tellHealth()
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
