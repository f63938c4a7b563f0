import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { segmentConditions, segmentsSchema } from '#club/insight/segments.ts'
import { reports } from '#club/reports/catalogue.ts'
import { reportNames } from '#club/reports/names.ts'

const text = readFileSync(new URL('../docs/reports.md', import.meta.url), 'utf8')
const nothing = { query: async () => [] }
const asked = {
  reader: nothing,
  from: '2026-11-01',
  to: '2026-11-21',
  by: 'day',
  top: 5,
  now: '2026-11-21T00:00:00.000Z',
} as const

it('docs/reports.md has every report with every column of its files', async () => {
  for (const name of reportNames) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? ''
    const { columns } = await reports[name].make({ ...asked, segments: { segments: [] } })
    const named = [...(row.split(' | ')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, key]) => key)
    expect(named, name).toEqual(columns.map(({ key }) => key).filter((key) => !/^month_([1-9]|1[01])$/.test(key)))
  }
})

it('docs/reports.md shows a segments file that is one, and names every condition', () => {
  const example = parse(/^```yaml\n([\s\S]*?)^```/m.exec(text)?.[1] ?? '')
  expect(segmentsSchema.parse(example).segments.length).toBeGreaterThan(1)
  for (const word of Object.keys(segmentConditions.shape)) expect(text).toContain(`\`${word}\``)
})
