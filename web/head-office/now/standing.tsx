import type { LiveStore } from '#protocol/head-office/live.ts'
import { Badge, type Tone } from '../../shared/badge.tsx'
import { shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { words } from './words.ts'

/** Grey is a store that is not there; amber one that is, with something wrong. */
export function toneOf(live: LiveStore | undefined): Tone {
  if (live === undefined || live.status !== 'online') return 'idle'
  return live.trouble !== undefined || live.devices.absent > 0 || live.devices.degraded > 0 ? 'warn' : 'good'
}

export const hasTrouble = (live: LiveStore | undefined): boolean =>
  live !== undefined && (toneOf(live) !== 'good' || live.backlog.count > 0)

export function Standing({ live }: { live: LiveStore | undefined }) {
  const status = live?.status ?? 'unknown'
  return (
    <span class="standing">
      <Badge tone={toneOf(live)}>{say(words[status])}</Badge>
      {live?.since !== undefined && status === 'offline' && (
        <small class="faint">{say(words.since, { time: shortInstant(live.since) })}</small>
      )}
    </span>
  )
}
