import { describe, expect, it } from 'vitest'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { type Anchor, createClubClock } from './clock.ts'

const clubTime = Date.parse('2026-11-22T10:00:00.000Z')

/** A box whose wall clock anybody can set. */
function boxWithClock(wall: number, memory?: { load(): Anchor | undefined; save(anchor: Anchor): void }) {
  const runtime = createVirtualRuntime()
  let set = wall - runtime.now()
  const box = { ...runtime, now: () => runtime.now() + set }
  const clock = createClubClock(box, memory ? { memory } : {})
  return {
    runtime,
    clock,
    setTo: (at: number) => {
      set = at - runtime.now()
    },
    hear: () => clock.measured({ sentAt: box.now(), receivedAt: box.now(), clubTime: clubTime + runtime.monotonic() }),
  }
}

describe('the box’s clock', () => {
  it('of 1970 is nobody’s time until the club has said its own', () => {
    const { clock, hear } = boxWithClock(0)
    expect(clock.trust()).toBe('unsynced')
    expect(clock.certain()).toBeUndefined()
    hear()
    expect(clock.trust()).toBe('corrected')
    expect(clock.certain()).toBe(clubTime)
    expect(clock.skewMs()).toBe(clubTime)
  })

  it.each([
    ['back by a year', clubTime - 365 * 86_400_000],
    ['forward by a year', clubTime + 365 * 86_400_000],
    ['to 1970', 0],
  ])('that is set %s moves nothing, and shows', async (_, at) => {
    const { clock, hear, setTo, runtime } = boxWithClock(clubTime)
    hear()
    setTo(at)
    await runtime.advance(5_000)
    expect(clock.now()).toBe(clubTime + 5_000)
    expect(clock.certain()).toBe(clubTime + 5_000)
    expect(clock.skewMs()).toBe(clubTime - at)
  })

  it('goes on over a restart of the gateway, and not over one of the machine', async () => {
    let kept: Anchor | undefined
    const memory = {
      load: () => kept,
      save(anchor: Anchor) {
        kept = anchor
      },
    }
    const first = boxWithClock(0, memory)
    await first.runtime.advance(60_000)
    first.hear()
    expect(createClubClock(first.runtime, { memory }).certain()).toBe(clubTime + 60_000)
    // The machine has been up for less than the anchor says.
    const second = boxWithClock(0, memory)
    expect(second.clock.certain()).toBeUndefined()
  })
})
