import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection, Driver } from '#drivers/contract.ts'
import { VafaError } from '#runtime/errors.ts'
import { createTestHost, type TestHost } from './test-host.ts'

/** The far end, as a conformance test plays it. Made new for each test, with nothing there yet. */
export interface World {
  /** As they stand in the configuration; they go through the driver's schema. */
  readonly options: unknown
  /** The device is plugged in and switched on. */
  appear(): Promise<void>
  /** The device or its line goes away in the middle. */
  vanish(): Promise<void>
  /** The device says what no such device says. */
  garbage(): Promise<void>
  /** The device does what it is for, and the host sees it; rejects where it does not. */
  use(connection: Connection, host: TestHost): Promise<void>
  /** Clears up whatever is left. */
  end(): Promise<void>
}

/** What a kind of line cannot do, and so cannot be asked: a plain file has nobody at its other end. */
export interface Limits {
  /** `stays`: the driver listens, so those who hang up do not end its connection. */
  afterVanish?: 'closes' | 'stays' | 'impossible'
}

const promptly = 5_000

/** The behaviours that each driver owes the gateway, whatever it drives. */
export function conformance<Options>(
  name: string,
  setting: { driver: Driver<Options>; world: () => Promise<World> } & Limits,
): void {
  const { driver, afterVanish = 'closes' } = setting

  describe(`${name} keeps the driver contract`, () => {
    let world: World
    let host: TestHost
    const open = new Set<Connection>()

    const connect = async (to: TestHost = host): Promise<Connection> => {
      const connection = await driver.connect(driver.options.parse(world.options), to.host)
      open.add(connection)
      return connection
    }

    beforeEach(async () => {
      world = await setting.world()
      host = createTestHost()
    })
    afterEach(async () => {
      await Promise.all([...open].map((connection) => connection.close()))
      open.clear()
      await world.end()
    })

    test('absent at the start: says what is missing and what to do, and may be tried again', async () => {
      const started = performance.now()
      const error = await connect().catch((thrown: unknown) => thrown)
      expect(performance.now() - started).toBeLessThan(promptly)
      expect(error).toBeInstanceOf(VafaError)
      expect(error).toMatchObject({
        key: expect.stringMatching(/^device\./),
        hint: expect.stringMatching(/\w/),
        permanent: false,
      })
    })

    test('arrives late: the next try works', async () => {
      await expect(connect()).rejects.toBeInstanceOf(VafaError)
      await world.appear()
      await world.use(await connect(), host)
    })

    test('closes cleanly: says so without a reason, leaves nothing open, and can be opened again', async () => {
      await world.appear()
      await (await connect()).close()
      const before = openFiles()

      const connection = await connect()
      await world.use(connection, host)
      await connection.close()
      await connection.close()
      expect(await connection.closed).toBeUndefined()
      await expect.poll(openFiles, { timeout: promptly }).toBe(before)

      await world.use(await connect(), host)
    })

    test('let go by the host: ends by itself, without a reason', async () => {
      await world.appear()
      const connection = await connect()
      host.abort()
      expect(await within(connection.closed, 'closed')).toBeUndefined()
    })

    test('let go before it is open: is not opened', async () => {
      await world.appear()
      host.abort()
      await expect(connect()).rejects.toBeInstanceOf(VafaError)
      const next = createTestHost()
      await world.use(await connect(next), next)
    })

    if (afterVanish === 'impossible') return

    test('garbage: lives through it, or closes with a reason; afterwards it works', async () => {
      await world.appear()
      const connection = await connect()
      await world.garbage()
      const outcome = await Promise.race([connection.closed.then((reason) => ({ reason })), world.use(connection, host)])
      if (outcome === undefined) return
      expect(outcome.reason).toBeInstanceOf(VafaError)
      const next = createTestHost()
      await world.use(await connect(next), next)
    })

    test('hung up in the middle: says why, and works when the device comes back', async () => {
      await world.appear()
      const connection = await connect()
      await world.use(connection, host)
      await world.vanish()
      if (afterVanish === 'closes') {
        const reason = await within(connection.closed, 'closed')
        expect(reason).toBeInstanceOf(VafaError)
        expect(reason).toMatchObject({ hint: expect.stringMatching(/\w/), permanent: false })
        await expect(connect()).rejects.toBeInstanceOf(VafaError)
      }
      await world.appear()
      const next = createTestHost()
      if (afterVanish === 'closes') await world.use(await connect(next), next)
      else await world.use(connection, host)
    })
  })
}

/** What this process holds open: a port that is still open, or a socket, shows here. */
const openFiles = (): number => readdirSync('/proc/self/fd').length

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ${what} within ${promptly} ms`)), promptly)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
