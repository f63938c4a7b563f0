import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { gatewayConfig } from '#gateway/config.ts'
import { startFakeClub } from '#gateway/fake-club.ts'
import { type Gateway, startGateway } from '#gateway/gateway.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { Message } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { emptyFlash } from '#simulators/fingerprint/sensor-model.ts'
import { startVirtualSensor, type VirtualSensor, type VirtualSensorOptions } from '#simulators/fingerprint/virtual-sensor.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'

export const sara = '019a5b2c-7d3e-7f00-8a11-00000000000a'
export const mobile = { kind: 'phone' as const, value: '09121234567' }

/** A club that knows one member, by whatever is presented. */
export const clubOfSara = (message: Message): Partial<Reply> => {
  if (message.type === 'vafa.box.heartbeat.v1') return { clubTime: new Date().toISOString() }
  return { member: { memberid: sara, number: '10000017', visits: 3 } }
}

interface Settings {
  flash?: VirtualSensorOptions['flash']
  capacity?: number
}

/** A store with a till and a fingerprint sensor on TCP, and a club whose answers the test chooses. */
export async function storeWithFinger(settings: Settings = {}) {
  const club = await startFakeClub({ answer: clubOfSara })
  onTestFinished(() => club.close())
  return { club, ...(await storeOf({ name: 'vafa', port: club.port, secret: 'the store’s password' }, settings)) }
}

/** The same store at any club. */
export async function storeOf(club: { name: string; port: number; secret: string }, settings: Settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-fingers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'password'), `${club.secret}\n`)
  writeFileSync(join(folder, 'token-key'), 'k'.repeat(43))
  const [tillPort, fingerPort] = [await freePort(), await freePort()]
  const config = gatewayConfig.parse({
    store: 's1',
    club: { name: club.name, url: `mqtt://127.0.0.1:${club.port}`, secretFile: 'password' },
    tokenKey: { keyid: 'k1', secretFile: 'token-key' },
    database: 'gateway.sqlite',
    lanes: [{ lane: 'lane-1', receipt: { via: 'till' } }],
    devices: [
      { device: 'till-1', lane: 'lane-1', driver: 'till-tcp', options: { port: tillPort } },
      {
        device: 'finger-1',
        lane: 'lane-1',
        driver: 'fingerprint-r30x',
        options: { connection: { tcp: { host: '127.0.0.1', port: fingerPort } }, enrolSeconds: 1 },
      },
    ],
  })
  const flash = settings.flash ?? emptyFlash()
  let sensor: VirtualSensor | undefined
  let gateway: Gateway | undefined
  let till: TillClient | undefined

  const plug = async (own: VirtualSensorOptions = {}) => {
    sensor = await startVirtualSensor({ tcp: { port: fingerPort } }, { flash, capacity: settings.capacity ?? 200, ...own })
  }
  const unplug = async () => {
    await sensor?.close()
    sensor = undefined
  }
  const stop = async () => {
    await till?.close()
    await gateway?.close()
    gateway = undefined
  }
  onTestFinished(async () => {
    await stop()
    await unplug()
  })
  const start = async () => {
    gateway = await startGateway({ config, configFile: join(folder, 'gateway.yaml'), runtime: systemRuntime, log: silentLogger })
    till = await connectTillWhenThere({ port: tillPort })
  }
  const there = <One>(one: One | undefined): One => {
    if (one === undefined) throw new Error('it is not there')
    return one
  }
  /** Resolves when the gateway's word on the sensor fits. */
  const health = (status: string, reason = /(?:)/) =>
    expect
      .poll(
        () =>
          there(gateway)
            .health()
            .find(({ device }) => device === 'finger-1'),
        { timeout: 10_000 },
      )
      .toMatchObject({ status, ...(reason.source === '(?:)' ? {} : { reason: expect.stringMatching(reason) }) })
  /** Asks for an enrolment and gives the fingers, as whoever stands there is told. */
  const enrol = async (first: string, second = first): Promise<TillResponse> => {
    const end = there(till).onMessage((message) => {
      if (message.op !== 'finger') return
      if (message.step === 'place') there(sensor).press(first)
      if (message.step === 'again') there(sensor).press(second)
      if (message.step === 'lift') there(sensor).lift()
    })
    const answer = await there(till).request({ op: 'enrol-finger', consent: true, operator: 'zahra' })
    end()
    sensor?.lift()
    return answer
  }
  return {
    flash,
    folder,
    health,
    plug,
    unplug,
    start,
    stop,
    enrol,
    config,
    configFile: join(folder, 'gateway.yaml'),
    /** The next customer. */
    next: () => there(till).request({ op: 'cancel' }),
    present: () => there(till).request({ op: 'present', credential: mobile }, { until: 'member' }),
    sensor: () => there(sensor),
    till: () => there(till),
    gateway: () => there(gateway),
    /** Which slots the sensor has, in truth. */
    slots: () => Object.keys(flash.fingers).map(Number),
    /** Resolves when the club answers. */
    online: () => expect.poll(() => there(gateway).online, { timeout: 10_000 }).toBe(true),
  }
}
