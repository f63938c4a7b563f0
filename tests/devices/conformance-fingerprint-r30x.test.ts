import { expect } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { fingerprintR30xDriver } from '#drivers/fingerprint-r30x/driver.ts'
import { emptyFlash } from '#simulators/fingerprint/sensor-model.ts'
import { startVirtualSensor, type VirtualSensor } from '#simulators/fingerprint/virtual-sensor.ts'
import type { DevicePlace } from '#simulators/line/device-line.ts'
import { conformance } from './conformance.ts'
import type { TestHost } from './test-host.ts'
import { tcpWorld, ttyWorld } from './worlds.ts'

const play = {
  start: (place: DevicePlace) => startVirtualSensor(place, { flash: { ...emptyFlash(), fingers: { 17: 'sara' } } }),
  async use(sensor: VirtualSensor, connection: Connection, host: TestHost) {
    const { fingers } = connection
    if (!fingers) throw new Error('the connection has no fingers')
    fingers.identify()
    const seen = host.events.length
    sensor.press('sara')
    const event = await host.event('finger', (one) => host.events.indexOf(one) >= seen)
    expect(event).toMatchObject({ slot: 17, score: 120 })
    sensor.lift()
    await host.event('removed', (one) => host.events.indexOf(one) > seen)
  },
}

conformance('a fingerprint sensor on a tty', { driver: fingerprintR30xDriver, world: () => ttyWorld(play) })
conformance('a fingerprint sensor behind a device server', { driver: fingerprintR30xDriver, world: () => tcpWorld(play) })
