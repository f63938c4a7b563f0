import { Readable } from 'node:stream'
import type { Aedes } from 'aedes'

interface Level<T> {
  value?: T
  below: Map<string, Level<T>>
}

/** Values by topic, found again by a filter without a look at all others. */
export function createTopicTree<T>() {
  const root: Level<T> = { below: new Map() }
  function* all(level: Level<T>): Generator<T> {
    if (level.value !== undefined) yield level.value
    for (const next of level.below.values()) yield* all(next)
  }
  function* under(level: Level<T>, filter: readonly string[], at: number): Generator<T> {
    const part = filter[at]
    if (part === undefined) {
      if (level.value !== undefined) yield level.value
      // `a/#` takes in `a` too (4.7.1.2).
    } else if (part === '#') yield* all(level)
    else if (part === '+') for (const [name, next] of level.below) yield* isHidden(name, at) ? [] : under(next, filter, at + 1)
    else {
      const next = level.below.get(part)
      if (next) yield* under(next, filter, at + 1)
    }
  }
  return {
    set(topic: string, value: T): void {
      let level = root
      for (const part of topic.split('/')) {
        const next = level.below.get(part) ?? { below: new Map() }
        level.below.set(part, next)
        level = next
      }
      level.value = value
    },
    delete(topic: string): void {
      const path = [root]
      const parts = topic.split('/')
      for (const part of parts) {
        const next = path.at(-1)?.below.get(part)
        if (!next) return
        path.push(next)
      }
      delete path.at(-1)?.value
      for (let at = parts.length; at > 0; at -= 1) {
        const level = path[at]
        if (level?.value !== undefined || (level?.below.size ?? 0) > 0) return
        path[at - 1]?.below.delete(parts[at - 1] ?? '')
      }
    },
    /** Those whose topics fit the filter (MQTT 3.1.1, section 4.7). */
    *matching(filter: string): Generator<T> {
      const parts = filter.split('/')
      if (parts[0] === '#') for (const [name, next] of root.below) yield* isHidden(name, 0) ? [] : all(next)
      else yield* under(root, parts, 0)
    },
  }
}

/** 4.7.2: a wildcard at the beginning takes in no topic that begins with `$`. */
const isHidden = (name: string, at: number): boolean => at === 0 && name.startsWith('$')

type Packet = { topic: string; payload: Buffer | string }

/**
 * aedes looks at every retained message for each filter of each subscription (aedes-persistence 11.0.0,
 * `retainedMessagesByPattern`): a street of boxes that comes back would cost the square of its length.
 */
export function indexRetained(aedes: Aedes): void {
  const { persistence } = aedes as Aedes & {
    persistence: { storeRetained(packet: Packet): Promise<void>; createRetainedStreamCombi(filters: string[]): Readable }
  }
  const kept = createTopicTree<Packet>()
  persistence.storeRetained = async (packet) => {
    if (packet.payload.length === 0) kept.delete(packet.topic)
    else kept.set(packet.topic, { ...packet })
  }
  persistence.createRetainedStreamCombi = (filters) =>
    Readable.from(
      (function* () {
        for (const filter of filters) yield* kept.matching(filter)
      })(),
    )
}
