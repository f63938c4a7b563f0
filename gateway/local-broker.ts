import { describeError } from '#protocol/errors.ts'
import { compiledTillRequest, type LaneScreen, type TillRequest, type TillResponse } from '#protocol/lane.ts'
import { laneTopics } from '#protocol/topics.ts'
import { type Broker, startBroker } from '#runtime/broker.ts'
import type { Logger } from '#runtime/log.ts'
import { sameSecret } from '#runtime/secret-check.ts'

export interface LocalBrokerOptions {
  club: string
  store: string
  listen: { host: string; port: number }
  /** Lane → password of whatever stands at it. A lane without one has no access. */
  passwords: ReadonlyMap<string, string>
  log: Logger
  onRequest(lane: string, request: TillRequest): void
}

export interface LocalBroker {
  readonly port: number
  tell(lane: string, response: TillResponse): void
  showScreen(screen: LaneScreen): void
  close(): Promise<void>
}

/**
 * The box's own broker, for kiosks and tills on it: each speaks to its own lane and to no other. Raw credentials
 * travel here only from the lane's client to the gateway: nobody else may read a lane's `input`.
 */
export async function startLocalBroker(options: LocalBrokerOptions): Promise<LocalBroker> {
  const { club, store, passwords, log } = options
  const topicsOf = (lane: string) => laneTopics(club, store, lane)
  const broker: Broker = await startBroker<string>({
    listen: [options.listen],
    authenticate(lane, password) {
      const expected = passwords.get(lane)
      return expected !== undefined && sameSecret(password, expected) ? lane : undefined
    },
    mayPublish: (lane, topic) => topic === topicsOf(lane).input,
    maySubscribe: (lane, filter) => filter === topicsOf(lane).screen || filter === topicsOf(lane).replies,
    log,
  })
  const send = (topic: string, body: TillResponse | LaneScreen, retain: boolean) => {
    broker
      .publish({ topic, payload: JSON.stringify(body), qos: 1, retain })
      .catch((error: Error) => log.warn({ topic, reason: error.message }, 'the local broker did not take a message'))
  }
  const tell = (lane: string, response: TillResponse) => send(topicsOf(lane).replies, response, false)

  for (const lane of passwords.keys())
    broker.subscribe(topicsOf(lane).input, ({ payload }) => {
      const read = readRequest(payload)
      if (read.ok) return options.onRequest(lane, read.request)
      log.info({ lane, reason: read.reason }, 'a client of the local broker sent what is no request')
      tell(lane, {
        op: 'error',
        ...(read.id === undefined ? {} : { re: read.id }),
        error: describeError('request.invalid', read.reason),
      })
    })

  return {
    port: broker.ports[0] ?? 0,
    tell,
    showScreen: (screen) => send(topicsOf(screen.lane).screen, screen, true),
    close: () => broker.close(),
  }
}

type Read = { ok: true; request: TillRequest } | { ok: false; id?: string; reason: string }

/** A request from whatever a client sent. Never throws, and never repeats a value that may be a raw credential. */
export function readRequest(payload: Uint8Array): Read {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  const parsed = compiledTillRequest.safeParse(json)
  if (parsed.success) return { ok: true, request: parsed.data }
  const issue = parsed.error.issues[0]
  const id =
    json !== null && typeof json === 'object' && 'id' in json && typeof json.id === 'string' ? json.id.slice(0, 60) : undefined
  return {
    ok: false,
    ...(id === undefined ? {} : { id }),
    reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
  }
}
