import { appendFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type CollectedSpan, startOtlpCollector } from '#simulators/collector/otlp-collector.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { makeChain, openSale, presentMember, signUp } from './chain.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** The names of the spans below one, those below them behind. */
const tree = (spans: readonly CollectedSpan[], { spanid }: CollectedSpan): string[] =>
  spans.filter(({ parent }) => parent === spanid).flatMap((one) => [`${one.service}: ${one.name}`, ...tree(spans, one)])

test('a purchase is one trace from the tap over the box’s disk, the line and the books to the paper, and names nobody', async () => {
  const collector = await startOtlpCollector()
  endings.push(() => collector.close())
  const printer = await startVirtualPrinter({ width: 576 })
  endings.push(() => printer.close())
  const at = { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 576 }
  const chain = await makeChain({
    lane: { budgetMs: 15_000 },
    devices: (lane) => [{ device: 'printer', lane, driver: 'printer-escpos', options: at }],
  })
  endings.push(() => chain.close())
  const tracing = `tracing: { endpoint: "http://127.0.0.1:${collector.port}", secretFile: secrets/collector }\n`
  for (const config of [chain.clubConfig, chain.gatewayConfig]) {
    appendFileSync(config, tracing)
    writeFileSync(join(dirname(config), 'secrets/collector'), 'Bearer of-the-tests\n')
  }
  const club = await chain.start('club')
  const gateway = await chain.start('gateway')
  const till = await chain.till()
  const mobile = '09121234567'
  const memberid = await signUp(till, mobile)
  await presentMember(till, mobile)
  const quote = await openSale(till, 7_654_321)
  await till.request(
    { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'card', amount: quote.payable }] },
    { until: 'result' },
  )
  await printer.nextJob()
  await collector.until((spans) => spans.some(({ name }) => name === 'receipt'))
  // What is still open is told when they end.
  await gateway.stop()
  await club.stop()

  const receipt = collector.spans.find(({ name }) => name === 'receipt')
  const spans = collector.spans.filter(({ traceid }) => traceid === receipt?.traceid)
  const [purchase, ...others] = spans.filter(({ name }) => name === 'purchase')
  expect(others).toEqual([])
  if (!purchase) throw new Error('there is no purchase')
  const below = tree(spans, purchase)
  expect(below).toHaveLength(spans.length - 1)
  const inTheClub = (type: string) => [`club ${type}`, 'wait', 'decide', 'commit', 'reply'].map((name) => `vafa-club: ${name}`)
  const inTheBox = (...names: string[]) => names.map((name) => `vafa-gateway: ${name}`)
  const types = ['credential.presented', 'member.enrolled', 'sale.quoted', 'sale.completed'].map((type) => `vafa.${type}.v1`)
  // The same customer was signed up before: the lane was not free in between.
  expect(new Set(below)).toEqual(
    new Set([
      ...inTheBox('tap', 'till enrol', 'till open', 'till complete', 'outbox commit', 'line', 'receipt'),
      ...types.map((type) => `vafa-gateway: ${type === types[0] || type === types[2] ? 'ask' : 'fact'} ${type}`),
      ...types.flatMap(inTheClub),
    ]),
  )
  for (const { parent, from, to, failed } of spans) {
    const above = spans.find(({ spanid }) => spanid === parent)
    expect(failed).toBeUndefined()
    expect(to).toBeGreaterThanOrEqual(from)
    // Two processes on one machine read one clock, each once: they may differ by as much as a system sets it.
    if (above) expect(from).toBeGreaterThan(above.from - 50_000_000n)
  }
  const fact = spans.find(({ name }) => name === 'fact vafa.sale.completed.v1')
  expect(fact?.attributes).toMatchObject({ 'vafa.status': 'accepted', 'vafa.sent': 1 })
  expect(receipt?.attributes).toMatchObject({ 'vafa.provisional': false })

  const told = collector.bodies.join('\n')
  for (const secret of [mobile, '9121234567', 'سارا', 'زهرا', memberid, '7654321', String(quote.payable), 'tea', 'R-1'])
    expect(told).not.toContain(secret)
  expect(new Set(collector.authorizations)).toEqual(new Set(['Bearer of-the-tests']))
})
