import type { Broker } from '#runtime/broker.ts'
import { type Meter, type Metrics, noMeter, openMeter } from '#runtime/metrics.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { startWatching, type Watchdog, type Watching } from '#runtime/watching.ts'
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
  vafa_club_logins_refused_total: {
    kind: 'counter',
    labels: ['at'],
    help: 'Logins that were refused, at the broker and at the pages',
  },
  vafa_club_journal_events: { kind: 'gauge', help: 'Events in the journal' },
  vafa_club_alarms_total: {
    kind: 'counter',
    labels: ['rule'],
    help: 'Alarms about what was too fast to be true, since the start',
  },
  vafa_club_uncounted_events: { kind: 'gauge', help: 'Events that reports do not count yet' },
  vafa_club_exposure: {
    kind: 'gauge',
    help: "What boxes may still give while the club is away, or have given and not told of, in the currency's smallest unit",
  },
  vafa_club_offline_differences: {
    kind: 'gauge',
    help: 'What boxes have given beyond what the club would have, ever, in the same unit',
  },
  vafa_club_pulse: { kind: 'gauge', help: '1 where the last attempt to commit went well, 0 where it failed (a full disk)' },
  vafa_club_programme_version: { kind: 'gauge', help: 'The version of the rules in force' },
} as const satisfies Metrics
export type ClubMeter = Meter<typeof clubMetrics>

/** Without `watch` in club.yaml nothing is counted. */
export const openClubMeter = async ({ watch }: ClubConfig): Promise<ClubMeter> =>
  watch === undefined ? noMeter : openMeter(clubMetrics)

/** The books' pulse, and what those who watch the club may see. */
export function watchClub(options: {
  config: ClubConfig
  meter: ClubMeter
  books: Pick<ClubStore, 'pulse' | 'counting' | 'exposed'>
  broker: Pick<Broker, 'clients'>
  waiting(): number
  programmeVersion(): number
  watchdog?: Watchdog | undefined
  runtime: Runtime
}): Promise<Watching> {
  const { config, meter, books, broker, waiting, programmeVersion, watchdog, runtime } = options
  meter.onAsked(async () => {
    meter.set('vafa_club_waiting_messages', waiting())
    meter.set('vafa_club_boxes', broker.clients())
    meter.set('vafa_club_programme_version', programmeVersion())
    const { journal, counted } = await books.counting()
    meter.set('vafa_club_journal_events', journal)
    meter.set('vafa_club_uncounted_events', journal - counted)
    const { total, offlineDifferences } = await books.exposed()
    meter.set('vafa_club_exposure', total)
    meter.set('vafa_club_offline_differences', offlineDifferences)
  })
  return startWatching({
    ...{ listen: config.watch, watchdog, what: 'the thread with the books', runtime },
    attempt: () => books.pulse(isoNow(runtime)),
    onPulse: ({ ok }) => meter.set('vafa_club_pulse', ok ? 1 : 0),
    details: () => ({ boxes: broker.clients(), waiting: waiting(), programme: programmeVersion() }),
    metrics: meter.text,
  })
}
