import fc from 'fast-check'

/** Bytes that a stranger sends, and messages with something wrong: always the same ones. */
export function malformedFrom(samples: readonly Uint8Array[], { count, seed }: { count: number; seed: number }): Buffer[] {
  const sample = fc.constantFrom(...samples.map((one) => Buffer.from(one)))
  const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const at = (bytes: Buffer, where: number) => Math.floor(where * bytes.length)
  const cut = fc.tuple(sample, position).map(([bytes, where]) => bytes.subarray(0, at(bytes, where)))
  const flipped = fc
    .tuple(sample, fc.array(fc.tuple(position, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 }))
    .map(([bytes, flips]) => {
      const other = Buffer.from(bytes)
      for (const [where, bits] of flips) other[at(other, where)] = (other[at(other, where)] ?? 0) ^ bits
      return other
    })
  const joined = fc
    .tuple(sample, position, sample, position)
    .map(([a, from, b, to]) => Buffer.concat([a.subarray(0, at(a, from)), b.subarray(at(b, to))]))
  const long = fc
    .tuple(sample, position, fc.integer({ min: 200, max: 4_000 }), fc.integer({ min: 0, max: 255 }))
    .map(([bytes, where, length, byte]) =>
      Buffer.concat([bytes.subarray(0, at(bytes, where)), Buffer.alloc(length, byte), bytes.subarray(at(bytes, where))]),
    )
  const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  const any = fc.oneof(cut, flipped, flipped, joined, long, garbage)
  return fc.sample(any, { numRuns: count, seed })
}

/** JSON with a value of another kind in some place, a key too many or a key that is gone. */
export function malformedJson(samples: readonly object[], { count, seed }: { count: number; seed: number }): string[] {
  const strange = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 0.5, 2 ** 53, 1e308, '', '\u0000', '۰', '__proto__', 'x'.repeat(3_000), [], {}),
    fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown),
  )
  const one = fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), strange, fc.nat({ max: 2 }))
    .map(([sample, path, value, how]) => {
      const message = JSON.parse(JSON.stringify(sample)) as Record<string, unknown>
      let parent = message
      for (const [depth, step] of path.entries()) {
        const keys = Object.keys(parent)
        const key = keys[step % keys.length]
        if (key === undefined) break
        const next = parent[key]
        if (depth < path.length - 1 && next !== null && typeof next === 'object' && Object.keys(next).length > 0) {
          parent = next as Record<string, unknown>
          continue
        }
        if (how === 0) parent[key] = value
        else if (how === 1) delete parent[key]
        else parent[`${key}${key}`] = value
        break
      }
      return JSON.stringify(message)
    })
  return fc.sample(one, { numRuns: count, seed })
}
