import { describe, expect, it } from 'vitest'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { createFactSender } from './fact-sender.ts'

function senderOf(options: { window?: number } = {}) {
  const runtime = createVirtualRuntime()
  const sent: string[] = []
  let link = true
  const sender = createFactSender({
    runtime,
    bodyOf: (id) => (id.startsWith('spoilt') ? undefined : Buffer.from(id)),
    send({ body }) {
      if (link) sent.push(String(body))
      return link
    },
    ...options,
  })
  const row = (id: string, orderkey: string) => ({ id, orderkey, body: Buffer.from(id) })
  return {
    runtime,
    sender,
    sent,
    live: (...facts: [string, string][]) => sender.addLive(facts.map(([id, key]) => row(id, key))),
    backlog: (...facts: [string, string][]) => sender.addBacklog(facts.map(([id, orderkey]) => ({ id, orderkey }))),
    cut() {
      link = false
      sender.down()
    },
    restore() {
      link = true
      sender.up()
    },
  }
}

describe('facts go to the club', () => {
  it('one unsettled fact per order key, different keys side by side', () => {
    const { sender, sent, live } = senderOf()
    sender.up()
    live(['a1', 'a'], ['a2', 'a'], ['b1', 'b'])
    expect(sent).toEqual(['a1', 'b1'])
    sender.settled('a1')
    expect(sent).toEqual(['a1', 'b1', 'a2'])
  })

  it('but for those that the disk has spoilt: what waits behind one goes', async () => {
    const { runtime, sender, sent, backlog } = senderOf({ window: 1 })
    backlog(['a1', 'a'], ['spoilt', 'a'], ['a3', 'a'])
    sender.up()
    sender.settled('a1')
    await runtime.advance(1)
    expect(sent).toEqual(['a1', 'a3'])
    sender.settled('a3')
    expect(sender.size).toBe(0)
  })

  it('the oldest of a backlog first, whatever its key, so that numbers come without holes', () => {
    const { sender, sent, backlog } = senderOf({ window: 1 })
    backlog(['a1', 'a'], ['b1', 'b'], ['a2', 'a'], ['c1', 'c'])
    sender.up()
    for (const id of ['a1', 'b1', 'a2']) sender.settled(id)
    expect(sent).toEqual(['a1', 'b1', 'a2', 'c1'])
  })

  it('live ones ahead of a backlog, but never past older ones of their own key', () => {
    const { sender, sent, live, backlog } = senderOf({ window: 1 })
    backlog(['x1', 'x'], ['y1', 'y'], ['z1', 'z'])
    sender.up()
    live(['z2', 'z'], ['new', 'n'])
    for (const id of ['x1', 'z1', 'new', 'z2', 'y1']) sender.settled(id)
    expect(sent).toEqual(['x1', 'z1', 'new', 'z2', 'y1'])
  })

  it('at most a window of them at a time', () => {
    const { sender, sent, live } = senderOf({ window: 2 })
    sender.up()
    live(['a', 'a'], ['b', 'b'], ['c', 'c'])
    expect(sent).toEqual(['a', 'b'])
    sender.settled('b')
    expect(sent).toEqual(['a', 'b', 'c'])
  })

  it('again after five seconds without a reply, then with longer waits', async () => {
    const { runtime, sender, sent, live } = senderOf()
    sender.up()
    live(['a', 'a'])
    await runtime.advance(4_900)
    expect(sent).toEqual(['a'])
    await runtime.advance(1_100)
    expect(sent).toEqual(['a', 'a'])
    await runtime.advance(8_000)
    expect(sent).toEqual(['a', 'a'])
    await runtime.advance(3_000)
    expect(sent).toEqual(['a', 'a', 'a'])
    sender.settled('a')
    await runtime.advance(600_000)
    expect(sent).toHaveLength(3)
  })

  it('all again, in order, when the line is back', () => {
    const { sender, sent, live, cut, restore } = senderOf()
    sender.up()
    live(['a1', 'a'], ['a2', 'a'])
    cut()
    live(['b1', 'b'])
    expect(sent).toEqual(['a1'])
    restore()
    expect(sent).toEqual(['a1', 'a1', 'b1'])
    sender.settled('a1')
    expect(sent).toEqual(['a1', 'a1', 'b1', 'a2'])
  })

  it('later, where the club asks for time', async () => {
    const { runtime, sender, sent, live } = senderOf()
    sender.up()
    live(['a', 'a'])
    sender.postponed('a', 30_000)
    await runtime.advance(29_000)
    expect(sent).toEqual(['a'])
    await runtime.advance(2_000)
    expect(sent).toEqual(['a', 'a'])
  })

  it('a repeat of a reply changes nothing', () => {
    const { sender, sent, live } = senderOf()
    sender.up()
    live(['a1', 'a'], ['a2', 'a'], ['a3', 'a'])
    sender.settled('a1')
    sender.settled('a1')
    expect(sent).toEqual(['a1', 'a2'])
    expect(sender.size).toBe(2)
  })

  it('so few of a backlog at a time that a live one is not held up, and more where answers come soon', async () => {
    const { runtime, sender, sent, backlog, live } = senderOf()
    backlog(...Array.from({ length: 3_000 }, (_, n): [string, string] => [`b${n}`, `k${n}`]))
    sender.up()
    let answered = 0
    const underWay = () => sent.length - answered
    /** All that is under way is answered after so long. */
    const answerAfter = async (ms: number) => {
      await runtime.advance(ms)
      for (const id of sent.slice(answered)) {
        answered += 1
        sender.settled(id)
      }
    }
    expect(underWay()).toBe(32)
    for (let n = 0; n < 3; n++) await answerAfter(50)
    expect(underWay()).toBeGreaterThan(100)
    // A thin line: half a second until an answer comes.
    for (let n = 0; n < 12; n++) await answerAfter(500)
    expect(underWay()).toBe(16)
    live(['now', 'new key'])
    expect(sent.at(-1)).toBe('now')
    // Not all of it was answered when the line went: all of it goes again, and carefully at first.
    sender.down()
    answered = sent.length
    sender.up()
    expect(underWay()).toBe(32)
  })
})
