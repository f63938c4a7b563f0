import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verifySun } from '#club/proofs/sun.ts'
import type { Connection } from '#drivers/contract.ts'
import { pcscDriver } from '#drivers/pcsc/driver.ts'
import { parseSun } from '#protocol/sun.ts'
import { cardNamed, clubAid, demoCardKeys } from '#simulators/card/cards.ts'
import type { VirtualCard } from '#simulators/card/virtual-card.ts'
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

describe('what cards carry, by way of a real pcscd', () => {
  let pcscd: PrivatePcscd
  let host: TestHost
  let connection: Connection

  const rules = [
    { prefix: 'https://vafa.example/c/w/', is: 'qr' },
    { prefix: 'VAFA-', is: 'member-number', take: 'after-prefix' },
  ]
  beforeEach(async () => {
    pcscd = await startTestPcscd()
    host = createTestHost()
    const options = { via: 'pcscd', socket: pcscd.socket, ndef: { sun: { url: 'https://vafa.example/' }, rules } }
    connection = await pcscDriver.connect(pcscDriver.options.parse(options), host.host)
  })
  afterEach(async () => {
    await connection.close()
    await pcscd.close()
  })
  const tapped = async (card: VirtualCard) => {
    const laid = await pcscd.insert(0, card)
    const { credential } = await host.event('credential')
    return { credential, laid }
  }

  test('an NTAG 424 DNA hands over what it says of itself at this reading, for the club alone to verify', async () => {
    const { credential } = await tapped(cardNamed('sima'))
    expect(credential.kind).toBe('nfc-sun')
    const said = verifySun(parseSun(credential.value) ?? expect.fail(), demoCardKeys)
    expect(said).toMatchObject({ uid: '04DE5F1EACC040' })
  })

  test('a storage card gives the text in its memory', async () => {
    expect((await tapped(cardNamed('text'))).credential).toEqual({ kind: 'member-number', value: '1042' })
  })

  test('a phone gives the address that it shows over NFC, though its UID is another one at each tap', async () => {
    expect((await tapped(cardNamed('wallet'))).credential).toEqual({ kind: 'qr', value: 'https://vafa.example/c/w/5f2c' })
  })

  test('a card that carries nothing of the club’s is its UID', async () => {
    expect((await tapped(cardNamed('sara'))).credential).toEqual({ kind: 'nfc-uid', value: '04A1B2C3D4E580' })
  })

  test('a card that answers by halves is nobody, and the next one is read', async () => {
    const half = await pcscd.insert(1, cardNamed('half'))
    const { credential } = await tapped(cardNamed('sima'))
    await half.remove()
    expect(credential.kind).toBe('nfc-sun')
    expect(host.events.filter(({ kind }) => kind !== 'removed')).toHaveLength(1)
  })

  test('light and buzzer of an ACR122 say what the lane made of the tap; another reader is sent nothing', async () => {
    const { laid } = await tapped(cardNamed('sima'))
    connection.tapSignal?.signal('accepted')
    connection.tapSignal?.signal('refused')
    await laid.heard('FF0040500401010301')
    const second = await pcscd.insert(1, cardNamed('mina'))
    await host.event('credential', ({ credential }) => credential.kind === 'nfc-uid')
    connection.tapSignal?.signal('accepted')
    const [acr, omnikey] = [await laid.remove(), await second.remove()]
    expect(acr.asked.slice(-2)).toEqual(['FF0040A00401010101', 'FF0040500401010301'])
    expect(omnikey.asked.filter((apdu) => apdu.startsWith('FF0040'))).toEqual([])
  })
})

test('two readers of one device serve two lanes; where one is blocked by a mute card, the other works on', async () => {
  const pcscd = await startTestPcscd()
  const host = createTestHost()
  const readers = [
    { name: 'ACR122', lane: 'lane-1' },
    { name: 'OMNIKEY', lane: 'lane-2' },
  ]
  const connection = await pcscDriver.connect(pcscDriver.options.parse({ socket: pcscd.socket, readers }), host.host)
  await pcscd.insert(0, cardNamed('mute'))
  await host.healthOf('degraded', /ACR122/)
  const reza = await pcscd.insert(1, cardNamed('reza'))
  expect(await host.event('credential')).toMatchObject({ lane: 'lane-2', credential: { value: cardNamed('reza').uid } })
  await reza.remove()
  expect(await host.event('removed')).toMatchObject({ lane: 'lane-2' })
  await connection.close()
  await pcscd.close()
})
