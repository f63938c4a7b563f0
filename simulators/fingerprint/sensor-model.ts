import { type Command, encodeIndex, notepadBytes, notepadPages, readCommand } from '#drivers/fingerprint-r30x/commands.ts'
import { type Confirmation, codeOfConfirmation } from '#drivers/fingerprint-r30x/confirmation.ts'

/** What a module keeps without power. Fingers are seeds: two presses of one seed are the same finger. */
export interface SensorFlash {
  fingers: Record<number, string>
  notepad: Record<number, string>
  security: number
}

export const emptyFlash = (): SensorFlash => ({ fingers: {}, notepad: {}, security: 3 })

/** What lies on the glass. `messy` and `faint` are images that cannot be used. */
export interface Pressed {
  finger: string
  image: 'good' | 'messy' | 'faint'
}

export interface SensorModel {
  press(pressed: Pressed): void
  lift(): void
  /** The payload of the acknowledgement. */
  answer(payload: Uint8Array): Buffer
  /** The last command to the ring of light. */
  readonly light: { mode: number; colour: number } | undefined
}

export interface SensorSettings {
  flash: SensorFlash
  capacity: number
  password: number
  address: number
  /** Writing to flash fails. */
  worn(): boolean
}

/** A module as a function from commands to acknowledgements. It knows no command that gives an image or a template away. */
export function createSensorModel({ flash, capacity, password, address, worn }: SensorSettings): SensorModel {
  let glass: Pressed | undefined
  let image: Pressed | undefined
  const buffers: Partial<Record<1 | 2, string>> = {}
  let template: string | undefined
  let open = password === 0
  let light: SensorModel['light']

  const word = (confirmation: Confirmation): Buffer => Buffer.of(codeOfConfirmation(confirmation))
  const ok = (...parts: Uint8Array[]): Buffer => Buffer.concat([word('ok'), ...parts])
  const inLibrary = (slot: number) => slot < capacity

  const perform = (command: Command): Buffer => {
    switch (command.op) {
      case 'verify-password':
        open = command.password === password
        return word(open ? 'ok' : 'wrong-password')
      case 'read-parameters':
        return ok(words(0, 0, capacity, flash.security), words(address >>> 16, address & 0xffff), words(2, 6))
      case 'set-security':
        flash.security = command.level
        return ok()
      case 'take-image':
        image = glass
        return word(glass ? 'ok' : 'no-finger')
      case 'extract':
        if (!image) return word('invalid-image')
        if (image.image !== 'good') return word(image.image === 'messy' ? 'messy' : 'too-few-features')
        buffers[command.buffer] = image.finger
        return ok()
      case 'search': {
        const found = Object.entries(flash.fingers).find(
          ([slot, finger]) =>
            finger === buffers[1] && Number(slot) >= command.start && Number(slot) < command.start + command.count,
        )
        return found ? ok(words(Number(found[0]), 120)) : Buffer.concat([word('not-found'), words(0, 0)])
      }
      case 'combine':
        template = buffers[1] === buffers[2] ? buffers[1] : undefined
        return word(template === undefined ? 'combine-failed' : 'ok')
      case 'store':
        if (!inLibrary(command.slot)) return word('bad-slot')
        if (template === undefined || worn()) return word('flash-error')
        flash.fingers[command.slot] = template
        return ok()
      case 'delete':
        if (!inLibrary(command.slot)) return word('bad-slot')
        if (worn()) return word('delete-failed')
        for (let slot = command.slot; slot < command.slot + command.count; slot++) delete flash.fingers[slot]
        return ok()
      case 'empty':
        if (worn()) return word('clear-failed')
        flash.fingers = {}
        return ok()
      case 'read-index':
        return ok(encodeIndex(Object.keys(flash.fingers).map(Number), command.page))
      case 'read-notepad': {
        if (command.page >= notepadPages) return word('bad-slot')
        const content = Buffer.alloc(notepadBytes)
        content.set(Buffer.from(flash.notepad[command.page] ?? '', 'hex'))
        return ok(content)
      }
      case 'write-notepad':
        if (command.page >= notepadPages || worn()) return word('flash-error')
        flash.notepad[command.page] = Buffer.from(command.content).toString('hex')
        return ok()
      case 'aura':
        light = { mode: command.mode, colour: command.colour }
        return ok()
    }
  }

  return {
    press(pressed) {
      glass = pressed
    },
    lift() {
      glass = undefined
    },
    answer(payload) {
      const command = readCommand(payload)
      if (!command) return word('receive-error')
      if (!open && command.op !== 'verify-password') return word('password-needed')
      return perform(command)
    },
    get light() {
      return light
    },
  }
}

/** Slots that are used, as many as fit. */
export function fillFlash(flash: SensorFlash, capacity: number): void {
  for (let slot = 0; slot < capacity; slot++) flash.fingers[slot] ??= `somebody ${slot}`
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => void bytes.writeUInt16BE(value, index * 2))
  return bytes
}
