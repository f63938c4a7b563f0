import { z } from 'zod'

export const serialAt = (baudRate: number) =>
  z.strictObject({
    serial: z.strictObject({
      path: z.string().min(1).meta({ description: 'prefer /dev/serial/by-id/…: other names change after a replug' }),
      baudRate: z.int().min(300).max(4_000_000).default(baudRate),
    }),
  })

/**
 * Where a device that speaks bytes is plugged in. `tcp` is for printers with a network port and for serial device
 * servers (ser2net, Moxa), which turn any serial device into a network one.
 */
export const connectionAt = (baudRate: number) =>
  z.union(
    [
      serialAt(baudRate),
      z.strictObject({ tcp: z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) }) }),
      z.strictObject({
        file: z.strictObject({
          path: z.string().min(1).meta({ description: 'a character device such as /dev/usb/lp0, or a plain file to append to' }),
          create: z.boolean().default(false).meta({ description: 'makes the plain file where it is missing' }),
        }),
      }),
    ],
    { error: 'must be one of `serial: { path, baudRate }`, `tcp: { host, port }` and `file: { path }`' },
  )
export const connection = connectionAt(9_600)
export type DeviceLink = z.infer<typeof connection>

/** As people read it in an error: `serial port /dev/ttyUSB0 at 9600 baud`. */
export function describeLink(link: DeviceLink): string {
  if ('serial' in link) return `serial port ${link.serial.path} at ${link.serial.baudRate} baud`
  if ('tcp' in link) return `${link.tcp.host} port ${link.tcp.port}`
  return link.file.path
}
