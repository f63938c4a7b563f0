import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type AgentConsole, startAgentConsole } from '#simulators/console/agent-console.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { vafaCommand } from '#simulators/process/watched-process.ts'
import { type AgentStore, makeAgentStore, mobile } from './agent-store.ts'
import { creditAccount } from './chain.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function store(more: Parameters<typeof makeAgentStore>[0] = {}): Promise<AgentStore> {
  const made = await makeAgentStore(more)
  endings.push(() => made.close())
  return made
}

async function agentOf({ agentConfig }: AgentStore): Promise<AgentConsole> {
  const console = startAgentConsole({ config: agentConfig })
  endings.push(() => console.close())
  await console.until(/Amount/)
  return console
}

function setPinOf({ agentConfig }: AgentStore): void {
  const [program = '', ...args] = vafaCommand(['agent', 'pin', '-c', agentConfig])
  expect(spawnSync(program, args, { input: '4711\n', encoding: 'utf8' }).stdout).toMatch('The PIN is set')
}

test('a cashier sells at the terminal: amount, mobile, quote, credit, payment, undo, totals, close of the day', async () => {
  const { chain, memberid, agentConfig, journal } = await store()
  const agent = await agentOf({ agentConfig } as AgentStore)
  await agent.until(/^((?!offline)[\s\S])*$/)

  agent.press('1000000', 'enter')
  await agent.until(/type a mobile/)
  agent.press(mobile as `${number}`, 'enter')
  await agent.until(/Discount +50,000 rial\n *To pay +950,000 rial/)
  agent.press('1')
  await agent.until(/Sold[\s\S]*Earned +95,000 rial/)

  agent.press('500000', 'enter', mobile as `${number}`, 'enter')
  await agent.until(/\+: credit/)
  agent.press('credit', '20000', 'enter')
  await agent.until(/From credit +20,000 rial[\s\S]*To pay +480,000 rial/)
  agent.press('2')
  await agent.until(/Sold[\s\S]*Paid +480,000 rial/)
  expect(journal()).toMatchObject([
    { state: 'done', total: 1_000_000, paid: 950_000 },
    { state: 'done', total: 500_000, paid: 480_000 },
  ])

  agent.press('enter', 'menu', '2')
  await agent.until(/Undo this sale\?[\s\S]*480,000 rial/)
  agent.press('enter')
  await agent.until(/Undone[\s\S]*480,000 rial/)
  agent.press('enter', 'menu', '3')
  await agent.until(/Sales +2\n.*Sold +1,500,000 rial[\s\S]*Undone +1/)
  agent.press('cancel')
  await agent.until(/Amount/)
  agent.press('menu', '4')
  await agent.until(/Close the day/)
  agent.press('enter')
  await agent.until(/Agrees with the box/)
  await expect.poll(() => chain.books().accounts.get(creditAccount(memberid)), { timeout: 10_000 }).toBe(95_000)
}, 60_000)

test('over TLS, known by its certificate: without the box it sells alone, and the club hears of it once when the line is back', async () => {
  const made = await store({ knownBy: 'certificate' })
  const agent = await agentOf(made)
  await made.cable.cut()
  await agent.until(/offline/)
  agent.press('300000', 'enter', mobile as `${number}`, 'enter')
  await agent.until(/Without the club/)
  agent.press('1')
  await agent.until(/kept here[\s\S]*Waiting to be sent 1/)
  // What the customer showed is in no file as it was typed.
  expect(spawnSync('grep', ['-rla', mobile, `${made.chain.folder}/terminal`]).status).toBe(1)
  made.cable.restore()
  await agent.until(/^((?!Waiting)[\s\S])*$/)
  expect(made.journal()).toMatchObject([{ mti: '0220', state: 'done', total: 300_000 }])
  await expect.poll(() => made.chain.books().accounts.get(creditAccount(made.memberid)), { timeout: 10_000 }).toBe(30_000)
}, 60_000)

test('a PIN opens the service menu, three wrong ones lock it', async () => {
  const made = await store()
  const agent = await agentOf(made)
  agent.press('menu', '9', '1234', 'enter')
  await agent.until(/No PIN is set/)
  setPinOf(made)
  agent.press('4711', 'enter')
  await agent.until(/Test the line/)
  agent.press('1')
  await agent.until(/The line works/)
  agent.press('enter', 'cancel', 'menu', '9')
  for (let n = 0; n < 3; n += 1) {
    agent.press('0000')
    await agent.until(/••••_/)
    agent.press('enter')
    await agent.until(n < 2 ? /Wrong PIN/ : /Locked/)
  }
  agent.press('4711', 'enter')
  await agent.until(/Service PIN +_[\s\S]*Locked/)
}, 60_000)

test('on a serial line, each message signed, with a printer of its own: sold, on paper, and on paper again as a copy', async () => {
  const tty = await openTtyPair()
  endings.push(() => tty.close())
  const printer = await startVirtualPrinter({ width: 384 })
  endings.push(() => printer.close())
  const folder = mkdtempSync(join(tmpdir(), 'vafa-agent-key-'))
  endings.push(async () => rmSync(folder, { recursive: true, force: true }))
  const keyFile = join(folder, 'terminal.key')
  writeFileSync(keyFile, '00112233445566778899AABBCCDDEEFF\n')
  const mac = { keyFile }
  const made = await store({
    box: {
      serial: { path: tty.a, baudRate: 115_200 },
      bitmap: 'hex',
      terminals: [{ terminal: 'T1', lane: 'lane-1', mac }],
    },
    agent: {
      gateway: { serial: { path: tty.b, baudRate: 115_200 }, mac, answerMs: 8_000 },
      devices: [
        {
          device: 'printer',
          driver: 'printer-escpos',
          options: { connection: { tcp: { host: printer.host, port: printer.port } }, width: 384 },
        },
      ],
    },
  })
  const agent = await agentOf(made)
  await agent.until(/^((?!offline)[\s\S])*$/)
  agent.press('1000000', 'enter', mobile as `${number}`, 'enter')
  await agent.until(/To pay +950,000 rial/)
  agent.press('1')
  await agent.until(/Sold/)
  const original = await printer.nextJob()
  agent.press('enter', 'menu', '1')
  const copy = await printer.nextJob()
  // The copy is the same with one line more.
  expect([copy.complete, copy.bands.length]).toEqual([true, original.bands.length + 1])

  setPinOf(made)
  await agent.until(/goes to the printer/)
  agent.press('menu', '9', '4711', 'enter')
  await agent.until(/New keys/)
  agent.press('6')
  await agent.until(/The keys are new/)
  agent.press('enter', 'cancel', '200000', 'enter', 'enter')
  await agent.until(/To pay +200,000 rial/)
  agent.press('2')
  await agent.until(/Sold/)
  expect(made.journal()).toMatchObject([
    { state: 'done', paid: 950_000 },
    { state: 'done', paid: 200_000 },
  ])
}, 60_000)
