import { parseReportDescriptor, type ReportMap } from '#drivers/hid/report-descriptor.ts'
import { isClubs } from '#drivers/magstripe-hid/club-prefixes.ts'
import { type MagstripeHidOptions, magstripeHidOptions } from '#drivers/magstripe-hid/driver.ts'
import { msrTracks } from '#drivers/magstripe-hid/hid-msr.ts'
import { checkCharacter } from '#drivers/magstripe-hid/swipe.ts'
import { readFrame } from '#drivers/scan/framing.ts'
import { readScan } from '#drivers/scan/rules.ts'
import { type ScannerHidOptions, scannerHidOptions } from '#drivers/scanner-hid/driver.ts'
import { hidPosFields } from '#drivers/scanner-hid/hid-pos.ts'
import { bytesAt, type HidMask, type MaskText, nothing, type ReportPiece, silent } from './hid-reports.ts'
import type { Mask } from './mask.ts'
import { maskKeys } from './mask-keys.ts'

/** By the device's own options, through its driver's schema, and by what it says of its reports. */
export function maskHid(
  { driver, options, descriptor }: { driver: string; options: unknown; descriptor: Uint8Array },
  mask: Mask,
): HidMask {
  const map = parseReportDescriptor(descriptor)
  if (!map) return silent()
  if (driver === 'magstripe-hid') {
    const given = magstripeHidOptions.parse(options)
    if (given.mode === 'hid-msr') return maskMsr(map, given, mask)
    return maskKeys(map, { ...given, endsAt: /[\r\t]$/, hide: (text) => maskedSwipe(text, given, mask) })
  }
  const given = scannerHidOptions.parse(options)
  const hide: MaskText = (text) => maskedCode(text, given, mask)
  return given.mode === 'keyboard' ? maskKeys(map, { ...given, endsAt: /[\r\t]$/, hide }) : maskHidPos(map, hide)
}

/** A member's code keeps what the store's rule knows it by; products stay. */
function maskedCode(text: string, { prefix, maxLength, rules, as }: ScannerHidOptions, mask: Mask): string {
  const code = readFrame(Buffer.from(text.replace(/[\r\t]+$/, '')), { prefix, maxLength })
  if (code.kind === 'garbage') return mask.text(text)
  const meaning = readScan(code.text, { rules, as })
  if (meaning.kind !== 'credential') return text
  const { value } = meaning.credential
  const known = rules.find((rule) => rule.prefix !== undefined && value.startsWith(rule.prefix))?.prefix?.length ?? 0
  return text.includes(value) ? text.replaceAll(value, mask.text(value, known)) : mask.text(text)
}

/** Of a card that is not the club's no digit stays; of one that is, what the club knows it by. */
function maskedSwipe(text: string, { prefixes }: Pick<MagstripeHidOptions, 'prefixes'>, mask: Mask): string {
  const number = /\d{4,19}/.exec(text)?.[0]
  if (number === undefined || !isClubs(number, prefixes)) return text.replace(/\d/g, '0').replace(/[A-Za-z]/g, 'X')
  const prefix = prefixes.find((one) => number.startsWith(one)) ?? ''
  const parts = text.split(number).map((part) => mask.text(part))
  return parts.join(mask.text(number, prefix.length))
}

function maskHidPos(map: ReportMap, hide: MaskText): HidMask {
  const fields = hidPosFields(map)
  if (!fields) return silent()
  let held: ReportPiece[] = []
  const usedIn = (bytes: Buffer): Buffer | undefined => {
    const data = bytesAt(bytes, fields.data)
    const given = bytesAt(bytes, fields.length)?.[0]
    const used = given ?? (data ? (data.indexOf(0) < 0 ? data.length : data.indexOf(0)) : 0)
    return data && used <= data.length ? data.subarray(0, used) : undefined
  }
  const release = (): ReportPiece[] => {
    const out = held.map(({ at, bytes }) => ({ at, bytes: Buffer.from(bytes) }))
    held = []
    const parts = out.map(({ bytes }) => usedIn(bytes))
    const whole = Buffer.concat(parts.map((part) => part ?? Buffer.alloc(0)))
    const text = whole.toString('utf8')
    const hidden = Buffer.from(hide(text))
    if (hidden.length !== whole.length) return out.map(nothing)
    let from = 0
    for (const [index, { bytes }] of out.entries()) {
      const part = parts[index]
      const data = bytesAt(bytes, fields.data)
      if (!part || !data) {
        bytes.fill(0)
        continue
      }
      hidden.copy(part, 0, from, from + part.length)
      // Behind the code may be what is left of the one before.
      data.fill(0, part.length)
      from += part.length
    }
    return out
  }
  return {
    push(report) {
      held.push(report)
      const more = bytesAt(report.bytes, fields.continued)?.[0] ?? 0
      return more !== 0 && usedIn(report.bytes) ? [] : release()
    },
    end: () => {
      const out = held.map(nothing)
      held = []
      return out
    },
  }
}

/** Track by track; what else is in a report (encrypted tracks, serial numbers) is not kept. */
function maskMsr(map: ReportMap, options: MagstripeHidOptions, mask: Mask): HidMask {
  const tracks = msrTracks(map)
  if (!tracks) return silent()
  const masked = (bytes: Buffer): Buffer => {
    const out = Buffer.alloc(bytes.length)
    if (map.numbered) out[0] = bytes[0] ?? 0
    for (const { track, data, length, status } of tracks) {
      const from = bytesAt(bytes, data)
      const to = bytesAt(out, data)
      const used = bytesAt(bytes, length)?.[0] ?? from?.indexOf(0) ?? 0
      for (const field of [length, status]) {
        const given = bytesAt(bytes, field)
        if (given) given.copy(bytesAt(out, field) ?? Buffer.alloc(0))
      }
      if (!from || !to || used <= 0 || used > from.length) continue
      const text = from.subarray(0, used).toString('latin1')
      const hidden = maskedSwipe(text, options, mask)
      const close = hidden.indexOf('?')
      const whole = hidden.slice(0, close + 1)
      const checked =
        options.lrc === 'sent' && close >= 0 ? whole + checkCharacter(track, whole) + hidden.slice(close + 2) : hidden
      to.write(checked.slice(0, used), 'latin1')
    }
    return out
  }
  return { push: ({ at, bytes }) => [{ at, bytes: masked(bytes) }], end: () => [] }
}
