import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { clubMetrics } from '#club/watching.ts'
import { boxMetrics } from '#gateway/watching.ts'
import type { Metrics } from '#runtime/metrics.ts'

const ours: Metrics = { ...clubMetrics, ...boxMetrics }
const read = (name: string) => readFileSync(new URL(`../monitoring/${name}`, import.meta.url), 'utf8')

/** Names that Prometheus knows: a histogram has three. */
const series = new Set(
  Object.entries(ours).flatMap(([name, { kind }]) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
)
const namedIn = (text: string) => [...text.matchAll(/vafa_\w+/g)].map(([name]) => name)

it('alerts and dashboard ask for figures that there are, by labels that they have', () => {
  const alerts = z
    .object({
      groups: z.array(z.object({ name: z.string(), rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
    })
    .parse(parse(read('alerts.yaml')))
  const dashboard = z
    .object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).optional() })) })
    .parse(JSON.parse(read('grafana.json')))
  const expressions = [
    ...alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ]
  expect(expressions.length).toBeGreaterThan(25)
  for (const name of expressions.flatMap(namedIn)) expect(series).toContain(name)
  for (const expression of expressions)
    for (const [, name = '', label = ''] of expression.matchAll(/(vafa_\w+)\{(\w+)=/g))
      expect(ours[name]?.labels, name).toContain(label)
})

it('every figure of ours is on the dashboard', () => {
  const shown = new Set(namedIn(read('grafana.json')).map((name) => name.replace(/_bucket$/, '')))
  expect(Object.keys(ours).filter((name) => !shown.has(name))).toEqual([])
})
