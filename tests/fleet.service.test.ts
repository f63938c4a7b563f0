import { expect, test } from 'vitest'
import { benchFleet } from '#cli/bench/fleet/fleet.ts'

// Certificates are made, a club is started twice, and boxes wait between their tries.
const patienceMs = 90_000

test(
  'a street of boxes with certificates comes, sells, and comes back by itself after the club was killed',
  async () => {
    const boxes = 12
    const { lines, load } = await benchFleet({
      ...{ boxes, members: 50, perSecond: 40, seconds: 1, awaySeconds: 0, restSeconds: 0, lines: ['tls'], processes: 2 },
    })
    expect(load.before).toBeGreaterThanOrEqual(0)
    const [tls] = lines
    expect(tls?.facts).toMatchObject({ sent: 40, accepted: 40 })
    // All that were there are counted both times, and they do not come in one blow.
    for (const arrivals of [tls?.first, tls?.storm]) {
      expect(arrivals?.came).toBe(boxes)
      expect(arrivals?.online.max).toBeLessThan(60_000)
    }
    expect(tls?.storm.online.p50).toBeLessThan(tls?.storm.online.max ?? 0)
  },
  patienceMs,
)
