/**
 * What the printer is asked, as bytes. Sources: Epson's ESC/POS command reference (DLE EOT, GS a, GS r, GS ( H).
 */

/** `GS a 15`: from now on four bytes come by themselves at each change of cover, paper, error or line. */
export const enableAutomaticStatus = Buffer.from([0x1d, 0x61, 0x0f])

/** `DLE EOT n`, n = 1…4: answered at once, also while the printer is off line; one byte each, in this order. */
export const askRealTimeStatus = Buffer.from([1, 2, 3, 4].flatMap((n) => [0x10, 0x04, n]))

/** `GS r 1`: queued behind the job like a line of text, so its answer says that all before it was taken up. */
export const askQueuedStatus = Buffer.from([0x1d, 0x72, 0x01])

/** `GS ( H`, function 48: answered with the same four characters when all before it is on paper. */
export const askProcessId = (processId: string): Buffer =>
  Buffer.concat([Buffer.from([0x1d, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30]), Buffer.from(processId, 'ascii')])

/** `ESC p`: a pulse on pin 2 or 5 of the drawer's socket, in steps of 2 ms. */
export const drawerPulse = ({ pin, pulseMs }: { pin: 2 | 5; pulseMs: number }): Buffer =>
  Buffer.from([0x1b, 0x70, pin === 2 ? 0 : 1, Math.min(255, Math.round(pulseMs / 2)), 255])

const firstCharacter = 0x20
const characters = 0x7e - firstCharacter + 1

/** A counter as four characters of 20h–7Eh; starts again after 95⁴. */
export function processIdOf(counter: number): string {
  let rest = counter
  const codes: number[] = []
  for (let place = 0; place < 4; place += 1) {
    codes.unshift(firstCharacter + (rest % characters))
    rest = Math.floor(rest / characters)
  }
  return String.fromCharCode(...codes)
}
