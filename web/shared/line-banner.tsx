import { shortInstant } from './figures.ts'
import { say } from './language.ts'
import type { Wire } from './wire.ts'
import { words } from './words.ts'
import './line-banner.css'

/** Says honestly that what shows is old, and since when; says nothing while the line holds. */
export function LineBanner({ wire }: { wire: Wire }) {
  if (wire.status.value !== 'offline') return null
  return (
    <p class="line-banner" role="status">
      {say(words.offlineSince, { time: shortInstant(new Date(wire.since.value).toISOString()) })}
    </p>
  )
}
