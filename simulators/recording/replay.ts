import { VafaError } from '#runtime/errors.ts'
import type { DevicePlace } from '../line/device-line.ts'
import { openDeviceLine } from '../line/device-line.ts'
import { echoesOf } from './echoes.ts'
import type { Recording, RecordingEntry } from './format.ts'

/** How long a replay waits for the gateway beyond what the recording had: then it goes on, as the device did. */
const patienceMs = 2_000

/** Sums, dates and names make an answer some bytes longer or shorter: so much of it, and then silence, is one. */
const nearly = 0.75
const quietMs = 250

export interface ReplayOptions {
  recording: Recording
  /** Where each line is to be: of whose it is, where the recording says so. */
  place(who: string | undefined): DevicePlace
  /** What the device said, as it says it where it is played; `knownHere`. */
  said?(bytes: Buffer): Buffer
  /** How many times as fast as it was; Infinity: without a pause. */
  speed: number
  /** Where the gateway said less than in the recording, and the replay went on without. */
  onDoubt?(text: string): void
}

/**
 * Is the recorded device once: says what it said, when it said it, and waits where it waited for the gateway. What the
 * gateway says is counted, not compared: sales and names differ from day to day. Resolves when the recording is over.
 */
export async function replay(options: ReplayOptions): Promise<void> {
  const { recording, speed, said = (bytes) => bytes, onDoubt = () => undefined } = options
  const { head, entries } = recording
  const numbers = [...new Set(entries.map(({ line }) => line))]
  const lines = numbers.map((number) => {
    const own = entries.filter(({ line }) => line === number)
    const who = own.flatMap((entry) => ('event' in entry && entry.event === 'connected' ? [entry.who] : []))[0]
    return { entries: own, place: options.place(who) }
  })
  const play = (line: (typeof lines)[number]) =>
    replayLine(line.entries, { driver: head.driver, place: line.place, speed, said, onDoubt })
  // Tills call side by side; a device that is called has one line after another.
  if (lines.every(({ place }) => 'calls' in place)) await Promise.all(lines.map(play))
  else for (const line of lines) await play(line)
}

async function replayLine(
  entries: readonly RecordingEntry[],
  {
    driver,
    place,
    speed,
    said,
    onDoubt,
  }: Required<Omit<ReplayOptions, 'recording' | 'place'>> & { driver: string; place: DevicePlace },
): Promise<void> {
  const echoes = echoesOf(driver)
  let heard = 0
  let heardAt = 0
  let expected = 0
  let changed: () => void = () => undefined
  const start = performance.now()
  const [first] = entries
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)))
  // A line that the device itself opens is opened when it was.
  if (first && 'calls' in place) await pause(first.at / speed)
  const line = await openDeviceLine(place, {
    onData(bytes) {
      heard += bytes.length
      heardAt = performance.now()
      echoes.heard(bytes)
      changed()
    },
  })
  /** What the gateway says between two words of the device is one turn: waited for once, when the device is to speak. */
  let turn = 0
  const waitForGateway = async () => {
    if (turn === 0) return
    const limit = performance.now() + patienceMs
    const least = expected - turn * (1 - nearly)
    turn = 0
    while (heard < expected && performance.now() < limit) {
      const until = heard >= least ? Math.min(limit, heardAt + quietMs) : limit
      if (performance.now() >= until) break
      await Promise.race([new Promise<void>((resolve) => (changed = resolve)), pause(until - performance.now())])
    }
    if (heard < least)
      onDoubt(`after ${Math.round(performance.now() - start)} ms the gateway has said ${heard} bytes, not ${expected}`)
    expected = Math.min(expected, heard)
  }
  try {
    await line.connected()
    let before = first?.at ?? 0
    for (const entry of entries) {
      const due = (entry.at - before) / speed
      before = entry.at
      await pause(due)
      if ('from' in entry && entry.from === 'gateway') {
        expected += entry.bytes
        turn += entry.bytes
        continue
      }
      await waitForGateway()
      if ('hex' in entry) await line.send(said(echoes.said(Buffer.from(entry.hex, 'hex'))))
    }
    await waitForGateway()
  } finally {
    await line.close()
  }
}

export const notReadable = (file: string, reason: string): VafaError =>
  new VafaError({ key: 'config.recording', message: `${file}: ${reason}`, hint: '`vafa sim record` makes recordings' })
