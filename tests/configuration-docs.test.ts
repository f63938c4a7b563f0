import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { agentConfig } from '#agent/config.ts'
import { clubConfig } from '#club/config.ts'
import { gatewayConfig } from '#gateway/config.ts'

/** Every key of a schema as docs/configuration.md writes it: `lanes[].receipt.via`. */
function keysOf(schema: unknown, prefix = ''): string[] {
  const node = schema as { properties?: Record<string, unknown>; items?: unknown; anyOf?: unknown[] }
  if (node.anyOf) return node.anyOf.flatMap((one) => keysOf(one, prefix))
  if (node.items) return keysOf(node.items, `${prefix}[]`)
  if (!node.properties || 'fa' in node.properties) return [prefix]
  return Object.entries(node.properties).flatMap(([key, value]) => keysOf(value, prefix ? `${prefix}.${key}` : key))
}

const documented = (heading: string): string[] => {
  const text = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return [...section.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ''),
  )
}

test.each([
  ['club.yaml', clubConfig],
  ['gateway.yaml', gatewayConfig],
  ['agent.yaml', agentConfig],
])('docs/configuration.md names every key of %s and no other', (file, schema) => {
  const keys = keysOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  expect(keys.length).toBeGreaterThan(8)
  const parents = ['stores', 'lanes', 'devices']
  expect(
    documented(file)
      .filter((key) => !parents.includes(key))
      .sort(),
  ).toEqual(keys.sort())
})
