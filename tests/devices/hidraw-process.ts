/**
 * A driver on the kernel's own hidraw, as a process of its own: umockdev reaches only what it starts. Each event and
 * each word of the device's health is a line of JSON; it ends when its input does.
 */
import { writeFileSync } from 'node:fs'
import type { Driver } from '#drivers/contract.ts'
import { goAhead } from '#simulators/hid/umockdev-files.ts'
import { createTestHost } from './test-host.ts'

const [kind = '', options = '{}', path = ''] = process.argv.slice(2)
// By its own module: the registry takes a second to load on a busy machine.
const module: Record<string, unknown> = await import(`#drivers/${kind}/driver.ts`)
const isDriver = (one: unknown): one is Driver => one !== null && typeof one === 'object' && 'kind' in one && one.kind === kind
const driver = Object.values(module).find(isDriver)
if (!driver) throw new Error(`no driver ${kind}`)
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
const { host } = createTestHost('hid')
try {
  const connection = await driver.connect(driver.options.parse(JSON.parse(options)), {
    ...host,
    event: (event) => say({ event }),
    health: (status, reason) => say({ health: status, reason }),
  })
  say({ connected: true })
  writeFileSync(path, goAhead)
  process.stdin.on('end', () => void connection.close())
  process.stdin.resume()
  say({ closed: (await connection.closed)?.message ?? true })
} catch (error) {
  say({ refused: error instanceof Error ? { ...error, message: error.message } : String(error) })
}
process.exit()
