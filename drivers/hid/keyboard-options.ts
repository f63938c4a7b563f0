import { z } from 'zod'
import { layoutNames } from './keyboard-layouts.ts'

/** For devices that type what they read, as a keyboard does. */
export const keyboardOptions = {
  layout: z
    .enum(layoutNames)
    .default('us')
    .meta({ description: 'keyboard mode: the layout that the device types for; `fa` is ISIRI 9147' }),
  pauseMs: z
    .int()
    .min(20)
    .max(5_000)
    .default(200)
    .meta({ description: 'keyboard mode: a longer pause between two keys is the end, or shows half a code' }),
}

export const keyboardKind = {
  title: 'keyboard',
  collections: [{ usagePage: 1, usage: 6 }],
  hint: 'plug it in; `lsusb` shows its vendor and product',
}

/** Said of a keyboard that the console hears as well: what is scanned is typed into whatever window is open. */
export const consoleHears =
  'the console also types what it reads: copy systemd/udev/71-vafa-hid.rules, name the device there, and plug it in anew'
