import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { freePort } from '#simulators/process/free-port.ts'
import { vafaCommand } from '#simulators/process/watched-process.ts'
import { type Chain, creditAccount, makeChain, signUp } from './chain.ts'

let chain: Chain | undefined
afterEach(() => chain?.close())

async function terminal(
  ...args: string[]
): Promise<{ code: number; out: string; messages: { mti: string; fields: Record<string, string> }[] }> {
  const [program = '', ...rest] = vafaCommand(['sim', 'terminal', '-c', chain?.gatewayConfig ?? '', '--json', ...args])
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, said] = ['', '']
  child.stdout.on('data', (text) => (out += String(text)))
  child.stderr.on('data', (text) => (said += String(text)))
  const [code] = (await once(child, 'close')) as [number]
  return {
    code,
    out: said,
    messages: out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  }
}

test('a technician plays a terminal against a running store: quote, hold, sale, repeat, reversal, a lost answer, the day', async () => {
  const port = await freePort()
  chain = await makeChain({
    lane: { budgetMs: 10_000, receipt: { via: 'terminal' } },
    devices: (lane) => [
      { device: 'terminals', lane, driver: 'pos-iso8583', options: { terminals: [{ terminal: 'T1', lane, port }] } },
    ],
  })
  await chain.start('club')
  await chain.start('gateway')
  const mobile = '09123456789'
  const memberid = await signUp(await chain.till(), mobile)

  const first = await terminal('--amount', '1000000', '--phone', mobile, '--no-quote')
  expect(first.messages.at(-1)).toMatchObject({ mti: '0210', fields: { 39: '00', 54: '6002364C000000100000' } })

  const journal = join(chain.folder, 'journal.json')
  const sale = ['--amount', '1000000', '--phone', mobile, '--journal', journal]
  const all = await terminal(...sale, '--redeem', '20000', '--repeat', '--reverse')
  // Before anything else: may a simulator act here?
  const [asked, leave, ...messages] = all.messages
  expect([asked?.mti, leave?.mti]).toEqual(['0800', '0810'])
  expect(messages.map(({ mti, fields }) => `${mti} ${fields[39] ?? ''}`.trim())).toEqual([
    '0100',
    '0110 00',
    '0100',
    '0110 00',
    '0200',
    '0210 00',
    '0201',
    '0210 00',
    '0420',
    '0430 00',
  ])
  expect(messages[3]?.fields[4]).toBe('000000980000')
  expect(messages[7]).toEqual({ ...messages[5], fields: { ...messages[5]?.fields, 48: messages[7]?.fields[48] } })

  const lost = await terminal(...sale, '--fault', 'answer-lost')
  expect(lost.messages.at(-1)).toMatchObject({ mti: '0430', fields: { 39: '00' } })
  expect(lost.code).toBe(0)

  const day = await terminal('--close-day', new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tehran' }).format(new Date()))
  expect(day.messages.at(-1)).toMatchObject({ mti: '0510', fields: { 39: '00', 66: '1' } })
  // One sale is left of three: its credit is what the member has.
  const { books } = chain
  await expect.poll(() => books().accounts.get(creditAccount(memberid)), { timeout: 10_000 }).toBe(100_000)
}, 60_000)

test('a store whose club is away still takes a terminal’s sale, and says that it is provisional', async () => {
  const port = await freePort()
  chain = await makeChain({
    lane: { budgetMs: 500, receipt: { via: 'terminal' } },
    devices: (lane) => [
      { device: 'terminals', lane, driver: 'pos-iso8583', options: { terminals: [{ terminal: 'T1', lane, port }] } },
    ],
  })
  const club = await chain.start('club')
  await chain.start('gateway')
  await signUp(await chain.till(), '09123456789')
  await club.stop()
  const { messages } = await terminal('--amount', '1000000', '--phone', '09123456789', '--no-quote')
  expect(messages.at(-1)?.fields).toMatchObject({ 39: '00', 48: expect.stringMatching(/^ST001P/) })
}, 60_000)
