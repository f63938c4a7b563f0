import type { LiveStore } from '#protocol/head-office/live.ts'
import { Badge } from '../../shared/badge.tsx'
import { shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { toneOf } from './tone.ts'
import { words } from './words.ts'

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
