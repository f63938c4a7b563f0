import type { LiveStore } from '#protocol/head-office/live.ts'
import type { Tone } from '../../shared/badge.tsx'

/** Grey is a store that is not there; amber one that is, with something wrong. */
export function toneOf(live: LiveStore | undefined): Tone {
  if (live === undefined || live.status !== 'online') return 'idle'
  return live.trouble !== undefined || live.devices.absent > 0 || live.devices.degraded > 0 ? 'warn' : 'good'
}

export const hasTrouble = (live: LiveStore | undefined): boolean =>
  live !== undefined && (toneOf(live) !== 'good' || live.backlog.count > 0)
