import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createOldestFirst } from './oldest-first.ts'

it('gives what stands first, whatever was put, moved and taken away', () => {
  const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), place: fc.option(fc.nat({ max: 20 })) })
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 60 }), (steps) => {
      const queue = createOldestFirst()
      const model = new Map<string, number>()
      for (const { name, place } of steps) {
        if (place === null) {
          queue.delete(name)
          model.delete(name)
        } else {
          queue.set(name, place)
          model.set(name, place)
        }
        expect(queue.has(name)).toBe(model.has(name))
        const first = queue.first()
        expect(first === undefined ? undefined : model.get(first)).toBe(
          model.size === 0 ? undefined : Math.min(...model.values()),
        )
      }
    }),
  )
})
