import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { conditions } from '#programme/conditions.ts'
import { effectKinds } from '#programme/effects.ts'
import { occasions } from '#programme/events.ts'
import { programmeSchema } from '#programme/schema.ts'

const text = readFileSync(new URL('../docs/programme.md', import.meta.url), 'utf8')
const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, example]): unknown => parse(example ?? ''))
const programmes = examples.map((example) =>
  Array.isArray(example) ? { id: 'example', version: 1, currency: 'IRR', rules: example } : example,
)

it('every example of docs/programme.md is a programme, or the rules of one', () => {
  expect(programmes.length).toBeGreaterThan(5)
  for (const one of programmes) expect(programmeSchema.safeParse(one)).toMatchObject({ success: true })
})

it('docs/programme.md shows every occasion, condition and effect in a table and in an example, and every setting', () => {
  const keys = new Set<string>()
  const about = new Set<string>(['sale'])
  const kinds = new Set<string>()
  const gather = (node: unknown): void => {
    if (Array.isArray(node)) for (const one of node) gather(one)
    else if (node !== null && typeof node === 'object')
      for (const [key, value] of Object.entries(node)) {
        keys.add(key)
        if (key === 'kind') kinds.add(String(value))
        if (key === 'on') about.add(String(value))
        gather(value)
      }
  }
  gather(programmes)
  const tables = new Set([...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, word]) => word))
  for (const word of [...Object.keys(conditions.shape), ...effectKinds, ...occasions]) expect(tables, word).toContain(word)
  for (const word of [...Object.keys(conditions.shape), ...Object.keys(programmeSchema.shape)]) expect(keys, word).toContain(word)
  expect([...about].sort()).toEqual([...occasions].sort())
  expect([...kinds].sort()).toEqual([...effectKinds].sort())
})
