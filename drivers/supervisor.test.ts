import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { DeviceHealth } from '#protocol/state.ts'
import { VafaError } from '#runtime/errors.ts'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import type { Connection, DeviceHost, Driver } from './contract.ts'
import { superviseDevice } from './supervisor.ts'

const absent = (options: { permanent: boolean }) =>
  new VafaError({ key: 'device.absent', message: 'no such tty', hint: 'plug it in', ...options })

/** A device whose behaviour at each connection the test chooses. */
function supervised(connect: (host: DeviceHost, attempt: number) => Promise<Connection>) {
  const runtime = createVirtualRuntime()
  const health: DeviceHealth[] = []
  const events: string[] = []
  const connections: boolean[] = []
  let attempts = 0
  const driver: Driver = {
    kind: 'fake',
    options: z.unknown(),
    connect(_, host) {
      attempts += 1
      return connect(host, attempts)
    },
  }
  const supervisor = superviseDevice({
    device: 'reader-1',
    store: 's1',
    driver,
    options: {},
    beside: (path) => path,
    memory: { find: () => undefined, keep: () => {} },
    draw: async () => [],
    warm: () => {},
    runtime,
    log: silentLogger,
    onEvent(event) {
      if (event.kind === 'refused') throw new Error('a fault in the lane')
      events.push(event.kind)
    },
    onConnection: (connection) => connections.push(connection !== undefined),
    onHealth: (one) => health.push(one),
  })
  onTestFinished(async () => {
    const closing = supervisor.close()
    await runtime.advance(3_000)
    await closing
  })
  return {
    runtime,
    health,
    events,
    connections,
    supervisor,
    attempts: () => attempts,
    statuses: () => health.map((h) => h.status),
  }
}

function liveConnection() {
  const closed = Promise.withResolvers<VafaError | undefined>()
  const connection: Connection = {
    closed: closed.promise,
    async close() {
      closed.resolve(undefined)
    },
  }
  return { connection, die: (reason: VafaError) => closed.resolve(reason) }
}

