import type { DeviceHealth } from '#protocol/state.ts'
import { type Meter, type Metrics, noMeter, openMeter } from '#runtime/metrics.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Database } from '#runtime/sqlite.ts'
import { startWatching, type Watchdog, type Watching } from '#runtime/watching.ts'
import type { GatewayConfig } from './config.ts'
import { commitAttempt } from './disk-trouble.ts'

/** docs/metrics.md lists them. */
export const boxMetrics = {
  vafa_box_replies_total: { kind: 'counter', labels: ['status'], help: "The club's replies to this box's facts" },
  vafa_box_backlog_facts: { kind: 'gauge', help: 'Facts on disk that the club has not answered' },
  vafa_box_backlog_bytes: { kind: 'gauge', help: 'Their bytes' },
  vafa_box_backlog_oldest_seconds: { kind: 'gauge', help: 'How long the oldest of them has waited; 0 without any' },
  vafa_box_sequence: { kind: 'gauge', help: 'Facts that this installation has ever committed' },
  vafa_box_club_up: { kind: 'gauge', help: '1 while the club answers' },
  vafa_box_clock_skew_seconds: { kind: 'gauge', help: "The club's clock less the box's, as last measured" },
  vafa_box_device_ready: { kind: 'gauge', labels: ['device', 'driver'], help: '1 ready, 0.5 degraded, 0 absent' },
  vafa_box_exposure: {
    kind: 'gauge',
    help: "What the box may still give while the club is away, and is giving, in the currency's smallest unit",
  },
  vafa_box_pulse: { kind: 'gauge', help: '1 where the last attempt to commit went well, 0 where it failed (a full disk)' },
  vafa_box_certificate_left_seconds: { kind: 'gauge', help: "How long the box's certificate still holds; absent without one" },
} as const satisfies Metrics
export type BoxMeter = Meter<typeof boxMetrics>

/** Without `watch` in gateway.yaml nothing is counted. */
export const openBoxMeter = async ({ watch }: GatewayConfig): Promise<BoxMeter> =>
  watch === undefined ? noMeter : openMeter(boxMetrics)

/** What the box's watchers look at. */
export interface BoxStanding {
  backlog(): { count: number; bytes: number; oldest?: string }
  sequence(): number
  online(): boolean
  skewMs(): number | undefined
  exposure(): number
  devices(): readonly DeviceHealth[]
  /** Milliseconds since 1970; undefined without a certificate. */
  certificateUntil(): number | undefined
}

/** The box's pulse, and what those who watch it may see. A club that is away and a device that is absent do not end a store's work. */
export function watchBox(options: {
  config: GatewayConfig
  meter: BoxMeter
  database: Database
  standing: BoxStanding
  watchdog?: Watchdog | undefined
  runtime: Runtime
}): Promise<Watching> {
  const { config, meter, database, standing, watchdog, runtime } = options
  const commit = commitAttempt(database)
  meter.onAsked(() => {
    const { count, bytes, oldest } = standing.backlog()
    meter.set('vafa_box_backlog_facts', count)
    meter.set('vafa_box_backlog_bytes', bytes)
    meter.set('vafa_box_backlog_oldest_seconds', oldest === undefined ? 0 : (runtime.now() - Date.parse(oldest)) / 1_000)
    meter.set('vafa_box_sequence', standing.sequence())
    meter.set('vafa_box_club_up', standing.online() ? 1 : 0)
    meter.set('vafa_box_exposure', standing.exposure())
    const skew = standing.skewMs()
    if (skew !== undefined) meter.set('vafa_box_clock_skew_seconds', skew / 1_000)
    const until = standing.certificateUntil()
    if (until !== undefined) meter.set('vafa_box_certificate_left_seconds', (until - runtime.now()) / 1_000)
    meter.clear('vafa_box_device_ready')
    for (const { device, driver, status } of standing.devices())
      meter.set('vafa_box_device_ready', { ready: 1, degraded: 0.5, absent: 0 }[status], { device, driver })
  })
  return startWatching({
    ...{ listen: config.watch, watchdog, what: 'the outbox', runtime },
    attempt: async () => commit(runtime.now()),
    onPulse: ({ ok }) => meter.set('vafa_box_pulse', ok ? 1 : 0),
    details: () => ({
      club: standing.online(),
      backlog: standing.backlog(),
      devices: Object.fromEntries(standing.devices().map(({ device, status }) => [device, status])),
    }),
    metrics: meter.text,
  })
}
