import type { Connection } from '#drivers/contract.ts'
import { displaySerialDriver } from '#drivers/display-serial/driver.ts'
import { startVirtualDisplay, type VirtualDisplay } from '#simulators/display/virtual-display.ts'
import { conformance } from './conformance.ts'
import { tcpWorld, ttyWorld } from './worlds.ts'

let shown = 0

const play = (dialect: 'escpos' | 'cd5220') => ({
  start: startVirtualDisplay,
  options: { dialect },
  async use(display: VirtualDisplay, connection: Connection) {
    shown += 1
    const credit = `CREDIT ${shown}`
    await connection.display?.show(['WELCOME', credit])
    await display.waitFor(([first, second]) => first.trim() === 'WELCOME' && second.trim() === credit)
  },
})

conformance('a display on a tty', { driver: displaySerialDriver, world: () => ttyWorld(play('escpos')) })
conformance('a display behind a device server', { driver: displaySerialDriver, world: () => tcpWorld(play('cd5220')) })
