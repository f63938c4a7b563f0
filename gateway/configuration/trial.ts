import type { DeviceHealth } from '#protocol/state.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { GatewayConfig } from '../config.ts'

/** As much of a gateway as its health is judged by. */
export interface Tried {
  /** What is wrong with the box as a whole. */
  troubles(): readonly string[]
  health(): readonly DeviceHealth[]
}

/**
 * Which devices a new configuration has to bring up: those that it adds or changes, and those that worked before. One that
 * was away before may stay away.
 */
export function wantedDevices(
  next: GatewayConfig,
  { former, health }: { former: GatewayConfig | undefined; health: readonly DeviceHealth[] },
): string[] {
  const before = new Map(former?.devices.map((one) => [one.device, JSON.stringify(one)]))
  const worked = new Set(health.filter(({ status }) => status !== 'absent').map(({ device }) => device))
  return next.devices
    .filter((one) => before.get(one.device) !== JSON.stringify(one) || worked.has(one.device))
    .map(({ device }) => device)
}

const lookMs = 500

/**
 * Waits until a gateway has been healthy at two looks in a row, and resolves with nothing; with what is wrong where that
 * was not within `limitMs`; with `ended` where the signal came.
 */
export async function proveHealthy(
  gateway: Tried,
  { wanted, limitMs, signal, runtime }: { wanted: readonly string[]; limitMs: number; signal: AbortSignal; runtime: Runtime },
): Promise<readonly string[] | 'ended'> {
  const until = runtime.monotonic() + limitMs
  let clean = 0
  for (;;) {
    if (signal.aborted) return 'ended'
    const troubles = troublesOf(gateway, wanted)
    clean = troubles.length === 0 ? clean + 1 : 0
    if (clean === 2) return []
    if (troubles.length > 0 && runtime.monotonic() >= until) return troubles
    await pause(lookMs, { signal, runtime })
  }
}

function troublesOf(gateway: Tried, wanted: readonly string[]): string[] {
  const health = new Map(gateway.health().map((one) => [one.device, one]))
  const absent = wanted.flatMap((device) => {
    const one = health.get(device)
    return one && one.status !== 'absent' ? [] : [`${device}: ${one?.reason ?? 'is not there yet'}`]
  })
  return [...gateway.troubles(), ...absent]
}

/** Resolves after a while, or as soon as the signal comes. */
export const pause = (ms: number, { signal, runtime }: { signal: AbortSignal; runtime: Runtime }): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = runtime.after(ms, done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
