import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTopicTree } from './retained-topics.ts'
import { topicMatcher } from './topic-filter.ts'

describe('topics in a tree', () => {
  const part = fc.constantFrom('a', 'b', 'c', '', '$x')
  const topic = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const filter = fc
    .tuple(fc.array(fc.oneof(part, fc.constant('+')), { maxLength: 4 }), fc.boolean())
    .map(([parts, open]) => [...parts, ...(open || parts.length === 0 ? ['#'] : [])].join('/'))

  it('are found by a filter as if each had been held against it, whatever was put in and taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(topic, fc.boolean()), { maxLength: 30 }), filter, (acts, wanted) => {
        const tree = createTopicTree<string>()
        const plain = new Set<string>()
        for (const [name, stays] of acts) {
          if (stays) {
            tree.set(name, name)
            plain.add(name)
          } else {
            tree.delete(name)
            plain.delete(name)
          }
        }
        const matches = topicMatcher(wanted)
        // The plain matcher hides `$` topics from all filters, the tree (as aedes must) from a leading wildcard only.
        const found = [...tree.matching(wanted)].filter((one) => !one.startsWith('$'))
        expect(found.sort()).toEqual([...plain].filter(matches).sort())
      }),
      { numRuns: 2_000 },
    )
  })

  it('a leading wildcard does not show topics of the broker’s own', () => {
    const tree = createTopicTree<string>()
    tree.set('$SYS/x', 'hidden')
    tree.set('a/x', 'shown')
    expect([...tree.matching('#')]).toEqual(['shown'])
    expect([...tree.matching('+/x')]).toEqual(['shown'])
    expect([...tree.matching('$SYS/#')]).toEqual(['hidden'])
  })
})
