import type { Connection } from '#drivers/contract.ts'
import { displaySerialDriver } from '#drivers/display-serial/driver.ts'
import { fromVisual } from '#drivers/printed-text/visual-order.ts'
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

let shownInPersian = 0
conformance('a display with Persian letters', {
  driver: displaySerialDriver,
  world: () =>
    ttyWorld({
      start: (place) => startVirtualDisplay(place, { codePage: 'iran-system' }),
      options: { dialect: 'cd5220', letters: { codePage: 'iran-system', select: 7 } },
      async use(display: VirtualDisplay, connection: Connection) {
        shownInPersian += 1
        await connection.display?.show(['خوش آمدید', `اعتبار ${shownInPersian} تومان`])
        const read = (line: string) => fromVisual(line).normalize('NFKC').trim()
        await display.waitFor(
          ([first, second]) => read(first) === 'خوش آمدید' && read(second) === `اعتبار ${shownInPersian} تومان`,
        )
      },
    }),
})
