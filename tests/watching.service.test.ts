import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { clubMetrics } from '#club/watching.ts'
import { boxMetrics } from '#gateway/watching.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startProcess, startVafa } from '#simulators/process/watched-process.ts'

/** A club and its store, both of which may be watched. */
async function installed() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-watch-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = { store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [] }
  const { clubConfig, gatewayConfigs } = writeInstallation({
    folder: join(folder, 'club'),
    club: 'test',
    clubPort: await freePort(),
    stores: [store],
  })
  const ports = { club: await freePort(), box: await freePort() }
  const gatewayConfig = gatewayConfigs.get('s1') ?? ''
  appendFileSync(clubConfig, `watch: { port: ${ports.club} }\n`)
  appendFileSync(gatewayConfig, `watch: { port: ${ports.box} }\n`)
  return { folder, clubConfig, gatewayConfig, ports, clubDatabase: join(folder, 'club/data/club.sqlite') }
}

const get = (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`)
const metric = async (port: number, name: string) =>
  new RegExp(`^${name} (.*)$`, 'm').exec(await (await get(port, '/metrics')).text())?.[1]

it('club and box show how they stand, and every figure of theirs is in docs/metrics.md', async () => {
  const { clubConfig, gatewayConfig, ports } = await installed()
  const club = startVafa(['club', '-c', clubConfig])
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)
  const box = startVafa(['gateway', '-c', gatewayConfig])
  onTestFinished(async () => void (await box.stop()))
  await box.line(/the club answers/)

  await expect.poll(async () => (await get(ports.club, '/readyz')).status, { timeout: 10_000 }).toBe(200)
  await expect.poll(async () => (await get(ports.box, '/readyz')).status, { timeout: 10_000 }).toBe(200)
  await expect.poll(() => metric(ports.box, 'vafa_box_club_up'), { timeout: 10_000 }).toBe('1')
  expect(await metric(ports.club, 'vafa_club_boxes')).toBe('1')
  expect(await metric(ports.club, 'vafa_club_pulse')).toBe('1')
  expect(await (await get(ports.box, '/healthz')).json()).toEqual({ healthy: true })
  expect((await get(ports.box, '/secrets')).status).toBe(404)
  expect((await fetch(`http://127.0.0.1:${ports.box}/metrics`, { method: 'POST' })).status).toBe(405)

  await club.stop()
  await expect.poll(() => metric(ports.box, 'vafa_box_club_up'), { timeout: 20_000 }).toBe('0')
  // A store sells without the club: it stays ready.
  expect((await get(ports.box, '/readyz')).status).toBe(200)

  const documented = readFileSync(new URL('../docs/metrics.md', import.meta.url), 'utf8')
  const named = [...documented.matchAll(/^\| `(vafa_\w+)`/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...Object.keys(clubMetrics), ...Object.keys(boxMetrics)].sort())
})

it('systemd is told when the club is ready, and its watchdog is fed also while nothing can be committed', async () => {
  const { folder, clubConfig, ports, clubDatabase } = await installed()
  const socket = join(folder, 'notify')
  const systemd = startProcess('socat', ['-u', `UNIX-RECV:${socket}`, 'STDOUT'])
  onTestFinished(async () => void (await systemd.stop()))
  const club = startVafa(['club', '-c', clubConfig], { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1500000' })
  onTestFinished(async () => void (await club.stop()))
  await systemd.line(/READY=1/)
  const fed = () => systemd.output().split('WATCHDOG=1').length - 1
  await expect.poll(fed, { timeout: 10_000 }).toBeGreaterThan(1)

  // The books refuse what is written, as a full disk does.
  const database = new Database(clubDatabase)
  database.pragma('busy_timeout = 5000')
  database.exec("CREATE TRIGGER full BEFORE UPDATE ON pulse BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
  await systemd.line(/STATUS=cannot commit: .*full/)
  const before = fed()
  await expect.poll(fed, { timeout: 10_000 }).toBeGreaterThan(before + 1)
  const refused = await get(ports.club, '/readyz')
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ ready: false, reasons: [expect.stringContaining('disk is full')] })
  expect((await get(ports.club, '/healthz')).status).toBe(200)

  database.exec('DROP TRIGGER full')
  database.close()
  await expect.poll(async () => (await get(ports.club, '/readyz')).status, { timeout: 10_000 }).toBe(200)
  club.signal('SIGTERM')
  await systemd.line(/STOPPING=1/)
})
