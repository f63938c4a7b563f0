import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection, FingerSensor, FingerStep } from '#drivers/contract.ts'
import { fingerprintR30xDriver } from '#drivers/fingerprint-r30x/driver.ts'
import { emptyFlash, type SensorFlash } from '#simulators/fingerprint/sensor-model.ts'
import { startVirtualSensor, type VirtualSensor, type VirtualSensorOptions } from '#simulators/fingerprint/virtual-sensor.ts'
import { openTtyPair, type TtyPair } from '#simulators/line/tty-pair.ts'
import { createTestHost, hastyRuntime, type TestHost } from './test-host.ts'

const epoch = '019a5b2c-7d3e-7f00-8a11-0123456789ab'
let pair: TtyPair
let sensor: VirtualSensor
let host: TestHost
let connection: Connection | undefined

beforeEach(async () => {
  pair = await openTtyPair()
  host = createTestHost('finger-1')
})
afterEach(async () => {
  await connection?.close()
  connection = undefined
  await sensor.close()
  await pair.close()
})

const known = (...fingers: string[]): SensorFlash => ({ ...emptyFlash(), fingers: { ...fingers } })

async function plug(options: VirtualSensorOptions & { settings?: object } = {}): Promise<FingerSensor> {
  sensor = await startVirtualSensor({ tty: { path: pair.b } }, options)
  return connect(options.settings)
}

async function connect(settings: object = {}): Promise<FingerSensor> {
  const options = fingerprintR30xDriver.options.parse({ connection: { serial: { path: pair.a } }, ...settings })
  connection = await fingerprintR30xDriver.connect(options, host.host)
  if (!connection.fingers) throw new Error('the connection has no fingers')
  return connection.fingers
}

/** Gives a finger twice, as it is asked to. */
const obedient = (first: string, second = first) => {
  const steps: FingerStep[] = []
  const onStep = (step: FingerStep) => {
    steps.push(step)
    if (step === 'place') sensor.press(first)
    if (step === 'again') sensor.press(second)
    if (step === 'lift') sensor.lift()
  }
  return { steps, onStep }
}

describe('a fingerprint sensor', () => {
  test('tells the slot of a finger that it knows, once until it is lifted', async () => {
    const fingers = await plug({ flash: known('sara', 'reza') })
    fingers.identify()
    sensor.press('reza')
    await host.event('finger', ({ slot }) => slot === 1)
    await sensor.looked(4)
    sensor.lift()
    await host.event('removed')
    expect(host.events.map(({ kind }) => kind)).toEqual(['finger', 'removed'])
  })

  test('tells of a finger that it does not know, and of one that it cannot read, what it is', async () => {
    const fingers = await plug({ flash: known('sara') })
    fingers.identify()
    sensor.press('a stranger')
    await host.event('refused', ({ key }) => key === 'finger.unknown')
    sensor.lift()
    await host.event('removed')
    sensor.press('sara', 'faint')
    await host.event('refused', ({ key }) => key === 'finger.unreadable')
  })

  test('a finger that lands badly and then well is known', async () => {
    const fingers = await plug({ flash: known('sara') })
    sensor.press('sara', 'messy')
    fingers.identify()
    await sensor.looked(1)
    sensor.press('sara')
    await host.event('finger', ({ slot }) => slot === 0)
    expect(host.events.filter(({ kind }) => kind === 'refused')).toEqual([])
  })

  test('looks for no finger before it is told to, and none after it was disabled', async () => {
    const fingers = await plug({ flash: known('sara') })
    sensor.press('sara')
    await host.healthOf('degraded', /^its library is being checked/)
    fingers.disable('its index is not the one that this box knows')
    await host.healthOf('degraded', /^its index is not/)
    expect(await fingers.usedSlots()).toEqual(new Set([0]))
    expect(host.events).toEqual([])
    fingers.identify()
    await host.event('finger')
    await host.healthOf('ready')
  })

  test('stores a finger of two images, the finger lifted in between, and does not take it for a tap', async () => {
    const fingers = await plug({ flash: known('sara') })
    fingers.identify()
    const { steps, onStep } = obedient('reza')
    await fingers.enrol({ slot: 5, onStep })
    expect(steps).toEqual(['place', 'lift', 'again', 'stored'])
    expect(await fingers.usedSlots()).toEqual(new Set([0, 5]))
    await sensor.looked(3)
    expect(host.events).toEqual([])
    sensor.lift()
    await host.event('removed')
    sensor.press('reza')
    await host.event('finger', ({ slot }) => slot === 5)
  })

  test('asks for a finger that lies there already to be lifted first', async () => {
    const fingers = await plug()
    sensor.press('reza')
    const { steps, onStep } = obedient('reza')
    await fingers.enrol({ slot: 0, onStep })
    expect(steps).toEqual(['lift', 'place', 'lift', 'again', 'stored'])
  })

  test('refuses two fingers as one, and one that is stored already, and stores neither', async () => {
    const fingers = await plug({ flash: known('sara') })
    await expect(fingers.enrol({ slot: 1, onStep: obedient('reza', 'mina').onStep })).rejects.toMatchObject({
      key: 'finger.differs',
    })
    sensor.lift()
    await expect(fingers.enrol({ slot: 1, onStep: obedient('sara').onStep })).rejects.toMatchObject({ key: 'finger.taken' })
    expect(await fingers.usedSlots()).toEqual(new Set([0]))
  })

  test('gives up where nobody gives a finger, where it cannot be read, and where it is told to', async () => {
    const fingers = await plug({ settings: { enrolSeconds: 1 } })
    await expect(fingers.enrol({ slot: 0, onStep: () => undefined })).rejects.toMatchObject({ key: 'finger.late' })
    const smeared = () => sensor.press('reza', 'messy')
    await expect(fingers.enrol({ slot: 0, onStep: smeared })).rejects.toMatchObject({ key: 'finger.unreadable' })
    sensor.lift()
    const abort = new AbortController()
    const enrolling = fingers.enrol({ slot: 0, onStep: () => abort.abort(), signal: abort.signal })
    await expect(enrolling).rejects.toMatchObject({ key: 'finger.late' })
    expect(await fingers.usedSlots()).toEqual(new Set())
  })

  test('clears a slot, and its whole library, and says so only when its index agrees', async () => {
    const fingers = await plug({ flash: known('sara', 'reza', 'mina') })
    await fingers.delete(1)
    expect(await fingers.usedSlots()).toEqual(new Set([0, 2]))
    sensor.fault('worn')
    await expect(fingers.delete(0)).rejects.toMatchObject({ key: 'device.refused', message: expect.stringContaining('code 10') })
    sensor.fault('none')
    await fingers.empty()
    expect(await fingers.usedSlots()).toEqual(new Set())
  })

  test('a library of 1,000 is read to its last slot', async () => {
    const fingers = await plug({ capacity: 1_000, flash: { ...emptyFlash(), fingers: { 0: 'a', 255: 'b', 256: 'c', 999: 'd' } } })
    expect(fingers.capacity).toBe(1_000)
    expect(await fingers.usedSlots()).toEqual(new Set([0, 255, 256, 999]))
  })

  test('keeps its epoch without power', async () => {
    const fingers = await plug()
    expect(await fingers.epoch()).toBeUndefined()
    await fingers.setEpoch(epoch)
    await connection?.close()
    await sensor.close()
    const again = await plug({ flash: sensor.flash })
    expect(await again.epoch()).toBe(epoch)
  })

  test('the ring of an R503 says what is wanted', async () => {
    const fingers = await plug({ flash: known('sara'), settings: { led: 'aura' } })
    fingers.identify()
    await sensor.looked()
    expect(sensor.light).toEqual({ mode: 1, colour: 2 })
    sensor.press('a stranger')
    await host.event('refused')
    await sensor.looked()
    expect(sensor.light).toEqual({ mode: 2, colour: 1 })
  })

  test('its security level is set where it is another', async () => {
    await plug({ settings: { security: 5 } })
    expect(sensor.flash.security).toBe(5)
  })
})

