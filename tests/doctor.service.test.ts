import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Finding } from '#cli/doctor/finding.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { vafaCommand } from '#simulators/process/watched-process.ts'
import { type Chain, makeChain } from './chain.ts'

/** What `vafa doctor` says of the chain's box: by subject; and its exit code. */
async function doctor(chain: Chain, ...more: string[]) {
  const [program = '', ...words] = vafaCommand(['doctor', '-c', chain.gatewayConfig, ...more])
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const said = await text(child.stdout)
  const [code] = await ended
  return { code: code as number | null, said }
}

async function examined(chain: Chain) {
  const { code, said } = await doctor(chain, '--json')
  const { findings } = JSON.parse(said) as { findings: Finding[] }
  return { code, all: findings, of: (subject: string) => findings.find((one) => one.subject === subject) }
}

async function storeWith(devices: { device: string; driver: string; options: Record<string, unknown> }[]): Promise<Chain> {
  const chain = await makeChain({ devices: (lane) => devices.map((one) => ({ ...one, lane })) })
  onTestFinished(() => chain.close())
  return chain
}

const change = (chain: Chain, how: (config: Record<string, unknown>) => object) =>
  writeFileSync(chain.gatewayConfig, stringify({ ...how(parse(readFileSync(chain.gatewayConfig, 'utf8'))) }))

test('a box that is not running: each device is opened, and each trouble named by its layer', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const busy = (taken.address() as { port: number }).port
  const chain = await storeWith([
    {
      device: 'printer',
      driver: 'printer-escpos',
      options: { connection: { tcp: { host: '127.0.0.1', port: await freePort() } } },
    },
    { device: 'second-till', driver: 'till-tcp', options: { port: busy } },
    { device: 'scanner', driver: 'scanner-serial', options: { connection: { serial: { path: '/dev/ttyUSB99' } } } },
    { device: 'open-till', driver: 'till-tcp', options: { host: '0.0.0.0', port: 4_711 } },
    { device: 'reader', driver: 'pcsc', options: { colour: 'red' } },
    { device: 'tills', driver: 'till-http', options: { port: 0, tills: [{ till: 't', lane: 'lane-1', secretFile: 'gone' }] } },
  ])
  const { code, all, of } = await examined(chain)
  expect(code).toBe(1)
  expect(all.filter(({ status, command }) => status === 'failed' && command === undefined)).toEqual([])
  expect(of('device till-lane-1')).toMatchObject({ status: 'ok' })
  expect(of('device printer')).toMatchObject({ layer: 'network', command: expect.stringContaining('ping -c 3 127.0.0.1') })
  expect(of('device second-till')).toMatchObject({ layer: 'port', command: `sudo ss -ltnp 'sport = :${busy}'` })
  expect(of('device scanner')).toMatchObject({ layer: 'cable', command: 'vafa devices' })
  expect(of('device open-till')).toMatchObject({ layer: 'configuration' })
  expect(of('device reader')).toMatchObject({ layer: 'configuration', detail: expect.stringContaining('colour') })
  expect(of('device tills')).toMatchObject({ layer: 'secret' })
  expect(of('gateway')).toMatchObject({ status: 'warning' })
  expect(of('club')).toMatchObject({ status: 'failed', layer: 'club' })

  // Paths, names and other programs' words keep their direction; a person who reads Persian alone understands the rest.
  const { said } = await doctor(chain, '--language', 'fa')
  expect(said).toContain('دستگاه \u2068scanner\u2069: \u2068/dev/ttyUSB99\u2069 نیست')
  expect(said.replaceAll(/\u2068[^\u2069]*\u2069|→ .*/g, '')).not.toMatch(/[A-Za-z]/)
})

test('a box that runs is asked, and left alone; then the club goes, and another secret comes', async () => {
  const port = await freePort()
  const chain = await storeWith([
    { device: 'printer', driver: 'printer-escpos', options: { connection: { tcp: { host: '127.0.0.1', port } } } },
  ])
  const club = await chain.start('club')
  const gateway = await chain.start('gateway')
  await expect.poll(async () => (await examined(chain)).of('device printer')?.layer, { timeout: 10_000 }).toBe('network')
  const well = await examined(chain)
  expect(well.of('gateway')).toMatchObject({ status: 'ok' })
  expect(well.of('club')).toMatchObject({ status: 'ok' })
  expect(well.of('outbox')).toMatchObject({ status: 'ok' })
  expect(well.of('disk')).toMatchObject({ status: expect.not.stringMatching('failed') })
  expect(well.of('device till-lane-1')).toMatchObject({ status: 'ok' })
  expect(well.code).toBe(1)

  await gateway.stop()
  expect((await examined(chain)).of('club')).toMatchObject({ status: 'ok', detail: expect.stringContaining('knows this box') })
  writeFileSync(join(dirname(chain.gatewayConfig), 'secrets/club'), 'x'.repeat(40))
  expect((await examined(chain)).of('club')).toMatchObject({ status: 'failed', layer: 'secret' })
  await club.stop()
})

test('a wrong configuration is named by its line, and ends with its own code', async () => {
  const chain = await storeWith([])
  change(chain, (config) => ({ ...config, colour: 'red' }))
  const { code, all } = await examined(chain)
  expect(code).toBe(3)
  expect(all).toEqual([
    expect.objectContaining({ layer: 'configuration', detail: expect.stringMatching(/gateway\.yaml:\d+: colour/) }),
  ])
})

test('for people it speaks Persian', async () => {
  const chain = await storeWith([
    { device: 'scanner', driver: 'scanner-serial', options: { connection: { serial: { path: '/dev/ttyUSB99' } } } },
  ])
  const { said } = await doctor(chain)
  expect(said).toContain('کابل: دستگاه وصل نیست یا خاموش است')
  expect(said).toContain('→ vafa devices')
  expect(said).toMatch(/[۰-۹]+ مورد خراب/)
})
