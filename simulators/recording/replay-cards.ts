import { presentCard } from '../card/virtual-card.ts'
import { whenThere } from '../devices/calling.ts'
import type { Recording } from './format.ts'

/** A card stays at least so long, as fast as it may go: readers look a few times a second. */
const shortestMs = 300

/** Lays the recorded cards on a virtual reader, each for as long as it lay. Resolves when the last is gone. */
export async function replayCards({
  recording,
  port,
  speed,
}: {
  recording: Recording
  port: number
  speed: number
}): Promise<void> {
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)))
  let before = 0
  for (const [index, entry] of recording.entries.entries()) {
    if (!('event' in entry) || entry.event !== 'card') continue
    await pause((entry.at - before) / speed)
    const removal = recording.entries
      .slice(index + 1)
      .find((one) => 'event' in one && one.event === 'removed' && one.reader === entry.reader)
    before = removal?.at ?? entry.at
    const card = await whenThere(() => presentCard({ port, card: { atr: entry.atr, uid: '', recorded: entry.said } }))
    const held = new Promise<void>((resolve) => setTimeout(resolve, Math.max(shortestMs, (before - entry.at) / speed)))
    await Promise.race([held, card.gone])
    await card.remove()
  }
}