describe('a fingerprint sensor in trouble', () => {
  test('answers that arrive damaged are asked for again; the line’s state is told, and that it is well again', async () => {
    const fingers = await plug({ flash: known('sara') })
    fingers.identify()
    await host.healthOf('ready')
    host.health.length = 0
    sensor.fault('wrong-checksum', 1)
    expect(await fingers.usedSlots()).toEqual(new Set([0]))
    await host.healthOf('degraded', /arrives damaged: check the cable/)
    await host.healthOf('ready')
  })

  test('a line that damages everything ends the connection with the reason', async () => {
    const fingers = await plug()
    sensor.fault('wrong-checksum')
    await expect(fingers.usedSlots()).rejects.toMatchObject({ key: 'device.garbled' })
    expect(await connection?.closed).toMatchObject({ key: 'device.garbled', hint: expect.stringContaining('cable') })
  })

  test.each(['silent', 'half-frame'] as const)('%s: the connection ends with the reason, and a new one works', async (fault) => {
    host = createTestHost('finger-1', hastyRuntime)
    await plug({ flash: known('sara') })
    sensor.fault(fault)
    expect(await connection?.closed).toMatchObject({ key: 'device.silent', permanent: false })
    sensor.fault('none')
    host = createTestHost('finger-1')
    const fingers = await connect()
    expect(await fingers.usedSlots()).toEqual(new Set([0]))
  })

  test('one that is slow is waited for', async () => {
    const fingers = await plug({ flash: known('sara') })
    sensor.fault('slow', 1)
    expect(await fingers.usedSlots()).toEqual(new Set([0]))
  })

  test('one that never answers is said to be silent, with what to check', async () => {
    host = createTestHost('finger-1', hastyRuntime)
    sensor = await startVirtualSensor({ tty: { path: pair.b } }, { address: 0x1234_5678 })
    await expect(connect()).rejects.toMatchObject({ key: 'device.silent', hint: expect.stringContaining('baud rate') })
  })

  test('a password of its own is wanted, from a file', async () => {
    await expect(plug({ password: 0xabcd })).rejects.toMatchObject({
      key: 'device.password',
      hint: expect.stringContaining('passwordFile'),
    })
    const passwordFile = join(dirname(pair.a), 'password')
    writeFileSync(passwordFile, '0000ABCD\n')
    const fingers = await connect({ passwordFile })
    expect(await fingers.usedSlots()).toEqual(new Set())
    writeFileSync(passwordFile, 'abcd')
    await connection?.close()
    await expect(connect({ passwordFile })).rejects.toMatchObject({ message: expect.stringContaining('8 hexadecimal digits') })
  })
})
