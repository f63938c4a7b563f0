import type { Broker } from '#runtime/broker.ts'
import { type Meter, type Metrics, noMeter, openMeter } from '#runtime/metrics.ts'
import { keepPulse, type Pulse } from '#runtime/pulse.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { type Readiness, startWatchServer } from '#runtime/watch-server.ts'
import type { ClubConfig } from './config.ts'
import type { ClubStore } from './store/store.ts'

/** docs/metrics.md lists them. */
export const clubMetrics = {
  vafa_club_facts_total: {
    kind: 'counter',
    labels: ['outcome'],
    help: 'Facts from stores: answered, set aside (quarantine), or failed (the store could not commit; boxes send again)',
  },
  vafa_club_requests_total: { kind: 'counter', labels: ['outcome'], help: 'Requests from stores: answered or failed' },
  vafa_club_commit_seconds: {
    kind: 'histogram',
    labels: ['of'],
    help: 'From a batch to its durable replies, facts and requests apart',
  },
  vafa_club_waiting_messages: { kind: 'gauge', help: 'Messages that wait for the books' },
  vafa_club_boxes: { kind: 'gauge', help: 'Boxes that are connected' },
  vafa_club_logins_refused_total: { kind: 'counter', help: 'Logins at the broker that were refused' },
  vafa_club_journal_events: { kind: 'gauge', help: 'Events in the journal' },
  vafa_club_uncounted_events: { kind: 'gauge', help: 'Events that reports do not count yet' },
  vafa_club_pulse: { kind: 'gauge', help: '1 where the last attempt to commit went well, 0 where it failed (a full disk)' },
  vafa_club_programme_version: { kind: 'gauge', help: 'The version of the rules in force' },
} as const satisfies Metrics
export type ClubMeter = Meter<typeof clubMetrics>

/** Without `watch` in club.yaml nothing is counted. */
export const openClubMeter = async ({ watch }: ClubConfig): Promise<ClubMeter> =>
  watch === undefined ? noMeter : openMeter(clubMetrics)

/** How often a commit is tried where no watchdog asks for more. */
const pulseMs = 10_000
/** An attempt that takes longer than this hangs. */
const hangsAfterMs = 60_000

/** What looks on the club's work from outside: the pulse of its books, and the HTTP port for those who watch. */
export async function startWatching(options: {
  config: ClubConfig
  meter: ClubMeter
  books: Pick<ClubStore, 'pulse' | 'counting'>
  broker: Pick<Broker, 'clients'>
  waiting(): number
  programmeVersion(): number
  /** Where somebody feeds a watchdog by it: how often, and what is told. */
  watchdog?: { everyMs: number; onPulse(pulse: Pulse): void } | undefined
  runtime: Runtime
}): Promise<{ readonly port?: number; close(): Promise<void> }> {
  const { config, meter, books, broker, waiting, watchdog, runtime } = options
  if (config.watch === undefined && watchdog === undefined) return { close: async () => {} }
  const pulse = keepPulse({
    attempt: () => books.pulse(isoNow(runtime)),
    everyMs: watchdog?.everyMs ?? pulseMs,
    runtime,
    onPulse(last) {
      meter.set('vafa_club_pulse', last.ok ? 1 : 0)
      watchdog?.onPulse(last)
    },
  })
  meter.onAsked(async () => {
    meter.set('vafa_club_waiting_messages', waiting())
    meter.set('vafa_club_boxes', broker.clients())
    meter.set('vafa_club_programme_version', options.programmeVersion())
    const { journal, counted } = await books.counting()
    meter.set('vafa_club_journal_events', journal)
    meter.set('vafa_club_uncounted_events', journal - counted)
  })
  const startedAt = runtime.now()
  const healthy = () => runtime.now() - (pulse.last()?.at ?? startedAt) < hangsAfterMs
  const readiness = (): Readiness => {
    const last = pulse.last()
    const reasons = [
      ...(last === undefined ? ['no commit has been tried yet'] : last.ok ? [] : [`the books cannot commit: ${last.reason}`]),
      ...(healthy() ? [] : ['the books do not answer']),
    ]
    const details = { boxes: broker.clients(), waiting: waiting(), programme: options.programmeVersion() }
    return { ready: reasons.length === 0, reasons, details }
  }
  const server =
    config.watch === undefined
      ? undefined
      : await startWatchServer({ listen: config.watch, metrics: meter.text, healthy, readiness }).catch((error: unknown) => {
          pulse.close()
          throw error
        })
  return {
    ...(server ? { port: server.port } : {}),
    async close() {
      pulse.close()
      await server?.close()
    },
  }
}
