import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { pcscDriver } from '#drivers/pcsc/driver.ts'
import { cardNamed, clubAid } from '#simulators/card/cards.ts'
import type { PrivatePcscd } from '#simulators/pcscd/private-pcscd.ts'
import { readerNames, startTestPcscd } from './private-pcscd.ts'
import { isAlive, readerProcesses } from './reader-process.ts'
import { createTestHost, type TestHost } from './test-host.ts'

describe('a card reader by way of a real pcscd', () => {
  let pcscd: PrivatePcscd
  let host: TestHost
  const open = new Set<Connection>()

  beforeEach(async () => {
    pcscd = await startTestPcscd()
    host = createTestHost()
  })
  afterEach(async () => {
    await Promise.all([...open].map((connection) => connection.close()))
    open.clear()
    await pcscd.close()
  })

  const connect = async (options: { readers?: string[]; aid?: string; socket?: string } = {}): Promise<Connection> => {
    const parsed = pcscDriver.options.parse({ via: 'pcscd', socket: pcscd.socket, ...options })
    const connection = await pcscDriver.connect(parsed, host.host)
    open.add(connection)
    return connection
  }
  const credentials = () => host.events.flatMap((event) => (event.kind === 'credential' ? [event.credential.value] : []))
  const sara = cardNamed('sara')
  const reza = cardNamed('reza')

  test('a tap is one credential, and its end is told', async () => {
    await connect()
    await host.healthOf('ready')
    const card = await pcscd.insert(0, sara)
    await host.event('credential')
    await card.remove()
    await host.event('removed')
    expect(host.events.map(({ kind }) => kind)).toEqual(['credential', 'removed'])
    expect(credentials()).toEqual([sara.uid])
  })

  test('a card that lies there gives nothing more while others are read', async () => {
    await connect()
    const lying = await pcscd.insert(0, sara)
    await host.event('credential')
    const passing = await pcscd.insert(1, reza)
    await host.event('credential', ({ credential }) => credential.value === reza.uid)
    await passing.remove()
    await host.event('removed')
    await lying.remove()
    expect(credentials()).toEqual([sara.uid, reza.uid])
  })

  test('a card that lay there before the start is read', async () => {
    await pcscd.insert(0, sara)
    await connect()
    await host.event('credential')
    expect(credentials()).toEqual([sara.uid])
  })

  test('a phone that shows a random UID is refused as an identity', async () => {
    await connect()
    await pcscd.insert(0, cardNamed('phone'))
    expect(await host.event('refused')).toMatchObject({ key: 'credential.random' })
    expect(credentials()).toEqual([])
  })

  test("a phone with the club's application is known by what it answers", async () => {
    await connect({ aid: clubAid })
    await pcscd.insert(0, cardNamed('app'))
    expect((await host.event('credential')).credential).toEqual({ kind: 'iso-dep', value: '5641464131303037' })
  })

  test('a card pulled while it is read, and one that answers nonsense, are survived: the next one is read', async () => {
    await connect()
    await (await pcscd.insert(0, cardNamed('pulled'))).gone
    const nonsense = await pcscd.insert(1, cardNamed('garbage'))
    await pcscd.insert(0, reza)
    await host.event('credential')
    await nonsense.remove()
    expect(credentials()).toEqual([reza.uid])
  })

  test('a mute card is reported with its reader, the other reader goes on, and its end is the end of it', async () => {
    await connect()
    const mute = await pcscd.insert(0, cardNamed('mute'))
    await host.healthOf('degraded', new RegExp(readerNames[0]))
    const before = host.health.length
    await pcscd.insert(1, reza)
    await host.event('credential')
    await mute.remove()
    await expect.poll(() => host.health.slice(before)).toEqual([{ status: 'ready', reason: undefined }])
    expect(credentials()).toEqual([reza.uid])
  })

  test('only the readers that are configured are heard', async () => {
    await connect({ readers: ['OMNIKEY'] })
    await pcscd.insert(0, sara)
    await pcscd.insert(1, reza)
    await host.event('credential')
    expect(credentials()).toEqual([reza.uid])
  })

  test('a configured reader that is not there is named, and the rest works', async () => {
    await connect({ readers: ['OMNIKEY', 'Fingerprint'] })
    await host.healthOf('degraded', /"Fingerprint"/)
    await pcscd.insert(1, reza)
    await host.event('credential')
  })

  test('pcscd killed: the connection ends within a second and says so; back again, it works', async () => {
    const connection = await connect()
    await pcscd.kill()
    const killed = performance.now()
    expect(await connection.closed).toMatchObject({ key: 'device.gone', permanent: false })
    expect(performance.now() - killed).toBeLessThan(1_000)
    await expect(connect()).rejects.toMatchObject({ key: 'device.absent', permanent: false })

    await pcscd.restart()
    await connect()
    await pcscd.insert(0, sara)
    await host.event('credential')
  })

  test('pcscd never there: says what to install', async () => {
    const nowhere = join(tmpdir(), 'no-pcscd.comm')
    await expect(connect({ socket: nowhere })).rejects.toMatchObject({
      key: 'device.absent',
      message: expect.stringContaining(nowhere),
      hint: expect.stringContaining('apt-get install pcscd'),
    })
  })

  test('no reader attached: opens, and says so', async () => {
    await pcscd.close()
    pcscd = await startTestPcscd([])
    await connect()
    await host.healthOf('degraded', /no reader attached/)
  })

  test('closed: its process is gone, also where a mute card holds it up', async () => {
    const connection = await connect()
    const [child] = readerProcesses()
    await pcscd.insert(0, cardNamed('mute'))
    await host.healthOf('degraded')
    await connection.close()
    expect(child && isAlive(child)).toBe(false)
    expect(await connection.closed).toBeUndefined()
  })

  test('its process dies: the connection ends and says how', async () => {
    const connection = await connect()
    const [child = 0] = readerProcesses()
    process.kill(child, 'SIGKILL')
    expect(await connection.closed).toMatchObject({ key: 'device.gone', message: expect.stringContaining('SIGKILL') })
  })

  test('its process hangs: the watchdog ends it and the connection', async () => {
    const connection = await connect()
    const [child = 0] = readerProcesses()
    process.kill(child, 'SIGSTOP')
    expect(await connection.closed).toMatchObject({ key: 'device.stalled', permanent: false })
    expect(isAlive(child)).toBe(false)
  })

  test('the gateway is killed: nothing of it is left', async () => {
    const script = fileURLToPath(new URL('./hold-a-reader.ts', import.meta.url))
    const gateway = spawn(process.execPath, ['--no-warnings', script, pcscd.socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(gateway.stdout, 'data')
    const [child = 0] = readerProcesses(gateway.pid)
    expect(isAlive(child)).toBe(true)
    gateway.kill('SIGKILL')
    await expect.poll(() => isAlive(child), { timeout: 5_000 }).toBe(false)
  })

  test('a binding that does not load: says what to run, and is not tried again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vafa-no-binding-'))
    const breaking = join(folder, 'break.cjs')
    writeFileSync(breaking, "process.dlopen = () => { throw new Error('libpcsclite.so.1: cannot open shared object file') }")
    const before = process.env.NODE_OPTIONS
    process.env.NODE_OPTIONS = `--require ${breaking}`
    try {
      await expect(connect()).rejects.toMatchObject({
        key: 'pcsc.binding-missing',
        hint: expect.stringContaining('npm run build:pcsc'),
        permanent: true,
      })
    } finally {
      if (before === undefined) delete process.env.NODE_OPTIONS
      else process.env.NODE_OPTIONS = before
      rmSync(folder, { recursive: true })
    }
  })
})
