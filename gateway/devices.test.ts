import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Connection, DeviceEvent, DeviceHost, Driver, Till } from '#drivers/contract.ts'
import type { LaneScreen } from '#protocol/lane.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type Devices, startDevices } from './devices.ts'
import { createLaneHardware } from './lane/hardware.ts'

let devices: Devices | undefined
afterEach(() => devices?.close())

/** One port that terminals of two lanes call. */
function terminals(): { driver: Driver; host(): DeviceHost; said: string[] } {
  let lent: DeviceHost | undefined
  const said: string[] = []
  const till = (lane: string): Till => ({ send: ({ op }) => void said.push(`${lane}: ${op}`) })
  return {
    said,
    host() {
      if (!lent) throw new Error('not connected yet')
      return lent
    },
    driver: {
      kind: 'terminals',
      options: z.object({ lanes: z.array(z.string()) }),
      lanes: (options) => (options as { lanes: string[] }).lanes,
      async connect(options, host): Promise<Connection> {
        lent = host
        const closed = Promise.withResolvers<undefined>()
        return {
          closed: closed.promise,
          close: async () => closed.resolve(undefined),
          tills: new Map((options as { lanes: string[] }).lanes.map((lane) => [lane, till(lane)])),
        }
      },
    },
  }
}

function store(served: string[]) {
  const heard: [string, DeviceEvent][] = []
  const { driver, host, said } = terminals()
  const connected = Promise.withResolvers<void>()
  const lanes = new Map(
    ['lane-1', 'lane-2', 'lane-3'].map((lane) => [
      lane,
      {
        hardware: createLaneHardware({ lane, runtime: systemRuntime }),
        deviceEvent: (_: string, event: DeviceEvent) => void heard.push([lane, event]),
        refreshDisplay: () => undefined,
        screen: (): LaneScreen => ({ lane, state: 'idle', mode: 'live', uplink: 'online', prompts: [] }),
      },
    ]),
  )
  devices = startDevices({
    store: 's1',
    devices: [{ device: 'terminals', lane: 'lane-1', driver: 'terminals', options: { lanes: served } }],
    configFile: 'gateway.yaml',
    drivers: new Map([['terminals', driver]]),
    laneOf: (lane) => lanes.get(lane),
    memoryOf: () => ({ find: () => undefined, keep: () => {} }),
    fingers: { attach: () => {}, detach: () => {}, seen: (_, event) => event },
    draw: async () => [],
    warm: () => {},
    runtime: systemRuntime,
    log: silentLogger,
    onHealth: ({ status }) => status === 'ready' && connected.resolve(),
  })
  return { heard, host, said, lanes, devices, connected: connected.promise }
}

describe('a device that serves several lanes', () => {
  test('is heard by the lane that its event names, and by no other', async () => {
    const { heard, host, connected } = store(['lane-1', 'lane-2'])
    await connected
    const ping = { op: 'ping', id: '1' } as const
    host().event({ kind: 'till', at: 0, lane: 'lane-2', request: ping })
    host().event({ kind: 'till', at: 0, lane: 'lane-3', request: ping })
    host().event({ kind: 'till', at: 0, request: ping })
    expect(heard.map(([lane]) => lane)).toEqual(['lane-2', 'lane-1'])
  })

  test('has a till of its own for each lane', async () => {
    const { lanes, said, connected } = store(['lane-1', 'lane-2'])
    await connected
    for (const lane of lanes.values()) for (const till of lane.hardware.tills) till.send({ op: 'pong' })
    expect(said).toEqual(['lane-1: pong', 'lane-2: pong'])
  })

  test('that names a lane which is not there is left out, and it is said why', () => {
    expect(store(['lane-1', 'lane-9']).devices.health()).toMatchObject([
      { status: 'absent', reason: 'gateway.yaml: devices.0.options: there is no lane “lane-9”' },
    ])
  })
})