describe('a device', () => {
  it('that is absent is tried again with growing waits, and its absence is reported once with the way out', async () => {
    const { runtime, attempts, health } = supervised(async () => {
      throw absent({ permanent: false })
    })
    await runtime.advance(0)
    expect(health).toMatchObject([{ status: 'absent', reason: 'no such tty (plug it in)', device: 'reader-1', driver: 'fake' }])
    await runtime.advance(120_000)
    expect(attempts()).toBeGreaterThan(39)
    expect(attempts()).toBeLessThan(120)
    expect(health).toHaveLength(1)
  })

  it('whose fault is permanent is tried slowly', async () => {
    const { runtime, attempts } = supervised(async () => {
      throw absent({ permanent: true })
    })
    await runtime.advance(59_000)
    expect(attempts()).toBe(1)
    await runtime.advance(2_000)
    expect(attempts()).toBe(2)
  })

  it('that arrives late is used then', async () => {
    const { connection } = liveConnection()
    const { runtime, statuses, connections } = supervised(async (_, attempt) => {
      if (attempt < 3) throw absent({ permanent: false })
      return connection
    })
    await runtime.advance(10_000)
    expect(statuses()).toEqual(['absent', 'ready'])
    expect(connections).toEqual([true])
  })

  it('that hangs while connecting is let go after ten seconds, and its late connection is closed', async () => {
    const late = liveConnection()
    const { promise, resolve } = Promise.withResolvers<Connection>()
    let aborted = false
    const { runtime, health, attempts } = supervised((host, attempt) => {
      if (attempt > 1) return new Promise(() => {})
      host.signal.addEventListener('abort', () => {
        aborted = true
      })
      return promise
    })
    await runtime.advance(10_000)
    expect(aborted).toBe(true)
    expect(health).toMatchObject([{ status: 'absent', reason: expect.stringContaining('did not answer within 10 s') }])
    resolve(late.connection)
    await late.connection.closed
    await runtime.advance(2_000)
    expect(attempts()).toBe(2)
  })

  it('whose driver throws at once is contained', async () => {
    const { runtime, health } = supervised(() => {
      throw new TypeError('a fault in the driver')
    })
    await runtime.advance(1)
    expect(health).toMatchObject([{ status: 'absent', reason: 'reader-1 failed: a fault in the driver' }])
  })

  it('that dies is reported with the reason and comes back', async () => {
    const lives = [liveConnection(), liveConnection()]
    const { runtime, statuses, health, connections } = supervised(
      async (_, attempt) => lives[attempt - 1]?.connection ?? new Promise(() => {}),
    )
    await runtime.advance(1)
    lives[0]?.die(new VafaError({ key: 'tcp.closed', message: 'the cable was pulled', permanent: false }))
    await runtime.advance(2_000)
    expect(statuses()).toEqual(['ready', 'absent', 'ready'])
    expect(health[1]?.reason).toBe('the cable was pulled')
    expect(connections).toEqual([true, false, true])
  })

  it('begins with short waits again after some seconds of good life', async () => {
    const lives: ReturnType<typeof liveConnection>[] = []
    const { runtime, attempts } = supervised(async (_, attempt) => {
      if (attempt < 8) throw absent({ permanent: false })
      const life = liveConnection()
      lives.push(life)
      return life.connection
    })
    while (lives.length === 0) await runtime.advance(1_000)
    await runtime.advance(5_000)
    lives[0]?.die(absent({ permanent: false }))
    await runtime.advance(1_000)
    expect(attempts()).toBe(9)
  })

  it('that is short of something says so, and that it is well again', async () => {
    let lent: DeviceHost | undefined
    const { connection } = liveConnection()
    const { runtime, health } = supervised(async (host) => {
      lent = host
      return connection
    })
    await runtime.advance(1)
    lent?.health('degraded', 'paper is low')
    lent?.health('degraded', 'paper is low')
    lent?.health('ready')
    expect(health.map(({ status, reason }) => [status, reason])).toEqual([
      ['ready', undefined],
      ['degraded', 'paper is low'],
      ['ready', undefined],
    ])
  })

  it('whose event meets a fault in the lane goes on', async () => {
    let lent: DeviceHost | undefined
    const { connection } = liveConnection()
    const { runtime, events, statuses } = supervised(async (host) => {
      lent = host
      return connection
    })
    await runtime.advance(1)
    lent?.event({ kind: 'refused', at: 0, key: 'credential.random', reason: '' })
    lent?.event({ kind: 'removed', at: 0 })
    expect(events).toEqual(['removed'])
    expect(statuses()).toEqual(['ready'])
  })

  it('is closed with the store, and says nothing after that', async () => {
    let lent: DeviceHost | undefined
    const { connection } = liveConnection()
    const { runtime, events, supervisor, attempts, statuses } = supervised(async (host) => {
      lent = host
      return connection
    })
    await runtime.advance(1)
    await supervisor.close()
    expect(await connection.closed).toBeUndefined()
    lent?.event({ kind: 'removed', at: 0 })
    await runtime.advance(120_000)
    expect([events, attempts(), statuses()]).toEqual([[], 1, ['ready']])
  })

  it('that is to be restarted is let go and opened again at once, also while it waits for its next try', async () => {
    const open = () => {
      const closed = Promise.withResolvers<undefined>()
      return { closed: closed.promise, close: async () => closed.resolve(undefined) }
    }
    const { runtime, supervisor, attempts, statuses, connections } = supervised(async (host, attempt) => {
      if (attempt === 1) throw absent({ permanent: true })
      const connection = open()
      host.signal.addEventListener('abort', () => void connection.close())
      return connection
    })
    await runtime.advance(10)
    expect(statuses()).toEqual(['absent'])
    supervisor.restart()
    await runtime.advance(10)
    expect([attempts(), statuses().at(-1)]).toEqual([2, 'ready'])
    supervisor.restart()
    await runtime.advance(1_000)
    expect([attempts(), statuses().at(-1)]).toEqual([3, 'ready'])
    expect(connections).toEqual([true, false, true])
  })
})
