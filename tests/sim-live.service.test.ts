import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { virtualDevices } from '#cli/installation.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { type Chain, makeChain } from './chain.ts'

const execute = promisify(execFile)
let chain: Chain
let till: string
let scenario: string
let reader: number
let terminals: number[]

const sim = (...args: string[]) =>
  execute(process.execPath, ['cli/vafa.js', 'sim', ...args]).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  )

/** lane-1 serves customers, lane-2 is for training: as in a store where somebody learns. */
beforeAll(async () => {
  const ports = await Promise.all(Array.from({ length: 6 }, freePort))
  const [scanner = 0, display = 0, printer = 0] = ports
  reader = ports[3] ?? 0
  terminals = ports.slice(4)
  chain = await makeChain({
    lanes: 2,
    devices: (lane) => [
      ...(lane === 'lane-1' ? virtualDevices(lane, { till: 1, reader, scanner, display, printer }).slice(1) : []),
      {
        device: `terminal-${lane}`,
        lane,
        driver: 'pos-iso8583',
        options: { terminals: [{ terminal: 'T1', lane, port: terminals[lane === 'lane-1' ? 0 : 1] }] },
      },
    ],
  })
  const yaml = await readFile(chain.gatewayConfig, 'utf8')
  const live = yaml.replace('simulators: all-lanes\n', '').replace('lane: lane-2\n', 'lane: lane-2\n    mode: training\n')
  await writeFile(chain.gatewayConfig, live)
  const [, first, second] = /port: (\d+)[\s\S]*port: (\d+)\s*$/.exec(live.slice(live.indexOf('till-lane-1'))) ?? []
  expect(first).toBeDefined()
  till = `127.0.0.1:${first}`
  scenario = join(chain.folder, 'scenario.yaml')
  await writeFile(scenario, `scenario: s\nsteps:\n  - sale: 1000\n    lane: lane-2\n  - sale: 1000\n    lane: lane-1\n`)
  expect(second).toBeDefined()
  await chain.start('club')
  await chain.start('gateway')
}, 60_000)
afterAll(() => chain.close())

describe('on a store that serves customers', { timeout: 60_000 }, () => {
  test('a simulated till asks its lane first, and sells nothing on one that is live', async () => {
    const { code, said } = await sim('sale', '--amount', '1000', '--till', till)
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('serves customers: no simulator acts there') })
    expect(said).toContain('mode: training')
    expect(chain.books().sales).toEqual([])
  })

  test.each([
    ['a card', ['tap', '--card', 'sara']],
    ['a scanner', ['scan', '6261000000001']],
  ])('%s is not played on a live lane', async (_, args) => {
    const { code, said } = await sim(...args, '-c', chain.gatewayConfig)
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('lane-1 serves customers') })
  })

  test('a card is not laid on a live lane’s reader by its bare port either: the gateway that runs here is known', async () => {
    const { code, said } = await sim('tap', '--card', 'sara', '--port', String(reader))
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('lane-1 serves customers') })
  })

  test('a terminal that was only given an address hears from its lane whether it may act', async () => {
    const [live, training] = await Promise.all(
      terminals.map((port) => sim('terminal', '--to', `127.0.0.1:${port}`, '--amount', '1000')),
    )
    expect(live).toEqual({ code: 1, said: expect.stringContaining('serves customers: no simulator acts there') })
    expect(training).toEqual({ code: 0, said: expect.stringMatching(/0200 sale[\s\S]*0210 00/) })
    expect(chain.books().sales).toEqual([])
  })

  test('another machine’s lanes are not known here, and are not played', async () => {
    const { code, said } = await sim('scan', '6261000000001', '--call', '192.0.2.1:4002')
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('192.0.2.1 is another machine') })
  })

  test('a scenario plays the training lane, which books nothing, and not the live one', async () => {
    const { code, said } = await sim('run', scenario, '-c', chain.gatewayConfig)
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringMatching(/scenario\.yaml:5: step 2 of 2 .*lane-1 has no device for “sale”/),
    })
    expect(chain.books().sales).toEqual([])
  })
})
