import type { LiveStore } from '#protocol/head-office/live.ts'
import { type DeviceHealth, deviceHealth, type StoreState } from '#protocol/state.ts'
import type { StoreDay } from '../store/store.ts'

/** A box speaks every ten seconds; whoever is silent for longer than two beats is away, whatever the broker thinks. */
export const silentMs = 25_000
const tapWindowMs = 60_000
/** Of one store and minute: more make no difference to who looks. */
const tapsMost = 10_000

interface Known {
  state?: StoreState
  status: LiveStore['status']
  since?: string
  /** Wall clock, milliseconds. */
  heardAt?: number
  devices: Map<string, DeviceHealth>
  taps: number[]
  day?: StoreDay
}

export type LiveStores = ReturnType<typeof createLiveStores>

/** How each store stands, by what its box says and what the books count. Pure but for its memory: `now` is given. */
export function createLiveStores(stores: readonly string[]) {
  const known = new Map<string, Known>(stores.map((store) => [store, { status: 'unknown', devices: new Map(), taps: [] }]))
  const changed = new Set<string>(stores)
  const turn = (store: string, one: Known, status: LiveStore['status'], now: number) => {
    if (one.status === status) return
    one.status = status
    one.since = new Date(now).toISOString()
    changed.add(store)
  }
  const withStore = (store: string, work: (one: Known) => void) => {
    const one = known.get(store)
    if (one) work(one)
  }

  return {
    /** Anything came from its box. */
    heard: (store: string, now: number): void =>
      withStore(store, (one) => {
        one.heardAt = now
        if (one.state?.status !== 'offline') turn(store, one, 'online', now)
      }),
    stated: (store: string, state: StoreState, now: number): void =>
      withStore(store, (one) => {
        one.state = state
        // A last will says when the box connected: only what it says itself is a sign of life.
        if (state.status === 'online') one.heardAt = now
        turn(store, one, state.status, now)
        changed.add(store)
      }),
    device: (store: string, payload: Buffer): void =>
      withStore(store, (one) => {
        const health = healthIn(payload)
        if (!health) return
        one.devices.set(health.device, health)
        changed.add(store)
      }),
    tapped: (store: string, now: number): void =>
      withStore(store, (one) => {
        if (one.taps.length < tapsMost) one.taps.push(now)
        changed.add(store)
      }),
    /** What the books count of the day; of a store that is not named it is nothing. */
    counted(days: readonly StoreDay[]): void {
      const byStore = new Map(days.map((one) => [one.store, one]))
      for (const [store, one] of known) {
        const day = byStore.get(store)
        if (JSON.stringify(day) === JSON.stringify(one.day)) continue
        if (day) one.day = day
        else delete one.day
        changed.add(store)
      }
    },
    /** Time has passed: silence is noticed, taps of more than a minute ago are forgotten. */
    pass(now: number): void {
      for (const [store, one] of known) {
        if (one.status === 'online' && now - (one.heardAt ?? 0) > silentMs) turn(store, one, 'offline', now)
        const gone = one.taps.findIndex((at) => at > now - tapWindowMs)
        if (gone === 0 || one.taps.length === 0) continue
        one.taps.splice(0, gone < 0 ? one.taps.length : gone)
        changed.add(store)
      }
    },
    /** Those that changed since they were taken last. */
    takeChanged(now: number): LiveStore[] {
      const taken = [...changed].flatMap((store) => {
        const one = known.get(store)
        return one ? [liveStoreOf(store, one, now)] : []
      })
      changed.clear()
      return taken
    },
    stateOf: (store: string): StoreState | undefined => known.get(store)?.state,
    devicesOf: (store: string): DeviceHealth[] => [...(known.get(store)?.devices.values() ?? [])],
  }
}

function liveStoreOf(store: string, one: Known, now: number): LiveStore {
  const { state, status, since, heardAt, devices, taps, day } = one
  const count = (wanted: DeviceHealth['status']) => [...devices.values()].filter((device) => device.status === wanted).length
  const version = state?.programme?.version
  return {
    store,
    status,
    ...(since === undefined ? {} : { since }),
    ...(heardAt === undefined ? {} : { heardAt: new Date(heardAt).toISOString() }),
    ...(state === undefined ? {} : { version: state.version }),
    backlog: state?.backlog ?? { count: 0, bytes: 0 },
    devices: { ready: count('ready'), degraded: count('degraded'), absent: count('absent') },
    tapsPerMinute: taps.length,
    sales: day?.sales ?? 0,
    paid: day?.paid ?? 0,
    creditIssued: day?.creditIssued ?? 0,
    creditUsed: day?.creditUsed ?? 0,
    ...(state?.exposure === undefined ? {} : { exposure: state.exposure }),
    ...(version === undefined ? {} : { programme: version }),
    ...(state?.trouble === undefined ? {} : { trouble: state.trouble }),
    at: new Date(now).toISOString(),
  }
}

/** Of a box of whatever version. */
function healthIn(payload: Buffer): DeviceHealth | undefined {
  try {
    return deviceHealth.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}
