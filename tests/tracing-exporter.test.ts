import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { noTracer, openTracer, type Tracer } from '#runtime/tracing/tracer.ts'
import { type OtlpCollector, startOtlpCollector } from '#simulators/collector/otlp-collector.ts'

let collector: OtlpCollector
let tracer: Tracer

const open = (share: number) =>
  openTracer({
    config: { endpoint: `http://127.0.0.1:${collector.port}`, share, insecure: false },
    resource: { 'service.name': 'tests' },
    beside: (path) => path,
    runtime: systemRuntime,
    log: silentLogger,
  })
beforeEach(async () => {
  collector = await startOtlpCollector()
})
afterEach(async () => {
  await tracer.close()
  await collector.close()
})

it('tells what a span was, of which it was a part, and how it failed', async () => {
  tracer = await open(1)
  const root = tracer.root('whole', { attributes: { text: 'x', number: 3, half: 0.5, yes: true } })
  tracer.child(root, 'part', { kind: 'client' })?.end({ failed: 'the line was cut' })
  root?.end({ attributes: { more: 'y' } })
  await collector.until((spans) => spans.length === 2)
  const [part, whole] = collector.spans
  expect(whole).toMatchObject({
    service: 'tests',
    name: 'whole',
    kind: 1,
    parent: undefined,
    attributes: { text: 'x', number: 3, half: 0.5, yes: true, more: 'y' },
  })
  expect(part).toMatchObject({
    name: 'part',
    kind: 3,
    failed: 'the line was cut',
    parent: whole?.spanid,
    traceid: whole?.traceid,
  })
  expect(Math.abs(Number((whole?.from ?? 0n) / 1_000_000n) - Date.now())).toBeLessThan(60_000)
})

it('sends again what a collector that is busy did not take, and drops what it calls wrong', async () => {
  tracer = await open(1)
  collector.answerWith(503)
  tracer.root('kept')?.end()
  await tracer.close()
  expect(collector.spans).toEqual([])
  collector.answerWith(200)
  await tracer.close()
  expect(collector.spans.map(({ name }) => name)).toEqual(['kept'])
  collector.answerWith(400)
  tracer.root('wrong')?.end()
  await tracer.close()
  collector.answerWith(200)
  await tracer.close()
  expect(collector.spans.map(({ name }) => name)).toEqual(['kept'])
})

it('keeps no more than some thousand spans for a collector that stays away: the newest', async () => {
  tracer = await open(1)
  collector.answerWith(503)
  for (let n = 0; n < 5_000; n += 1) tracer.root(`span ${n}`)?.end()
  await tracer.close()
  collector.answerWith(200)
  await tracer.close()
  expect(collector.spans.length).toBe(4_096)
  expect(collector.spans.some(({ name }) => name === 'span 4999')).toBe(true)
})

it('a trace is taken whole or not at all', async () => {
  tracer = await open(0)
  const root = tracer.root('whole')
  expect(root).toBeUndefined()
  expect(tracer.child(root, 'part')).toBeUndefined()
})

it('where nobody traces, nothing is loaded and no span is made', async () => {
  tracer = await openTracer({
    ...{ config: undefined, resource: {}, beside: (path) => path, runtime: systemRuntime, log: silentLogger },
  })
  expect(tracer).toBe(noTracer)
  expect(tracer.root('whole')).toBeUndefined()
})
